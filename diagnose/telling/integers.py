"""Numbers that whole numbers cannot hold: fractions that are lost, and what wraps around.

Pictures are kept as whole numbers on purpose, and counts are: so a lost fraction is a fault only
where a product of floats takes it. A byte less 128 is one in any case: half of them become others.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.operations import MATRIX_PRODUCTS, memory
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, short

MOST = 64
# What these make of whole numbers is whole, and may lie beyond what their type holds.
EXACT = {"Sub": np.subtract, "Add": np.add, "Mult": np.multiply}
# Numbers of more bytes hold what pixels make. So many places are looked at, and each so many times;
# so large a share must be wrong, and of so many: a label that wraps around is another matter.
BYTES, LOOKS, SHARE, FEWEST = 2, 8, 0.01, 16


class WholeNumbers:
    """Looks for fractions that are written where only whole numbers fit."""

    def __init__(self) -> None:
        self.lost: dict[int, tuple[Callable[[], Any], int, str]] = {}
        self.used: dict[int, tuple[str, int]] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return kind in ("store", "get") or name in MATRIX_PRODUCTS

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a write into whole numbers, or at a product that takes them."""
        if kind == "store" and isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            self._write(site, args[2], value)
        elif self.lost and kind == "get" and isinstance(value, np.ndarray):
            known = self._known(args[0])
            if known and memory(value) is not memory(args[0]):  # a copy, as of rows in an order
                self.lost[id(memory(value))] = (weakref.ref(memory(value)), *known[1:])
        elif self.lost and name in MATRIX_PRODUCTS:
            arrays = [one for one in args if isinstance(one, np.ndarray)]
            if any(one.dtype.kind == "f" for one in arrays):
                for one in arrays:
                    if known := self._known(one):
                        self.used.setdefault(known[1], (known[2], site))

    def _known(self, array: Any) -> tuple[Callable[[], Any], int, str] | None:
        """What was lost of an array, or of what it looks at; None where nothing was."""
        if not isinstance(array, np.ndarray):
            return None
        known = self.lost.get(id(memory(array)))
        return known if known and known[0]() is memory(array) else None

    def _write(self, site: int, given: Any, array: np.ndarray) -> None:
        numbers = np.asarray(given)
        if numbers.dtype.kind != "f" or len(self.lost) > MOST:
            return
        numbers = numbers[np.isfinite(numbers)]
        broken = numbers[numbers != np.trunc(numbers)]
        if broken.size:
            whole = memory(array)
            said = f"writes {short(broken[0])} into whole numbers ({array.dtype}), where it is "
            said += short(np.trunc(broken[0]))
            self.lost.setdefault(id(whole), (weakref.ref(whole), site, said))

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each place where fractions were lost, of what a product took afterwards."""
        return [
            at(
                sites[site], "integer-dtype",
                f"{quoted(sites[site])} {said}. {quoted(sites[use])} in line {sites[use].line} "
                "takes it",
            )
            for site, (said, use) in self.used.items()
        ]  # fmt: skip


class Wrapped:
    """Looks for sums, differences and products of small whole numbers that wrap around."""

    def __init__(self) -> None:
        self.looks: dict[int, int] = {}
        self.found: dict[int, str] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return kind == "binary" and name in EXACT

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at what an operation made of whole numbers."""
        if kind != "binary" or name not in EXACT or not isinstance(value, np.ndarray):
            return
        small = value.dtype.kind in "iu" and value.dtype.itemsize <= BYTES and value.size >= FEWEST
        if not small or site in self.found or len(self.looks) > MOST:
            return
        self.looks[site] = self.looks.get(site, 0) + 1
        if self.looks[site] > LOOKS:
            return
        left, right = (np.asarray(one, np.int64) for one in args[:2])
        exact = EXACT[name](left, right)
        wrong = exact != value
        if wrong.mean() >= SHARE:
            at_first = int(wrong.ravel().argmax())
            self.found[site] = (
                f"makes {value.ravel()[at_first]} of what is {exact.ravel()[at_first]}, and others "
                f"of {wrong.mean():.0%} of its numbers: {value.dtype} holds "
                f"{np.iinfo(value.dtype).min} to {np.iinfo(value.dtype).max}"
            )

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each place where numbers wrapped around."""
        return [
            at(sites[site], "integer-dtype", f"{quoted(sites[site])} {said}", part="input")
            for site, said in self.found.items()
        ]
