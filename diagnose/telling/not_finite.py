"""The first operation that makes inf or nan of finite numbers, and whether it reaches the network.

A loss that overflows is one thing; a product of the network that is nan is the end of a training.
So every value that is not finite is followed to the one that it came from.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, short

# Values that are not finite are followed, this many at most: a training that is nan makes more and
# more of them, and by then it is known where they come from.
MOST = 2000
# Numbers that are asked at once: the answers of more are new memory, which is dearer than to ask.
AT_ONCE = 1 << 18
# These make no number of numbers: they hand on, or say, what they were given.
HANDED_ON = {"get", "attribute"}
# Where a value stands on its own, such as the best loss so far, inf is meant.
MEANT = {"full", "full_like", "array", "asarray", "float", "where", "isnan", "isfinite", "isinf"}


def numeric(value: Any) -> bool:
    """Whether a value is a float, or an array of floats."""
    if type(value) is float:
        return True
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"


def finite(value: Any) -> bool:
    """Whether a number, or every number of an array, is finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    # the method goes through Python, once for each operation of a script
    if value.size <= AT_ONCE or not (value.flags.c_contiguous or value.flags.f_contiguous):
        return bool(np.logical_and.reduce(np.isfinite(value), axis=None))
    flat = value.reshape(-1, order="A")  # a view
    return all(finite(flat[at : at + AT_ONCE]) for at in range(0, len(flat), AT_ONCE))


class NotFinite:
    """Looks for the first inf or nan, and for the first product that it reaches."""

    def __init__(self) -> None:
        self.first: list[tuple[int, str]] = []
        self.origins: dict[int, tuple[Callable[[], Any], int]] = {}
        self.reached: tuple[int, int] | None = None

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return True

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at what an operation gave."""
        if self.reached is not None or not numeric(value) or len(self.origins) > MOST:
            return
        if finite(value):
            return
        taken = [one for one in args if numeric(one) and one is not value]
        origin = self._origin([*taken, value])
        if origin is None:
            made = taken and kind not in HANDED_ON and name not in MEANT
            if not made or not all(map(finite, taken)):
                return
            origin = len(self.first)
            self.first.append((site, self._went_in(taken, value)))
        self._follow(value, origin)
        # a loss may be written as a product too, of one row and one column
        if name in MATRIX_PRODUCTS and np.size(value) > 1:
            self.reached = (origin, site)

    def _origin(self, taken: list[Any]) -> int | None:
        for one in taken:
            known = self.origins.get(id(one))
            if known is not None and known[0]() is one:
                return known[1]
        return None

    def _follow(self, value: Any, origin: int) -> None:
        if isinstance(value, np.ndarray):
            self.origins[id(value)] = (weakref.ref(value), origin)
        else:
            self.origins[id(value)] = (lambda: value, origin)

    def _went_in(self, taken: list[Any], value: Any) -> str:
        """The values that went in where the first of what came out is not finite."""
        place = tuple(int(one) for one in np.argwhere(~np.isfinite(np.atleast_1d(value)))[0])
        came = np.atleast_1d(value)[place]
        words = []
        for one in taken:
            if not np.size(one):
                words.append("no values")
            elif np.ndim(one) == 0:
                words.append(short(one))
            elif np.broadcast_shapes(np.shape(one), np.shape(value)) == np.shape(value):
                words.append(short(np.broadcast_to(one, np.shape(value))[place]))
            else:
                words.append(f"values up to {short(np.abs(one).max())}")
        return f"gives {'nan' if np.isnan(came) else short(came)}, of {' and '.join(words)}"

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """The origin of what reached a product; else, as a remark, the first of all."""
        if not self.first:
            return []
        origin, product = self.reached or (0, None)
        site, what = self.first[origin]
        said = f"{quoted(sites[site])} {what}; the values before it were finite"
        if product is None:
            return []  # as a sigmoid overflows, and no harm is done
        if product == site:
            return [at(sites[site], "not-finite", said)]
        where = f"it reaches {quoted(sites[product])} in line {sites[product].line}"
        return [at(sites[site], "not-finite", f"{said}. From there {where}")]
