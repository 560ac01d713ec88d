"""How long a program runs on once its network is read: a test of it may come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from diagnose.reading.collecting import Collector
from diagnose.watching.evaluations import Evaluations

# Of a program that sleeps or waits nobody can tell from the processor's time how long it does; it
# is taken to share its core with three others at most.
SHARED_BY = 4
# Of a training of which so much is done when its time is up, the rest takes no longer.
HALF = 0.5
# Seconds for which nobody waits once more.
A_MOMENT = 0.1


@dataclass(frozen=True)
class Moment:
    """When it was, in seconds: by the clock, and of the processor that this process had used."""

    clock: float
    processor: float


def now() -> Moment:
    """The moment that it is."""
    return Moment(time.perf_counter(), time.process_time())


def had(since: Moment) -> float:
    """The seconds that this process had since then: no more than have passed, or a part of them."""
    there = now()
    passed, used = there.clock - since.clock, there.processor - since.processor
    return min(passed, max(used, passed / SHARED_BY))


def has_had(seconds: float, since: Moment) -> bool:
    """Whether it had more than so many; of its processor it is not asked before these passed."""
    return time.perf_counter() - since.clock > seconds and had(since) > seconds


@dataclass(kw_only=True)
class RunningOn:
    """A program after its reading.

    further: for how many seconds it runs, of those that it had for itself, and had: how many of
    these are over; at most: since it began,
    whatever else the machine does. began: when that was. steps:
    how many the training has, 0 if that is not known. seen: until now; evaluations: of its network.
    close: what ends it.
    """

    further: float
    at_most: float
    began: float
    steps: int
    seen: Collector | None
    evaluations: Evaluations | None
    close: Callable[[], None]
    had: float = 0.0

    def begin(self) -> None:
        """From now on its time runs."""
        self._call_in_time(self._time_is_up, max(self.further - self.had, 0.0))

    @property
    def _left(self) -> float:
        """The seconds that nothing may go beyond."""
        return max(self.began + self.at_most - time.perf_counter(), 0.0)

    def _time_is_up(self) -> None:
        """End; but if the training will, in as long again, its test may follow.

        Of one that was read before its end, since it draws its samples, in as long as a reading
        may take.
        """
        drawn = self.seen is not None and self.seen.drawn > 0
        done = self.evaluations.turns / self.steps if self.steps and self.evaluations else 0.0
        passed = time.perf_counter() - self.began
        if HALF <= done < 1:
            self._call_in_time(self.close, self.further)
        elif drawn and 0 < done < 1 and passed / done < self.at_most:
            self._call_in_time(self.close, passed / done - passed + self.further)
        else:
            self.close()

    def _call_in_time(self, what: Callable[[], None], seconds: float) -> None:
        since = now()

        def when_it_had_them() -> None:
            left = min(seconds - had(since), self._left)
            if left > A_MOMENT:
                call_later(when_it_had_them, left)
            else:
                what()

        call_later(when_it_had_them, min(seconds, self._left))


def call_later(what: Callable[[], None], seconds: float) -> None:
    """Call a function in a thread of its own, which keeps no process from its end."""
    clock = threading.Timer(seconds, what)
    clock.daemon = True
    clock.start()
