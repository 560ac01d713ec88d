"""How a single output becomes an answer: the operations in between, done again on other outputs.

What a program makes of an output number by number, as ``np.where(out > 0.5, 1, 0)`` does, it makes
of any output. So it is told what it would answer where its network has not yet been: also of one
that gives the same output for every sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.operations import BINARY, COMPARE, UNARY

# Longer ways are not followed.
LONGEST = 24
# Pre-activations of either sign, each by half of a percent larger than the one before, and 0.
SIZES = np.geomspace(1e-4, 1e4, 4001)
POINTS = np.concatenate([-SIZES[::-1], [0.0], SIZES])
# Of the largest of some numbers, what rounding may leave.
ROUNDED = 1e-9
PLAIN = np.generic | int | float | str | type


class Did(NamedTuple):
    """An operation on each number by itself: where it stands, and what it took beside them."""

    site: int
    kind: str
    name: str
    before: tuple[Any, ...]
    after: tuple[Any, ...]

    def again(self, values: Array) -> Array:
        """The same of other numbers; it raises what the operation does."""
        args = (*self.before, values, *self.after)
        tables: dict[str, dict[str, Callable[..., Any]]]
        tables = {"binary": BINARY, "compare": COMPARE, "unary": UNARY}
        if self.kind in tables:
            return np.asarray(tables[self.kind][self.name](*args))
        if self.kind == "method":
            return np.asarray(getattr(values, self.name)(*self.after))
        return np.asarray(getattr(np, self.name)(*args))


Way = tuple[Did, ...]


def did(site: int, kind: str, name: str, args: Sequence[Any], of: Sequence[bool]) -> Did | None:
    """An operation as one step of a way; None for one on more than each number by itself.

    of: which of its arguments are on the way.
    """
    if sum(of) != 1 or kind not in ("binary", "compare", "unary", "method", "call"):
        return None
    at = list(of).index(True)
    others = [one for count, one in enumerate(args) if count != at]
    if not all(isinstance(one, PLAIN) for one in others) or (kind == "method" and at):
        return None
    return Did(site, kind, name, tuple(args[:at]), tuple(args[at + 1 :]))


def again(way: Way, pre: Array) -> list[Array] | None:
    """What each step of a way makes of pre-activations ``(n,)``; None where it does not go."""
    made, values = [], pre
    with np.errstate(all="ignore"):
        for one in way:
            try:
                values = one.again(values)
            except Exception:
                return None
            if values.shape != pre.shape:
                return None
            made.append(values)
    return made


def two_answers(way: Way) -> tuple[int, Array] | None:
    """Where a way makes answers of outputs, and which: the first step that leaves at most two.

    The answers are those to ``POINTS``, at the end of the way.
    """
    made = again(way, POINTS)
    if not made or len(np.unique(made[-1])) > 2:
        return None
    first = next(at for at, one in enumerate(made) if len(np.unique(one)) <= 2)
    return way[first].site, made[-1].astype(float)


def line_of(way: Way) -> tuple[float, float] | None:
    """Slope and shift of what a way makes of any output, where that is a line that rises."""
    made = again(way, POINTS)
    if made is None:
        return None
    values = made[-1] if made else POINTS
    shift = float(values[len(SIZES)])
    slope = float(values[-1] - shift) / float(POINTS[-1])
    wrong = np.abs(values - slope * POINTS - shift).max()
    return (slope, shift) if slope > 0 and wrong <= ROUNDED * np.abs(values).max() else None
