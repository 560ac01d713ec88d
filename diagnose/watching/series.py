"""Passes of a network that no step follows: what went in, and what came of it.

And the values that were computed of them, known by identity, each with its samples.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import Before
from diagnose.reading.preparing import Preparation
from diagnose.recording.calling import Way
from diagnose.watching.labels_met import Met
from diagnose.watching.reading_off import Did

# A share of nearly all samples is hardly another one: the last batch may be left out.
PART = 0.9
# Values that are followed at once.
MOST_MARKS = 200_000
# More rows tell no more of a network: a share of right ones is then known to half of a percent.
MOST_ROWS = 10_000
# A list that is longer is looked through only if it begins with a number of NumPy's.
FEW = 8


@dataclass(frozen=True, eq=False)
class Picked:
    """A number of an array that met an answer: as the first or the second of both (``at``)."""

    array: Array
    index: int
    at: int


@dataclass(eq=False)
class Series:
    """Passes of one place between two steps, one after the other, as those of a loop are.

    rows, last: of each pass, its samples and the pre-activations of the last layer, both
    ``(n, ...)``. masks: by name those of each pass, ``(n, units)``. parameters: those of the first
    pass, as the contract has them. prepared: how its samples were; before: the table that they come
    from, before it was made whole numbers, if it was. sites: where the
    products stand. met: by kind and place, what was held against what: numbers of rows, what was
    given, what met it; met_at: the last of them. labels: by the same places, the number of an array
    that was held against every row, if it was one and the same. counted: of each
    such place, how many were equal, and of how many; divided: where such a number was divided last,
    how many were held against something by then, and the divisor, if that is as many as there are;
    or how many batches, of which shares were added up, and whether it is that. shares: of each
    place the sum of the shares of its batches, and how many these are. passed: how many samples
    there were when a place first met something. whole: how many samples the array has that those of
    the first pass are a part of. anew: whether parameters had been drawn once more by then;
    anew_at: where, in the block that the draw and the pass share; as_drawn: the weights that are
    random numbers still, as far as that is known. repeated: whether others of that place came
    before it, in an earlier turn. trained: whether its samples are some of the training. place: by
    which calls the passes come, and the operation at which they begin. in_a_row: in how many turns
    before this one there were such passes, one after the other.
    """

    number: int
    turn: int
    place: tuple[Way, int] = ((), 0)
    in_a_row: int = 0
    rows: list[Array] = field(default_factory=list)
    last: dict[int, Array] = field(default_factory=dict)
    parameters: dict[str, Array] = field(default_factory=dict)
    masks: dict[str, dict[int, Array]] = field(default_factory=dict)
    sites: set[int] = field(default_factory=set)
    met: dict[tuple[str, int], list[tuple[Array, Met]]] = field(default_factory=dict)
    count: int = 0
    dropped: bool = False
    met_at: float = 0.0
    labels: dict[tuple[str, int], Picked | None] = field(default_factory=dict)
    prepared: Preparation | None = None
    before: Before | None = None
    counted: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    divided: dict[tuple[str, int], tuple[int, int, int, bool]] = field(default_factory=dict)
    shares: dict[tuple[str, int], tuple[float, int]] = field(default_factory=dict)
    passed: dict[tuple[str, int], int] = field(default_factory=dict)
    whole: int = 0
    anew: bool = False
    anew_at: tuple[str, int] | None = None
    repeated: bool = False
    trained: bool = False
    as_drawn: list[str] = field(default_factory=list)
    own: bool = True

    def meets(self, rows: Array, found: Met, site: int) -> None:
        """Note what something of these rows was held against."""
        place = found.kind, site
        self.met.setdefault(place, []).append((rows, found))
        if found.kind in ("answer", "either") and found.given.shape == found.other.shape:
            right, of = self.counted.get(place, (0, 0))
            equal = int((found.given == found.other).all(axis=1).sum())
            self.counted[place] = right + equal, of + len(rows)
            share, batches = self.shares.get(place, (0.0, 0))
            self.shares[place] = share + equal / len(rows), batches + 1
            self.divided.pop(place, None)

    def goes_on_since(self, place: tuple[str, int]) -> bool:
        """Whether more samples passed since a place first met something.

        Then each of these is met, if at all, before the next one passes, and so was the first.
        """
        first = self.passed.setdefault(place, self.count)
        if first == self.count:
            return False
        (rows, found), *more = self.met[place]
        if rows[0] != first - 1 and len(rows) == 1:
            self.met[place] = [(np.array([first - 1]), found), *more]
        return True

    def picks(self, place: tuple[str, int], found: Picked | None) -> None:
        """Note which number of which array met a row; None where none did."""
        known = self.labels.setdefault(place, found)
        again = known and found and known.array is found.array and known.index == found.index
        if not again:
            self.labels[place] = None

    def divides(self, site: int, number: float, by: float, trained_on: int) -> None:
        """Note a division, if it makes a share of all samples of what was counted of a part.

        Or of the samples that are trained on, of which there are so many; or a mean of the shares
        of batches, of another number than there were.
        """
        for place, (share, batches) in self.shares.items():
            several = 1 < batches < self.counted[place][1]
            near = PART * batches <= by <= batches / PART
            if several and not near and math.isclose(number, share):
                self.divided[place] = site, batches, int(by), True
        if by not in (self.count, self.whole, trained_on):
            return
        for place, (right, of) in self.counted.items():
            counts = {right, of - right, 100 * right, 100 * (of - right)}
            if number in counts and of <= PART * by:
                self.divided[place] = site, of, int(by), False


class Mark(NamedTuple):
    """A value of a pass: of which rows of its series, after how many layers.

    columns: whether its samples lie along the second axis. biased: whether the bias of its last
    layer, if it has one, is in it. way: how it came about from the last pre-activation, where that
    went number by number; made: by which operation. several: whether these are batches in a list.
    """

    series: Series
    first: int
    rows: Array
    layer: int
    biased: bool
    columns: bool
    way: tuple[Did, ...] | None = None
    made: int = 0
    several: bool = False


class Marks:
    """The values that are followed, of such kinds.

    turn: of the loop that trains; kept_in: in which of its turns the last value was kept.
    """

    def __init__(self, followed: Any) -> None:
        self.followed = followed
        self.every: dict[int, tuple[Callable[[], Any], Mark]] = {}
        self.turn = self.kept_in = 0

    def __bool__(self) -> bool:
        return bool(self.every)

    def clear(self) -> None:
        """Follow none of them any more."""
        self.every.clear()

    def are_old(self) -> bool:
        """Whether the last was kept before the turn that just ended."""
        return bool(self.every) and self.turn - self.kept_in > 1

    def leave_those_of(self, turn: int) -> None:
        """Follow what is of passes of a turn alone, and of none that were dropped."""
        self.every = {
            one: (held, mark)
            for one, (held, mark) in self.every.items()
            if mark.series.turn == turn and not mark.series.dropped
        }

    def of(self, value: Any) -> Mark | None:
        """What a value was computed of; None for one that is not followed."""
        if isinstance(value, self.followed):
            known = self.every.get(id(value))
            return known[1] if known and known[0]() is value else None
        if isinstance(value, list | tuple) and 0 < len(value) <= MOST_ROWS:
            if len(value) > FEW and not isinstance(value[0], np.ndarray | np.generic):
                return None
            return _several([self.of(one) for one in value if not isinstance(one, list)])
        return None

    def keep(self, value: Any, mark: Mark) -> None:
        """Follow a value."""
        self.kept_in = self.turn
        if isinstance(value, np.ndarray):
            self.every[id(value)] = (weakref.ref(value), mark)
        elif isinstance(value, self.followed) and not isinstance(value, np.bool_):
            # of True and False there is one each: an answer is no other object than its label
            self.every[id(value)] = ((lambda: value), mark)
        if len(self.every) > MOST_MARKS:
            self.every.clear()

    def taken(self, of: Mark, args: tuple[Any, ...], marks: list[Mark | None], value: Any) -> None:
        """A part of a pass's values: which of its rows; or what stands elsewhere at its answers."""
        if not isinstance(value, np.ndarray | np.generic):
            return
        if marks[0] is None and isinstance(args[1], np.ndarray):
            same = args[1].shape == np.shape(value)[:1] == (len(of.rows),)
            if same and isinstance(value, np.ndarray) and value.dtype.kind in "iufb":
                self.keep(value, of._replace(columns=False))
            return
        if marks[0] is not of:
            return
        shape = np.shape(args[0])
        axis = 1 if of.columns and len(shape) > 1 else 0
        if not shape or shape[axis] != len(of.rows):
            if len(of.rows) == 1:
                self.keep(value, of)
            return
        laid = of.rows.reshape([-1 if at == axis else 1 for at in range(len(shape))])
        rows = np.broadcast_to(laid, shape)[args[1]]
        if rows.ndim == 2:
            rows = rows[:, 0] if (rows == rows[:, :1]).all() else rows[0]
        if np.size(rows) and rows.ndim < 2:
            rows = np.unique(rows) if rows.ndim and (rows == rows[0]).all() else np.atleast_1d(rows)
            columns = np.ndim(value) > 1 and np.shape(value)[0] != len(rows)
            self.keep(value, of._replace(rows=rows, columns=columns))


