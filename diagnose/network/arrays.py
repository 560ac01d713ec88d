"""Arrays of numbers: their types, copies of them, and what a value is in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Array]
# The largest memory that the GNU C library keeps for the next array once it was freed.
LARGEST_KEPT = 32 << 20


def keep_what_is_freed() -> None:
    """Have memory that is freed kept for the next arrays, as after any program's first large one.

    Else what lies at the end of it is handed back with each array of some 100 kB and asked for anew
    in each step, page by page, which may take ten times as long as to fill it. So it is where a
    script's steps make such arrays; and where they are looked at, for NumPy writes ``0.1 *
    np.outer(x, d)`` into the array that it is made of, but not then. The GNU C library keeps as
    much as was freed at once; this asks for so much and writes nothing there, so that it takes no
    memory.
    """
    np.empty(LARGEST_KEPT - (64 << 10), np.uint8)  # what is noted beside it counts, too


def is_finite(arrays: Mapping[str, Array]) -> bool:
    """Whether every number of every array is finite."""
    return all(bool(np.isfinite(array).all()) for array in arrays.values())


def if_finite(value: float) -> float | None:
    """A number; None in place of one that is not finite."""
    return float(value) if math.isfinite(value) else None


def is_array(value: Any) -> bool:
    """Whether a value is an array of numbers, or a number."""
    plain = type(value) is np.ndarray  # as nearly all are
    return plain or acts_as_array(value) or isinstance(value, (np.generic, int, float))


def acts_as_array(value: Any) -> bool:
    """Whether a value is an array, or one to NumPy's functions (NEP 18), as a traced one is."""
    return hasattr(type(value), "__array_function__")


def as_array(value: Any) -> Any:
    """An array of a number or of numbers; what acts as an array stays what it is."""
    return value if type(value) is np.ndarray or acts_as_array(value) else np.asarray(value)


def kind(value: Any) -> str:
    """What a value is, with its shape or length."""
    if isinstance(value, np.ndarray):
        return f"an array {value.shape}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def shapes(arrays: Mapping[str, Any]) -> str:
    """``x (784, 1), W1 (10, 784)``; of a number itself, ``seed 0``."""
    return ", ".join(f"{name} {np.shape(one) or one}" for name, one in arrays.items())


def copied(arrays: Mapping[str, Array]) -> Arrays:
    """The same arrays, anew; those that are one array stay one."""
    made: dict[int, Array] = {}
    return {name: made.setdefault(id(one), np.array(one)) for name, one in arrays.items()}


def is_whole(array: Array) -> bool:
    """Whether an array can hold no fractions."""
    return np.asarray(array).dtype.kind in "iub"


def as_float(array: Array) -> Array:
    """A float64 copy of an integer array; any other as it is."""
    return np.asarray(array, np.float64) if is_whole(array) else np.asarray(array)
