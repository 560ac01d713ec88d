"""How many samples equal others by chance, because their numbers are few."""

from __future__ import annotations

import math
from collections import Counter

from diagnose.network.arrays import Array
from diagnose.watching.other_labels import known_by

# Of what comes by chance, 98 of 100 shares lie below so many standard errors above it.
BY_CHANCE = 2


def alike_by_chance(rows: Array, count: int) -> float:
    """The largest share of so many other samples that equal one of these and need not be of them.

    rows: ``(n, features)``, of which as many come again among themselves: none, unless they were
    rounded, or count something.
    """
    often = Counter(known_by(row) for row in rows)
    again = sum(times for times in often.values() if times > 1) / max(len(rows), 1)
    return again + BY_CHANCE * math.sqrt(again * (1 - again) / max(count, 1))
