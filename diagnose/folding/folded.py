"""A step that computes one number after the other, written as the functions of a network.

Sums of products are read as layers (``units``), and written as one matrix product each. Every
other operation, of the activations and of the backward pass, is written as it stands there, at its
line, one for each number; the certificate holds the whole against the script as it does any other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from diagnose.folding.carried_numbers import Chains
from diagnose.folding.elements import Numbers, stacked
from diagnose.folding.folded_writing import FoldedWriter
from diagnose.folding.increments import elements_of, increments
from diagnose.folding.number_steps import TARGET, NumberStep, Parts, X, packed_place
from diagnose.folding.units import Unit, UnitLayer, UnitReader
from diagnose.reading.activations import recognised, refusal
from diagnose.reading.layers import FoundLayer, is_curved
from diagnose.reading.learning_rate import (
    RATE_WORDS,
    Factor,
    are_equal,
    factors_of,
    is_over_samples,
    sign_of,
)
from diagnose.reading.loops import STILL, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.passes import Passes
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Place, Step, common, idle, same
from diagnose.reading.targets import Targets, target_text
from diagnose.recording.nodes import Const, Ref, Taken, leaves
from diagnose.recording.sites import Site

DRAWN = (
    "random numbers are drawn in each step (dropout, or noise); that is read of NumPy arrays: "
    "`h * (rng.random(h.shape) < keep)`"
)
FOR_SOME = (
    "a part of the step is left out for some answers, as by a perceptron or with a margin; that is "
    "read of NumPy arrays alone: `if y * s < 1: w += rate * y * x`"
)


ONE_VECTOR = (
    "what these units make is put into one array, and goes on as that; read are units whose "
    "numbers are taken one by one, and a layer whose weights are one matrix, as in `W @ x + b`"
)
VECTORS = (
    "each unit takes all samples at once, with a vector of weights of its own; read is a layer "
    "whose weights are one matrix, as in `X @ W + b`"
)


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Where targets meet outputs: the places of the targets, and the outputs, unit by unit."""

    places: tuple[Place, ...]
    outputs: tuple[Ref, ...]


@dataclass(frozen=True, kw_only=True)
class Folded:
    """What was read of such a step; layers: the units, in the order in which they are taken."""

    layers: tuple[UnitLayer, ...]
    roles: Roles
    targets: Targets
    passes: Passes


def folded(steps: list[Step], sites: list[Site]) -> Folded | None:
    """Read a step number by number; None where no unit is found, NotReadError where it parts."""
    numbers = Numbers(steps, sites)
    reader = UnitReader(numbers)
    if on := reader.runs_on():
        raise on
    layers, why = reader.layers(), reader.of_whole_batch()
    if not layers:
        if why:
            raise why
        return None
    owned = {one.key for one in elements_of(numbers, layers) if one.key is not None}
    left = [key for key in idle(numbers.step, owned) if key[0] != STILL]
    if left:  # a velocity, say, by which no weight is stepped
        keys = [key for key in numbers.step.keys if key not in left]
        steps = common([Step(one.loop, one.turn, keys) for one in steps])
        return folded(steps, sites)
    try:
        return _Folding(numbers, layers, sites).read()
    except NotReadError as error:
        # what units are left out of at random is as little the same as several samples are
        raise error if error.reason == DRAWN else why or error from None


