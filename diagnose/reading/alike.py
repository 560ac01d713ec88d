"""What the turns of a loop over samples have in common: all but which row each takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.batches import Batch, has_samples_along, place_of
from diagnose.reading.loops import ROW, Rows, name_of
from diagnose.reading.steps import Step, same
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, references
from diagnose.recording.operations import MATRIX_PRODUCTS, is_random


class UnlikeError(Exception):
    """The turns differ in more than which row they take."""


def listed(
    step: Step, batch: Batch, items: list[Taken], until: int, written: set[int] | None = None
) -> Rows:
    """What each turn makes, as a list; UnlikeError where turns differ in more than their row."""
    turns = turned(step, batch, items, until, written)
    return turns.rows(turns.result)


def turned(
    step: Step, batch: Batch, items: list[Taken], until: int, written: set[int] | None = None
) -> Alike:
    """What turns have in common that make so many things, one each.

    until: an operation before which nothing may be written into what they take; written: what the
    loop itself writes, each turn into the row that it takes. UnlikeError for turns that differ in
    more than their row, and for those that take none.
    """
    turns = Alike(step, batch, written or set())
    turns.result = turns.one(items, None, ())
    if not turns.taken:
        raise UnlikeError  # nothing of the samples is in it
    own, since = turns.written | set(turns.nodes), min(turns.nodes)
    for ref in turns.outer:
        if not isinstance(ref, Ref):
            continue
        root = step.nodes[ref.node].root
        writes = step.loop.tape.writes.get(root, ()) if root is not None else ()
        if ref.node >= since or root in turns.roots:
            raise UnlikeError
        if any(since <= one < until and one not in own for one in writes):
            raise UnlikeError
    return turns


@dataclass
class Alike:
    """What turns have in common: the operations of the first, with the row that it takes open.

    outer: what they take from elsewhere; sources: where the first turn takes each.
    """

    step: Step
    batch: Batch
    written: set[int]
    nodes: dict[int, Node] = field(default_factory=dict)
    known: dict[int, tuple[int, ...]] = field(default_factory=dict)
    outer: list[Taken] = field(default_factory=list)
    sources: list[tuple[int, tuple[Any, ...]]] = field(default_factory=list)
    roots: set[int | None] = field(default_factory=set)
    taken: int = 0
    result: Taken = field(default_factory=lambda: Const(None))

    def rows(self, result: Taken, without: Collection[int] = ()) -> Rows:
        """A list of what each turn makes, without some of its operations."""
        body = tuple(self.nodes[one] for one in sorted(self.nodes) if one not in without)
        given = [result, *([node.args, node.kw] for node in body)]
        used = {one.node for one in references(given)}
        items = [one if -at in used else Const(None) for at, one in enumerate(self.outer, 1)]
        return Rows(items, body, result, tuple(self.sources))

    def scaled(self, node: Node) -> int | None:
        """Which of the two is multiplied, or divided, by a number that is the same in all turns."""
        if node.kind != "binary" or node.done not in ("Mult", "Div"):
            return None
        for at in (0, 1) if node.done == "Mult" else (0,):
            one, other = node.args[at], node.args[1 - at]
            own = isinstance(one, Ref) and one.node > 0
            if own and isinstance(other, Ref) and other.node < 0:
                scale = self.outside(other)
                if isinstance(scale, Ref | Const) and np.ndim(self.step.value(scale)) == 0:
                    return at
        return None

    def outside(self, taken: Taken) -> Taken:
        """What stands for something from elsewhere, as it was taken."""
        return self.outer[-taken.node - 1] if isinstance(taken, Ref) and taken.node < 0 else taken

    def sum_of(self, result: Taken) -> Any:
        """The sum over all turns, as far as the numbers were kept."""
        numbers = self.known.get(result.node, ()) if isinstance(result, Ref) else ()
        values = [self.step.nodes[one].value for one in numbers]
        kept = [one for one in values if isinstance(one, np.ndarray | np.generic | float)]
        return sum(kept) if kept and len(kept) == len(values) else None

    def one(self, items: Sequence[Taken], node: Node | None, path: tuple[Any, ...]) -> Taken:
        """What stands for one thing that each turn takes."""
        first = items[0]
        if isinstance(first, Group):
            if not all(_alike(first, one) for one in items):
                raise UnlikeError
            inner = [
                self.one([one.items[at] for one in items], node, (*path, at))  # type: ignore[union-attr]
                for at in range(len(first.items))
            ]
            return Group(first.of, inner, first.keys)
        if isinstance(first, Const):
            if not all(isinstance(one, Const) and same(first.value, one.value) for one in items):
                raise UnlikeError
            return self._from_elsewhere(first, node, path)
        refs = [one for one in items if isinstance(one, Ref)]
        if len(refs) < len(items):
            raise UnlikeError
        if len({one.node for one in refs}) == 1:
            if len({one.version for one in refs}) > 1 or first.node in self.nodes:
                raise UnlikeError
            return self._from_elsewhere(first, node, path)
        self._made([one.node for one in refs])
        writes = [self.step.loop.written(one) for one in refs]
        if len({len(one) for one in writes}) > 1:
            raise UnlikeError
        for each in zip(*writes, strict=True):
            if len({*each}) == 1:
                continue  # into what this is a row of, before it was taken
            self._made(list(each))
            self.roots.add(self.step.nodes[each[0]].root)
        return Ref(first.node, 0)

    def _from_elsewhere(self, taken: Ref | Const, node: Node | None, path: tuple[Any, ...]) -> Ref:
        """A place among what is taken from elsewhere; its number is less than 0."""
        if node is None:
            raise UnlikeError  # each turn gives the same
        self.outer.append(taken)
        self.sources.append((node.number, path))
        return Ref(-len(self.outer), 0)

    def _made(self, numbers: list[int]) -> None:
        step = self.step
        known = self.known.get(numbers[0])
        if known is not None:
            if known != tuple(numbers):
                raise UnlikeError
            return
        nodes = [step.nodes[one] for one in numbers]
        first = nodes[0]
        if len(set(numbers)) < len(numbers) or min(numbers) < step.start:
            raise UnlikeError
        if first.kind in ("leaf", "item", "write_call", "write_method") or any(
            (one.site, one.kind, name_of(one), len(one.args), list(one.kw))
            != (first.site, first.kind, name_of(first), len(first.args), list(first.kw))
            or not same(one.done, first.done)
            for one in nodes
        ):
            raise UnlikeError
        if first.kind == "call" and is_random(first.done):
            raise UnlikeError
        self._refuse_layers(first)
        self.known[first.number] = tuple(numbers)
        made = copy(first)
        if first.kind == "get":
            made.args = self._taken_row(nodes)
        else:
            made.args = [
                self.one([one.args[at] for one in nodes], first, (0, at))
                for at in range(len(first.args))
            ]
        made.kw = {
            name: self.one([one.kw[name] for one in nodes], first, (1, name)) for name in first.kw
        }
        self.nodes[first.number] = made

    def _refuse_layers(self, node: Node) -> None:
        """UnlikeError where samples meet a parameter: a step that takes its samples one by one."""
        refs = references(node.args)
        if any(isinstance(self.step.origin(one), tuple) for one in refs) and not any(
            self.step.is_active(one) and not isinstance(self.step.origin(one), tuple)
            for one in refs
        ) and name_of(node) in MATRIX_PRODUCTS:  # fmt: skip
            raise UnlikeError

    def _taken_row(self, nodes: list[Node]) -> list[Taken]:
        """Array and index of ``array[i]``, where each turn takes its own row."""
        first, step = nodes[0], self.step
        places = [place_of(one.args[1]) for one in nodes]
        owners = [one.args[0] for one in nodes]
        owner = owners[0]
        alike = isinstance(owner, Ref) and all(
            isinstance(one, Ref) and one.node == owner.node for one in owners
        )
        if not alike or len(set(places)) == 1:
            return [self.one([one.args[at] for one in nodes], first, (0, at)) for at in range(2)]
        assert isinstance(owner, Ref)
        axis = places[0][0] if places[0] else 0
        if places != [(axis, at) for at in range(self.batch.count)]:
            raise UnlikeError
        if isinstance(step.origin(owner), tuple) or not has_samples_along(
            step, owner, axis, self.batch
        ):
            raise UnlikeError
        since = [set(step.loop.written(one)) - self.written for one in owners]  # type: ignore[arg-type]
        if any(one != since[0] for one in since):
            raise UnlikeError
        self.taken += 1
        array = self._from_elsewhere(owner, first, (0, 0))
        index = first.args[1]
        if isinstance(index, Const):
            return [array, ROW]
        assert isinstance(index, Group)
        items = [
            ROW if at == axis
            else self.one([one.args[1].items[at] for one in nodes], first, (0, 1, at))  # type: ignore[union-attr]
            for at in range(len(index.items))
        ]  # fmt: skip
        return [array, Group(tuple, items)]


def _alike(first: Group, other: Taken) -> bool:
    return (
        isinstance(other, Group)
        and other.of is first.of
        and len(other.items) == len(first.items)
        and other.keys == first.keys
    )
