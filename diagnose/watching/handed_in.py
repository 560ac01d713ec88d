"""Functions that write into an array that they are handed: whoever handed it in has another then.

It does no harm as long as nobody looks at the array again, and does as soon as somebody does.
"""

from __future__ import annotations

import numpy as np

from diagnose.reading.loops import name_of
from diagnose.reading.parts import stored
from diagnose.reading.writing import WRITES
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import VIEWS
from diagnose.recording.rewriting import Site
from diagnose.telling.record import Told, at, quoted
from diagnose.watching.understanding import Understood

OVERWRITTEN = "inplace-mutation"
LOOKS = {"get", "item", "attribute"}
# What is made to be filled.
MADE_EMPTY = {"zeros", "empty", "ones", "full", "zeros_like", "empty_like", "ones_like"}


def arrays_handed_in(understood: Understood, sites: list[Site]) -> list[Told]:
    """What is told of writes into arrays that the same step has computed, outside the function."""
    step = understood.roles.step
    nodes = step.loop.nodes(step.turn)
    shapes = {np.shape(stored(step, key)) for key in understood.roles.parameters}
    met = step.need[understood.roles.joint]  # what is before it has the shape of a bias by chance
    began: dict[int, Node] = {}
    found: dict[int, Told] = {}
    for node in nodes:
        if node.root is not None:
            made = began.setdefault(node.root, node)
        if node.kind not in WRITES or node.root is None or not isinstance(node.args[0], Ref):
            continue
        if name_of(made) in MADE_EMPTY or not step.masks.get(made.number):
            continue
        is_forward = made.number < met and made.kind not in WRITES
        if np.shape(made.value) in shapes and not is_forward:
            continue  # a gradient, which whoever steps may well scale
        if made.kind in LOOKS or name_of(made) in VIEWS:
            continue  # a look at what was there before the step, as at a weight
        start, site = _innermost(step.loop.tape.calls_done, node.number)
        if start <= made.number:
            continue
        written, call = sites[node.site], sites[site]
        said = (
            f"{quoted(written)} writes into an array that its function was handed, in line "
            f"{call.line}, and that line {sites[made.site].line} had computed: whoever looks at "
            "it afterwards finds other numbers"
        )
        found.setdefault(node.site, at(written, OVERWRITTEN, said))
    return list(found.values())


def _innermost(calls: list[tuple[int, int, int]], number: int) -> tuple[int, int]:
    """Where the innermost call begins that an operation is a part of, and its site; else 0."""
    within = [(start, site) for start, end, site in calls if start <= number < end]
    return max(within, default=(0, 0))
