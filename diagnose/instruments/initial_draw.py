"""What the probes of the initial draw share: many draws, pooled, parameter by parameter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict

import numpy as np

from diagnose.network.activations import activation_of
from diagnose.network.arrays import Arrays

# Pooling 32 draws gives a bias of ten units 320 numbers: its mean is known to 0.06 of its spread.
DRAWS = 32
# Six standard errors: one chance in a thousand million for a draw around zero.
SURE = 6.0


class Pooled(TypedDict):
    """One parameter over all draws: mean, spread about the mean, and how surely it is not 0."""

    mean: float
    spread: float
    standard_errors: float | None


@dataclass(frozen=True)
class Adjusted:
    """An initial draw whose parameters are stretched and then moved.

    Each parameter p becomes ``p * stretch + move``. ``changes`` holds (name, stretch, move);
    whole-number parameters come out as floats.
    """

    init: Callable[[int], Arrays]
    changes: tuple[tuple[str, float, float], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        parameters = dict(self.init(seed))
        for name, stretch, move in self.changes:
            drawn = parameters[name]
            kind = drawn.dtype if drawn.dtype.kind == "f" else np.dtype(float)
            parameters[name] = (drawn * stretch + move).astype(kind)
        return parameters


def reference_gain(activation: str) -> float:
    """The gain of the initialization made for an activation: He's for ReLUs, else LeCun's."""
    known = activation_of(activation)
    return math.sqrt(2) if known is not None and known.rectifies else 1.0


def stretched(init: Callable[[int], Arrays], factors: dict[str, float]) -> Adjusted:
    """A draw whose parameters are stretched about the mean of that very draw, or about 0.

    About its own mean where that is an offset, so that it makes no difference whether the offset is
    taken out before or after. Elsewhere the mean is chance, which must shrink with the spread: of
    numbers spread by 20, it would be an offset to numbers spread by 1.
    """
    drawn = pooled(init)
    changes = (
        (name, factor, drawn[name]["mean"] * (1 - factor) if is_off(drawn[name]) else 0.0)
        for name, factor in factors.items()
    )
    return Adjusted(init, tuple(changes))


def is_off(one: Pooled) -> bool:
    """Whether the mean of a parameter is surely not 0."""
    sure = one["standard_errors"]
    return bool(one["mean"] != 0 if sure is None else abs(sure) > SURE)


@lru_cache(maxsize=64)
def pooled(init: Callable[[int], Arrays]) -> dict[str, Pooled]:
    """Mean and spread of each parameter over many draws.

    ``standard_errors`` is the mean in units of its standard error, None for a constant.
    """
    drawn = [init(seed) for seed in range(DRAWS)]
    result: dict[str, Pooled] = {}
    for name in drawn[0]:
        values = np.concatenate([one[name].ravel() for one in drawn]).astype(float)
        mean, spread = float(values.mean()), float(values.std())
        spread = spread if spread > 1e-12 * abs(mean) else 0.0  # of a constant it is all rounding
        # Copies of a number tell no more of the mean than the number does.
        different = sum(np.unique(one[name]).size for one in drawn)
        error = spread / np.sqrt(different)
        result[name] = {
            "mean": mean,
            "spread": spread,
            "standard_errors": float(mean / error) if error > 1e-12 * abs(mean) > 0 else None,
        }
    return result
