"""Products that are those of a layer although no matrix stands in them."""

from __future__ import annotations

import numpy as np

from diagnose.reading.loops import name_of
from diagnose.reading.parts import part_of
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref, leaves


def has_one_input(step: Step, node: Node) -> bool:
    """Whether a product takes a weight for each unit times one number of each sample."""
    if name_of(node) not in ("Mult", "multiply") or len(node.args) < 2:
        return False
    both = [one for one in node.args[:2] if isinstance(one, Ref | Const)]
    states = [one for one in both if isinstance(part_of(step, one), tuple)]
    others = [one for one in both if one not in states]
    if len(states) != 1 or len(others) != 1:
        return False
    weight, other = np.asarray(step.value(states[0])), np.asarray(step.value(others[0]))
    if weight.ndim != 1 or weight.size < 2 or other.dtype.kind not in "iuf":
        return False
    return other.size == 1 or (other.ndim == 2 and other.shape[1] == 1)


def is_dot(step: Step, node: Node) -> bool:
    """A vector of weights times what enters, number by number, and summed."""
    if name_of(node) != "sum" or not node.args or not isinstance(node.args[0], Ref):
        return False
    inner = step.nodes[node.args[0].node]
    if name_of(inner) not in ("Mult", "multiply") or np.ndim(inner.value) != 1 or node.kw:
        return False
    return sum(isinstance(part_of(step, one), tuple) for _, one in leaves(inner.args)) == 1
