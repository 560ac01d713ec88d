"""A function with some arguments given, which is equal to another that does the same."""

from __future__ import annotations

from functools import partial
from typing import Any


class Bound(partial[Any]):
    """Like ``functools.partial``, but two of the same function and arguments are equal.

    Two variants of a network that are made of equal functions are then known to compute the same,
    and what is costly to find out about them is found out once. Arguments must be hashable.
    """

    def _parts(self) -> tuple[Any, ...]:
        return self.func, self.args, tuple(sorted(self.keywords.items()))

    def __eq__(self, other: object) -> bool:
        """Whether the other is one of the same function and arguments."""
        return isinstance(other, Bound) and self._parts() == other._parts()

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self._parts())
