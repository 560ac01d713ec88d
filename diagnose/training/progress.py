"""What is being done, and which stages were finished, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from diagnose.report import Finding, Symptoms

Show = Callable[[str, int, int], None]


Tell = Callable[[str], None]
Found = Callable[[Finding], None]
# Of each network by its name, and the probabilities that its author posted.
Seen = Callable[[dict[str, Symptoms], list[float] | None], None]


def hide(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def keep(*told: object) -> None:
    """Tell nobody."""


@dataclass
class Stages:
    """Passes progress on, and remembers which stages were finished.

    A stage may have several rounds, so it is finished once another one begins.
    Called as ``stages(what, done, total)``. What stands after a colon is a detail of the stage.
    tell(line) is for what was found, as soon as it is known; found(finding) for a defect, and
    seen(symptoms, posted) for what the networks answer as found. answer(text) is for what is known
    of the answer by now, in the place of what was before.
    """

    show: Show = hide
    tell: Tell = keep
    found: Found = keep
    seen: Seen = keep
    answer: Tell = keep
    known: str = ""
    finished: list[str] = field(default_factory=list)
    current: tuple[str, int, int] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note where the work stands, and show it."""
        before, stage = self.current, _stage(what)
        if before and _stage(before[0]) != stage and before[1] >= before[2]:
            self.finished.append(_stage(before[0]))
        if stage in self.finished:
            self.finished.remove(stage)  # begun again, for another network or other repairs
        self.current = (what, done, total)
        self.show(what, done, total)

    def say_known(self, text: str) -> None:
        """Show what is known of the answer by now."""
        self.known = text
        self.answer(text)

    def story(self) -> str:
        """What was going on, and what had been finished, in one line."""
        finished = f"finished: {', '.join(self.finished) or 'nothing'}"
        if self.current is None:
            return finished
        what, done, total = self.current
        if done < total:
            return f"while {what} ({done} of {total}); {finished}"
        return f"after {_stage(what)}{f'; {finished}' if self.finished else ''}"


def _stage(what: str) -> str:
    """The stage, without the detail of it."""
    return what.partition(":")[0]
