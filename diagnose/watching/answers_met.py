"""What is held against answers, where these are not followed, or where both are counted at once.

Answers as Python's own numbers, or in tables: ``counts[t][p] += 1``, products of one-hot rows.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.watching.labels_met import EQUAL, Met, both_one_hot, either, pair_in_table
from diagnose.watching.series import Mark, Marks, Picked, Series


class Answers:
    """Looks for what meets the answers of the latest pass; depth: how many layers that has."""

    def __init__(self, followed: Any, depth: int) -> None:
        self.marks, self.depth = Marks(followed), depth
        self.turns = 0
        self.latest: tuple[Series, int] | None = None
        # the number that came out of an array last, that array, and its place there
        self.picked: tuple[Any, Array, int] | None = None
        # the row that came out of a square table last, a list or an array, and its place there
        self.row: tuple[Any, Any] | None = None

    def may_be_answers(self, of: Series, row: int, site: int, args: tuple[Any, ...]) -> None:
        """Two values that are compared after a pass: one may be its answer, as a whole number.

        These are not followed: ``int(np.argmax(out))``, ``1 if out > 0.5 else 0``, or a name that
        was looked up. row: which was last looked at. Where that is the last of all, the answers may
        have been put into a list before, and are compared one by one.
        """
        found = either(args, of.count)
        if found is None or of.dropped or of.turn != self.turns:
            return
        whole = len(found.given) == of.count
        place = found.kind, site
        goes_on, every = of.goes_on_since(place), of.met.get(place, ())
        if not goes_on and row == of.count - 1:
            row = min(row, len(every))
        rows = np.arange(of.count) if whole else np.array([row])
        if not every or every[-1][0][-1] != rows[-1]:
            of.meets(rows, found, site)
            of.picks(place, self.picked_of(args))
            of.met_at = time.perf_counter()

    def picked_of(self, args: tuple[Any, ...]) -> Picked | None:
        """Which of two came out of an array just before, and where it stands there."""
        if self.picked is None:
            return None
        value, array, index = self.picked
        at = next((at for at, one in enumerate(args) if one is value), None)
        return None if at is None else Picked(array, index, at)

    def in_rows(
        self, site: int, kind: str, args: tuple[Any, ...], value: list[Any] | Array
    ) -> None:
        """A table is gone into by two whole numbers, first by one of them; value: the row."""
        if self.latest is None:
            return
        if kind == "get":
            square = type(args[0]) is type(value) and len(args[0]) == len(value)
            self.row = (value, args[1]) if square else None
        elif self.row is not None and self.row[0] is args[0]:
            pair = self.row[1], args[1]
            of = [mark for one in pair if (mark := self.marks.of(one)) is not None]
            found = pair_in_table(None, pair, 1)
            if not of:
                self.may_be_answers(*self.latest, site, pair)
            elif found is not None and len(of) == len(of[0].rows) == 1:
                _meets(of[0], found, site)

    def is_in_table(self, site: int, kind: str, args: tuple[Any, ...], value: Any) -> bool:
        """Whether a row that was taken out of a square array by its number is gone into.

        As ``table[t][p] += 1`` does.
        """
        owner, index = args[0], args[1]
        if self.row is not None and self.row[0] is owner:
            if kind == "store":
                self.in_rows(site, kind, args, value)
            return isinstance(owner, np.ndarray)
        is_row = isinstance(value, np.ndarray) and value.ndim == 1
        by_number = kind == "get" and isinstance(index, int | np.integer)
        if is_row and by_number and self.marks.of(owner) is None:  # outputs count nothing
            self.in_rows(site, kind, args, value)
        return False

    def are_counted(
        self, of: Mark, site: int, args: tuple[Any, ...], marks: list[Mark | None]
    ) -> bool:
        """Whether a product is that of answers and labels that are one-hot, which counts both."""
        both = [one for one in args if isinstance(one, np.ndarray)]
        given = [one for one, mark in zip(args, marks, strict=True) if mark is not None]
        if len(both) != 2 or len(given) != 1 or of.layer < self.depth or not of.biased:
            return False
        other = both[0] if both[1] is given[0] else both[1]
        found = both_one_hot(given[0], other, len(of.rows), of.columns)
        if found is not None:
            _meets(of, found, site)
        return found is not None


def _meets(of: Mark, found: Met, site: int) -> None:
    of.series.meets(of.rows, found, site)
    of.series.picks((found.kind, site), None)
    of.series.met_at = time.perf_counter()


def compared(kind: str, name: str, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Two values that are compared, or by which a table is gone into; else None."""
    if name in EQUAL:
        return args
    if kind not in ("get", "store") or not isinstance(args[1], tuple):
        return None
    return args[1] if pair_in_table(args[0], args[1], 1) else None
