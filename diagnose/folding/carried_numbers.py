"""What a step carries beside weights that are kept as single numbers: velocities, sums, averages.

A velocity list holds a number for each weight. What is done to one weight is done to all of its
layer, so it is written once, for the whole array: the operations from the gradient on, with the
array of all such numbers in place of the one. A number that several weights share is carried for
each of them: with the same gradients it is the same in all of their arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.folding.elements import PACKED, Element, Numbers, packed
from diagnose.folding.increments import Laid, as_stepped, holds, is_by_numbers, made_of
from diagnose.folding.units import UnitLayer
from diagnose.reading.began import Clock, read_clock
from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import Roles
from diagnose.reading.steps import same
from diagnose.reading.updating import UNTOLD
from diagnose.reading.writing import Line, Names, Writer, literal, simple
from diagnose.recording.nodes import Const, Node, Ref, leaves
from diagnose.recording.operations import SCALED


@dataclass(frozen=True)
class Chain:
    """What a step does with one number of a parameter, from its gradient on.

    inner: the operations, in their order. cuts: those whose results, added up, are the gradient.
    states: the numbers that are carried for it, in the order in which they are met.
    """

    inner: tuple[int, ...]
    cuts: tuple[int, ...]
    states: tuple[Element, ...]


@dataclass(eq=False)
class Chains:
    """Follows the numbers of the state from their new values back to their gradients."""

    numbers: Numbers
    layers: list[UnitLayer]

    @cached_property
    def owned(self) -> set[Key]:
        """The states that hold weights and biases."""
        return {
            element.key
            for layer in self.layers
            for unit in layer.units
            for element in (*unit.weights, unit.bias)
            if element is not None and element.key is not None
        }

    @cached_property
    def others(self) -> list[Key]:
        """The states beside them."""
        return [key for key in self.numbers.step.keys if key not in self.owned]

    @cached_property
    def _carrying(self) -> set[int]:
        """The operations that what is carried beside the weights has joined."""
        found: set[int] = set()
        for node in self.numbers.step.graph:
            elements = map(self.numbers.element, takes(node))
            if any(one is not None and one.key in self.others for one in elements) or any(
                one in found for one in self._before(node)
            ):
                found.add(node.number)
        return found

    @cached_property
    def _fed(self) -> set[int]:
        """The operations that depend on units; others, such as a decay, are no gradient."""
        units = {unit.node for layer in self.layers for unit in layer.units}
        found: set[int] = set()
        for node in self.numbers.step.graph:
            if node.number in units or any(one in found for one in self._before(node)):
                found.add(node.number)
        return found

    @cached_property
    def _of_one_sample(self) -> set[int]:
        """The operations that are done for each sample of a step, whose results are summed."""
        within = self.numbers.step.loop.turns_within(self.numbers.step.turn)
        return set(within.first) - set(within.sums) if within else set()

    def _before(self, node: Node) -> list[int]:
        """The operations that made what an operation takes."""
        every = [self.numbers.made_by(one) for one in takes(node)]
        return [one.number for one in every if one is not None and one is not node]

    def of(self, element: Element) -> Chain | None:
        """What is done with a number; None where no step changes it."""
        numbers = self.numbers
        made = made_of(numbers, element) if element.key is not None else None
        node = numbers.made_by(made) if made is not None else None
        if node is None:
            return None
        inner, edge, todo = {node.number}, set(), [node]
        states: list[Element] = []
        while todo:
            node = todo.pop()
            for taken in takes(node):
                below = numbers.made_by(taken)
                other = numbers.element(taken)
                if other is not None:
                    if other == element or other.key in self.owned or other in states:
                        continue
                    states.append(other)
                    made = made_of(numbers, other)
                    below = numbers.made_by(made) if made is not None else None
                if below is None or below.number in inner:
                    continue
                is_whole = below.number in self._fed - self._carrying
                if not is_whole or holds(numbers, below, element):
                    inner.add(below.number)
                    todo.append(below)
                else:
                    edge.add(below.number)
        shared = set.intersection(*map(self._made_alone_of, edge)) if len(edge) > 1 else set()
        if shared:
            cut, between = max(shared), list(edge)
            while between:
                number = between.pop()
                if number != cut and number not in inner:
                    inner.add(number)
                    between += self._before(numbers.step.nodes[number])
            edge = {cut}
        return Chain(tuple(sorted(inner)), tuple(sorted(edge)), tuple(states))

    def _made_alone_of(self, number: int) -> set[int]:
        """The operations of whose result alone, and constants, a number is made; itself as well."""
        numbers, node = self.numbers, self.numbers.step.nodes[number]
        before = set(self._before(node))
        places = [
            (numbers.at[number], path)
            for path, one in leaves((node.args, node.kw))
            if numbers.made_by(one) is None
        ]
        if (
            number in self._of_one_sample
            or node.kind == "call"
            or name_of(node) == "MatMult"
            or not before
            or not before <= self._fed
            or any(one not in numbers.outside or numbers.is_data(one) for one in places)
            or len({np.shape(numbers.step.nodes[one].value) for one in (number, *before)}) > 1
        ):
            return {number}
        return {number} | set.intersection(*map(self._made_alone_of, before))

    def pattern(self, chain: Chain) -> tuple[Any, ...]:
        """What the chains of two numbers have in common that are stepped alike, at any line."""
        nodes = self.numbers.step.nodes
        done = tuple(name_of(nodes[one]) for one in chain.inner)
        return done, len(chain.cuts), len(chain.states)


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A parameter all of whose numbers are stepped alike.

    chains: of each of its numbers, or of the array that is stepped as a whole, which ``laid`` tells
    about; the first stands for all. states: the keys of what is carried for them.
    """

    chains: dict[Element, Chain]
    states: tuple[Key, ...]
    laid: Laid | None = None

    @property
    def first(self) -> Element:
        """The number that stands for all."""
        return next(iter(self.chains))


