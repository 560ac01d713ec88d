"""What chooses between two single numbers, as a rewritten program asks for it (``choosing``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from diagnose.recording.operations import BINARY

Later = Callable[[], Any]
# What leaves every number as it is, 0 below 0 as well.
NOTHING = {"Add": -0.0, "Sub": 0.0}
FRACTIONS = {float, np.float64}
SHORT = 32  # numbers; as many classes as anybody has who marks one of them so


class Noting(Protocol):
    """What a tape does for a choice."""

    witness: Callable[[int, str, Any, tuple[Any, ...], Any], None] | None

    def compare(self, site: int, operation: str, left: Any, right: Any) -> Any:
        """``left < right``, noted."""

    def change(self, site: int, operation: str, owner: Any, index: Any, value: Any) -> None:
        """``owner[index] += value``, noted."""

    def note(
        self, site: int, kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> Any:
        """Note an operation, and return what it made."""


def chosen(
    tape: Noting, test: int, site: int, operation: str,
    left: Any, right: Any, one: Later, other: Later,
) -> Any:  # fmt: skip
    """``one() if left < right else other()``; of numbers, the other one is computed as well."""
    holds = tape.compare(test, operation, left, right)
    first, second = (one, other) if holds else (other, one)
    made = first()
    if not are_single(left, right):
        return made
    witness = tape.witness
    if operation != "NotEq":  # what is left out of a sum for a 0 is 0 times something
        tape.witness = None
    try:
        with np.errstate(all="ignore"):
            spare = second()
    except Exception:  # it is not what the program asks for
        return made
    finally:
        tape.witness = witness
    # a rate that is cut where a loss does not fall has two numbers of Python's for one of NumPy's
    if not (are_numbers(made, spare) if are_numbers(left, right) else _is_of_numpy(made, spare)):
        return made
    given = (left, right, *((made, spare) if holds else (spare, made)))
    # none of the numbers themselves: which it is depends on the data
    return tape.note(site, "choice", operation, given, {}, made * 1.0)


def chooses(left: Any, right: Any, owners: Callable[[], Iterable[Any]]) -> bool:
    """Whether a block adds to single numbers, and does so for the sake of two of them."""
    try:
        return are_numbers(left, right) and not any(map(_holds_arrays, owners()))
    except Exception:  # what it would add to is not there
        return False


def marked(
    tape: Noting, site: int, other: int, operation: str, owner: Any, index: Any, value: Any
) -> None:
    """``owner[index] += value``; of a short list of numbers, nothing is added to all others.

    So a label that says which number is meant is a target, and the same is done whatever it says.
    """
    nothing = NOTHING.get(operation)
    is_short = type(owner) is list and 1 < len(owner) <= SHORT and type(index) is int
    if nothing is None or not is_short or not all(type(one) is float for one in owner):
        tape.change(other, operation, owner, index, value)
        return
    owner[index]  # stops where the program does
    for at, one in enumerate(owner):
        given = one, float(value) if at == index % len(owner) else nothing
        owner[at] = tape.note(site, "binary", operation, given, {}, BINARY[operation](*given))


def are_numbers(*values: Any) -> bool:
    """Whether all values are numbers of Python's, of which one at least is a fraction."""
    kinds = {type(one) for one in values}
    return float in kinds and kinds <= {float, int}


def are_single(*values: Any) -> bool:
    """The same, of NumPy's numbers as well, as a norm is one."""
    kinds = {type(one) for one in values}
    return bool(kinds & FRACTIONS) and kinds <= FRACTIONS | {int}


def _is_of_numpy(*values: Any) -> bool:
    return are_single(*values) and any(type(one) is np.float64 for one in values)


def _holds_arrays(value: Any) -> bool:
    """Whether a value is an array, or what holds some."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic)
