"""What is being done, and which stages were finished, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Show = Callable[[str, int, int], None]


Tell = Callable[[str], None]


def hide(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def keep(line: str) -> None:
    """Tell nobody."""


@dataclass
class Stages:
    """Passes progress on, and remembers which stages were finished.

    Called as ``stages(what, done, total)``. What stands after a colon is a detail of the stage.
    tell(line) is for what was found, as soon as it is known.
    """

    show: Show = hide
    tell: Tell = keep
    finished: list[str] = field(default_factory=list)
    current: tuple[str, int, int] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note where the work stands, and show it."""
        self.current = (what, done, total)
        stage = what.partition(":")[0]
        if done < total and stage in self.finished:
            self.finished.remove(stage)  # begun again, for another network or other repairs
        elif done >= total and stage not in self.finished:
            self.finished.append(stage)
        self.show(what, done, total)

    def story(self) -> str:
        """What was going on, and what had been finished, in one line."""
        parts = []
        if self.current and self.current[1] < self.current[2]:
            what, done, total = self.current
            parts.append(f"while {what} ({done} of {total})")
        elif self.current:
            parts.append(f"after {self.current[0].partition(':')[0]}")
        parts.append(f"finished: {', '.join(self.finished) or 'nothing'}")
        return "; ".join(parts)
