"""What a usual mistake of a hand-written backward pass is: one part of it, written otherwise.

The mistakes themselves stand in ``mistaken_slopes``, ``mistaken_errors`` and
``mistaken_gradients``, each a table of small functions that stand for what somebody writes in the
place of one part of ``backward_pass.Steps``. They are collected from questions that people asked
about their networks, and from the courses' lists of pitfalls (Nielsen, "Neural Networks and Deep
Learning", chapters 2 and 3; CS231n notes, "Gradient checks"; Karpathy 2016, "Yes you should
understand backprop").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diagnose.network.record import Network


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What decides whether a mistake can be made somewhere, and would show.

    sizes: number of inputs, and then of units of each layer; batch: samples in a step.
    """

    network: Network
    sizes: list[int]
    batch: int

    def activation(self, depth: int) -> str:
        """The activation of a layer."""
        return self.network.layers[depth].activation

    def is_square(self, depth: int) -> bool:
        """Whether a layer's weight is as wide as high, and no single number."""
        return self.sizes[depth] == self.sizes[depth + 1] > 1

    @property
    def last(self) -> int:
        """Number of the output layer, from 0."""
        return len(self.network.layers) - 1


Fits = Callable[[Shape, int], bool]


@dataclass(frozen=True)
class Kind:
    """One way to get one part wrong.

    sentence, advice: with places for a layer's {out}, {pre}, {weight}, {bias}, {own} activation and
    the weight {above}. wrong: in the place of that part. fits: whether it can be made in a layer,
    and would change anything there.
    """

    name: str
    sentence: str
    advice: str
    wrong: Callable[..., Any]
    fits: Fits = lambda shape, k: True


def batched(shape: Shape, depth: int = 0) -> bool:
    """Whether there are several samples in a step."""
    return shape.batch > 1
