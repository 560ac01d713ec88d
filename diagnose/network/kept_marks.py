"""Targets in one table for all steps, out of which earlier marks are never cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from diagnose.network.arrays import Array


@dataclass(frozen=True, eq=False)
class KeptMarks:
    """Targets that are written into one table each time, and out of it never again.

    meant: the same in a table of their own, 0 where there is no mark: by these answers are read.
    """

    meant: Callable[[Array], Array]
    tables: list[Array] = field(default_factory=list, repr=False)

    def __call__(self, labels: Array) -> Array:
        """``(B, outputs)``, a part of the table."""
        own = self.meant(labels)
        part = self._table(own)[: len(own)]
        part[own != 0] = own[own != 0]
        return part

    def hold(self, met: Array) -> None:
        """Put in the table what a step met there."""
        self._table(met)[: len(met)] = met

    def forget(self) -> None:
        """Begin with a table without marks, as the program does; each training asks for it."""
        self.tables.clear()

    def _table(self, like: Array) -> Array:
        """One that is long enough; it goes on with what the last one held."""
        table = self.tables[-1] if self.tables else np.zeros((0, like.shape[1]))
        if len(table) < len(like):
            more = np.zeros((len(like) - len(table), like.shape[1]))
            self.tables[:] = [np.concatenate([table, more])]
        return self.tables[-1]
