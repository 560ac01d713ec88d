"""How much time a program had: on a machine that does much else, less than the clock says."""

from __future__ import annotations

import time
from dataclasses import dataclass

# Of a program that sleeps or waits nobody can tell from the processor's time how long it does; it
# is taken to share its core with three others at most.
SHARED_BY = 4


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