def alike(chains: Chains, key: Key, wholes: Iterable[Laid]) -> Alike | None:
    """What is carried for a parameter; None where nothing is."""
    numbers = chains.numbers
    assert key[0] == PACKED
    rows = [list(one) if isinstance(one, tuple) else [one] for one in key[1]]
    stepped = as_stepped(numbers, rows[0][0])
    if stepped != rows[0][0]:
        laid = next((one for one in wholes if one.whole == stepped), None)
        chain = chains.of(stepped)
        if laid is None or chain is None or not chain.states:
            return None
        if not chain.cuts or any(one.index is not None or one.key is None for one in chain.states):
            raise NotReadError(UNTOLD)
        keys = tuple(state.key for state in chain.states if state.key is not None)
        return Alike(chains={stepped: chain}, states=keys, laid=laid)
    if is_by_numbers(numbers, rows[0][0]):
        rows = [[one for row in each for one in row.numbers()] for each in rows]
    every = [[chains.of(one) for one in row] for row in rows]
    found = {
        element: one
        for row, its in zip(rows, every, strict=True)
        for element, one in zip(row, its, strict=True)
        if one is not None
    }
    if not any(one.states for one in found.values()):
        return None
    if None in {one for row in every for one in row} or len(
        set(map(chains.pattern, found.values()))
    ) > 1:  # fmt: skip
        raise NotReadError("not all numbers of a layer are stepped alike")
    if not all(one.cuts for one in found.values()):
        raise NotReadError(UNTOLD)
    is_vector = not isinstance(key[1][0], tuple)
    states: list[Key] = []
    for at in range(len(found[rows[0][0]].states)):
        own = [[found[one].states[at] for one in row] for row in rows]
        states.append(packed([one[0] for one in own] if is_vector else own))
    return Alike(chains=found, states=tuple(states))