@dataclass(eq=False)
class _Folding:
    numbers: Numbers
    layers: list[UnitLayer]
    sites: list[Site]

    def __post_init__(self) -> None:
        self.step = self.numbers.step
        value = self.step.nodes[self.layers[0].units[0].node].value
        self.batch = np.size(value) > 1
        self.layout: Literal["rows", "columns"] = "rows" if self.batch else "columns"

    def site(self, number: int) -> Site:
        """Where an operation stands."""
        return self.sites[self.step.nodes[number].site]

    def read(self) -> Folded:
        """Roles, and the functions."""
        if self.batch and self.layers[0].units[0].weights[0].width:
            raise NotReadError(VECTORS, self.site(self.layers[0].units[0].first))
        joint = self._joint()
        self._refuse_some(joint)
        outs = self._outputs(joint)
        steps: list[Step] = [
            NumberStep(
                one.loop,
                one.turn,
                one.keys,
                self.layers[0].entering,
                joint.places,
                self.batch,
            )
            for one in self.numbers.steps
        ]
        chains = Chains(self.numbers, self.layers)
        rates, rate_place = self._rate(carried=bool(chains.others))
        found = tuple(self._layer(layer, out) for layer, out in zip(self.layers, outs, strict=True))
        target = packed_place(joint.places, TARGET)
        roles = Roles(
            step=steps[0], steps=steps, x=packed_place(self.layers[0].entering, X), target=target,
            joint=joint.places[0][0], output=Parts(tuple(joint.outputs)),  # type: ignore[arg-type]
            layers=found, layout=self.layout, vectors=not self.batch,
            rates=rates, rate_place=rate_place, varying=frozenset(),
            # what is carried is stepped after the samples, where their number is not known any more
            over_samples=not chains.others
            and bool(rate_place)
            and is_over_samples(self.step, rate_place, self.sites),
            rate_sign=sign_of(self.step, rate_place),
        )  # fmt: skip
        size = len(np.reshape(self.step.value(self._z(self.layers[0].units[0])), -1))
        text = "targets"
        if self.batch:
            text = target_text(np.asarray(self.numbers.values(joint.places[0])[0]), size, roles)
        sizes = tuple(
            np.size(one.nodes[one.need[self.numbers.at[self.layers[0].units[0].node]]].value)
            for one in steps
        )
        targets = Targets(text=text, sizes=sizes, index=False, roles=roles)
        writer = FoldedWriter(
            numbers=self.numbers, layers=self.layers, outs=outs, wanted_at=joint.places,
            roles=roles, targets=targets, sites=self.sites, chains=chains,
        )  # fmt: skip
        return Folded(
            layers=tuple(self.layers), roles=roles, targets=targets, passes=writer.written()
        )

    def _z(self, unit: Unit) -> Ref:
        return Ref(unit.node, 0)

    def _joint(self) -> Joint:
        """The first values from elsewhere that meet what depends on the last layer."""
        numbers, last = self.numbers, self.layers[-1]
        depends = {one.node for one in last.units}
        # of an input that stays 1 it cannot be told whether it is one: labels may be 1 as well
        given = [place for place in self.layers[0].entering if numbers.is_data(place)]
        entering = [numbers.values(place) for place in given]
        families: dict[Any, list[tuple[Place, Ref]]] = {}
        others: defaultdict[Any, bool] = defaultdict(bool)
        for at, node in enumerate(self.step.graph):
            every = list(leaves((node.args, node.kw)))
            below = [one for _, one in every if (m := numbers.made_by(one)) and m.number in depends]
            if not below:
                continue
            depends.add(node.number)
            for path, one in every:
                place = (at, path)
                if place not in numbers.outside or numbers.written_out(place):
                    continue
                if numbers.begins_a_sum(place):
                    continue
                value = self.step.value(one)
                if isinstance(value, bool) or not isinstance(
                    value, int | float | np.generic | np.ndarray
                ):
                    continue
                is_input = any(all(map(same, numbers.values(place), x)) for x in entering)
                if not is_input and self.step.is_drawn(one):
                    raise NotReadError(DRAWN, self.sites[node.site])
                family = families.setdefault((node.site, node.kind, path), [])
                if isinstance(below[0], Ref) and all(
                    below[0].node != ref.node for _, ref in family
                ):
                    family.append((place, below[0]))
                    others[node.site, node.kind, path] |= not is_input
        # some targets may be as some inputs are, as those of a text are whose letters are both
        families = {key: several for key, several in families.items() if others[key]}
        varying = [
            several
            for several in families.values()
            if any(numbers.is_data(place) for place, _ in several)
        ]
        count = len(last.units)
        for found in (*varying, *families.values()):
            lanes = self.numbers.lanes(found[0][1]) if len(found) == 1 else []
            outs = tuple(ref for ref in lanes if isinstance(ref, Ref))
            if len(found) == count:
                return Joint(places=tuple(p for p, _ in found), outputs=tuple(r for _, r in found))
            if len(outs) == count:
                return Joint(places=(found[0][0],), outputs=outs)
        raise NotReadError("nothing that could be the targets meets what the network computes")

    def _refuse_some(self, joint: Joint) -> None:
        """NotReadError for a step that is made for some answers only: of no loss that is read."""
        wanted = {self.step.need[place[0]] for place in joint.places}
        for node in self.step.graph:
            if wanted & {one.number for ref in takes(node) if (one := self.numbers.made_by(ref))}:
                wanted.add(node.number)
            if node.kind != "choice" or self.numbers.skips_nothing(node):
                continue
            tests = [one for one in node.args[:2] if self._is_made_of(one, wanted)]
            if tests and any(isinstance(one, Const) and one.value == 0 for one in node.args[2:]):
                raise NotReadError(FOR_SOME, self.sites[node.site])

    def _is_made_of(self, taken: Taken, wanted: set[int]) -> bool:
        made = self.numbers.made_by(taken)
        return made is not None and made.number in wanted

    def _outputs(self, joint: Joint) -> list[tuple[Ref, ...]]:
        """What comes out of the units of each layer."""
        places = self.step.places()
        found: list[tuple[Ref, ...]] = []
        for layer in self.layers[1:]:
            every = [
                self.numbers.resolved(one)
                for place in layer.entering
                for one in self.numbers.lanes(places[place])
            ]
            refs = tuple(one for one in every if isinstance(one, Ref))
            if len(refs) != len(every):
                raise NotReadError(
                    "a layer does not feed the next", self.site(layer.units[0].first)
                )
            found.append(refs)
        found.append(joint.outputs)
        for at, (layer, outs) in enumerate(zip(self.layers, found, strict=True)):
            if len(outs) == 1 < len(layer.units):
                raise NotReadError(ONE_VECTOR, self.site(layer.units[0].first))
            if len(outs) != len(layer.units):
                place = self.layers[min(at + 1, len(self.layers) - 1)].units[0].first
                raise NotReadError("a layer does not feed the next", self.site(place))
        self.layers = [
            self._in_order(layer, outs) for layer, outs in zip(self.layers, found, strict=True)
        ]
        return found

    def _in_order(self, layer: UnitLayer, outs: tuple[Ref, ...]) -> UnitLayer:
        """The units in the order in which what comes out of them is taken, where that differs."""
        units = {one.node: one for one in layer.units}
        order = [self._units_below(one, set(units)) for one in outs]
        if any(len(one) != 1 for one in order) or set().union(*order) != set(units):
            return layer  # each depends on all of them, as with a softmax
        return UnitLayer(units=tuple(units[one.pop()] for one in order))

    def _units_below(self, ref: Ref, units: set[int]) -> set[int]:
        found, known, todo = set(), set(), [ref]
        while todo:
            made = self.numbers.made_by(todo.pop())
            if made is None or made.number in known:
                continue
            known.add(made.number)
            if made.number in units:
                found.add(made.number)
            else:
                todo += takes(made)
        return found

    def _layer(self, layer: UnitLayer, outs: tuple[Ref, ...]) -> FoundLayer:
        pairs, numbers = [], self.numbers
        for one in numbers.steps[:12]:
            sides = []
            for refs in ([self._z(unit) for unit in layer.units], outs):
                numbered = [numbers.made_by(ref) for ref in refs]
                values = [
                    one.nodes[one.need[numbers.at[node.number]]].value if node else None
                    for node in numbered
                ]
                sides.append(
                    None
                    if any(value is None for value in values)
                    else stacked(values, batch=self.batch)
                )
            if all(side is not None for side in sides):
                pairs.append((sides[0], sides[1]))
        is_linear = all(
            (made := numbers.made_by(ref)) is not None and made.number == unit.node
            for ref, unit in zip(outs, layer.units, strict=True)
        )
        made = numbers.made_by(outs[0])
        curved = made is not None and is_curved(self.step, layer.units[0].node, made.number)
        activation, slope = recognised(pairs, is_linear, curved=curved)
        if activation is None:
            raise NotReadError(
                refusal(pairs),
                self.sites[made.site] if made else self.site(layer.units[0].node),
            )
        first = layer.units[0]
        return FoundLayer(
            weight=layer.weight(self.layout), bias=layer.bias, entering=self._z(first),
            pre=first.first, out=first.node, used=None, turned=False, activation=activation,
            slope=slope, threshold=self._threshold(layer),
        )  # fmt: skip

    def _threshold(self, layer: UnitLayer) -> bool:
        """Whether its biases are subtracted; NotReadError where those of some units are."""
        ways = {one.threshold for one in layer.units if one.bias and one.bias.key is not None}
        if len(ways) > 1:
            raise NotReadError(
                "the biases of some units of a layer are added, and those of others subtracted",
                self.site(layer.units[0].first),
            )
        return layer.threshold

    def _rate(
        self, *, carried: bool
    ) -> tuple[frozenset[tuple[int, tuple[Any, ...]]], Place | None]:
        """The places of the learning rate: the factor that all increments have."""
        every: list[list[Factor]] = []
        for element in elements_of(self.numbers, self.layers):
            is_sum, added = increments(self.numbers, element)
            if not is_sum or not added:
                continue  # its gradient is what the step makes of it, over the rate
            factors: list[Factor] = []
            for _, taken in added:
                if isinstance(taken, Ref):
                    factors += factors_of(self.step, taken, self.sites, carried)
            every.append(factors)
        by_name = [[one for one in several if RATE_WORDS.search(one.text)] for several in every]
        chosen = by_name if any(by_name) else every
        shared = [
            one.value
            for one in (chosen[0] if chosen else [])
            if all(any(are_equal(one.value, two.value) for two in others) for others in chosen)
        ]
        if not shared:
            return frozenset(), None
        places = [one for several in chosen for one in several if are_equal(one.value, shared[0])]
        at = next((one for one in places if one.node in self.numbers.at), None)
        if at is None:
            return frozenset(), None
        rates = frozenset((one.node, one.path) for one in places)
        return rates, (self.numbers.at[at.node], at.path)
