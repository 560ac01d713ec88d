"""What is what in a step: samples, targets, output, parameters, layers, rate.

The samples are what first meets a parameter in a product. The targets are the first values from
elsewhere that join what depends on samples and parameters; what they join is the output. A
parameter is a state that the output depends on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from diagnose.reading.dropping import Mask
from diagnose.reading.layers import FoundLayer, read_layers
from diagnose.reading.learning_rate import is_over_samples, read_rate, sign_of
from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import Form, Part, part_of
from diagnose.reading.products import has_one_input, weight_of
from diagnose.reading.steps import Place, Step, same
from diagnose.recording.nodes import Const, Node, Ref, leaf_at, leaves
from diagnose.recording.operations import JOINED, LESS, MATRIX_PRODUCTS, OVER, PRODUCTS, TIMES
from diagnose.recording.sites import Site

NUMBER = int | float | np.generic
ANSWERED = (
    "no step depends on the sum that this is part of, but on the answer that is told by it, as a "
    "perceptron's: that is the gradient of no loss; one of a sigmoid, or of the sum itself, is read"
)
CONVOLUTIONS = re.compile(r"convolve|correlate")


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The roles in the step that stands for all others.

    x, target: places; joint: how manieth operation the targets come in by. rates: the places of the
    learning rate, by the number of the node that takes it. over_samples: whether what the author
    multiplies by is the rate over the number of samples that the step sums over. rate_sign: -1
    where it is less than 0, as in ``W += -lr * dW``: the rate is what it is without that.
    target_sign: -1 where the slope of a logarithm is written ``-y / p``: the targets are y.
    """

    step: Step
    steps: list[Step]
    x: Place
    target: Place
    joint: int
    output: Ref
    layers: tuple[FoundLayer, ...]
    layout: Literal["rows", "columns"]
    vectors: bool
    rates: frozenset[tuple[int, tuple[Any, ...]]]
    rate_place: Place | None
    varying: frozenset[Place]
    over_samples: bool = False
    rate_sign: int = 1
    target_sign: int = 1

    @property
    def rate(self) -> str:
        """What the author multiplies by, in Python, where the rate is known."""
        return "rate" if self.rate_sign > 0 else "(-rate)"

    def unit_rate(self, samples: str) -> str:
        """The same at a rate of 1; samples: their number in the step, in Python."""
        one = f"(1 / {samples})" if self.over_samples else "1.0"
        return one if self.rate_sign > 0 else f"(-{one})"

    @property
    def masks(self) -> list[Mask]:
        """The masks of hidden layers, from the first on."""
        return [one.mask for one in self.layers if one.mask]

    @property
    def parameters(self) -> list[Key]:
        """Weights and biases, layer by layer."""
        found: list[Key] = []
        for layer in self.layers:
            found += [key for key in (layer.weight, layer.bias) if key and key not in found]
        return found

    def layer(self, key: Key) -> FoundLayer:
        """The layer that has a parameter."""
        return next(one for one in self.layers if key in (one.weight, one.bias))

    def times(self, key: Key) -> float:
        """Which multiple of its author's array the contract's parameter is."""
        return self.layer(key).times(key)

    @property
    def parts(self) -> dict[Key, list[Form]]:
        """The states that hold several parameters, each with the forms of its parts."""
        found: dict[Key, list[Form]] = {}
        for key in self.parameters:
            if isinstance(key, Part):
                found.setdefault(key.whole, []).append(self.form(key))
        return found

    def form(self, part: Part) -> Form:
        """A parameter that is part of a state, as the contract wants it."""
        layer = self.layer(part)
        shape = part.shape or (1,)
        if part == layer.weight and len(part.shape) < 2:
            size = math.prod(part.shape)
            shape = (size, 1) if layer.flat_shape(self.layout)[1] == 1 else (1, size)
        turned = part == layer.weight and layer.turned
        return Form(part, shape, turned=turned, times=layer.times(part))


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What a step holds against each other: samples and targets, and where they meet.

    varying: the places of what differs from step to step.
    """

    x: Place
    target: Place
    joint: int
    output: Ref
    varying: frozenset[Place]


def read_sides(steps: list[Step], sites: list[Site]) -> Sides:
    """Samples and targets; NotReadError where they cannot be told."""
    step = steps[0]
    outside = step.outside()
    varying = frozenset(
        place
        for place, one in outside.items()
        if any(not same(step.value(one), other.value(other.places()[place])) for other in steps[1:])
        or any(_differs_within(other, place) for other in steps)
    )
    x = _samples(step, outside, varying, sites)
    counts = {place for place in varying if all(_is_batch_size(one, x, place) for one in steps)}
    target, output = _targets(step, outside, varying - counts, x, sites)
    return Sides(
        x=x, target=target, joint=target[0], output=_unshared(step, x, target, output),
        varying=varying,
    )  # fmt: skip


def _unshared(step: Step, x: Place, target: Place, output: Ref) -> Ref:
    """The outputs that were divided by the number of samples before labels said which are right.

    As in ``d = p / n`` with ``d[np.arange(n), y] -= 1 / n``: that is of the gradient.
    """
    node, met = step.nodes[output.node], step.graph[target[0]]
    if met.kind not in ("get", "store") or name_of(node) not in OVER or output.version:
        return output
    of, by = node.args[:2]
    samples = np.shape(step.value(step.outside()[x]))
    count = samples[1 if _in_columns(step, x) else 0] if len(samples) == 2 else 0
    number = step.value(by) if isinstance(by, Ref | Const) and step.is_outside(by) else None
    is_count = count > 1 and isinstance(number, NUMBER) and number == count
    return of if is_count and isinstance(of, Ref) and step.is_active(of) else output


def _in_columns(step: Step, x: Place) -> bool:
    """Whether samples are columns: the second of two factors, as in ``W @ x``.

    Those of an ``einsum`` lie along the axis of theirs that is one of its result.
    """
    args, at = step.graph[x[0]].args, x[1][1] if len(x[1]) > 1 else None
    said = args[0].value if args and isinstance(args[0], Const) else None
    if isinstance(said, str) and isinstance(at, int):
        terms, _, out = said.replace(" ", "").partition("->")
        letters = terms.split(",")[at - 1]
        return len(letters) == 2 and letters[0] not in out and letters[1] in out
    return at == 1


def _is_batch_size(step: Step, x: Place, place: Place) -> bool:
    """Whether the number of samples in a step is taken at a place, which is no target."""
    samples, number = (np.asarray(step.value(step.places()[one])) for one in (x, place))
    if samples.ndim != 2 or number.ndim or number.dtype.kind not in "iuf":
        return False
    return bool(number == samples.shape[1 if _in_columns(step, x) else 0])


def without_layers(steps: list[Step], sides: Sides) -> Roles:
    """The roles of a step of which nothing else could be told."""
    columns = _in_columns(steps[0], sides.x)
    taken = steps[0].places()[sides.x]
    return Roles(
        step=steps[0], steps=steps, x=sides.x, target=sides.target, joint=sides.joint,
        output=sides.output, layers=(), layout="columns" if columns else "rows",
        vectors=np.ndim(steps[0].value(taken)) == 1,
        rates=frozenset(), rate_place=None, varying=sides.varying,
    )  # fmt: skip


def read_roles(steps: list[Step], sites: list[Site]) -> Roles:
    """The roles; NotReadError for what cannot be told."""
    step, sides = steps[0], read_sides(steps, sites)
    x, joint, output = sides.x, sides.joint, sides.output
    found = read_layers(step, steps, x, joint, output, sites)
    rates, place = read_rate(step, found.layers, sites)
    shared = bool(place) and is_over_samples(step, place, sites)
    return Roles(
        step=step, steps=steps, x=x, target=sides.target, joint=joint, output=output,
        layers=found.layers, layout=found.layout, vectors=found.vectors, rates=rates,
        rate_place=place, varying=sides.varying, over_samples=shared,
        rate_sign=sign_of(step, place), target_sign=_sign(steps, sides.target),
    )  # fmt: skip


def _sign(steps: list[Step], target: Place) -> int:
    """-1 where what is divided by the output is never more than 0; else 1."""
    if name_of(steps[0].graph[target[0]]) not in OVER or target[1] != (0, 0):
        return 1
    values = [np.asarray(one.value(one.places()[target])) for one in steps]
    return -1 if all((one <= 0).all() for one in values) else 1


def _differs_within(step: Step, place: Place) -> bool:
    """Whether a number is another for other samples of the step: of a full batch, a label is.

    Of a rare class, no step may begin with one.
    """
    within, number = step.within, step.need[place[0]]
    if within is None or number not in within.twins:
        return False
    value = step.value(step.places()[place])
    if not isinstance(value, NUMBER | np.ndarray) or np.size(value) != 1:
        return False
    twins = [step.nodes[one] for one in within.twins[number]]
    taken = [one for twin in twins if (one := leaf_at(twin, place[1])) is not None]
    if any(isinstance(one, Ref) and one.node in within.same_as for one in taken):
        return False  # a sum, as the sample before left it
    return any(not same(value, step.value(one)) for one in taken)


def _samples(
    step: Step, outside: dict[Place, Ref | Const], varying: frozenset[Place], sites: list[Site]
) -> Place:
    elementwise, single = None, None
    for at, node in enumerate(step.graph):
        taken = list(leaves((node.args, node.kw)))
        held = [weight_of([step], step, one).taken for _, one in taken]
        if not any(isinstance(part_of(step, one), tuple) for one in held):
            continue
        if CONVOLUTIONS.search(name_of(node)):
            raise NotReadError("a convolution; only dense layers are read", sites[node.site])
        for path, one in taken:
            if (at, path) not in outside:
                continue
            if (
                name_of(node) in MATRIX_PRODUCTS
                and isinstance(one, Ref)
                and np.ndim(step.value(one))
            ):
                return at, path
            if name_of(node) in TIMES:
                elementwise = elementwise or node
                is_data = (at, path) in varying or np.size(step.value(one)) > 1
                if is_data and len(taken) == 2 and has_one_input(step, node):
                    single = single or (at, path)
    if single is not None:
        return single
    if elementwise is not None:
        raise NotReadError(
            "weights are multiplied one by one, and no layer was found in what they make",
            sites[elementwise.site],
        )
    products = (one for one in step.loop.nodes(step.turn) if name_of(one) in PRODUCTS)
    of_state = (one for one in products if any(step.state(ref) for ref in takes(one)))
    if (product := next(of_state, None)) is not None:
        raise NotReadError(ANSWERED, sites[product.site])
    raise NotReadError("no product of a parameter with samples was found in the training loop")


def _targets(
    step: Step,
    outside: dict[Place, Ref | Const],
    varying: frozenset[Place],
    x: Place,
    sites: list[Site],
) -> tuple[Place, Ref]:
    """Where the targets meet what the network computes, and the output that they meet."""
    samples = step.value(outside[x])
    makers = {step.made(key) for key in step.keys}
    nodes = [
        (at, node) for at, node in enumerate(step.graph) if at > x[0] and node.number not in makers
    ]
    # of a single class, whose samples come one after the other, a target is one number in all steps
    single: tuple[Place, Ref] | None = None
    for place, one, active in _met(step, outside, nodes):
        node = step.graph[place[0]]
        value = step.value(one)
        is_array = isinstance(value, np.ndarray) and value.size > 1 and value.dtype != object
        is_number = isinstance(value, NUMBER | np.ndarray) and not isinstance(value, bool)
        if not (is_array or (is_number and place in varying)):
            text = sites[node.site].operand(node.kind, place[1])
            if is_number and name_of(node) in LESS and _is_named(text):
                single = single or (place, active)
            continue
        again = is_multiple if name_of(node) in {"outer", *MATRIX_PRODUCTS} else alike
        if again(value, samples) and not _is_reconstructed(step, node, active, value):
            continue
        if step.is_drawn(one):
            continue  # of a mask, say; what is read of it, is seen with the layers
        if is_array and (_is_count(value) or (node.kind == "in_place" and not np.any(value))):
            continue  # which row, or what begins as nothing, and is added to
        return place, active
    if single is not None:
        return single
    # a column of ones, which stands for a bias
    joined = next((node for _, node in nodes if name_of(node) in JOINED), None)
    raise NotReadError(
        "nothing that could be the targets meets what the network computes",
        sites[joined.site] if joined else None,
    )


def _met(
    step: Step, outside: dict[Place, Ref | Const], nodes: Iterable[tuple[int, Node]]
) -> Iterator[tuple[Place, Ref | Const, Ref]]:
    """What comes from outside and meets what the network computes: where, and each of them."""
    for at, node in nodes:
        taken = list(leaves((node.args, node.kw)))
        active = [one for _, one in taken if isinstance(one, Ref) and step.is_active(one)]
        if active and name_of(node) not in JOINED:
            for path, one in taken:
                if (at, path) in outside:
                    yield (at, path), one, active[0]


def _is_reconstructed(step: Step, node: Node, active: Ref, samples: Any) -> bool:
    """Whether the samples are the targets as well, as of an autoencoder: one less the other."""
    is_difference = name_of(node) in LESS
    return is_difference and np.shape(step.value(active)) == np.shape(samples)


def _is_named(text: str) -> bool:
    """Whether an operand is a name, or a part of what has one, and no number of the code."""
    return bool(text) and not re.fullmatch(r"[-+.\d\seE_()]*", text)


def _is_count(value: Any) -> bool:
    """0, 1, 2, ...: which row, where a label says which column."""
    return value.ndim == 1 and value.dtype.kind in "iu" and same(value, np.arange(len(value)))


def alike(one: Any, other: Any) -> bool:
    """Whether two arrays hold the same numbers, in one order or transposed."""
    one, other = np.asarray(one), np.asarray(other)
    if one.size != other.size or one.dtype == object:
        return False
    return bool(
        np.array_equal(one.ravel(), other.ravel()) or np.array_equal(one.T.ravel(), other.ravel())
    )


def is_multiple(one: Any, other: Any) -> bool:
    """Whether an array holds the numbers of another, or a multiple of them: times a rate, say."""
    if alike(one, other):
        return True
    one, other = np.asarray(one), np.asarray(other)
    if one.size != other.size or one.dtype == object or other.dtype.kind not in "iuf":
        return False
    at = int(np.abs(other).argmax())
    for laid in (one.ravel(), one.T.ravel()):
        times = laid[at] / other.ravel()[at] if other.ravel()[at] else 0.0
        if times and np.allclose(laid, times * other.ravel(), rtol=1e-6, atol=0):
            return True
    return False
