"""Turns of which it is not asked what they make, since their text says that each makes a step.

Samples, targets and rate of each such turn are taken as of any other; what they make is looked at
in the turns whose state is kept, and in those that are looked at anyway. What is to be noted of
each is put off for some turns: to note several in a row takes a third of the time, for a processor
has other things at hand after each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from diagnose.reading.began import Clock
from diagnose.reading.by_loop import LEFT
from diagnose.reading.edges import AROUND, Edges
from diagnose.reading.epoch_ends import SECOND
from diagnose.reading.kept_samples import SURE, Draws
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import Roles
from diagnose.reading.room import Pairs
from diagnose.reading.taps import Taps
from diagnose.recording.tape import Tape

# So many turns are put off at most: their samples are no more than the nearest caches hold.
MOST = 64
NO_STEP = "a turn made no step, though its text comes to all lines of one"


class Collecting(Protocol):
    """What keeps samples, targets, rates and state of steps, as its own class says."""

    tape: Tape
    roles: Roles
    taps: Taps
    edges: Edges
    draws: Draws
    arrays: Pairs
    clock: Clock | None
    site: int
    steps: list[int]
    turns: dict[int, list[int]]
    count: dict[tuple[int, str], int]
    now: dict[Any, Any]
    noisy: bool
    is_over: bool
    is_accumulating: bool
    ends_at: int | None

    @property
    def is_plain(self) -> bool:
        """Whether samples and targets of a step are one value each."""

    def has_met(self, now: dict[Any, Any]) -> bool:
        """Whether samples, targets and rate of a step passed."""

    def is_step(self, now: dict[Any, Any]) -> bool:
        """Whether a turn made a step."""

    def note(self, now: dict[Any, Any]) -> None:
        """Note a step that is far from any whose state is kept."""


def made_in(seen: Collecting) -> set[int] | None:
    """Where the loop's turns must come to for a step, if all that is asked there is whether.

    None where more is asked: how often a turn comes there, or what it made.
    """
    loop, places = seen.roles.step.loop, {*seen.taps.results}
    others = seen.is_accumulating or loop.skips or seen.roles.masks or seen.noisy or seen.clock
    if not seen.is_plain or others or not seen.edges.foresees:
        return None
    if not places or any(at for _, _, at in places):
        return None
    return {site for site, _, _ in (*places, *seen.taps.places)}


@dataclass
class Spared:
    """The turns of a collector's loop: whether the one that goes on is spared, and what waits.

    passes: how often the loop had begun when that turn did. waiting: of turns that are over, what
    passed the taps.
    """

    seen: Collecting
    is_on: bool = False
    passes: int = 0
    waiting: list[dict[Any, Any]] = field(default_factory=list)

    def sites(self) -> frozenset[int]:
        """Where nothing passes but what is made, and no rows are followed."""
        taps = self.seen.taps
        others = {site for site, _, _ in taps.places} | self.seen.tape.threaded
        return frozenset(site for site, _, _ in taps.results if site not in others)

    def begins(self, *, looks: bool) -> bool:
        """A turn begins, and somebody looks at it or not: whether it is spared."""
        tape, edges = self.seen.tape, self.seen.edges
        self.is_on = bool(tape.spared) and not looks and edges.is_far_from_any()
        self.passes = tape.begun[self.seen.site]
        return self.is_on

    def is_step(self, now: dict[Any, Any]) -> bool:
        """Whether the turn that is over was spared, and made a step."""
        return self.is_on and not self._is_left() and self.seen.has_met(now)

    def hold_to_text(self, now: dict[Any, Any]) -> None:
        """NotReadError where a turn makes no step, or may have been left before it made one."""
        if self.is_on and self._is_left():
            raise NotReadError(LEFT)
        if not self.is_on and self.seen.has_met(now) and not self.seen.is_step(now):
            raise NotReadError(NO_STEP)

    def _is_left(self) -> bool:
        return self.passes != self.seen.tape.begun[self.seen.site]

    def are_alike(self) -> int:
        """How many turns may be put off now: as many as none can show that an epoch is over.

        That is told by samples that come again, and soon after another loop has turned.
        """
        seen = self.seen
        done, apart, draws = len(seen.steps), len(seen.arrays), seen.draws
        left = seen.tape.items_left.get(seen.site, 0) - AROUND - 3
        if not self.is_on or seen.ends_at is not None or seen.is_over or apart < 2:
            return 0
        if 2 * apart <= done + MOST or draws.all_came:
            return 0
        if draws.taken + MOST >= SURE * len(draws.last):
            return 0
        if any(done <= starts[-1] + SECOND for starts in seen.turns.values()):
            return 0
        return max(min(MOST, left), 0)

    def put_off(self) -> bool:
        """A turn is over: take what passed, if all of a step did; a step may write there later."""
        seen, now = self.seen, self.seen.now
        if seen.is_over or self._is_left() or not seen.has_met(now):
            return False
        array, number = now["x"]
        now["x"] = np.array(array), number
        self.waiting.append(now)
        seen.now, seen.count = {}, {}
        return True

    def catch_up(self) -> int:
        """Note the turns that were put off; how many these were."""
        waiting, self.waiting = self.waiting, []
        for now in waiting:
            self.seen.note(now)
        return len(waiting)
