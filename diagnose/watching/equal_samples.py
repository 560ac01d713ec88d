"""By what equal samples are known, and how many are alike by chance."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from diagnose.network.arrays import Array

# Of what comes by chance, 98 of 100 shares lie below so many standard errors above it.
BY_CHANCE = 2


def known_by(row: Array) -> bytes:
    """By what equal samples are known, also where one was scaled there and back."""
    with np.errstate(over="ignore"):
        return np.asarray(row, np.float32).tobytes()


def alike_by_chance(rows: Array, count: int) -> float:
    """The largest share of so many other samples that equal one of these and need not be of them.

    rows: ``(n, features)``, of which as many come again among themselves: none, unless they were
    rounded, or count something.
    """
    often = Counter(known_by(row) for row in rows)
    again = sum(times for times in often.values() if times > 1) / max(len(rows), 1)
    return again + BY_CHANCE * math.sqrt(again * (1 - again) / max(count, 1))
