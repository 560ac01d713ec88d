"""Which of the author's functions write into arrays that they are handed, seen while they run.

Each function's array arguments are copied when it begins, and compared after each of its lines.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.authors_code import PACKAGE, outermost
from diagnose.network.record import Network

Made = TypeVar("Made")
# What is no code of the author's: this package, Python, and what is installed beside it.
_NOT_THEIRS = tuple(
    {str(PACKAGE), *(sysconfig.get_path(n) for n in ("stdlib", "purelib", "platlib"))}
)
# NumPy's name for an array that is there to be written into.
OUT = "out"


@dataclass(frozen=True)
class Write:
    """A function that writes into an argument: where it stands, which, and how much of it.

    array: the argument; before: a copy of it from before the call.
    """

    module: str
    function: str
    argument: str
    array: Array
    before: Array
    file: str
    line: int
    share: float


@dataclass
class Watch:
    """A trace function (``sys.settrace``) that notes writes into arguments.

    wanted: says of an array that a function is handed whether it is watched; installed: the
    author's code that is (``installed``). Of two functions that hand an array on to one another,
    the inner one writes.
    """

    wanted: Callable[[Array], bool]
    installed: tuple[str, ...] = ()
    found: list[Write] = field(default_factory=list)

    def run(self, call: Callable[[], Made]) -> Made:
        """Call something and watch it."""
        return traced(self, call)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A function begins."""
        if not is_theirs(frame.f_code.co_filename, self.installed):
            return None
        handed = self._arguments(frame)
        return _Lines(self, handed, frame.f_lineno) if handed else None

    def _arguments(self, frame: FrameType) -> dict[str, tuple[Array, Array]]:
        """The arrays that a function was handed, by name, and copies of them."""
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        given = {name: frame.f_locals.get(name) for name in names if name != OUT}
        return {
            name: (one, one.copy())
            for name, one in given.items()
            if isinstance(one, np.ndarray) and self.wanted(one)
        }

    def note(
        self, frame: FrameType, name: str, array: Array, before: Array, line: int, share: float
    ) -> None:
        """A function has written into an argument, unless one that it called has."""
        if any(np.shares_memory(array, one.array) for one in self.found):
            return
        code = frame.f_code
        write = Write(
            module=str(frame.f_globals.get("__name__")),
            function=code.co_qualname,
            argument=name,
            array=array,
            before=before,
            file=code.co_filename,
            line=line,
            share=share,
        )
        self.found.append(write)


@dataclass
class _Lines:
    """Follows the lines of one call of a function."""

    watch: Watch
    handed: dict[str, tuple[Array, Array]]
    line: int

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A line was done."""
        if event in ("line", "return"):
            for name, (array, before) in list(self.handed.items()):
                if share := changed_share(before, array):
                    del self.handed[name]
                    self.watch.note(frame, name, array, before, self.line, share)
            self.line = frame.f_lineno
        return self


def changed_share(before: Array, after: Array) -> float:
    """Compute the share of entries that differ; two NaN are the same."""
    if np.all(same := before == after):
        return 0.0
    return float(1 - np.mean(same | ((before != before) & (after != after))))


def largest(found: Iterable[Write]) -> list[Write]:
    """Each function and argument once: the call in which the line that wrote first wrote most."""
    kept: dict[tuple[str, str, str], Write] = {}
    for one in found:
        key = one.module, one.function, one.argument
        if key not in kept or kept[key].share < one.share:
            kept[key] = one
    return list(kept.values())


def traced(trace: Callable[[FrameType, str, Any], Any], call: Callable[[], Made]) -> Made:
    """Call something while a trace function sees its lines."""
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return call()
    finally:
        sys.settrace(before)


@lru_cache(maxsize=1024)
def is_theirs(file: str, installed: tuple[str, ...] = ()) -> bool:
    """Whether a file is the author's: not ours, no part of Python, and nothing else installed."""
    nothing = (*_NOT_THEIRS, "<frozen", "<__array_function__")
    own = any(Path(file).is_relative_to(one) for one in installed)
    return own or not file.startswith(nothing)


def installed(network: Network) -> tuple[str, ...]:
    """The packages of the network's own passes, which may be installed beside libraries."""
    places = (network.stands(role) for role in ("init", "forward", "backward"))
    return tuple({str(outermost(Path(one[0]))) for one in places if one} - {str(PACKAGE)})
