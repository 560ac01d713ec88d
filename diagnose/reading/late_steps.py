"""Windows of a training that is read: steps of later epochs, kept with their state and samples.

What was read of the first steps is held against these, too: a part of the weights that is stepped
from some epoch on, another momentum, or weights that are set back between epochs are seen there,
and what lies in no window is not known. Between windows nothing but the rate is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import Key

State = dict[Key, Any]
# So many steps of a window are kept: one may be unlike the next, as with two rules in turn.
STEPS = 2
# The next window opens when the training is so many times as long: what holds in one, and no longer
# in the next, is known for four fifths of what there was by then.
FURTHER = 1.25
# Windows are no more than this, a copy of all parameters in each: 20 come to 100 times the first.
MOST = 32
# So many bytes of them are kept, the last ones: with more a large training would fill the memory.
MOST_BYTES = 100 << 20


@dataclass(frozen=True, kw_only=True)
class LateStep:
    """A step of a window: its number, samples and targets as rows, rate, and state around it.

    others: how many of its samples no step of the first epochs took.
    """

    at: int
    rows: Array
    targets: Array
    rate: float
    before: State
    after: State
    masks: tuple[Array, ...]
    others: int

    @property
    def bytes(self) -> int:
        """What it takes, beside samples that are kept anyway."""
        own = [one for one in (self.rows, self.targets) if one.flags.owndata]
        return sum(np.asarray(one).nbytes for one in (*own, *self.before.values()))


class LateSteps:
    """The windows of a training, by its epochs, or by its steps where it has none."""

    def __init__(self) -> None:
        self.kept: list[LateStep] = []
        self.next = 0
        self.left = 0  # steps to come of the window that is open
        self.before: State | None = None
        self.windows = 0

    def is_window(self, count: int, every: int | None) -> bool:
        """Whether a window opens with what is counted so; every: how many there are, if known."""
        return self.windows < MOST and (count >= self.next or count == every)

    def begin(self, count: int, every: int | None) -> None:
        """An epoch begins, or a step where there are none."""
        if not self.left and self.is_window(count, every):
            self.open()
            self.next = max(math.ceil(FURTHER * count), count + STEPS)

    def open(self) -> None:
        """The steps that come are kept."""
        self.left = STEPS
        self.windows += 1

    def step(self, after: State | None, keep: Callable[[State, State], LateStep]) -> None:
        """A step was made; one of which nobody knows what it began with says that of the next."""
        if self.before is not None and after is not None:
            self.kept.append(keep(self.before, after))
            self.left -= 1
            while sum(one.bytes for one in self.kept) > MOST_BYTES and len(self.kept) > STEPS:
                del self.kept[0]
        self.before = after if self.left else None
