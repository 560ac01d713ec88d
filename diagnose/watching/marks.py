"""Values that were computed of passes of a network, known by identity, each with its samples.

What is taken out of such a value is of some of its samples; a list of several is of all of theirs.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.watching.series import Mark

# Values that are followed at once.
MOST_MARKS = 200_000
# More rows tell no more of a network: a share of right ones is then known to half of a percent.
MOST_ROWS = 10_000
# A list that is longer is looked through only if it begins with a number of NumPy's.
FEW = 8


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
                self.keep(value, replace(of, columns=False))
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
            self.keep(value, replace(of, rows=rows, columns=columns))


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
        return replace(found[0], rows=rows, several=True)
    return replace(found[0], rows=rows, columns=False)


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
    return one.series is other.series and np.array_equal(one.rows, other.rows)
