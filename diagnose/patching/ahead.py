"""Copies that are begun on other processors before it is their turn.

Edits are tried in an order that is known, and each copy runs in a process that is waited for. Those
that run at once have folders of their own, and none finds what another has written: a script may go
on from weights that it has saved.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from diagnose.errors import BadInputError
from diagnose.network.other_process import exit_code, stop

# Each holds its samples once more, and what the first one shows may make the others needless.
MOST_AT_ONCE = 4
# To copy more for each of them takes as long as to run it.
MOST_BYTES = 50_000_000


class Begun(Protocol):
    """A copy that runs, in a process of its own."""

    process: subprocess.Popen[bytes]

    def end(self) -> None:
        """End it, and leave nothing of it."""


# What is run: how, and the bytes of the copy.
Key = tuple[str, bytes]
# Begins a copy in a folder.
Begin = Callable[[Path], Begun]


@dataclass(kw_only=True)
class Running:
    """A program that was begun, and the file into which it prints."""

    process: subprocess.Popen[bytes]
    printed: Path

    def ended(self, seconds: float) -> tuple[bool, str]:
        """Whether it comes to its end in time, and what it has printed."""
        code = exit_code(self.process, seconds)
        if code is None:
            return False, ""
        return code == 0, self.printed.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """End it, and leave nothing of it."""
        stop(self.process)


@dataclass(kw_only=True)
class Ahead:
    """Those that were begun for what is likely to be asked for next.

    folder: the copy of the script's, beside which others are made. at_once: how many processes run,
    with the one that is waited for.
    """

    folder: Path
    at_once: int
    _coming: Iterator[tuple[Key, Begin]] = field(default_factory=lambda: iter(()))
    _begun: dict[Key, tuple[Path, Begun]] = field(default_factory=dict)
    _free: list[Path] = field(default_factory=list)
    _held: list[Path] = field(default_factory=list)
    _made: int = 0
    _there: frozenset[Path] = frozenset()

    def __post_init__(self) -> None:
        files = _files(self.folder)
        self._there = frozenset(one.relative_to(self.folder) for one in files)
        is_large = sum(one.stat().st_size for one in files) > MOST_BYTES
        self.at_once = 1 if is_large else min(self.at_once, MOST_AT_ONCE)

    def foresee(self, coming: Iterator[tuple[Key, Begin]]) -> None:
        """These come next, in this order: what was foreseen before comes no more."""
        self.end()
        self._coming = coming

    def take(self, key: Key, begin: Begin) -> Begun:
        """A copy, begun now if it was not before; others are begun beside it.

        Those that stood before it in the order were passed over. One is waited for at a time.
        """
        self._free += self._held
        self._held.clear()
        passed = [*self._begun]
        for other in passed[: passed.index(key)] if key in passed else ():
            self._give_up(other)
        own = self._begun.pop(key, None)
        if own is not None:
            self._held.append(own[0])
        self._clean(self.folder)
        self._fill(key)  # first, so that nothing runs in a folder that is copied
        return begin(self.folder) if own is None else own[1]

    def _fill(self, key: Key) -> None:
        """Begin what comes next, beside the one that is waited for."""
        while 1 + sum(one.process.poll() is None for _, one in self._begun.values()) < self.at_once:
            coming, begin = next(self._coming, (None, None))
            if coming is None or begin is None:
                return
            if coming != key and coming not in self._begun:
                place = self._place()
                try:
                    self._begun[coming] = place, begin(place)
                except BadInputError:  # which is raised again when it is asked for
                    self._free.append(place)

    def _place(self) -> Path:
        """A folder in which no copy runs."""
        if self._free:
            self._clean(self._free[0])
            return self._free.pop(0)
        self._made += 1
        place = self.folder.parent / f"beside {self._made}" / self.folder.name
        shutil.copytree(self.folder, place, ignore_dangling_symlinks=True)
        return place

    def _clean(self, place: Path) -> None:
        """Take away what was written by copies that ran there."""
        for one in _files(place):
            if one.relative_to(place) not in self._there:
                with suppress(OSError):  # somebody else may have it open still
                    one.unlink()

    def end(self) -> None:
        """End all that nobody waits for."""
        for key in [*self._begun]:
            self._give_up(key)
        self._coming = iter(())

    def _give_up(self, key: Key) -> None:
        place, begun = self._begun.pop(key)
        begun.end()
        self._free.append(place)


def _files(folder: Path) -> list[Path]:
    """All files, but for what Python keeps of modules."""
    every = (one for one in folder.rglob("*") if one.is_file() or one.is_symlink())
    return [one for one in every if one.parent.name != "__pycache__"]
