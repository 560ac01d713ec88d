"""Batches without samples: a slice that ends where it should be so long gives nothing further on.

``order[i:size]`` holds samples in the first turn only. A step by none of them moves nothing, or
takes the mean of nothing, which is nan. The last batch of an epoch may be empty, and does no harm.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted

# Arrays are followed from one operation to the next, this many at most.
MOST = 200
# A slice that is empty less often is that of a rest, at the end of an epoch.
MOSTLY = 0.5


class Empty:
    """Looks for slices that take nothing of an array, and for products of what comes of them.

    changed: called where more operations are looked at from then on.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.taken: Counter[int] = Counter()
        self.empty: Counter[int] = Counter()
        self.followed: dict[int, tuple[Callable[[], Any], int]] = {}
        self.used: dict[int, int] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at: any, once there is something to follow."""
        return kind == "get" or bool(self.followed)  # what comes of nothing may be anything

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a slice, or at what was made of an empty one."""
        if kind == "get" and isinstance(args[1], slice) and isinstance(value, np.ndarray):
            self.taken[site] += 1
            if not value.size and np.size(args[0]):
                self.empty[site] += 1
                self._follow(value, site)
        elif self.followed:
            origin = self._origin(args)
            if origin is None:
                return
            if name in MATRIX_PRODUCTS:
                self.used.setdefault(origin, site)
            if isinstance(value, np.ndarray) and not value.size:
                self._follow(value, origin)

    def _origin(self, args: tuple[Any, ...]) -> int | None:
        for one in args:
            known = self.followed.get(id(one))
            if known is not None and known[0]() is one:
                return known[1]
        return None

    def _follow(self, value: np.ndarray, origin: int) -> None:
        if len(self.followed) > MOST:
            self.followed = {key: one for key, one in self.followed.items() if one[0]() is not None}
        if not self.followed:
            self.changed()
        self.followed[id(value)] = (weakref.ref(value), origin)

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each slice that is mostly empty, and goes into a product."""
        return [
            at(
                sites[origin], "empty-batches",
                f"{quoted(sites[origin])} takes nothing in {self.empty[origin]:,} of "
                f"{self.taken[origin]:,} times that were seen, and what comes of it goes into "
                f"{quoted(sites[product])} in line {sites[product].line}",
            )
            for origin, product in self.used.items()
            if self.empty[origin] > MOSTLY * self.taken[origin]
        ]  # fmt: skip
