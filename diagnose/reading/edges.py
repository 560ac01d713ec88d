"""Of which steps the state is kept: of the first ones, and on both sides of each end of an epoch.

A copy of all parameters takes as long as a step may. Where a loop says how many turns it has, its
end is foreseen, and the state is copied in the last of them only. Where something else turns, or it
ends otherwise, what was not copied is missing: from then on each step is copied.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from diagnose.network.arrays import Array
from diagnose.reading.loops import Key
from diagnose.recording.tape import Tape

# Steps that are kept with their state: after the step was understood, and on both sides of each end
# of an epoch.
AFTER = 16
AROUND = 4


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A step with the state before and after it, and the masks that it drew."""

    at: int
    before: dict[Key, Any]
    after: dict[Key, Any]
    masks: tuple[Array, ...] = ()


class Edges:
    """The steps around each turn of other loops than that of the steps, which is at ``site``.

    foresees: whether steps are left out that are far from any end that is foreseen.
    """

    def __init__(self, tape: Tape, site: int, *, foresees: bool) -> None:
        self.tape, self.site, self.foresees = tape, site, foresees
        self.first = AFTER  # so many of the steps that come next are kept
        self.ring: deque[Kept] = deque(maxlen=AROUND)
        self.around: dict[int, list[Kept]] = {}
        self.open: dict[int, int] = {}
        self.torn: set[int] = set()
        self.gap: int | None = None  # the last step of which the state was not copied

    def needs_state(self) -> bool:
        """Whether the state after the step that was just made is needed."""
        return not self._is_before_the_last(AROUND)

    def _is_before_the_last(self, turns: int) -> bool:
        """Whether it is foreseen that more turns are left, and no state is wanted meanwhile."""
        if not self.foresees or self.first > 0 or self.open:
            return False
        left = self.tape.items_left.get(self.site)
        return left is not None and left > turns

    def left_out(self, at: int) -> None:
        """A step is not kept: its state is not copied."""
        self.gap = at

    def has_no_state(self, at: int) -> None:
        """A step is not kept; if that is since the state before it was not copied, it is so too."""
        if self.gap == at - 1:
            self.gap = at

    def step(self, kept: Kept) -> bool:
        """A step was made: whether it is one of the first."""
        self.ring.append(kept)
        for site, left in [*self.open.items()]:
            self.around[site].append(kept)
            self.open[site] = left - 1
            if left == 1:
                del self.open[site]
        self.first -= 1
        return self.first >= 0

    def turn(self, site: int, done: int) -> None:
        """Another loop begins a turn after so many steps: an epoch may begin."""
        self.torn.discard(site)
        if self.gap is not None and self.gap >= done - AROUND:
            self.torn.add(site)
            self.foresees = False
        self.around[site] = [*self.ring]
        self.open[site] = AROUND
