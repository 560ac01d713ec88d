"""Layers of programs that compute one unit after the other, in loops of their own.

A pre-activation is then a sum of products, each of one number of the state and one number that
enters. Units whose sums take the same numbers are a layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.folding.elements import Element, Numbers, packed
from diagnose.reading.loops import Key
from diagnose.reading.not_read import NotReadError
from diagnose.reading.steps import Place, same
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, leaves

# What is multiplied by the weight that is a bias, or a threshold.
ONES = (1, -1)
WHOLE_BATCH = (
    "several samples meet the same weights in one step, as lists of lists; read are whole batches "
    "as NumPy arrays, as in `X @ W + b`, and lists where a loop of its own goes through the samples"
)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit: the node of its pre-activation, its weights with what they are multiplied by.

    inputs: where each is taken. first: the node of its first product. added: where the bias is
    taken; None without one. threshold: whether it is subtracted.
    """

    node: int
    first: int
    weights: tuple[Element, ...]
    inputs: tuple[Place, ...]
    bias: Element | None
    added: Place | None
    threshold: bool = False


@dataclass(frozen=True, kw_only=True)
class UnitLayer:
    """Units that take the same numbers; ``entering``: the places where the first one takes them."""

    units: tuple[Unit, ...]

    @property
    def entering(self) -> tuple[Place, ...]:
        """Where its first unit takes what enters."""
        return self.units[0].inputs

    def weight(self, layout: str) -> Key:
        """The key of the weight, as the layout wants it."""
        rows = [list(one.weights) for one in self.units]
        return packed(
            rows if layout == "columns" else [list(one) for one in zip(*rows, strict=True)]
        )

    @property
    def bias(self) -> Key | None:
        """The key of the bias; a unit without one has a 0 that no step changes."""
        if all(one.bias is None for one in self.units):
            return None
        return packed([one.bias or Element(None) for one in self.units])

    @property
    def threshold(self) -> bool:
        """Whether what is kept of its bias is subtracted."""
        return any(one.threshold for one in self.units)


