"""Fractions that are lost in an array of whole numbers, which then goes into a product.

Pictures are kept as whole numbers on purpose, and counts are: so only what goes into a product of
floats is a fault.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.rewriting import Site
from diagnose.recording.tape import memory
from diagnose.telling.record import Told, at, quoted, short

MOST = 64


class WholeNumbers:
    """Looks for fractions that are written where only whole numbers fit."""

    def __init__(self) -> None:
        self.lost: dict[int, tuple[Callable[[], Any], int, str]] = {}
        self.used: dict[int, tuple[str, int]] = {}

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a write into whole numbers, or at a product that takes them."""
        if kind == "store" and isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            self._write(site, args[2], value)
        elif self.lost and name in MATRIX_PRODUCTS:
            arrays = [one for one in args if isinstance(one, np.ndarray)]
            if any(one.dtype.kind == "f" for one in arrays):
                for one in arrays:
                    known = self.lost.get(id(memory(one)))
                    if known and known[0]() is memory(one):
                        self.used.setdefault(known[1], (known[2], site))

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
