"""Where samples are kept: side by side, in few large arrays.

These may lie in a file from the start, in which another process reads them.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from diagnose.network.arrays import Array

# What is written must not take all that is left to others.
SPARE = 2
# Windows lets no folder go while a file in it is mapped, as this one is until the process that was
# watched has ended; whether that is always so by then was not tried there.
CAN_BE_SHARED = os.name == "posix"
# Bytes that are written at once: a part of what the nearest caches hold.
AT_ONCE = 1 << 18
# Rows that there is room for at first, where nobody knows how many will come; later as many as came
# until then.
FEWEST = 64
# Arrays beside those that are expected: the steps that are on the tape by then, and some of the
# next epoch.
BESIDE = 512
# Room that is not used takes no memory, but its addresses are not without end.
MOST_BYTES = 1 << 30
# Room for fewer bytes is no matter, wherever it lies.
LARGE = 16 << 20


class OnDisk:
    """Room for arrays in a file of a folder, one after the other; their first axes are one.

    What is put there comes behind what is there, and is read where it lies.
    """

    def __init__(self, path: Path, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        self.path, self.shape = path, tuple(shape)
        path.touch(exist_ok=False)
        each = max(int(np.prod(shape[1:])) * dtype.itemsize, 1)
        self.part = np.empty((max(AT_ONCE // each, 1), *shape[1:]), dtype)
        self.written = self.end = 0  # rows in the file, and with those of the part
        self.mapped = self.part[:0]

    def __len__(self) -> int:
        """How many rows there is room for."""
        return self.shape[0]

    def __setitem__(self, where: slice, rows: Array) -> None:
        """Put rows behind the others."""
        if where.stop - self.written > len(self.part):
            self._write(self.part[: self.end - self.written])
        self.end = where.stop
        if len(rows) > len(self.part):
            self._write(np.ascontiguousarray(rows))
        else:
            self.part[where.start - self.written : where.stop - self.written] = rows

    def __getitem__(self, where: slice) -> Array:
        """Some rows, which are not to be written into."""
        if where.stop > len(self.mapped):
            self._write(self.part[: self.end - self.written])
            shape = (self.end, *self.shape[1:])
            self.mapped = np.asarray(np.memmap(self.path, self.part.dtype, "r", shape=shape))
        return self.mapped[where]

    def _write(self, rows: Array) -> None:
        with self.path.open("ab") as file:
            file.write(rows.data)
        self.written += len(rows)


def on_disk(folder: Path, shape: Sequence[int], dtype: np.dtype[Any]) -> OnDisk | None:
    """Room for numbers of a shape in a file of a folder; None where there is none."""
    size = int(np.prod(shape)) * dtype.itemsize
    if not CAN_BE_SHARED or dtype.hasobject or shutil.disk_usage(folder).free < SPARE * size:
        return None
    number = sum(1 for _ in folder.glob("numbers-*.bin"))
    try:
        return OnDisk(folder / f"numbers-{number}.bin", shape, dtype)
    except OSError:
        return None


def place_on_disk(array: Any, folder: Path) -> tuple[str, int] | None:
    """The name of the file that holds an array's numbers one after the other, and where they begin.

    None of any other array, as of one that lies in a file of another folder.
    """
    one = array
    while isinstance(one, np.ndarray) and not isinstance(one, np.memmap):
        one = one.base
    if not isinstance(one, np.memmap) or not array.flags.c_contiguous or one.filename is None:
        return None
    path = Path(one.filename)
    begins = array.__array_interface__["data"][0] - one.__array_interface__["data"][0]
    return (path.name, one.offset + begins) if path.parent == folder.resolve() else None


def from_disk(
    path: Path, shape: Sequence[int], dtype: str, begins: int, order: Literal["C", "F"] = "C"
) -> Array:
    """Such an array, where it lies; what is written into it comes into no file.

    It is there for as long as anybody has it, also when the file is gone; so it is no
    ``np.memmap``, of which joblib tells other processes nothing but the file's name.
    """
    kind, count = np.dtype(dtype), int(np.prod(shape))
    if CAN_BE_SHARED:
        with path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        return np.frombuffer(whole, kind, count, begins).reshape(shape, order=order)
    return np.fromfile(path, kind, count, offset=begins).reshape(shape, order=order)


class Room:
    """Keeps copies of arrays whose first axes are those of the samples.

    coming: asked how many more arrays like the one that is kept are expected; 0 if nobody knows.
    folder: where much is kept in files, to be handed over.
    """

    def __init__(self, coming: Callable[[], int], folder: Path | None = None) -> None:
        self.coming, self.folder = coming, folder
        self.blocks: list[Array | OnDisk] = []
        # of the last block: its rows, how many are used, and the type and shape of each
        self.length = self.used = 0
        self.form: tuple[np.dtype[Any], tuple[int, ...]] | None = None
        self.kept: list[tuple[int, int, int]] = []  # block, first row and end of each array
        self.rows = 0

    def keep(self, rows: Array) -> None:
        """Keep a copy."""
        count, form, first = len(rows), (rows.dtype, rows.shape[1:]), self.used
        end = first + count
        if form != self.form or end > self.length:
            self._another(rows)
            self.form, first, end = form, 0, count
        self.blocks[-1][first:end] = rows
        self.kept.append((len(self.blocks) - 1, first, end))
        self.used = end
        self.rows += count

    def _another(self, rows: Array) -> None:
        """Begin another block."""
        count = len(rows)
        coming = self.coming()
        wanted = max(count * (coming + BESIDE) if coming else 0, self.rows, FEWEST)
        each = max(rows.nbytes // max(count, 1), 1)
        length = max(count, min(wanted, MOST_BYTES // each))
        shape = (length, *rows.shape[1:])
        block: Array | OnDisk | None = None
        if self.folder is not None and length * each >= LARGE:
            block = on_disk(self.folder, shape, rows.dtype)
        try:
            block = np.empty(shape, rows.dtype) if block is None else block
        except MemoryError:  # where room that is not used counts, too, as on Windows
            block = np.empty((max(count, FEWEST), *rows.shape[1:]), rows.dtype)
        self.blocks.append(block)
        self.length = len(block)

    def __getitem__(self, number: int) -> Array:
        """One of the arrays that are kept."""
        block, first, end = self.kept[number]
        return self.blocks[block][first:end]

    def together(self, numbers: Sequence[int]) -> Array:
        """Several of the arrays that are kept, by their numbers, one after the other.

        No copy where they lie so.
        """
        places = [self.kept[one] for one in numbers]
        (block, start, _), (_, _, end) = places[0], places[-1]
        follow = all(one[0] == other[0] and one[2] == other[1] for one, other in pairwise(places))
        if follow:
            return self.blocks[block][start:end]
        return np.concatenate([self.blocks[at][first:last] for at, first, last in places])


@dataclass(frozen=True)
class Pairs:
    """Samples and targets that are kept, as pairs which are made when they are asked for.

    An array object that stays for each of many samples takes a little memory from what a step's
    large arrays have just left, so that the next ones lie elsewhere, and not where they are near.
    """

    samples: Room
    targets: Room

    def __len__(self) -> int:
        """How many there are."""
        return len(self.samples.kept)

    def __getitem__(self, number: int) -> tuple[Array, Array]:
        """Samples and targets, as rows."""
        return self.samples[number], self.targets[number]

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """One pair after the other."""
        return map(self.__getitem__, range(len(self)))
