"""Whether trainings of one network fall short of those of another, by more than seeds do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE

# Nine tenths of the way from chance to the other are as good: the rest is tuning.
ENOUGH = 0.9
# Two means differ if they are two standard errors of their difference apart (95 %).
STANDARD_ERRORS = 2.0
# So many scores on each side it takes for a rank-sum test to say anything at 5 %.
RANKED = 3


def falls_short(
    mine: Sequence[float] | Array, other: Sequence[float] | Array, chance: float
) -> bool:
    """Whether scores, one for each seed, are worse by what one would notice and seeds do not do.

    Scores of trainings that work with some seeds alone spread so far that their mean says little;
    then it counts, too, that the best of one are below the worst of the others: by chance, of
    three against three, that is so in one case of twenty (the rank-sum test of Wilcoxon 1945,
    "Individual comparisons by ranking methods").
    """
    if not are_apart(float(np.mean(mine)), float(np.mean(other)), chance):
        return False
    ranked = min(len(mine), len(other)) >= RANKED and np.max(mine) < np.min(other)
    return beyond_seeds(mine, other) or bool(ranked)


def beyond_seeds(mine: Sequence[float] | Array, other: Sequence[float] | Array) -> bool:
    """Whether the mean of scores, one for each seed, is less than another's, and not by chance."""
    gap = float(np.mean(other) - np.mean(mine))
    errors = (np.var(one, ddof=1) / len(one) if len(one) > 1 else 0.0 for one in (mine, other))
    return bool(gap > STANDARD_ERRORS * np.sqrt(sum(errors)))


def are_apart(mine: float, other: float, chance: float) -> bool:
    """Whether one mean is so much less than another that one would notice; seeds may do that."""
    return other - mine >= NOTICEABLE and other - mine > (1 - ENOUGH) * (other - chance)


def working(by_chance: float, sound: float) -> float:
    """The score from which a network works: nine tenths of the way from chance to a sound one's."""
    return by_chance + ENOUGH * (sound - by_chance)
