"""A preparation of samples that takes them through whole numbers, as its author's lines do."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.network.arrays import Array

CAST = "astype"
OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mult": operator.mul, "div": operator.truediv,
    "floordiv": operator.floordiv,
}  # fmt: skip
ROUNDING: Mapping[str, Callable[[Array], Array]] = {
    "round": np.round, "around": np.round, "rint": np.rint, "floor": np.floor, "ceil": np.ceil,
    "trunc": np.trunc, "fix": np.trunc,
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """One operation on samples: what it is called, and what its other operand is, if it has one.

    by: one number, or one for each feature. kind: the type of these, or that of a cast; nothing of
    a number as Python has it, which takes the type of what it meets. first: whether the samples
    are the first operand.
    """

    name: str
    by: float | tuple[float, ...] = 0.0
    kind: str = ""
    first: bool = True

    def __call__(self, rows: Array) -> Array:
        """Of ``(n, features)`` the same numbers as the author's line makes."""
        if self.name == CAST:
            return rows.astype(self.kind)
        if self.name in ROUNDING:
            return ROUNDING[self.name](rows)
        by: Any = self.by
        if self.kind:
            by = np.array(by, self.kind) if isinstance(by, tuple) else np.dtype(self.kind).type(by)
        made = OPERATORS[self.name](rows, by) if self.first else OPERATORS[self.name](by, rows)
        return np.asarray(made)

    def exact(self, rows: Array) -> Array:
        """The same without what whole numbers cannot hold, in float64."""
        if self.name == CAST or self.name in ROUNDING:
            return rows.astype(float)
        name = "div" if self.name == "floordiv" else self.name
        return Done(name, self.by, "float64", self.first)(rows.astype(float))


@dataclass(frozen=True)
class MadeWhole:
    """All operations from samples with fractions, or with room, to those that are trained on."""

    done: tuple[Done, ...]

    @classmethod
    def of(cls, said: Sequence[Sequence[Any]]) -> MadeWhole:
        """What was handed over as JSON."""
        return cls(
            tuple(
                Done(name, tuple(by) if isinstance(by, list) else by, kind, first)
                for name, by, kind, first in said
            )
        )

    def plain(self) -> list[list[Any]]:
        """The same as JSON takes it."""
        return [[one.name, one.by, one.kind, one.first] for one in self.done]

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        rows = np.asarray(images).reshape(len(images), -1)
        with np.errstate(all="ignore"):
            for one in self.done:
                rows = one(rows)
        return rows


@dataclass(frozen=True)
class LeftWhole:
    """The same preparation where nothing is cut off on the way, and nothing wraps around."""

    made: MadeWhole

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``, in float64."""
        rows = np.asarray(images, np.float64).reshape(len(images), -1)
        with np.errstate(all="ignore"):
            for one in self.made.done:
                rows = one.exact(rows)
        return rows
