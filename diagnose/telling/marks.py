"""One table of targets for all steps, in which the marks of earlier samples are left.

``table[np.arange(n), labels] = 1`` sets a 1 for each sample and clears none: a table that was made
once, and not for each step, says before long that a sample belongs to every class.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.operations import memory
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted

DIFFERENCES = {"Sub", "subtract"}
# Tables that are known at a time, and marks in each that are looked at: a few of either tell.
MOST, LOOKED_AT = 50, 200


class LeftMarks:
    """Looks for marks in a table that an error was taken of since the marks before them.

    Of a table with several labels for each sample, all marks are made before that.
    """

    def __init__(self) -> None:
        self.tables: dict[int, Callable[[], Any]] = {}
        # of tables that an error was taken of, how many marks were looked at since
        self.used: dict[int, int] = {}
        self.left: dict[int, tuple[int, int]] = {}
        self.found: dict[int, int] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return kind == "store" or name in DIFFERENCES

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a mark, or at an error."""
        if kind == "store":
            self._marked(site, *args)
        elif self.tables:
            for one in args:
                key = self._known(one)
                if key is not None:
                    self.used.setdefault(key, 0)
                    if key in self.left:
                        self.found.setdefault(*self.left[key])

    def _known(self, array: Any) -> int | None:
        if not isinstance(array, np.ndarray):
            return None
        whole = memory(array)
        known = self.tables.get(id(whole))
        return id(whole) if known is not None and known() is whole else None

    def _marked(self, site: int, table: Any, index: Any, mark: Any) -> None:
        is_mark = isinstance(mark, int | float | np.generic) and np.ndim(mark) == 0 and mark
        if not (isinstance(table, np.ndarray) and is_mark and _is_place(table, index)):
            return
        key = self._known(table)
        if key is None:
            self._meet(memory(table))
        elif self.used.get(key, LOOKED_AT) < LOOKED_AT:
            self.used[key] += 1
            several = _in_one_place(table, index, mark)
            if several > 1:
                self.left[key] = site, several
            else:
                self.left.pop(key, None)

    def _meet(self, whole: Any) -> None:
        if len(self.tables) >= MOST:
            self.tables = {key: one for key, one in self.tables.items() if one() is not None}
        if len(self.tables) < MOST:
            self.tables[id(whole)] = weakref.ref(whole)
            self.used.pop(id(whole), None)
            self.left.pop(id(whole), None)

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each line that marks labels where others are marked still."""
        return [
            at(
                sites[site], "aliased-arrays",
                f"{quoted(sites[site])} marks labels in one table step after step, and nothing "
                "clears it in between: the marks of earlier samples are left, "
                f"up to {several} for one sample",
                part="targets",
            )
            for site, several in self.found.items()
        ]  # fmt: skip


def _is_place(table: Any, index: Any) -> bool:
    """Whether an index names single places of a table: a row and a column, or several of both."""
    if table.ndim == 1:
        return isinstance(index, int | np.integer)
    if table.ndim != 2 or not isinstance(index, tuple) or len(index) != 2:
        return False
    return all(not isinstance(one, slice) and np.asarray(one).dtype.kind in "iu" for one in index)


def _in_one_place(table: Any, index: Any, mark: Any) -> int:
    """How many marks the sample with the most has, of those just marked; 0 for anything else.

    Samples lie in rows or in columns: along the other axis are those of one class.
    """
    if table.ndim == 1 or 1 in table.shape:
        lines = [table.reshape(1, -1)]
    else:
        rows, columns = (np.atleast_1d(np.asarray(one)) for one in index)
        lines = [table[rows], table[:, columns].T]
    if not all(np.isin(one, (0, mark)).all() for one in lines):
        return 0  # numbers of another kind, as of a weight that is moved to measure its slope
    return min(int(np.count_nonzero(one, axis=1).max(initial=0)) for one in lines)
