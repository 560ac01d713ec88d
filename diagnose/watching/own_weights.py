"""Whether arrays hold the weights that are trained, as far as steps were looked at.

Or such as were drawn, and that nothing has trained.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np

from diagnose.reading.lineage import lineage, only_hands_on
from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import RECKONED, VIEWS, is_random, memory

WRITES = {"in_place", "store"}
# Of weights that were drawn independently, with mean 0, the difference is 1.4 times as large as
# either; between two steps that are looked at a sound training moves them by a few percent.
NEAR = 0.5
# As many arrays of one size are kept as a network may have layers of one size.
LAYERS = 16
# What a random stream draws; what it does with an array that is there hands that on.
STREAMS = {*dir(np.random.Generator), *dir(np.random.RandomState)}
DRAWS = {one for one in STREAMS if not one.startswith("_")} - {"shuffle", "permutation", "permuted"}


class OwnWeights:
    """The weights of a network that was read, by what makes them.

    sizes: how many numbers each has. stepped: the places at which a step makes what it hands on.
    """

    def __init__(self, sizes: Collection[int], stepped: Collection[int]) -> None:
        self.stepped = {*stepped}
        self.held: dict[int, deque[Any]] = {size: deque(maxlen=LAYERS) for size in sizes}

    def note_on(self, site: int, kind: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at an operation."""
        into = args[0] if kind in WRITES else value
        if not isinstance(into, np.ndarray) or into.size not in self.held:
            return
        if site in self.stepped:
            held, whole = self.held[into.size], memory(into)
            if not any(one is whole for one in held):
                held.append(whole)

    def is_own(self, weight: Any) -> bool:
        """Whether an array holds a weight as the steps have made it, or nearly so."""
        if not isinstance(weight, np.ndarray):
            return False
        whole = memory(weight)
        held = self.held.get(whole.size, ())
        if any(one is whole for one in held):
            return True
        mine = np.ravel(whole)
        near = NEAR * np.linalg.norm(mine)
        return any(np.linalg.norm(np.ravel(one) - mine) < near for one in held)


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
    return name_of(node) in RECKONED and sum(size > 1 for size in sizes) <= 1
