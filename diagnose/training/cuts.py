"""What a diagnosis leaves out for want of time, and how long that would take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# What was measured of steps is known to about a quarter: how busy a machine is changes from minute
# to minute.
SURELY = 1.25


@dataclass
class Cuts:
    """Notes what was left out: ``report.CUTS``, how much of how much was done, seconds needed."""

    noted: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, done: int, of: int, needed: float | None) -> None:
        """Note that of something only so much was done; needed: for the rest, if that is known."""
        self.noted.append({"what": what, "done": done, "of": of, "needed": needed})

    @property
    def needed(self) -> float | None:
        """Seconds that all of it would take, where that is known."""
        needs = [one["needed"] for one in self.noted]
        return None if None in needs else sum(needs)

    def told(self, seconds: float, used: float) -> dict[str, Any]:
        """What a report says of them, as plain values.

        Each stage has a share of the time only: it may be cut although all would have fitted, and
        then how much more it takes is not known.
        """
        more = SURELY * (used + self.needed) if self.noted and self.needed else None
        more = None if more is not None and more <= seconds else more
        return {"seconds": seconds, "used": used, "cut": self.noted, "more": more}
