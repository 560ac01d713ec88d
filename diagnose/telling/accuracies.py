"""Answers that are read off an output wrongly, and then counted as right or wrong.

The sign of a sigmoid can be only one class: all numbers strictly between 0 and 1 have the sign +1.
Where that is compared with labels that hold -1, these can never be answered. And the largest of
each column is no answer where a sample is a row: it names a sample for each class.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, short

# Fewer values may all be positive by chance: of four, one time in sixteen.
FEWEST = 8
MOST = 200
# So many numbers are looked at before all of a large array are.
FIRST = 64
# Larger tables than the answers of a test are samples, say, and would take long to be looked at.
LARGEST = 1_000_000
HANDED_ON = {"reshape", "ravel", "flatten", "astype", "squeeze", "T", "get", "copy", "int"}
CANCELLED = {
    "Sub": "difference", "subtract": "difference", "mean": "mean", "average": "mean", "abs": "size",
    "absolute": "size", "fabs": "size", "Mult": "times", "multiply": "times",
}  # fmt: skip
FURTHER = {("difference", "mean"): "mean", ("mean", "size"): "size", ("size", "times"): "size"}
ALL_TOGETHER = {"mean", "sum", "average"}
EQUAL = {"Eq", "NotEq", "equal", "not_equal"}
SIGNS_MEET = {"sign"} | HANDED_ON | EQUAL


class SignsOfSigmoids:
    """Looks for signs of values between 0 and 1, and for labels that they are compared with."""

    def __init__(self) -> None:
        self.signs: dict[int, tuple[Callable[[], Any], int, str]] = {}
        self.compared: dict[int, tuple[str, int]] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return name in SIGNS_MEET or kind == "get"

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a sign, at what hands it on, or at a comparison of it."""
        if name == "sign" and args and isinstance(value, np.ndarray) and value.size >= FEWEST:
            low, high = float(np.min(args[0])), float(np.max(args[0]))
            # both kinds of a sigmoid's answers: below its middle, which should be -1, and above
            if 0 < low < 0.5 < high < 1:
                said = f"is +1 for all {value.size} values, which lie between {short(low)} and "
                self._keep(value, site, f"{said}{short(high)}")
        elif not self.signs:
            return
        elif (name in HANDED_ON or kind == "get") and isinstance(value, np.ndarray) and args:
            known = self._known(args[0])
            if known:
                self._keep(value, known[1], known[2])
        elif name in EQUAL and len(args) > 1:
            for one, other in (args[:2], args[1::-1]):
                known = self._known(one)
                if known and isinstance(other, np.ndarray) and np.any(other < 0):
                    self.compared.setdefault(known[1], (known[2], int((other < 0).sum())))

    def _known(self, value: Any) -> tuple[Callable[[], Any], int, str] | None:
        known = self.signs.get(id(value))
        return known if known and known[0]() is value else None

    def _keep(self, value: np.ndarray, site: int, said: str) -> None:
        if len(self.signs) < MOST:
            self.signs[id(value)] = (weakref.ref(value), site, said)

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each sign that can be only one of the classes it was compared with."""
        return [
            at(
                sites[site], "misleading-metric",
                f"{quoted(sites[site])} {said}; {negative} of the labels that it is compared with "
                "are negative, and cannot be answered",
            )
            for site, (said, negative) in self.compared.items()
        ]  # fmt: skip


# Of fewer answers the first may be the right one each time.
FEWEST_ALONE = 10


class WrongAxes:
    """Looks for the largest along the samples, in the place of the largest along the classes.

    widths: all sizes of the arrays that are trained, which are told from outside. What is left of
    an output once the largest is taken of it is one number for each sample; where what is left is
    as long as a layer is wide, and what is gone is as long as none, the samples are gone. It may be
    compared as a whole, or number by number: then all of its numbers come in a row in one place.
    Of one number, as where the outputs of a single sample are a column, the largest is always the
    first: then it is 0 that is compared each time.
    """

    def __init__(self) -> None:
        self.widths: set[int] = set()
        # the last argmax of one number each, by its place; by that and where a number was compared
        # next, of what shape, how often, and whether one of both was 0 each time
        self.alone: tuple[int, tuple[int, ...]] | None = None
        self.always: dict[tuple[int, int], tuple[tuple[int, ...], int, bool]] = {}
        self.largest: dict[int, tuple[Callable[[], Any], int, tuple[int, ...]]] = {}
        self.compared: dict[int, tuple[tuple[int, ...], int]] = {}
        # the last of fewer places than were gone through; by line of code, how many came in a row
        self.latest: tuple[int, tuple[int, ...], list[int]] | None = None
        self.in_a_row: dict[int, int] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return name in ("argmax", "Eq", "NotEq", "equal")

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at an argmax of a table, or at a comparison of one."""
        if not isinstance(value, np.ndarray):
            if name in EQUAL and self.latest is not None:
                self._goes_through(site, args, *self.latest)
            if name in EQUAL and self.alone is not None:
                self._is_first(site, args, *self.alone)
            return
        if not args:
            return
        if name == "argmax" and value.ndim == 1 and np.ndim(args[0]) == 2:
            self.alone = (site, np.shape(args[0])) if value.size == np.size(args[0]) > 1 else None
            if len(self.largest) < MOST:
                shape = np.shape(args[0])
                self.largest[id(value)] = (weakref.ref(value), site, shape)
                if value.size**2 < np.size(args[0]):
                    self.latest, self.in_a_row = (site, shape, value.tolist()), {}
        elif self.largest and name in EQUAL:
            for one in args:
                known = self.largest.get(id(one))
                if known and known[0]() is one and value.shape == one.shape:
                    self.compared.setdefault(known[1], (known[2], value.size))

    def _goes_through(
        self, site: int, args: tuple[Any, ...], of: int, shape: tuple[int, ...], places: list[int]
    ) -> None:
        """Look at two numbers that are compared: one may be the next place of an argmax."""
        count = self.in_a_row.get(site, 0)
        numbers = [int(one) for one in args if isinstance(one, int | np.integer)]
        self.in_a_row[site] = count + 1 if places[count] in numbers else 0
        if self.in_a_row[site] == len(places):
            self.compared.setdefault(of, (shape, len(places)))
            self.latest = None

    def _is_first(self, site: int, args: tuple[Any, ...], of: int, shape: tuple[int, ...]) -> None:
        """Look at two numbers that are compared: one may be the place of the only one there was."""
        numbers = [int(one) for one in args if isinstance(one, int | np.integer)]
        _, count, always = self.always.get((of, site), (shape, 0, True))
        self.always[of, site] = shape, count + 1, always and 0 in numbers
        self.alone = None

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each argmax over the samples, or of one number, that was compared with something."""
        found = []
        for (site, met), (shape, count, always) in self.always.items():
            is_written = any(one.lstrip("-").isdigit() for one in sites[met].operands)
            if count >= FEWEST_ALONE and always and not is_written:
                said = (
                    f"{quoted(sites[site])} takes the largest of one number, along an axis of a "
                    f"table {shape}: it is always the first, and so 0 was compared {count:,} times"
                )
                found.append(at(sites[site], "misleading-metric", said))
        for site, (shape, left) in self.compared.items():
            gone = shape[0] * shape[1] // max(left, 1)
            if left in self.widths and gone not in self.widths and left != gone:
                said = (
                    f"{quoted(sites[site])} takes the largest of {gone} along the samples of a "
                    f"table {shape}: {left} places are left, one for each class and none for each "
                    "sample, and they are compared"
                )
                found.append(at(sites[site], "misleading-metric", said))
        return found
