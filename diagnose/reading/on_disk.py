"""Arrays whose numbers lie in a file from the start, in which another process reads them.

Memory that is touched for the first time is dear: of all samples of a training there is none but
that of the file, and it is written in large parts, since where a file is written into as memory is,
the system is asked page by page.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Sequence
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
