"""What a printed result must reach: beside the one as found, and beside a sound network's."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.judging import is_share, level
from diagnose.report import Report
from diagnose.symptoms import half_way

# A share from which it is no guess, among as many copies as are run: three of four on fifty samples
# are guessed once in some thousand times; and a result after which no other edit is tried.
NO_GUESS, ENOUGH = 0.75, 0.9


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What the last result of a script is held against.

    classes: of the network, or 0 where it answers with numbers. sound: the score of a sound one;
    None where none was trained, or none learns it.
    """

    classes: int
    sound: float | None

    @property
    def enough(self) -> float:
        """The share of right answers with which no other edit is tried: about a sound network's."""
        sound = 1.0 if self.sound is None else self.sound
        return min(max(sound - NOTICEABLE, NO_GUESS), ENOUGH)

    def is_reached(self, line: str) -> bool:
        """Whether a share of right answers is nine tenths of a sound network's, where one is known.

        Half of the way there may come of lines that were right, beside a fault that is left.
        """
        if self.sound is None or not is_share(line, self.classes):
            return True
        return level(line, line, self.classes) >= ENOUGH * self.sound

    def works(self, before: str, after: str, by_chance: float) -> bool:
        """Whether a result is noticeably better than before, and half of the way from chance."""
        least = max(level(before, before, self.classes) + NOTICEABLE, half_way(by_chance))
        return level(after, before, self.classes) >= least


def goal_of(report: Report, classes: int) -> Goal:
    """The goal of a script, by the sound network of its report."""
    twin = report.twin
    return Goal(classes=classes, sound=None if twin is None or twin.fails else twin.score)
