"""Runs of one class in a sequence of labels, against those of a random order."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from diagnose.network.arrays import Array

# One chance in a million that a shuffled order has so few runs, ...
SURPRISING = 1e-6
# ... and at most half as many: runs twice as long as shuffling makes them. With many samples a
# far smaller deviation would be certain as well, and would not matter.
FEW = 0.5


Ordering = Callable[[Array, int, int], Array]


def count_runs(sequence: Array) -> int:
    """Number of runs of equal values: ``a a b a`` has three."""
    return 1 + int((sequence[1:] != sequence[:-1]).sum())


def expected_runs(counts: Array) -> tuple[float, float]:
    """Mean and standard deviation of the number of runs when the order is random.

    counts: how often each value occurs. Barton and David (1957).
    """
    n = float(counts.sum())
    squares, cubes = float((counts**2.0).sum()), float((counts**3.0).sum())
    mean = n + 1 - squares / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    return mean, math.sqrt(max(variance, 0.0))


def is_sorted_by_class(sequence: Array) -> bool:
    """Whether a sequence of labels has far too few runs to be in random order."""
    runs, mean, _, p = against_chance(sequence)
    return runs < FEW * mean and p < SURPRISING


def against_chance(sequence: Array) -> tuple[int, float, float, float]:
    """Runs in a sequence; their mean and deviation in random order; p for as few or fewer."""
    runs = count_runs(sequence)
    mean, deviation = expected_runs(np.bincount(sequence))
    z = (runs - mean) / deviation if deviation > 0 else 0.0
    return runs, mean, deviation, 0.5 * math.erfc(-z / math.sqrt(2))
