"""Inputs scaled as a careful engineer would: to numbers of the size of 1, around 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array

# Columns share a unit where they are spread alike, to this factor.
ONE_UNIT = 10.0
# Pixels are many, and most of them begin at the same number, which is that of an empty picture.
MANY, MOST = 16, 0.5
# What is summed in doubles, as they are or made of whole numbers.
WIDE = (np.float64, np.uint8, np.int64)
# Numbers at a time, of which the standard deviation is taken: a copy of them stays in the cache.
AT_ONCE = 1 << 16
# An offset smaller than this many times the spread is left in, so that zeros stay zeros.
FAR_TO_ONE_SIDE = 4.0


@dataclass(frozen=True)
class Standardized:
    """A preparation whose columns are shifted and divided, all alike or one by one."""

    prepare: Callable[[Array], Array]
    shifts: tuple[float, ...]
    divisors: tuple[float, ...]

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        rows = np.asarray(self.prepare(images))
        kind = rows.dtype if rows.dtype.kind == "f" else np.dtype(float)
        divisors = np.array(self.divisors, kind)
        if not any(self.shifts):
            return rows / divisors
        rows = rows - np.array(self.shifts, kind)
        rows /= divisors  # in place: there may be gigabytes of it
        return rows

    @property
    def divided(self) -> tuple[Callable[[Array], Array] | None, float]:
        """What makes the numbers that are divided, and by which, where nothing else is done.

        So a 0 stays what it is. Nothing, where columns are shifted or differ.
        """
        divisor = self.divisors[0]
        alike = not any(self.shifts) and len(self.divisors) == 1 and divisor > 0
        return (self.prepare if alike else None), divisor


def by_one_number(prepare: Callable[[Array], Array], rows: Array) -> Standardized:
    """Up to 1, all columns alike, and shifted only where they lie far to one side."""
    rows = _as_numbers(rows)
    mean, low, high = float(rows.mean()), float(rows.min()), float(rows.max())
    # The mean of squares costs no copy of all rows; what it rounds off is far from where it counts.
    squares = _squares(rows) / max(rows.size, 1)
    spread = float(np.sqrt(max(squares - mean * mean, 0.0)))
    shift = mean if abs(mean) > FAR_TO_ONE_SIDE * spread else 0.0
    return Standardized(prepare, (shift,), (max(abs(low - shift), abs(high - shift)) or 1.0,))


def _as_numbers(rows: Array) -> Array:
    """In doubles, but for bytes, of which there may be gigabytes as doubles."""
    return rows if rows.dtype == np.uint8 else np.asarray(rows, np.float64)


def _squares(rows: Array) -> float:
    """The sum of all squares; of bytes without a copy of them all, for it is exact in any order."""
    if rows.dtype != np.uint8:
        return float(np.vdot(rows, rows))
    every = rows.reshape(-1)
    parts = (every[at : at + AT_ONCE].astype(float) for at in range(0, every.size, AT_ONCE))
    return float(sum(np.vdot(part, part) for part in parts))


def standard_deviation(rows: Array) -> float:
    """That of all numbers, without a copy of them all where there are many.

    In the order in which NumPy adds numbers that lie one after the other, by halves: so that it is
    the same to the last bit.
    """
    if rows.size <= AT_ONCE or not rows.flags.c_contiguous or rows.dtype not in WIDE:
        return float(rows.std())
    every, mean = rows.reshape(-1), rows.mean()

    def squares(first: int, count: int) -> float:
        if count > AT_ONCE:
            half = count // 2 - count // 2 % 8
            return squares(first, half) + squares(first + half, count - half)
        apart = every[first : first + count] - mean
        return float(np.add.reduce(np.square(apart, out=apart)))

    return float(np.sqrt(squares(0, every.size) / every.size))


def sound_inputs(prepare: Callable[[Array], Array], rows: Array, pictures: bool) -> Standardized:
    """Pixels up to 1; other columns of mean 0, divided by one number or one by one.

    rows: ``(n, features)`` as ``prepare`` gives them; pictures: whether they are surely pixels. One
    by one, a pixel that is lit in one of 5,000 pictures would become 70 there.
    """
    rows = _as_numbers(rows)
    if pictures and np.isfinite(rows.sum()) and (rows.max(axis=0) > rows.min(axis=0)).any():
        return by_one_number(prepare, rows)
    rows = np.asarray(rows, np.float64)
    means, spreads = rows.mean(axis=0), rows.std(axis=0)
    lively = spreads > 1e-9 * (np.abs(means) + 1)
    if not np.isfinite(rows).all() or not lively.any():
        return Standardized(prepare, (0.0,), (1.0,))
    lowest = rows.min(axis=0)[lively]
    pictures = pictures or (lively.sum() >= MANY and (lowest == lowest.min()).mean() >= MOST)
    if pictures:
        return by_one_number(prepare, rows)
    if spreads[lively].max() <= ONE_UNIT * spreads[lively].min():
        spreads = np.full_like(spreads, np.sqrt(np.mean(spreads[lively] ** 2)))
    # A column that never changes is a bias, as an appended 1; a large one would drown the others.
    shifted = lively | (np.abs(means) > ONE_UNIT)
    return Standardized(
        prepare,
        tuple(np.where(shifted, means, 0.0).tolist()),
        tuple(np.where(lively, spreads, 1.0).tolist()),
    )
