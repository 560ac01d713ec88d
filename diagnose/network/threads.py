"""Matrices multiplied in one thread, whatever NumPy was loaded with.

The threads of OpenBLAS wait for each other's work by asking for it again and again, some tens of
milliseconds after each product, beside the threads that train: and where a product is cut among
them its sums have other last digits. On the command line the environment says so before NumPy is
loaded; in Python it is loaded when a diagnosis begins.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

# Where NumPy's wheels hold their OpenBLAS: beside the package, on macOS in it.
FOLDERS = ("../numpy.libs", ".dylibs")
# How its functions are called there, by the version of NumPy.
NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)

Threads = tuple[Callable[[], int], Callable[[int], object]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block, or a function so decorated, OpenBLAS multiplies in one thread.

    Where NumPy was built with something else, nothing changes.
    """
    found = _threads()
    before = found[0]() if found else 1
    if not found or before == 1:
        yield
        return
    found[1](1)
    try:
        yield
    finally:
        found[1](before)


@cache
def _threads() -> Threads | None:
    """What tells how many threads OpenBLAS uses, and what sets it; None where there is none."""
    package = Path(np.__file__).parent
    for path in (one for folder in FOLDERS for one in (package / folder).glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(path.resolve()))
        except OSError:  # of another kind of machine
            continue
        for name in NAMES:
            get, put = (getattr(library, name.format(one), None) for one in ("get", "set"))
            if get and put:
                get.restype, put.argtypes, put.restype = ctypes.c_int, [ctypes.c_int], None
                return get, put
    return None
