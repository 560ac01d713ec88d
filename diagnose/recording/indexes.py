"""What an index is, what it is taken of, and which places of a whole axis a thread has."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.threads import Thread

# An index of several parts has at most so many.
PARTS = 8
# An identity matrix of more rows than this is none that classes are looked up in.
MOST_CLASSES = 1024


def both(draws: frozenset[int], more: frozenset[int]) -> frozenset[int]:
    """All draws, in no other set than one that has them: of each sample some are asked for."""
    if more <= draws:
        return draws
    return more if draws <= more else draws | more


def rows_of(thread: Thread, whole: Thread) -> Array | None:
    """Which places of a whole axis a thread has; None if it was not taken out of that."""
    if thread is whole:
        return np.arange(whole.length)
    return thread.rows if thread.parent is whole else None


def is_array(value: Any) -> TypeGuard[Array]:
    """Whether a value is an array."""
    return issubclass(type(value), np.ndarray)


def array_of(value: Any) -> Any:
    """An array as it is, and 0 for anything else."""
    return value if is_array(value) else 0


def is_number(value: Any) -> bool:
    """Whether an index is of a single place."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_identity(array: Array) -> bool:
    """Whether an array is one in whose rows classes are looked up."""
    square = array.ndim == 2 and array.shape[0] == array.shape[1] <= MOST_CLASSES
    return square and np.array_equal(array, np.eye(len(array)))