@dataclass(eq=False)
class UnitReader:
    """Finds the units of a step, and puts them into layers.

    sums: nodes that add up products of the state and what is known forward. forward: nodes that
    depend on units and on nothing else that changes from step to step. still: of sums that take the
    same from elsewhere in all steps, what each takes by its weights, with its first product.
    """

    numbers: Numbers

    def __post_init__(self) -> None:
        self.still: dict[tuple[Element, ...], dict[tuple[bytes, ...], int]] = {}
        self.sums: set[int] = set()
        self.forward: set[int] = set()
        for node in self.numbers.step.graph:
            if self.numbers.skips_nothing(node):
                continue  # what it takes stands for it
            if self._is_sum(node):
                self.sums.add(node.number)
            elif self._is_forward(node):
                self.forward.add(node.number)

    def _is_sum(self, node: Node) -> bool:
        summands = self.numbers.summands(node)
        if any(sign < 0 and not self.numbers.element(one) for sign, one, _ in summands):
            return False  # a pre-activation less the largest of all, say
        if not summands:
            found = self.numbers.products(Ref(node.number, 0))
            return bool(found) and all(self._enters(other) for _, other, _ in found)
        return all(self._is_summand(node, one, path) for _, one, path in summands)

    def _is_summand(self, node: Node, taken: Taken, path: tuple[Any, ...]) -> bool:
        numbers = self.numbers
        element = numbers.element(taken)
        if element is not None:
            return not element.width
        made = numbers.made_by(taken)
        if made is not None:
            return made.number in self.sums
        place = (numbers.at[node.number], path)
        # a constant may be a bias that no step changes, or the 0 that a sum begins with
        return isinstance(taken, Const | Ref) and not numbers.is_data(place)

    def _enters(self, taken: Taken) -> bool:
        """Whether a value may be what enters a layer: from outside, or forward."""
        if isinstance(taken, Group):
            return False
        made = self.numbers.made_by(taken)
        if made is None:
            return self.numbers.element(taken) is None
        return made.number in self.forward or made.number in self.sums

    def _is_forward(self, node: Node) -> bool:
        numbers, any_made = self.numbers, False
        at = numbers.at[node.number]
        for path, one in leaves((node.args, node.kw)):
            made = numbers.made_by(one)
            if made is not None:
                any_made = True
                if made.number not in self.forward and made.number not in self.sums:
                    return False
            elif node.kind == "store" and path == (0, 0):
                continue  # the empty array into which units are stored one by one
            elif numbers.element(one) is not None or (
                (at, path) in numbers.outside and numbers.is_data((at, path))
            ):
                return False
        return any_made

    def units(self) -> list[Unit]:
        """All units in their order: the sums that are in no other sum."""
        numbers = self.numbers
        inner: set[int] = set()
        for number in self.sums:
            for _, one, _ in numbers.summands(numbers.step.nodes[number]):
                made = numbers.made_by(one)
                if made is not None:
                    inner.add(made.number)
        found = [self._unit(number) for number in sorted(self.sums - inner)]
        return [one for one in found if one is not None]

    def _unit(self, number: int) -> Unit | None:
        numbers = self.numbers
        node = numbers.step.nodes[number]
        weights: list[tuple[Element, Place]] = []
        biases: list[tuple[Element, Place, float]] = []
        first = number
        terms = list(numbers.terms(node, self.sums)) or [(1, Ref(number, 0), (0, ()))]
        for sign, taken, place in terms:
            element = numbers.element(taken)
            products = [] if element else numbers.products(taken)
            if products:
                made = numbers.made_by(taken)
                first = min(first, made.number) if made else first
            elif element is not None:
                if element.width:
                    return None
                biases.append((element, place, sign))
            elif (value := numbers.values(place)[0]) is not None and np.ndim(value) == 0:
                if value != 0 or self._joins(place):
                    biases.append((Element(None, None, float(value)), place, sign))
            else:
                return None
            for weight, _, at in products:
                if one := self._one_at(at):
                    biases.append((weight, beside(at), one))
                else:
                    weights.append((weight, at))
        if not biases and (alone := self._beside_units(weights)) is not None:
            weights.remove(alone[:2])
            biases.append((alone[0], beside(alone[1]), alone[2]))
        if len(biases) > 1 or not any(
            one.key is not None and self._is_alive(place) for one, place in weights
        ):
            given = tuple(np.asarray(numbers.values(at)[0]).tobytes() for _, at in weights)
            self.still.setdefault(tuple(one for one, _ in weights), {})[given] = first
            return None
        return Unit(
            node=number, first=first, weights=tuple(one for one, _ in weights),
            inputs=tuple(place for _, place in weights),
            bias=biases[0][0] if biases else None, added=biases[0][1] if biases else None,
            threshold=bool(biases) and biases[0][2] < 0,
        )  # fmt: skip

    def runs_on(self) -> NotReadError | None:
        """Why nothing is read, where the sum of each unit begins with that of the one before."""
        units = self.units()
        pairs = [
            (one, other)
            for one, other in pairwise(units)
            if len(one.weights) < len(other.weights)
            and other.weights[: len(one.weights)] == one.weights
        ]
        if len(pairs) < 2:
            return None
        one, other = pairs[0]
        loop = self.numbers.step.loop
        between = [site for at, site in loop.tape.turns if one.node < at <= other.node]
        line = self.numbers.sites[self.numbers.step.nodes[other.first].site].line
        added = sum(two.weights[: len(one.weights)] == one.weights for one, two in pairs)
        return NotReadError(
            f"the sum in line {line} is not set back for each unit of this loop: of "
            f"{added + 1} units, each but the first adds its products to those of all before it",
            self.numbers.sites[between[0]] if between else None,
            kind="running-sum",
        )

    def of_whole_batch(self) -> NotReadError | None:
        """Why nothing is read, where weights meet several samples in one step, as in all others."""
        several = [
            one
            for weights, one in self.still.items()
            if len(one) > 1 and any(weight.key is not None for weight in weights)
        ]  # a slope of a unit that is off meets many, too
        if not several:
            return None
        first = self.numbers.step.nodes[min(several[0].values())]
        return NotReadError(WHOLE_BATCH, self.numbers.sites[first.site])

    def _joins(self, place: Place) -> bool:
        """Whether a 0 from elsewhere is added to a sum, which began before, as a bias is."""
        return place[1] == (0, 1) and not self.numbers.written_out(place)

    def _one_at(self, place: Place) -> float:
        """A 1 that stands there, by which a weight is multiplied as for a bias; or -1; else 0."""
        one = self._known_one(place)
        return one if one and self.numbers.written_out(place) else 0.0

    def _known_one(self, place: Place) -> float:
        """The 1, or -1, that is taken there in all steps, whoever has written it; else 0."""
        taken = self.numbers.resolved(self.numbers.step.places()[place])
        if self.numbers.made_by(taken) is not None or self.numbers.element(taken) is not None:
            return 0.0
        value = self.numbers.step.value(taken) if isinstance(taken, Ref | Const) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return 0.0
        return float(value) if value in ONES and not self.numbers.varies(place) else 0.0

    def _beside_units(
        self, weights: list[tuple[Element, Place]]
    ) -> tuple[Element, Place, float] | None:
        """The one weight of a 1, or -1, that stands in a list beside what came out of units."""
        places = self.numbers.step.places()
        ones = [(weight, at, one) for weight, at in weights if (one := self._known_one(at))]
        others = sum(self.numbers.made_by(places[at]) is not None for _, at in weights)
        return ones[0] if len(ones) == 1 and others == len(weights) - 1 > 0 else None

    def _is_alive(self, place: Place) -> bool:
        return place not in self.numbers.outside or self.numbers.is_data(place)

    def layers(self) -> list[UnitLayer]:
        """Units that take the same numbers, together, as long as one layer feeds the next."""
        groups: list[tuple[list[Any], list[Unit]]] = []
        used: dict[Element, int] = {}
        for one in self.units():
            entering = [self._identity(place) for place in one.inputs]
            at = next(
                (n for n, (other, _) in enumerate(groups) if _alike(entering, other)), len(groups)
            )
            # of a weight that is known, what is multiplied by it again goes backward
            if any(used.get(weight, at) != at for weight in one.weights):
                continue
            for weight in one.weights:
                if weight.key is not None:
                    used[weight] = at
            if at == len(groups):
                groups.append((entering, []))
            groups[at][1].append(one)
        return [UnitLayer(units=tuple(several)) for _, several in groups]

    def _identity(self, place: Place) -> Any:
        made = self.numbers.made_by(self.numbers.step.places()[place])
        return made.number if made is not None else self.numbers.values(place)


def beside(place: Place) -> Place:
    """Where the other of both factors is taken."""
    at, (group, side, *within) = place
    return at, (group, 1 - side, *within)


def _alike(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(_same_input, one, other))


def _same_input(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return all(map(same, one, other))
    return bool(type(one) is type(other) and one == other)
