"""Prepared inputs as the compiled loop takes them: without their zeros."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from diagnose.network.arrays import Array
from diagnose.training.digests import digest

# Rows that are compressed or filled at a time: the places of their numbers take some megabytes.
AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Prepared inputs without their zeros, row by row (compressed sparse rows)."""

    starts: Array
    columns: Array
    values: Array
    features: int

    @classmethod
    def of(cls, rows: Array) -> Inputs:
        """Compress ``(n, features)`` rows."""
        parts = [slice(first, first + AT_ONCE) for first in range(0, len(rows), AT_ONCE)]
        counts = [np.count_nonzero(rows[part], axis=1) for part in parts]
        starts = np.cumsum(np.concatenate([np.zeros(1, np.int64), *counts]))
        columns, values = np.empty(starts[-1], np.int32), np.empty(starts[-1])
        for part in parts:
            places = np.flatnonzero(rows[part])
            filled = slice(starts[part.start], starts[part.start] + len(places))
            columns[filled] = places % max(1, rows.shape[1])
            values[filled] = rows[part].ravel()[places]
        return cls(starts=starts, columns=columns, values=values, features=rows.shape[1])

    def rows(self, some: Array) -> Array:
        """Some of the rows as they were, with their zeros, ``(n, features)``; by their indices."""
        some = np.arange(len(self.starts) - 1)[some]  # also those that are counted from the end
        made = np.zeros((len(some), self.features))
        for first in range(0, len(some), AT_ONCE):
            part = some[first : first + AT_ONCE]
            counts = self.starts[part + 1] - self.starts[part]
            begins = np.cumsum(counts) - counts
            places = np.arange(counts.sum()) + np.repeat(self.starts[part] - begins, counts)
            at = np.repeat(np.arange(first, first + len(part)), counts)
            made[at, self.columns[places]] = self.values[places]
        return made

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return int(self.starts.nbytes + self.columns.nbytes + self.values.nbytes)

    @cached_property
    def are_infinite(self) -> bool:
        """Whether there are infinite ones: with a delta of 0 they are no number, and no zero."""
        return bool(np.isinf(self.values).any())

    @cached_property
    def digest(self) -> bytes:
        """A hash of the content."""
        return digest(self.starts, self.columns, self.values)


@lru_cache(maxsize=16)
def blank(samples: int) -> Inputs:
    """Of so many samples none of which has any number; the same each time, as companies ask."""
    return Inputs.of(np.zeros((samples, 0)))
