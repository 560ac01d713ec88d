"""Which of many rows may be among some others, without a copy of each to look it up by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.network.arrays import Array

# Rows that are numbered at once: some megabytes of samples of any usual size.
AT_ONCE = 4096
# Any odd numbers do: a row's own words, times these, are summed modulo 2 ** 64.
SEED = 20


def likely_among(rows: Array, others: Array) -> Sequence[int]:
    """The numbers of the rows that are among the others byte for byte, and hardly any more."""
    if rows.dtype != others.dtype or rows.shape[1:] != others.shape[1:] or not rows[:1].nbytes:
        return range(len(rows))
    if rows.dtype.hasobject:
        return range(len(rows))
    return [int(one) for one in np.flatnonzero(np.isin(numbers_of(rows), numbers_of(others)))]


def numbers_of(rows: Array) -> Array:
    """A number of each row's bytes: the same for equal ones, another for nearly all others."""
    each = rows[:1].nbytes
    size = next(size for size in (8, 4, 2, 1) if each % size == 0)
    words = np.random.default_rng(SEED).integers(0, 1 << 62, each // size, np.uint64) * 2 + 1
    found = []
    for start in range(0, len(rows), AT_ONCE):
        part = np.ascontiguousarray(rows[start : start + AT_ONCE]).reshape(-1)
        found.append(
            part.view(f"u{size}").reshape(-1, each // size).astype(np.uint64, copy=False) @ words
        )
    return np.concatenate(found)
