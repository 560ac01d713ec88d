"""Whether values are single numbers to choose between, as ``choosing`` asks of a program."""

from __future__ import annotations

import inspect
import marshal
import struct
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

FRACTIONS = {float, np.float64}
# What is computed of these runs nobody's code, and changes nothing.
INERT = {int, float, bool, list, tuple, dict, range, *np.sctypeDict.values()}
INERT -= {np.object_, np.void}
SMALL = range(-5, 257)  # of which Python keeps one object each


class Unadded:
    """What is added to a sum where nothing is: as a reader of the tape sees it, 0."""

    def __init__(self, zero: Any) -> None:
        self.zero = zero


class NotInertError(Exception):
    """What a program does not do is not done in its place, since it might be noticed."""


def is_inert(value: Any) -> bool:
    """Whether what is computed of a value, or taken out of it, runs none of a program's code."""
    kind = type(value)
    return kind in INERT or (kind is np.ndarray and not value.dtype.hasobject)


def is_held_by(owner: Any, name: str) -> bool:
    """Whether an attribute is taken, and set, without running any code."""
    kind = type(owner)
    if kind is np.ndarray:
        return True
    usual = types.ModuleType if kind is types.ModuleType else object
    if kind.__getattribute__ is not usual.__getattribute__:
        return False
    if kind.__setattr__ is not usual.__setattr__:
        return False
    return not hasattr(type(inspect.getattr_static(owner, name)), "__get__")


def chooses(left: Any, right: Any, owners: Callable[[], Iterable[Any]]) -> bool:
    """Whether a block adds to single numbers, and does so for the sake of two of them."""
    try:
        return are_numbers(left, right) and not any(map(_holds_arrays, owners()))
    except Exception:  # what it would add to is not there
        return False


def are_numbers(*values: Any) -> bool:
    """Whether all values are numbers of Python's, of which one at least is a fraction."""
    kinds = set(map(_kind, values))
    return float in kinds and kinds <= {float, int}


def are_single(*values: Any) -> bool:
    """The same, of NumPy's numbers as well, as a norm is one."""
    kinds = set(map(_kind, values))
    return bool(kinds & FRACTIONS) and kinds <= FRACTIONS | {int}


def are_of_numpy(*values: Any) -> bool:
    """Such, of which one at least is one of NumPy's."""
    return are_single(*values) and any(type(one) is np.float64 for one in values)


def _kind(value: Any) -> type:
    """The type of a value; of a whole number that was chosen, that of what it was chosen among."""
    kind = type(value)
    return float if kind is int and is_fresh(value) else kind


def _holds_arrays(value: Any) -> bool:
    """Whether a value is an array, or what holds some."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic)


def fresh(value: Any) -> Any:
    """A number that is no other, of the same type and with the same bits, to be known by itself.

    Python keeps one object for each small whole number, and makes others where it reads one that
    is written as a large one; where it does not, and of large numbers, it is the very number.
    """
    kind = type(value)
    if kind in FRACTIONS:
        return value * 1.0
    if kind is int and value in SMALL:
        size = (value > 0) - (value < 0)
        digits = struct.pack("<H", abs(value)) if value else b""
        return marshal.loads(b"l" + struct.pack("<i", size) + digits)
    return value


def is_fresh(value: int) -> bool:
    """Whether a whole number is such a one."""
    return -6 < value < 257 and value is not value + 0
