"""Steps whose samples are known from their loop alone, so that nothing is asked of them.

Of a long pass over single samples it is noted how many steps were made; what they took is put
together when the pass is over, or something else turns. It is certain: the text of the loop says
which row each turn takes, the steps that are looked at took these very rows, and the arrays that
they lie in, and the order, are then what they were before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.likely import numbers_of
from diagnose.reading.not_read import NotReadError
from diagnose.recording.origins import Origins
from diagnose.recording.threads import Held, OneRow, Thread

# A pass of fewer steps to come is over in a fraction of a second.
LONG = 1024
# So many steps at its end are seen: those on both sides of it are kept.
LAST = 32
# Steps before that must have taken the rows that the loop names.
COMPARED = 64
WRITTEN = (
    "its samples, or their order, were written into while it went through them, where nobody saw it"
)
LEFT = "a pass over its samples was left in the middle of a turn, whose step nobody saw"
OTHERS = "a step took other samples than those that its loop names"


@dataclass
class ByLoop:
    """The steps of a pass from now on, by the rows that they take.

    samples, targets: the arrays with a row for each sample. order: what the loop goes through, as
    ``(n,)`` places; over: the object itself, None where rows come one after the other. x, target:
    the rows that the last step took. rate: of each step. done: how many turns the pass had before
    these, and until: how many it may have at most. turns: how many it has by now. begun: how often
    the loop had begun then. is_torn: whether another loop turned within the turn that goes on.
    waiting: turns that are counted later.
    """

    samples: Array
    targets: Array
    order: Array
    over: Any
    x: OneRow
    target: OneRow
    rate: Any
    done: int
    until: int
    turns: int = 0
    begun: int = 0
    is_torn: bool = False
    waiting: int = 0
    before: tuple[Array, Array] = field(init=False)

    def __post_init__(self) -> None:
        """Remember the rows as they are."""
        self.turns = self.done
        self.before = numbers_of(self.samples), numbers_of(self.targets)

    def lies_as(self, earlier: ByLoop | None) -> bool:
        """Whether the arrays were not written into between two such, as a step may do with rows."""
        return (
            earlier is not None
            and earlier.samples is self.samples
            and earlier.targets is self.targets
            and all(map(np.array_equal, earlier.before, self.before))
        )

    def goes_on(self, now: Mapping[Any, Any]) -> bool:
        """Count the turn that was just made; False once the pass is nearly over.

        now: what was seen of it. NotReadError where that is other than what its loop says.
        """
        if now:
            self._took(now)
        self.turns += 1
        return self.turns < self.until

    def put_off(self, now: Mapping[Any, Any], begun: int) -> bool:
        """Whether the turn that was just made may be counted later: nothing was seen of it.

        begun: how often the loop has begun by now.
        """
        if now or begun != self.begun:
            return False
        self.waiting += 1
        return True

    def catch_up(self) -> int:
        """Count the turns that were put off; how many these were."""
        count, self.waiting = self.waiting, 0
        self.turns += count
        return count

    def _took(self, now: Mapping[Any, Any]) -> None:
        place = int(self.order[self.turns])
        for name, rows in (("x", self.samples), ("target", self.targets)):
            if name not in now:
                continue
            took = now[name][0] if isinstance(now[name], tuple) else now[name]
            if np.asarray(took).tobytes() != rows[place].tobytes():
                raise NotReadError(OTHERS)
        if now.get("rate", self.rate) != self.rate:
            raise NotReadError(OTHERS)

    def taken(self) -> Iterator[tuple[Array, Array, OneRow, OneRow]]:
        """The rows of steps that were not taken yet, and where they lie.

        NotReadError where they are others now.
        """
        same = self.over is None or np.array_equal(np.asarray(self.over), self.order)
        after = numbers_of(self.samples), numbers_of(self.targets)
        if not same or not all(map(np.array_equal, self.before, after)):
            raise NotReadError(WRITTEN)
        done, self.done = self.done, self.turns
        x, target = self.x, self.target
        for place in self.order[done : self.turns].tolist():
            yield self.samples[place], self.targets[place], x.at(place), target.at(place)


def by_loop(
    over: Any, left: int, origins: Origins | None, rate: Any, steps: list[tuple[Any, Any]],
    values: list[tuple[Array, Array]], *, places: bool,
) -> ByLoop | None:  # fmt: skip
    """The rest of a pass by its rows; None where it is short, or not what its loop says.

    over: what the loop goes through. left: how many turns are to come. steps: out of which arrays
    the last steps took samples and targets, and values: these, as rows. places: whether the loop's
    items are places of rows; else it goes through the rows themselves.
    """
    rows = [[one for one in side if isinstance(one, OneRow)] for side in zip(*steps, strict=True)]
    if origins is None or left < LONG or not all(rows) or not isinstance(rate, float | int):
        return None
    x, target = rows[0][-1], rows[1][-1]
    samples, targets = _array_of(origins, x.owner), _array_of(origins, target.owner)
    if samples is None or targets is None:
        return None
    order = _order(over) if places else np.arange(min(len(samples), len(targets)))
    whole = x.owner.gone is None and target.owner.gone is None
    if not whole or order is None or len({*order.tolist()}) < len(order) or order.min() < 0:
        return None
    if order.max() >= min(len(samples), len(targets)) or len(order) - left < COMPARED:
        return None
    done = len(order) - left
    made = ByLoop(
        samples=samples, targets=targets, order=order, over=over if places else None, x=x,
        target=target, rate=rate, done=done, until=len(order) - LAST,
    )  # fmt: skip
    return made if _took_these(made, steps, values) else None


def _row(known: OneRow | Held | None) -> tuple[Thread | None, int] | None:
    """Out of which axis a single row was taken, and which of its places it is."""
    if isinstance(known, OneRow):
        return known.owner.thread(0), known.place
    gone = known.gone if known is not None else None
    return None if gone is None or gone.rows is None else (gone.parent, int(gone.rows[0]))


def _array_of(origins: Origins, held: Held) -> Array | None:
    """The array of which this is known; None of one that is no more, or without numbers."""
    array = next((one() for one, known in origins.known.values() if known is held), None)
    return None if array is None or array.dtype.hasobject or not array.nbytes else array


def _order(over: Any) -> Array | None:
    """The places that a loop goes through; None of what is no list of them."""
    if not isinstance(over, np.ndarray | range | list):
        return None
    order = np.array(over)
    return order if order.ndim == 1 and order.dtype.kind in "iu" else None


def _took_these(
    made: ByLoop, steps: list[tuple[Any, Any]], values: list[tuple[Array, Array]]
) -> bool:
    """Whether the last steps took the rows that the loop names, which are as they were then."""
    its = made.order[made.done - COMPARED : made.done].tolist()
    for place, (x, target), (rows, wanted) in zip(its, steps, values, strict=True):
        for row, last in ((x, made.x), (target, made.target)):
            if _row(row) != (last.owner.thread(0), place):
                return False
        if not np.array_equal(np.ravel(rows), np.ravel(made.samples[place])):
            return False
        if not np.array_equal(np.ravel(wanted), np.ravel(made.targets[place])):
            return False
    return True
