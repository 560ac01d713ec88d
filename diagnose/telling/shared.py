"""One object under several names or in several places of a list, that is then written into.

``[np.zeros(3)] * 2`` holds one array twice, and ``a = b = [0] * 3`` is one list; a list that stands
in the body of a class belongs to all objects of it. That is no fault as long as nobody writes into
it: a new array may be put in the place of each. A dict with two names, ``m = v = {}``, is at fault
where what is written under the one is written over under the other.
"""

from __future__ import annotations

import ast
import gc
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import numpy as np

from diagnose.network.authors_code import nodes_of, source_of
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted

WRITES = {"store", "in_place"}
# So many lists that are written into are remembered: the first ones of a program are its weights.
MOST_LISTS = 256
# And so many keys of a dict: a network has fewer weights with a name.
MOST_KEYS = 64
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
    keys: dict[int, set[str]] = field(default_factory=dict)  # of a dict, by where it was written


class Shared:
    """Looks for objects that are repeated or named twice, and for writing into them."""

    def __init__(self) -> None:
        self.ones: list[One] = []
        self.lists: dict[int, tuple[list[Any], int]] = {}  # written into, by id, and where at first

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return (kind == "binary" and name == "Mult") or kind in WRITES

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a list that is repeated, or at a write."""
        if kind == "binary" and name == "Mult":
            self._repeat(site, args)
        elif kind in WRITES and args:
            if isinstance(args[0], list) and len(self.lists) < MOST_LISTS:
                self.lists.setdefault(id(args[0]), (args[0], site))
            for one in self.ones:
                if _holds(one.value, args[0]):
                    one.written.setdefault(str(site), site)
                    if isinstance(one.value, dict) and kind == "store":
                        keys = one.keys.setdefault(site, set())
                        if isinstance(args[1], str | int) and len(keys) < MOST_KEYS:
                            keys.add(repr(args[1]))

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
        if isinstance(value, list | dict | np.ndarray):
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
                if isinstance(one.value, dict) and not _over_each_other(one, sites):
                    continue
                said = f"{quoted(sites[one.site])} gives one object {len(one.names)} names, and it "
                said += f"is written into as {' and as '.join(under)}"
            else:
                said = f"{quoted(sites[one.site])} holds one object {one.times} times, and it is "
                said += "written into"
            lines = sorted({place.line for place in places})
            said += f", in line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:4]))}"
            made = at(sites[one.site], "aliased-arrays", said)
            if isinstance(one.value, dict):  # what is written anew under a key is carried by steps
                made = replace(made, part="step")
            found.setdefault(one.site, made)
        return [*found.values(), *self._of_classes(sites)]

    def _of_classes(self, sites: Sequence[Site]) -> Iterator[Told]:
        """Each list of a class that was written into and belongs to several objects of it."""
        for made in [*vars(sys.modules["__main__"]).values()] if self.lists else ():
            if not (isinstance(made, type) and made.__module__ == "__main__"):
                continue
            for name, value in vars(made).items():
                written = [
                    sites[site]
                    for one, site in self.lists.values()
                    if one is value or (isinstance(value, list) and any(one is n for n in value))
                ]
                meant = any(_by_the_class(one, made.__name__, name) for one in written)
                count = _objects(made, name) if written and not meant else 0
                if count > 1:
                    said = f"`{name}` stands in the body of class {made.__name__}: it is one list "
                    said += f"for all {count} objects of it, and written into, in line "
                    said += f"{min(one.line for one in written)}"
                    yield at(_in_class(written[0], made.__name__, name), "aliased-arrays", said)


def _over_each_other(one: One, sites: Sequence[Site]) -> bool:
    """Whether a key of a dict was written under two of its names."""
    under: dict[str, set[str]] = {}
    for site, keys in one.keys.items():
        if (name := _base(sites[site])) in one.names:
            under.setdefault(name, set()).update(keys)
    sets = [*under.values()]
    return any(a & b for at, a in enumerate(sets) for b in sets[:at])


def _by_the_class(written: Site, made: str, name: str) -> bool:
    """Whether who writes into a list of a class names the class, as one who counts its objects."""
    by = rf"(?:\b{re.escape(made)}|\bcls|\b__class__|\btype\(\w+\))\.{re.escape(name)}\b"
    return re.search(by, written.text) is not None


def _objects(made: type, name: str) -> int:
    """How many objects of a class take what stands in its body under a name."""
    every = (one for one in gc.get_objects() if type(one) is made)
    return sum(name not in getattr(one, "__dict__", {}) for one in every)


def _in_class(written: Site, made: str, name: str) -> Site:
    """Where a name is given in the body of a class; where it was written into, if unseen."""
    nodes = nodes_of(source_of(written.file))
    bodies = [one.body for one in nodes if isinstance(one, ast.ClassDef) and one.name == made]
    for one in [one for body in bodies for one in body]:
        targets = one.targets if isinstance(one, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return replace(written, line=one.lineno, text=ast.unparse(one))
    return written


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
