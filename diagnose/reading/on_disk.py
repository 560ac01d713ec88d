"""Arrays whose numbers lie in a file from the start, from which another process reads them.

Of all samples of a training one copy less has to be made so, for which the system has to find room.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.arrays import Array

# Whoever runs out of room in such a file is stopped by the system, so that much must be left over.
SPARE = 2
# Windows lets no folder go while a file in it is mapped, as this one is until the process that was
# watched has ended; whether that is always so by then was not tried there.
CAN_BE_SHARED = os.name == "posix"


def on_disk(folder: Path, shape: Sequence[int], dtype: np.dtype[Any]) -> Array | None:
    """An array for numbers to be put into, in a file of a folder; None where there is no room."""
    size = int(np.prod(shape)) * dtype.itemsize
    if not CAN_BE_SHARED or dtype.hasobject or shutil.disk_usage(folder).free < SPARE * size:
        return None
    number = sum(1 for _ in folder.glob("numbers-*.bin"))
    path = folder / f"numbers-{number}.bin"
    try:
        return np.asarray(np.memmap(path, dtype=dtype, mode="w+", shape=tuple(shape)))
    except OSError:
        return None


def place_on_disk(array: Any) -> tuple[str, int] | None:
    """The name of the file that holds an array's numbers one after the other, and where they begin.

    None of any other array.
    """
    one = array
    while isinstance(one, np.ndarray) and not isinstance(one, np.memmap):
        one = one.base
    if not isinstance(one, np.memmap) or not array.flags.c_contiguous or one.filename is None:
        return None
    begins = array.__array_interface__["data"][0] - one.__array_interface__["data"][0]
    return Path(one.filename).name, one.offset + begins


def from_disk(path: Path, shape: Sequence[int], dtype: str, begins: int) -> Array:
    """Such an array, in memory: what is handed to other processes may outlive the file."""
    count = int(np.prod(shape))
    return np.fromfile(path, dtype=np.dtype(dtype), count=count, offset=begins).reshape(shape)
