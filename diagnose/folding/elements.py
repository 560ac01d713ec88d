"""A step of a program that computes with single numbers: which of them are the state's.

What weights are kept in, lists, lists of lists, dicts, objects or arrays, does not matter: a number
of the state is one that is carried from step to step, or a place of an array that is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.authors_code import expression_of
from diagnose.reading.loops import STILL, Key, name_of
from diagnose.reading.steps import Place, Step, same
from diagnose.reading.updating import SUMMED
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, leaf_at
from diagnose.recording.operations import TIMES, VIEWS
from diagnose.recording.sites import Site

PACKED = "packed"
WHOLE = -1  # the width of a matrix
SUMS = {"sum", "fsum"}
DOTS = {"dot", "inner", "vdot"}
# Of batches that are gone through sample by sample, so many samples are looked at, and the first of
# each other step: of a class that is one in twenty, all are others once in seven hundred times.
ENOUGH_SAMPLES = 128


@dataclass(frozen=True)
class Element:
    """One number of the state: a value that is carried by itself, or a place of an array.

    key: of the state; None for a number that no step changes, which is ``still``. width: how many
    numbers it has, if it is a row of an array, or a vector.
    """

    key: Key | None
    index: int | tuple[int, ...] | None = None
    still: float = 0.0
    width: int = 0

    def numbers(self) -> list[Element]:
        """The numbers of a row, one by one."""
        at = () if self.index is None else (self.index,)
        return [
            Element(self.key, (*at, n) if at else n)  # type: ignore[arg-type]
            for n in range(self.width)
        ]

    def of(self, state: Mapping[Key, Any]) -> Any:
        """The number, out of the values of all states."""
        if self.key is None:
            return self.still
        return state[self.key] if self.index is None else state[self.key][self.index]


def whole(key: Key, shape: tuple[int, ...]) -> Element:
    """A whole array of the state."""
    return Element(key, width=shape[0] if len(shape) == 1 else WHOLE)


def packed(elements: list[list[Element]] | list[Element]) -> Key:
    """Elements as a key: of a weight ``(units, inputs)`` row by row, or of a bias ``(units,)``."""
    return (PACKED, tuple(tuple(one) if isinstance(one, list) else one for one in elements))


def held(state: Mapping[Key, Any], key: Key) -> Any:
    """The value of a parameter, or of what is carried, which may be made of many states."""
    if key[0] == SUMMED:
        return sum(state[one] for one in key[1:])
    if key[0] != PACKED:
        return state[key]
    return np.array(
        [
            np.concatenate([np.atleast_1d(part.of(state)) for part in one])
            if isinstance(one, tuple)
            else one.of(state)
            for one in key[1]
        ],
        dtype=np.float64,
    )


@dataclass(eq=False)
class Numbers:
    """A step, seen number by number: what is an element of the state, and which sums there are."""

    steps: list[Step]
    sites: list[Site]

    def __post_init__(self) -> None:
        self.step = self.steps[0]
        self.start = self.step.start
        self.at = {number: at for at, number in enumerate(self.step.need)}
        self.outside = self.step.outside()
        self.over: dict[Place, list[Any]] = {}

    def values(self, place: Place) -> list[Any]:
        """What is taken at a place, in all steps; and by all samples of a step that has several."""
        if place not in self.over:
            found = [one.value(one.places()[place]) for one in self.steps]
            for number in self.twins.get(self.step.need[place[0]], ()):
                node = self.step.nodes[number]
                taken = leaf_at(node, place[1])
                found.append(self.step.value(taken) if taken is not None else None)
            self.over[place] = found
        return self.over[place]

    def made(self, number: int) -> list[Any]:
        """What an operation makes, in all steps and by all samples, as in ``values``."""
        found = [one.nodes[one.need[self.at[number]]].value for one in self.steps]
        return found + [self.step.nodes[one].value for one in self.twins.get(number, ())]

    @cached_property
    def twins(self) -> dict[int, list[int]]:
        """The operations that other samples repeat an operation by: of as many steps as tell."""
        found: dict[int, list[int]] = {}
        seen = 0
        for step in self.steps:
            within = step.within
            if within is None or seen >= ENOUGH_SAMPLES:
                break
            seen += within.count
            of_first = dict(zip(step.need, self.step.need, strict=True))
            for number, first in within.same_as.items():
                if first not in within.sums and first in of_first:
                    found.setdefault(of_first[first], []).append(number)
        return found

    def begins_a_sum(self, place: Place) -> bool:
        """Whether it is what the samples of a step are added up in: the 0 before all of them."""
        within = self.step.within
        way = within.sums.get(self.step.need[place[0]]) if within else None
        return way is not None and place[1] != way

    def varies(self, place: Place) -> bool:
        """Whether it is not the same in all steps."""
        first, *rest = self.values(place)
        return any(not same(first, one) for one in rest)

    def is_data(self, place: Place) -> bool:
        """Whether samples or targets may be taken there: other numbers in each step, or many."""
        return self.varies(place) or np.size(self.values(place)[0]) > 1

    def written_out(self, place: Place) -> bool:
        """Whether a number stands there in the author's text."""
        node = self.step.graph[place[0]]
        tree = expression_of(self.sites[node.site].operand(node.kind, place[1]))
        if isinstance(tree, ast.UnaryOp):
            tree = tree.operand
        return isinstance(tree, ast.Constant)

    def element(self, taken: Taken) -> Element | None:
        """Which number of the state a value is, as the step found it."""
        if not isinstance(taken, Ref):
            return None
        key = self.step.state(taken)
        if key is not None:
            value = self.step.value(taken)
            if np.ndim(value):
                return None if self._is_written_now(taken) else whole(key, np.shape(value))
            return Element(key) if key[0] in ("made", STILL) else None
        node = self.step.nodes[taken.node]
        if node.kind != "get" or taken.node < self.start or not isinstance(node.args[0], Ref):
            return None
        owner, index = self.spot(node)
        key = self.step.state(owner)
        if key is None or index is None or np.ndim(node.value) > 1:
            return None
        width = np.size(node.value) if np.ndim(node.value) else 0
        if self.stored(node) is not None or (width and self._is_written_now(taken, node.args[0])):
            return None
        return Element(key, index, width=width)

    def _still(self, taken: Taken, at: int, path: tuple[Any, ...]) -> Element | None:
        """A single number from before the training that no step changes, as a weight may be."""
        place = (at, path)
        if not isinstance(taken, Ref) or place not in self.outside or self.varies(place):
            return None
        value = self.step.value(taken)
        return Element(None, None, float(value)) if isinstance(value, float) else None

    def _is_written_now(self, taken: Ref, owner: Ref | None = None) -> bool:
        """Whether this step has written into what is taken before it took it."""
        writes = [one for one in self.step.loop.written(taken) if one >= self.start]
        if owner is None:
            return bool(writes)
        # a row: others may have been written
        return any(
            node.kind == "in_place" and isinstance(node.args[0], Ref)
            and node.args[0].node == taken.node
            for node in map(self.step.nodes.__getitem__, writes)
        )  # fmt: skip

    def spot(self, node: Node) -> tuple[Ref, int | tuple[int, ...] | None]:
        """The array that an item is taken from, or stored in, and where: ``w[j][i]`` is a number.

        Rows that are taken first are looked through.
        """
        owner, index = node.args[0], index_of(node.args[1])
        assert isinstance(owner, Ref)
        while index is not None and owner.node >= self.start:
            row = self.step.nodes[owner.node]
            outer = index_of(row.args[1]) if row.kind == "get" else None
            if outer is None or not isinstance(row.args[0], Ref):
                break
            index = (*np.atleast_1d(outer).tolist(), *np.atleast_1d(index).tolist())
            owner = row.args[0]
        return owner, index

    def stored(self, node: Node) -> Taken | None:
        """What this step has stored where an item is taken from, before it was taken."""
        index, owner = self.spot(node)[1], node.args[0]
        assert isinstance(owner, Ref)
        for number in reversed(self.step.loop.written(owner)):
            write = self.step.nodes[number]
            if number < self.start:
                break
            if write.kind == "store" and self.spot(write)[1] == index:
                return write.args[2]
        return None

    def resolved(self, taken: Taken) -> Taken:
        """A value, followed to what was stored where it was taken from."""
        while isinstance(taken, Ref) and taken.node >= self.start:
            node = self.step.nodes[taken.node]
            if self.skips_nothing(node):
                taken = node.args[2]
                continue
            if node.kind != "get" or index_of(node.args[1]) is None:
                break
            found = self.stored(node) if isinstance(node.args[0], Ref) else None
            if found is None:
                break
            taken = found
        return taken

    def skips_nothing(self, node: Node) -> bool:
        """Whether a choice leaves out products with a 0 alone: ``if x: s += w * x``."""
        if node.kind != "choice" or node.done != "NotEq":
            return False
        asked, zero, made, other = node.args
        nothing = [self.step.value(one) for one in (zero, other) if isinstance(one, Ref | Const)]
        return nothing == [0, 0] and any(self._alike(asked, one) for one in self._factors(made))

    def _factors(self, taken: Taken) -> list[Taken]:
        """All that is multiplied, as far as that is written in one place."""
        node = self.step.nodes[taken.node] if isinstance(taken, Ref) else None
        if node is None or node.number < self.start or name_of(node) not in TIMES:
            return [taken]
        return [one for each in node.args for one in self._factors(each)]

    @staticmethod
    def _alike(one: Taken, other: Taken) -> bool:
        if isinstance(one, Ref) and isinstance(other, Ref):
            return one.node == other.node
        both = isinstance(one, Const) and isinstance(other, Const)
        return both and same(one.value, other.value)  # type: ignore[union-attr]

    # sums

    def _of_samples(self, node: Node, factors: list[Element | None]) -> bool:
        """Whether a vector of weights meets many samples at once: the other factor is a matrix."""
        others = [
            self.step.value(one)
            for one, element in zip(node.args, factors, strict=False)
            if element is None and isinstance(one, Ref | Const)
        ]
        return np.ndim(node.value) == 1 and [np.ndim(one) for one in others] == [2]

    def summands(self, node: Node) -> list[tuple[int, Taken, tuple[Any, ...]]]:
        """What a sum adds: sign, value, and the way to it; nothing for what is no sum."""
        name = name_of(node)
        match node.kind, name:
            case ("binary" | "in_place", "Add") | ("call", "add"):
                return [(1, node.args[0], (0, 0)), (1, node.args[1], (0, 1))]
            case ("binary" | "in_place", "Sub") | ("call", "subtract"):
                return [(1, node.args[0], (0, 0)), (-1, node.args[1], (0, 1))]
            case ("unary", "USub"):
                return [(-1, node.args[0], (0, 0))]
        if node.kind == "call" and name in SUMS and isinstance(node.args[0], Group):
            found = [(1, one, (0, 0, at)) for at, one in enumerate(node.args[0].items)]
            return found + [(1, one, (0, 1)) for one in node.args[1:2]]
        return []

    def made_by(self, taken: Taken) -> Node | None:
        """The operation of the step that made a value, or wrote into it last."""
        taken = self.resolved(taken)
        if not isinstance(taken, Ref):
            return None
        if self.step.state(taken) is not None and not self._is_written_now(taken):
            return None
        writes = [one for one in self.step.loop.written(taken) if one in self.at]
        number = writes[-1] if writes else taken.node
        node = self.step.nodes[taken.node]
        if node.kind == "get" and index_of(node.args[1]) is not None:
            if not np.ndim(node.value):
                return None if self._is_elsewhere(node) else self.steps_own(taken.node)
            if writes and not self._is_written_now(taken, taken):
                number = taken.node
        return self.steps_own(number)

    def steps_own(self, number: int) -> Node | None:
        """An operation, if it belongs to what the step needs."""
        return self.step.nodes[number] if number in self.at else None

    def _is_elsewhere(self, node: Node) -> bool:
        """Whether an item is what an array from elsewhere began with: no write has touched it."""
        if not isinstance(node.args[0], Ref) or self.spot(node)[0].node in self.at:
            return False
        writes = [one for one in self.step.loop.written(node.args[0]) if one >= self.start]
        return all(
            one.kind == "store" and index_of(one.args[1]) is not None
            for one in map(self.step.nodes.__getitem__, writes)
        )

    def lanes(self, taken: Taken) -> list[Taken]:
        """The numbers of a vector, where it is put together of them; else itself."""
        made = self.made_by(taken)
        if isinstance(taken, Group):
            return list(taken.items)
        if made is None or not isinstance(taken, Ref):
            return [taken]
        if made.kind == "call" and name_of(made) in VIEWS and isinstance(made.args[0], Group):
            return list(made.args[0].items)
        if is_column_stack(made) and isinstance(made.args[0], Group):
            return list(made.args[0].items)
        if made.kind == "store" and np.ndim(self.step.nodes[taken.node].value) == 1:
            found: dict[Any, Taken] = {}
            for number in self.step.loop.written(taken):
                node = self.step.nodes[number]
                if node.kind != "store":
                    return [taken]
                found[index_of(node.args[1])] = node.args[2]
            size = np.size(self.step.nodes[taken.node].value)
            if set(found) == set(range(size)):
                return [found[at] for at in range(size)]
        return [taken]

    def terms(self, node: Node, inside: set[int]) -> Iterator[tuple[int, Taken, Place]]:
        """All that a sum of sums adds, with where it is taken; sums are looked into if inside."""
        todo = self._summands_at(1, node)
        while todo:
            sign, taken, place = todo.pop(0)
            other = self.made_by(taken)
            if other is not None and other.number in inside and self.summands(other):
                todo = self._summands_at(sign, other) + todo
            else:
                yield sign, taken, place

    def _summands_at(self, sign: int, node: Node) -> list[tuple[int, Taken, Place]]:
        at = self.at[node.number]
        return [(sign * turn, one, (at, path)) for turn, one, path in self.summands(node)]

    def products(self, taken: Taken) -> list[tuple[Element, Taken, Place]]:
        """The weights of a product, each with what it is multiplied by; nothing for any other."""
        node = self.made_by(taken)
        inner = self.made_by(node.args[0]) if node and name_of(node) == "sum" else None
        is_summed = inner is not None and name_of(inner) in TIMES
        node = inner if is_summed else node
        if node is None or len(node.args) < 2:
            return []
        at = self.at[node.number]
        pairs: list[tuple[tuple[Taken, tuple[Any, ...]], tuple[Taken, tuple[Any, ...]]]]
        if name_of(node) in TIMES:
            pairs = [((node.args[0], (0, 0)), (node.args[1], (0, 1)))]
        elif name_of(node) in DOTS and all(isinstance(one, Group) for one in node.args[:2]):
            both = [one.items for one in node.args[:2] if isinstance(one, Group)]
            if len(both[0]) != len(both[1]):
                return []
            pairs = [
                ((one, (0, 0, n)), (other, (0, 1, n)))
                for n, (one, other) in enumerate(zip(*both, strict=True))
            ]
        elif name_of(node) in DOTS | {"MatMult", "matmul"}:
            pairs = [((node.args[0], (0, 0)), (node.args[1], (0, 1)))]
            every = [self.element(one) for one in node.args[:2]]
            if not any(one and one.width > 0 for one in every):
                return []
            if np.ndim(node.value) and not self._of_samples(node, every):
                return []
        else:
            return []
        found: list[tuple[Element, Taken, Place]] = []
        for (one, one_path), (other, other_path) in pairs:
            left, right = self.element(one), self.element(other)
            if not (left or right):
                left, right = self._still(one, at, one_path), self._still(other, at, other_path)
            element = left or right
            if element is None or (left and right):
                return []
            if bool(element.width) == (name_of(node) in TIMES and not is_summed):
                return []
            if left:
                found.append((element, other, (at, other_path)))
            else:
                found.append((element, one, (at, one_path)))
        return found


def is_column_stack(node: Node) -> bool:
    """Whether vectors are put together as columns, each of which has a number of every sample."""
    return node.kind == "call" and name_of(node) == "column_stack"


def index_of(taken: Taken) -> int | tuple[int, ...] | None:
    """A place of an array that holds one number, or None for any other index."""
    if isinstance(taken, Const):
        is_whole = isinstance(taken.value, int | np.integer) and not isinstance(taken.value, bool)
        return int(taken.value) if is_whole else None
    if isinstance(taken, Group) and taken.of is tuple:
        parts = [index_of(one) for one in taken.items]
        if parts and all(isinstance(one, int) for one in parts):
            return tuple(one for one in parts if isinstance(one, int))
    return None


def stacked(values: list[Any], *, batch: bool) -> Array:
    """Numbers as a vector, or numbers of many samples as ``(B, numbers)``."""
    if not batch:
        return np.concatenate([np.ravel(one) for one in values]).astype(np.float64)
    return np.stack([np.reshape(one, -1) for one in values], axis=1)
