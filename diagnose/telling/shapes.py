"""A column ``(n, 1)`` that meets a row ``(n,)``, so that each sample meets all: a table ``(n, n)``.

Such a table may be meant, as distances between points are. It is none of ours where it is asked for
(``None``, ``newaxis``, a reshape beside the operator), where both sides are one array, or where it
goes into a product. Where its mean or sum is taken, a number is made of pairs that belong together
in n cases, and in n * n - n do not.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.reading.unmixed import mixes
from diagnose.recording.operations import memory
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, shaped

PAIRED = {
    "Add", "Sub", "Mult", "Div", "Eq", "NotEq", "add", "subtract", "multiply", "divide", "equal",
    "not_equal", "array_equal", "isclose",
}  # fmt: skip
COMPARED = {"Eq", "NotEq", "equal", "not_equal", "isclose"}
REDUCED = {"mean", "sum", "average", "count_nonzero", "nanmean"}
# A column of labels is held against a row of all classes to make one-hot rows of them.
ASKED_FOR = ("None", "newaxis", "reshape", "expand_dims", "outer", "[:, ", "arange", "unique")
# Tables are followed from one operation to the next, this many at most.
MOST = 200


@dataclass(frozen=True)
class Met:
    """A column and a row that met at a place, ``sizes`` as written."""

    site: int
    left: str
    right: str
    size: int
    compared: bool


class Broadcasts:
    """Looks for tables of all pairs, and for what is made of them.

    given: for the place where two met in a step, the place where the one that is no output, such as
    the targets, was given its shape; said from outside.
    """

    def __init__(self) -> None:
        self.followed: dict[int, tuple[Callable[[], Any], Met]] = {}
        self.reduced: dict[int, tuple[Met, int]] = {}
        self.given: dict[int, int] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return True  # what comes of a table may be anything

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at two shapes that meet, or at a table that is added up."""
        if self.followed:
            self._use(site, name, args, value)
        if name not in PAIRED or len(args) < 2 or not isinstance(value, np.ndarray):
            return
        left, right = args[0], args[1]
        if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
            return
        if not _column_and_row(left.shape, right.shape) or memory(left) is memory(right):
            return
        met = Met(site, shaped(left), shaped(right), left.shape[0], name in COMPARED)
        self._follow(value, met)

    def _follow(self, value: np.ndarray, met: Met) -> None:
        if len(self.followed) > MOST:
            self.followed = {key: one for key, one in self.followed.items() if one[0]() is not None}
        self.followed[id(value)] = (weakref.ref(value), met)

    def _use(self, site: int, name: str, args: tuple[Any, ...], value: Any) -> None:
        for one in args:
            known = self.followed.get(id(one))
            if known is None or known[0]() is not one:
                continue
            met = known[1]
            if name in REDUCED:
                self.reduced.setdefault(met.site, (met, site))
            elif isinstance(value, np.ndarray) and value.shape == (met.size, met.size):
                self._follow(value, met)
            return

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each place where a table was made and then added up."""
        return [
            _told(met, sites[met.site], sites[use], sites[self.given.get(met.site, met.site)])
            for met, use in self.reduced.values()
            if not any(word in text for word in ASKED_FOR for text in sites[met.site].operands)
        ]


def _column_and_row(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    row, column = sorted((left, right), key=len)
    return len(row) == 1 and column == (row[0], 1) and row[0] > 1


def _told(met: Met, site: Site, use: Site, given: Site) -> Told:
    where = "" if use.line == site.line else f" in line {use.line}"
    place = "" if given is site else f" in line {site.line}"
    said = (
        f"{quoted(site)}{place}: {met.left} meets {met.right}, and each of the {met.size} samples "
        f"meets all {met.size}. Of this {met.size} x {met.size} table a mean or sum is taken{where}"
    )
    if given is not site:
        said += f". {quoted(given)} gave the one its shape"
    part = "answer" if met.compared else "gradient"
    return at(given, "broadcast-shape", said, part=part, numbers={"line_seen": site.line})


class Reshapes:
    """Keeps the places where samples ``(m, ...)`` become columns ``(..., m)`` without a transpose.

    A reshape takes the numbers in the order in which they lie, sample by sample, so that each new
    column holds a number of every so manieth sample.
    """

    def __init__(self) -> None:
        self.mixed: dict[int, str] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return name == "reshape"

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a reshape."""
        if name == "reshape" and args and mixes(args[0], np.shape(value)):
            self.mixed.setdefault(site, f"makes {shaped(value)} of {args[0].shape}")

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Nothing by itself: it is a fault only where the result is taken as samples."""
        return []
