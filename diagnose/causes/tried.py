"""What came of training a set of exchanged parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnose.causes.exchange import Pace
from diagnose.network.arrays import Array
from diagnose.report import Symptoms


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A set of parts, trained: the score for each seed, what the first seed shows, and the pace.

    trained: the score of the first seed on training images. never: for each class that is never
    answered, with how many of the seeds. answered: whether no training stopped or overflowed, after
    which there are no answers.
    """

    scores: Array
    seen: Symptoms
    pace: Pace | None
    trained: float = 0.0
    never: Mapping[int, int] = field(default_factory=dict)
    answered: bool = True

    @property
    def mean(self) -> float:
        """The mean score over seeds."""
        return float(self.scores.mean())
