"""How far a training was seen: its rates, and in windows the rest of its steps."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from diagnose.reading.collecting import Collector
from diagnose.reading.pacing import changed_at, read_rates
from diagnose.reading.roles import Roles
from diagnose.recording.sites import Site
from diagnose.watching.epochs_done import epochs_over, epochs_written
from diagnose.watching.handover import RATE, SAMPLES
from diagnose.watching.running_on import HALF

# So many rates, each the same part of the one before but for rounding, go on like that: such as
# are made otherwise, as by 1 / (1 + t), are not so.
IN_A_ROW, ROUNDING = 3, 1e-9


@dataclass
class HowFar:
    """Of a training that is read. begun: how many turns each loop began."""

    roles: Roles
    seen: Collector
    sites: Sequence[Site]
    begun: Mapping[int, int]

    def is_steady(self) -> bool:
        """Whether all rates are the same until now."""
        return len({rate for one in read_rates(self.roles, self.seen) for rate in one}) < 2

    def half_is_near(self, began: float, seconds: float) -> bool:
        """Whether half of the epochs is over before the seconds are, and not by now.

        began: when the program did.
        """
        needed = HALF * (epochs_written(self.seen) or 0) / self._over
        return needed > 1 and needed * (time.perf_counter() - began) < seconds

    @property
    def _over(self) -> int:
        return max(epochs_over(self.seen, self.begun), 1)

    def known(self, epochs: int) -> dict[str, Any] | None:
        """For how many epochs it is known what they do, and where that may change; None for all.

        Nothing is said to change where nothing did. epochs: how many there are.
        """
        loop = self.sites[self._loop].line
        if (other := self._first_of_another_length()) is not None:
            return {"epochs": other, "line": loop, "what": SAMPLES}
        if self.seen.is_over or self.seen.is_ended or self._over >= epochs:
            return None
        if self.is_steady():
            return {"epochs": self._over, "line": loop, "what": ""}
        coming = going_on(read_rates(self.roles, self.seen), epochs)
        if coming:
            self.seen.ahead = coming
            return {"epochs": self._over, "line": loop, "what": ""}
        site = changed_at(self.roles, [*self.sites])
        return {"epochs": self._over, "line": site.line if site else loop, "what": RATE}

    @property
    def _loop(self) -> int:
        epochs = self.seen.epoch_site
        return self.roles.step.loop.site if epochs is None else epochs

    def _first_of_another_length(self) -> int | None:
        """The first epoch that takes another number of steps than the one before it, if any.

        Of the first that was seen the steps are not counted that are on the tape, and of the last
        some may be to come.
        """
        site = self.seen.epoch_site
        if site is None or self.roles.step.loop.skips or self.seen.is_accumulating:
            return None
        sizes = [len(one) for one in self.seen.segments()[:-1]]
        for at, (one, other) in enumerate(pairwise(sizes), 1):
            if one != other:
                return self._epoch_of(self.seen.segments()[at].start)
        return None

    def _epoch_of(self, step: int) -> int:
        """In which epoch a step was made, from 0."""
        site = self.seen.epoch_site
        if site is None:
            size = len(self.seen.segments()[:1] and self.seen.segments()[0]) or self.seen.drawn
            return step // max(size, 1)
        starts = self.seen.turns[site]
        return max(self.begun[site] - 1 - (len(starts) - bisect_right(starts, step)), 0)

    def late(self) -> list[dict[str, Any]]:
        """What is said of each step that lies in a window."""
        return [
            {
                "at": one.at, "rate": one.rate, "others": one.others,
                "epoch": self._epoch_of(one.at),
            }
            for one in self.seen.late_kept
        ]  # fmt: skip


def going_on(rates: Sequence[Sequence[float]], epochs: int) -> tuple[float, ...]:
    """The rates to come where each is a certain part of the one before; nothing of any others."""
    first = [one[0] for one in rates]
    if len(first) < IN_A_ROW or any(len(one) > 1 for one in rates) or not all(first):
        return ()
    parts = [after / before for before, after in pairwise(first)]
    if max(parts) - min(parts) > ROUNDING * abs(parts[0]):
        return ()
    return tuple(first[-1] * parts[-1] ** at for at in range(1, epochs - len(first) + 1))
