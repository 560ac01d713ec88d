"""The softmax, right and wrong: what it sums over, how often it is taken, how safely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network

Over = Literal["classes", "samples", "whole"]
# A logit that is so many times as large as usual is far beyond what exp can do.
FAR = 1e6


# The axis of ``(B, classes)`` rows that a softmax sums over.
AXES: dict[Over, int | None] = {"classes": 1, "samples": 0, "whole": None}
# The same room as the loss gives an output to be the softmax of its logits: clipped probabilities
# (1e-7 is usual) still are one.
ROOM = {name: 10 * tolerance for name, tolerance in TOLERANCES.items()}


@dataclass(frozen=True)
class Softmax:
    """A softmax of ``(B, classes)`` rows of logits: what it sums over, how often, how safely.

    lowered: over what the largest logit was looked for that was taken off, where that is another
    than what it sums over: then it is no softmax at all.
    """

    over: Over = "classes"
    times: int = 1
    stable: bool = True
    lowered: Over | None = None

    def __call__(self, logits: Array) -> Array:
        """Turn logits into what this softmax makes of them, of the same shape."""
        axis, out = AXES[self.over], logits
        off = AXES[self.lowered or self.over]
        with np.errstate(all="ignore"):
            for _ in range(self.times):
                top = out.max(axis=off, keepdims=True) if self.stable else 0
                powers = np.exp(out - top)
                out = powers / powers.sum(axis=axis, keepdims=True)
        return out


def distances(
    pre: Array, out: Array, times: int = 1, lowered: Over | None = None
) -> dict[Over, float]:
    """How far ``(B, classes)`` outputs lie at most from each softmax of their logits."""
    logits = np.asarray(pre, float)
    with np.errstate(all="ignore"):
        return {
            over: float(np.abs(Softmax(over, times, lowered=lowered)(logits) - out).max())
            for over in AXES
        }


def recognized(pre: Array, out: Array) -> Softmax | None:
    """The softmax that turns ``(B, classes)`` logits into these outputs, or None if none does.

    Of two that do, as over one sample or at equal logits, the right one: over classes, once.
    """
    room = ROOM[number_type(pre, out)]
    ways: list[tuple[int, Over | None]] = [(1, None), (2, None), *((1, one) for one in AXES)]
    for times, lowered in ways:
        near = distances(pre, out, times, lowered)
        for over in AXES:
            if near[over] <= room:
                return Softmax(over, times, lowered=lowered)
    return None


# How far from one a sum of probabilities may be: those that are clipped lie some 1e-6 off.
SUMS_TO_ONE = 1e-2


def is_stable(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the network's own softmax stays finite when a logit is far beyond what exp can do.

    Any other output is one that nothing needs to be taken off of.
    """
    last = network.layers[-1]
    if last.activation != "softmax":
        return True
    parameters = {**parameters, last.weight: parameters[last.weight] * FAR}
    with np.errstate(all="ignore"):
        try:
            traces = [network.forward(parameters, network.lay_out(row[None])) for row in rows]
        except OverflowError:  # math.exp
            return False
    return all(bool(np.isfinite(trace[last.out]).all()) for trace in traces)