def _several(marks: list[Mark | None]) -> Mark | None:
    """Of values in a list: that of the only one that is followed, or of all, row by row."""
    found = [one for one in marks if one is not None]
    if not found or any(one.series is not found[0].series for one in found):
        return None
    if len(found) == 1:
        return found[0]
    if len(found) < len(marks) or len({one.columns for one in found}) > 1:
        return None
    rows = np.concatenate([one.rows for one in found])
    if len(rows) > len(found):  # of batches; one of which alone has a single row, perhaps
        return found[0]._replace(rows=rows, several=True)
    return found[0]._replace(rows=rows, columns=False)


def fits(value: Any, size: int) -> bool:
    """Whether a value has numbers for so many samples, as many for each."""
    count = np.size(value) if isinstance(value, np.ndarray | np.generic | float) else 0
    return count > 0 and count % size == 0


def one_after_the_other(value: Any, mark: Mark) -> bool:
    """Whether batches were put together so that each row is one of theirs still."""
    shape = np.shape(value)
    return bool(shape) and shape[-1 if mark.columns else 0] == len(mark.rows)


def same_rows(one: Mark, other: Mark) -> bool:
    """Whether two values are of the same samples of the same passes."""
    return one.series is other.series and (
        one.rows is other.rows or np.array_equal(one.rows, other.rows)
    )
