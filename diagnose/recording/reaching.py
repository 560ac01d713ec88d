"""What is reached from some things by going from each to those that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

One = TypeVar("One")


def reached(begin: Iterable[One], leads_to: Callable[[One], Iterable[One]]) -> set[One]:
    """Some things, what each of them leads to, what these do, and so on."""
    found, todo = set[One](), [*begin]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += leads_to(one)
    return found
