"""A function of single numbers that ``np.vectorize`` applies to an array, told by what it gives.

What it computes of each number is on no tape. Of the formulas that people write in this way, the
one is taken that gives the same numbers; that the network does with it what the script did, its
certificate shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FORMULAS = (
    "1 / (1 + np.exp(-{z}))",
    "{z} * (1 - {z})",
    "1 / (1 + np.exp(-{z})) * (1 - 1 / (1 + np.exp(-{z})))",
    "np.tanh({z})",
    "1 - {z} ** 2",
    "1 - np.tanh({z}) ** 2",
    "np.maximum({z}, 0)",
    "({z} > 0) * 1.0",
    "({z} >= 0) * 1.0",
    "np.where({z} > 0, {z}, 0.01 * {z})",
    "np.where({z} > 0, 1.0, 0.01)",
    "np.exp({z})",
)
# Formulas of one function that are written in different ways differ by rounding alone.
ROUNDING = 1e-12
# Of fewer numbers several formulas may be true at once.
FEWEST = 8


def formula(taken: Any, given: Any) -> str | None:
    """The text of the formula, with ``{z}`` for what it takes; None where none is known."""
    taken, given = np.asarray(taken), np.asarray(given)
    if taken.dtype.kind != "f" or taken.shape != given.shape or np.unique(taken).size < FEWEST:
        return None
    with np.errstate(all="ignore"):
        for one in FORMULAS:
            found = eval(one.format(z="z"), {"np": np, "z": taken})
            if np.allclose(found, given, rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
                return one
    return None
