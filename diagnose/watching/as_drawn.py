"""Whether a weight that is computed with is one that was drawn, and that nothing has trained."""

from __future__ import annotations

import numpy as np

from diagnose.reading.lineage import lineage, only_hands_on
from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import VIEWS, is_random

# By a number these stretch and move an array, or one by one.
SCALES = {"Add", "Sub", "Mult", "Div", "add", "subtract", "multiply", "divide", "true_divide"}
# What a random stream draws; what it does with an array that is there hands that on.
STREAMS = {*dir(np.random.Generator), *dir(np.random.RandomState)}
DRAWS = {one for one in STREAMS if not one.startswith("_")} - {"shuffle", "permutation", "permuted"}


def is_as_drawn(loop: Loop, ref: Ref) -> bool:
    """Whether a value is random numbers, handed on, or stretched and moved by numbers alone."""
    for node in lineage(loop, ref):
        if _is_draw(node):
            return True
        if not (only_hands_on(node) or name_of(node) in VIEWS or _is_by_a_number(loop, node)):
            return False
    return False


def _is_draw(node: Node) -> bool:
    """Whether an operation drew numbers; of those after the reading only the name is known."""
    if node.kind != "call":
        return False
    return node.done in DRAWS if isinstance(node.done, str) else is_random(node.done)


def _is_by_a_number(loop: Loop, node: Node) -> bool:
    sizes = [np.size(loop.tape.nodes[one.node].value) for one in takes(node)]
    return name_of(node) in SCALES and sum(size > 1 for size in sizes) <= 1
