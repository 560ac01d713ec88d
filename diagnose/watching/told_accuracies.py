"""An answer that is read off an output so that it can be only one class: the sign of a sigmoid.

All numbers strictly between 0 and 1 have the sign +1. Where that is compared with labels that hold
-1, these can never be answered.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.watching.rewriting import Site
from diagnose.watching.telling import Told, at, quoted, short

# Fewer values may all be positive by chance: of four, one time in sixteen.
FEWEST = 8
MOST = 200
HANDED_ON = {"reshape", "ravel", "flatten", "astype", "squeeze", "T", "get", "copy", "int"}


class SignsOfSigmoids:
    """Looks for signs of values between 0 and 1, and for labels that they are compared with."""

    def __init__(self) -> None:
        self.signs: dict[int, tuple[Callable[[], Any], int, str]] = {}
        self.compared: dict[int, tuple[str, int]] = {}

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
        elif name in ("Eq", "NotEq", "equal", "not_equal") and len(args) > 1:
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