@dataclass
class NumberUpdate:
    """Writes the step of a parameter from its gradient on.

    names: what its numbers, and those carried for it, are called. nothing: the operations whose
    results are left out, since another stands for them. ticks: what the number of steps that are
    done is called; clock: where a step takes it, if it does.
    """

    numbers: Numbers
    roles: Roles
    taken: Names
    names: dict[Element, str]
    constant: Callable[[Any], str]
    ticks: str
    clock: Clock | None = None
    lines: list[Line] = field(default_factory=list)
    called: dict[int, str] = field(default_factory=dict)
    nothing: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sites = self.numbers.sites
        self.writer = Writer(self.sites, self._refer, self._const)

    def write(self, chain: Chain, gradient: str) -> None:
        """All operations. Of several cuts the first stands for all, and the others add nothing."""
        self.called[chain.cuts[0]] = gradient
        self.nothing |= set(chain.cuts[1:])
        for number in chain.inner:
            node = self.numbers.step.nodes[number]
            text = self._less(node) if self._takes_nothing(node) else self._text(node)
            if number in self.nothing or number in self.called:
                continue
            name = self.taken.take(self.sites[node.site].target)
            self.lines.append(Line(self.sites[node.site].line, f"{name} = {text}"))
            self.called[number] = name

    def after(self, element: Element) -> str:
        """What a number is after the step."""
        made = made_of(self.numbers, element)
        node = self.numbers.made_by(made) if made is not None else None
        return self.names[element] if node is None else self.called[node.number]

    def _made(self, taken: Any) -> int | None:
        if self.numbers.element(taken) is not None:
            return None
        made = self.numbers.made_by(taken)
        return made.number if made is not None else None

    def _takes_nothing(self, node: Node) -> bool:
        return any(self._made(one) in self.nothing for one in takes(node))

    def _less(self, node: Node) -> str:
        """The same without what adds nothing: NotReadError where that is more than a summand."""
        summands = self.numbers.summands(node)
        rest = [one for one in summands if self._made(one[1]) not in self.nothing]
        of_nothing = self._made(node.args[0]) in self.nothing or "Mult" in name_of(node).title()
        if not rest and (summands or (name_of(node) in SCALED and of_nothing)):
            self.nothing.add(node.number)
            return ""
        if len(rest) != 1:
            raise NotReadError(UNTOLD, self.sites[node.site])
        sign, taken, path = rest[0]
        text = self.writer.taken(taken, node, path)
        if sign < 0:
            return f"-{simple(text)}"
        self.called[node.number] = text
        return text

    def _text(self, node: Node) -> str:
        text = self.writer.result(node)
        name = name_of(node)
        if node.kind == "call" and getattr(math, name, None) is node.done and hasattr(np, name):
            return text.replace("math.", "np.", 1)  # of all numbers of the array at once
        return text

    def _refer(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        if (node.number, path) in self.roles.rates:
            return self.roles.rate
        element = self.numbers.element(ref)
        if element is not None:
            if element not in self.names:
                raise NotReadError(UNTOLD, self.sites[node.site])
            return self.names[element]
        made = self._made(ref)
        if made is None:
            return self._outside(ref, node, path)
        if made not in self.called:
            raise NotReadError(UNTOLD, self.sites[node.site])
        return self.called[made]

    def _const(self, taken: Const, node: Node, path: tuple[Any, ...]) -> str:
        if (node.number, path) in self.roles.rates:
            return self.roles.rate
        return self._outside(taken, node, path)

    def _outside(self, taken: Ref | Const, node: Node, path: tuple[Any, ...]) -> str:
        """A constant of the step, the number of steps before it, or what is computed of that."""
        step, site, value = self.numbers.step, self.sites[node.site], self.numbers.step.value(taken)
        if clock := read_clock(self.roles.steps, node, path):
            self.clock = clock
            return f"({self.ticks} + {clock.offset})"
        every = [step.taken_in(one.turn, node.number, path) for one in self.roles.steps]
        if any(one is not None and not same(step.value(one), value) for one in every):
            made = step.nodes[taken.node] if isinstance(taken, Ref) else None
            if made is not None and made.number >= step.start and made.kind in ("binary", "call"):
                return simple(self._text(made))
            raise NotReadError("this number is another in each step, and nothing says why", site)
        if value is None:
            raise NotReadError("a value of this operation was not kept", site)
        return literal(value, site, self.constant)
