"""What stands on a tape: operations as nodes, and what each took, by reference or as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any


class Ref:
    """A value that the tape knows: its node, and how often its memory had been written to."""

    __slots__ = ("node", "version")

    def __init__(self, node: int, version: int) -> None:
        self.node = node
        self.version = version


class Const:
    """Any other value."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Group:
    """A list, tuple, slice or dict of values; ``keys`` are those of the dict."""

    __slots__ = ("items", "keys", "of")

    def __init__(self, of: type, items: list[Any], keys: list[Any] | None = None) -> None:
        self.of = of
        self.items = items
        self.keys = keys


Taken = Ref | Const | Group


class Node:
    """One operation: where it stands, what it took, what it made.

    kind: binary, unary, compare, choice, attribute, get, method, call; item (of what a call
    returned); in_place, store, write_method, write_call; leaf (made out of sight); branch (an
    ``if``), and spare (a place before what is done for such a reason). call: how often this place
    had done this before. held: which rows it was known to hold when it was taken. root: the
    identity of the memory behind an array. whole: whether nothing is left of what was written into,
    as in ``a[:] = 0``.
    """

    __slots__ = (
        "args", "call", "done", "held", "kind", "kw", "number", "root", "site", "value", "whole",
    )  # fmt: skip

    number: int
    site: int
    kind: str
    done: Any
    args: list[Taken]
    kw: dict[str, Taken]
    value: Any
    root: int | None
    call: int
    whole: bool
    held: Any


def leaves(taken: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Ref | Const]]:
    """All values within what an operation took, with the way to each."""
    if isinstance(taken, (Ref, Const)):
        yield path, taken
        return
    within = taken.items if isinstance(taken, Group) else taken
    for at, one in within.items() if isinstance(within, dict) else enumerate(within):
        if isinstance(one, (Ref, Const)):
            yield (*path, at), one
        else:
            yield from leaves(one, (*path, at))


def references(*taken: Any) -> list[Ref]:
    """The values that the tape knows within what an operation took, in the order of ``leaves``.

    Asked of every operation many times over: without the ways it takes a fifth of the time.
    """
    found: list[Ref] = []
    _gather(taken, found)
    return found


def _gather(several: Iterable[Any], found: list[Ref]) -> None:
    for one in several:
        kind = type(one)
        if kind is Ref:
            found.append(one)
        elif kind is Const or not one:
            continue
        elif isinstance(one, Group):
            _gather(one.items, found)
        else:
            _gather(one.values() if kind is dict else one, found)


def of_others(node: Node, other: Callable[[Ref], Ref]) -> Node:
    """The same operation, of other values than it took."""
    made = copy(node)
    made.args = [_other(one, other) for one in node.args]
    made.kw = {name: _other(one, other) for name, one in node.kw.items()}
    return made


def _other(taken: Taken, other: Callable[[Ref], Ref]) -> Taken:
    if isinstance(taken, Ref):
        return other(taken)
    if isinstance(taken, Group):
        made = copy(taken)
        made.items = [_other(one, other) for one in taken.items]
        return made
    return taken


def leaf_at(node: Node, path: tuple[Any, ...]) -> Ref | Const | None:
    """The value that an operation took at the end of a way; None if it took none there."""
    return dict(leaves((node.args, node.kw))).get(path)


def is_whole(node: Node) -> bool:
    """Whether an operation writes into every place, whatever stands there."""
    if node.kind == "write_method":
        return bool(node.done == "fill")
    return node.kind == "store" and is_everything(node.args[1])


def is_all(index: Taken) -> bool:
    """Whether an index is a colon alone."""
    return (
        isinstance(index, Group)
        and index.of is slice
        and all(isinstance(one, Const) and one.value is None for one in index.items)
    )


def is_everything(index: Taken) -> bool:
    """Whether an index is of all places: ``:``, or ``...``."""
    return all(
        isinstance(one, Const) and (one.value is None or one.value is ...)
        for _, one in leaves(index)
    )
