"""Passes of a network that no step follows: what went in, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import Before
from diagnose.reading.preparing import Preparation
from diagnose.recording.calling import Way
from diagnose.recording.nodes import Ref
from diagnose.watching.labels_met import Met
from diagnose.watching.reading_off import Did

# A share of nearly all samples is hardly another one: the last batch may be left out.
PART = 0.9


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
    that was held against every row, if it was one and the same; given: by these, the array that was
    held against the rows, and samples: that of the rows, where the tape has them. counted: of each
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
    given: dict[tuple[str, int], Ref] = field(default_factory=dict)
    samples: Ref | None = None
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
    held_as: set[str] = field(default_factory=set)
    computed: dict[int, int] = field(default_factory=dict)

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


@dataclass(frozen=True)
class Mark:
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
