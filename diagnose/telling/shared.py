"""One object under several names or in several places of a list, that is then written into.

``[np.zeros(3)] * 2`` holds one array twice, and ``a = b = [0] * 3`` is one list. That is no fault
as long as nobody writes into it: a new array may be put in the place of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted

WRITES = {"store", "in_place"}
# What is only looked up, and what an object of the program's own may keep its numbers in.
PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    bool,
    tuple,
    frozenset,
    type(None),
    np.generic,
    type,
    FunctionType,
)


@dataclass
class One:
    """An object that stands in several places: where that began, and where it was written into."""

    site: int
    value: Any
    times: int
    names: frozenset[str] = frozenset()
    written: dict[str, int] = field(default_factory=dict)


class Shared:
    """Looks for objects that are repeated or named twice, and for writing into them."""

    def __init__(self) -> None:
        self.ones: list[One] = []

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return (kind == "binary" and name == "Mult") or kind in WRITES

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a list that is repeated, or at a write."""
        if kind == "binary" and name == "Mult":
            self._repeat(site, args)
        elif kind in WRITES and args:
            for one in self.ones:
                if _holds(one.value, args[0]):
                    one.written.setdefault(str(site), site)

    def _repeat(self, site: int, args: tuple[Any, ...]) -> None:
        left, right = args
        some, times = (left, right) if isinstance(left, list) else (right, left)
        if not isinstance(some, list) or not isinstance(times, int) or times < 2 or len(some) > 8:
            return
        for one in some:
            if not isinstance(one, PLAIN):
                self._keep(One(site, one, times))

    def named(self, site: int, names: Sequence[str], value: Any) -> None:
        """One value was given several names, in one assignment."""
        if isinstance(value, list | np.ndarray):
            self._keep(One(site, value, len(names), names=frozenset(names)))

    def _keep(self, one: One) -> None:
        if len(self.ones) < 64:
            self.ones.append(one)

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each object that was written into under several names, or while it stood in a list."""
        found: dict[int, Told] = {}
        for one in self.ones:
            places = [sites[number] for number in one.written.values()]
            if not places:
                continue
            if one.names:
                under = sorted({_base(place) for place in places} & one.names)
                # one name for short, ``W = self.W = ...``, is meant to be the same
                if len({name.split(".")[-1] for name in under}) < 2:
                    continue
                said = f"{quoted(sites[one.site])} gives one object {len(one.names)} names, and it "
                said += f"is written into as {' and as '.join(under)}"
            else:
                said = f"{quoted(sites[one.site])} holds one object {one.times} times, and it is "
                said += "written into"
            lines = sorted({place.line for place in places})
            said += f", in line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:4]))}"
            found.setdefault(one.site, at(sites[one.site], "aliased-arrays", said))
        return [*found.values()]


def _holds(shared: Any, written: Any) -> bool:
    """Whether what is written into is the shared object, or what it keeps its numbers in."""
    if written is shared:
        return True
    if isinstance(written, np.ndarray) and isinstance(shared, np.ndarray):
        return written.base is shared
    if isinstance(shared, list | dict | np.ndarray):
        return False
    kept = getattr(shared, "__dict__", {})
    return any(written is one for one in kept.values() if not isinstance(one, PLAIN))


def _base(site: Site) -> str:
    """The name that stands first in what is written into."""
    return (site.operands[0] if site.operands else "").split("[")[0]
