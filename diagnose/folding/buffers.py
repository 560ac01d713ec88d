"""Arrays that a step fills anew, place by place, before it takes anything out of them.

They outlive the step, as what is trained does, but nothing in them is carried to the next one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.folding.elements import index_of
from diagnose.reading.loops import Key
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Node, Ref, leaves


def filled_anew(step: Step) -> list[Key]:
    """The states of a step that are none: what they were before it is never taken."""
    return [key for key in step.keys if key[0] == "written" and _is_filled_anew(step, key)]


def _is_filled_anew(step: Step, key: Key) -> bool:
    stored: set[Any] = set()
    for node in step.graph:
        for path, one in leaves((node.args, node.kw)):
            if not isinstance(one, Ref) or step.nodes[one.node].root != key[1]:
                continue
            if node.kind == "store" and path == (0, 0):
                if index_of(node.args[1]) is None:
                    return False
            elif not _is_known(node, step.nodes[one.node].value, stored):
                return False
        if node.kind == "store" and isinstance(node.args[0], Ref):
            owner = step.nodes[node.args[0].node]
            if owner.root == key[1]:
                if owner.number >= step.start and owner.kind == "get":
                    return False  # a part of it, of which it is not known which
                stored.add(index_of(node.args[1]))
    return bool(stored)


def _is_known(node: Node, whole: Any, stored: set[Any]) -> bool:
    """Whether all that an operation takes out of an array has been stored there."""
    if node.kind == "get" and index_of(node.args[1]) in stored:
        return True
    shape, count = np.shape(whole), len(stored)
    if not shape:
        return False
    if count >= shape[0] and stored >= {*range(shape[0])}:
        return True
    return count >= np.size(whole) and stored >= {*np.ndindex(*shape)}
