"""What is what in a step: samples, targets, output, parameters, layers, rate.

The samples are what first meets a parameter in a product. The targets are the first values from
elsewhere that join what depends on samples and parameters; what they join is the output. A
parameter is a state that the output depends on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from diagnose.reading.activations import recognised, refusal
from diagnose.reading.dropping import Mask, drawn, undropped
from diagnose.reading.loops import STILL, Key, name_of
from diagnose.reading.parts import (
    Form,
    Part,
    axis_of,
    kept_in,
    key_of,
    numbers_of,
    part_of,
    steps_within,
    stored,
)
from diagnose.reading.products import has_one_input, is_dot
from diagnose.reading.steps import Place, Step, same
from diagnose.recording.operations import JOINED, VIEWS
from diagnose.recording.rewriting import Site
from diagnose.recording.tape import Const, Node, Ref, leaves

MATRIX_PRODUCTS = {"MatMult", "dot", "matmul", "inner", "einsum", "vdot"}
SCALED = {"Mult", "Div", "multiply", "divide", "true_divide", "USub", "negative"}
SUMS = {"sum", "mean"}
# What the rate may be a factor of an operand of.
LINEAR = SCALED | SUMS | VIEWS | MATRIX_PRODUCTS | {"outer"}
CONVOLUTIONS = re.compile(r"convolve|correlate")
RATE_WORDS = re.compile(
    r"(?:^|[^A-Za-z])(lr|l_r|learn\w*|\w*rate|eta|alpha|step\w*)(?:$|[^A-Za-z])", re.I
)


class NotReadError(Exception):
    """What stands in the way of reading a network, with the author's line."""

    def __init__(self, reason: str, site: Site | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.site = site


@dataclass(frozen=True, kw_only=True)
class FoundLayer:
    """A layer of the step: keys of weight and bias, nodes of what goes in and comes out.

    turned: the weight is used transposed. one_input: it has a number for each unit, all of which
    take the same single input. ones: where the weight holds the bias for an input of 1,
    "first" or "last". activation: its name, and the slope of a leaky ReLU. mask: of its output,
    where units are left out of it at random.
    """

    weight: Key
    bias: Key | None
    entering: Ref
    pre: int
    out: int
    used: Any
    turned: bool
    activation: str
    slope: float
    one_input: bool = False
    mask: Mask | None = None
    ones: str = ""

    def flat_shape(self, layout: str) -> tuple[int, int]:
        """The contract's shape of a weight that is kept as a vector."""
        return (-1, 1) if (layout == "rows") != self.one_input else (1, -1)


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The roles in the step that stands for all others.

    x, target: places; joint: how manieth operation the targets come in by. rates: the places of the
    learning rate, by the number of the node that takes it. over_samples: whether what the author
    multiplies by is the rate over the number of samples that the step sums over. rate_sign: -1
    where it is less than 0, as in ``W += -lr * dW``: the rate is what it is without that.
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
        layer = next(one for one in self.layers if part in (one.weight, one.bias))
        shape = part.shape or (1,)
        if part == layer.weight and len(part.shape) < 2:
            size = math.prod(part.shape)
            shape = (size, 1) if layer.flat_shape(self.layout)[1] == 1 else (1, size)
        return Form(part, shape, turned=part == layer.weight and layer.turned)


def read_roles(steps: list[Step], sites: list[Site]) -> Roles:
    """The roles; NotReadError for what cannot be told."""
    step = steps[0]
    outside = step.outside()
    varying = frozenset(
        place
        for place, one in outside.items()
        if any(not same(step.value(one), other.value(other.places()[place])) for other in steps[1:])
    )
    x = _samples(step, outside, varying, sites)
    target, joint, output = _targets(step, outside, varying, x, sites)
    layers, layout, vectors = _layers(step, steps, x, joint, output, sites)
    rates, place = _rate(step, layers, sites)
    shared = bool(place) and is_over_samples(step, place, sites)
    return Roles(
        step=step, steps=steps, x=x, target=target, joint=joint, output=output, layers=layers,
        layout=layout, vectors=vectors, rates=rates, rate_place=place, varying=varying,
        over_samples=shared, rate_sign=sign_of(step, place),
    )  # fmt: skip


def _samples(
    step: Step, outside: dict[Place, Ref | Const], varying: frozenset[Place], sites: list[Site]
) -> Place:
    elementwise, single = None, None
    for at, node in enumerate(step.graph):
        taken = list(leaves((node.args, node.kw)))
        if not any(isinstance(part_of(step, one), tuple) for _, one in taken):
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
            if name_of(node) in ("Mult", "multiply"):
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
    raise NotReadError("no product of a parameter with samples was found in the training loop")


def _targets(
    step: Step,
    outside: dict[Place, Ref | Const],
    varying: frozenset[Place],
    x: Place,
    sites: list[Site],
) -> tuple[Place, int, Ref]:
    samples = step.value(outside[x])
    makers = {step.loop.made(step.turn, key) for key in step.keys}
    joined: Node | None = None
    for at in range(x[0] + 1, len(step.need)):
        node = step.graph[at]
        if node.number in makers:
            continue
        if name_of(node) in JOINED:
            joined = joined or node  # a column of ones, which stands for a bias
            continue
        taken = list(leaves((node.args, node.kw)))
        active = [one for _, one in taken if isinstance(one, Ref) and step.is_active(one)]
        if not active:
            continue
        for path, one in taken:
            if (at, path) not in outside:
                continue
            value = step.value(one)
            is_array = isinstance(value, np.ndarray) and value.size > 1 and value.dtype != object
            is_number = isinstance(value, int | float | np.generic | np.ndarray) and not isinstance(
                value, bool
            )
            if not (is_array or (is_number and (at, path) in varying)):
                continue
            if alike(value, samples) and not _is_reconstructed(step, node, active[0], value):
                continue
            if step.is_drawn(one):
                continue  # of a mask, say; what is read of it, is seen with the layers
            if is_array and (_is_count(value) or (node.kind == "in_place" and not np.any(value))):
                continue  # which row, or what begins as nothing, and is added to
            return (at, path), at, active[0]
    raise NotReadError(
        "nothing that could be the targets meets what the network computes",
        sites[joined.site] if joined else None,
    )


def _is_reconstructed(step: Step, node: Node, active: Ref, samples: Any) -> bool:
    """Whether the samples are the targets as well, as of an autoencoder: one less the other."""
    is_difference = name_of(node) in ("Sub", "subtract")
    return is_difference and np.shape(step.value(active)) == np.shape(samples)


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


def _layers(
    step: Step, steps: list[Step], x: Place, joint: int, output: Ref, sites: list[Site]
) -> tuple[tuple[FoundLayer, ...], Literal["rows", "columns"], bool]:
    found: list[dict[str, Any]] = []
    for at in range(joint):
        node = step.graph[at]
        one_input = at == x[0] and has_one_input(step, node)
        of = step.nodes[node.args[0].node] if is_dot(step, node) else node  # type: ignore[union-attr]
        if name_of(node) not in MATRIX_PRODUCTS and of is node and not one_input:
            continue
        taken = [one for _, one in leaves(of.args) if isinstance(one, Ref)]
        if one_input and len(taken) == 1:
            taken += [taken[0]]  # what enters is a plain number
        origins = [part_of(step, one) for one in taken]
        weights = [n for n, one in enumerate(origins) if isinstance(one, tuple)]
        if len(taken) != 2 or len(weights) != 1:
            continue
        first = weights[0] == 0
        if one_input:
            first = np.ndim(step.value(taken[1 - weights[0]])) < 2
        weight, entering = taken[weights[0]], taken[1 - weights[0]]
        pre, bias = _bias(step, at, joint)
        found.append(
            {"key": origins[weights[0]], "first": first, "weight": weight, "entering": entering,
             "pre": pre, "bias": bias, "node": node, "one_input": one_input}
        )  # fmt: skip
    if len(found) > 1 and found[0]["one_input"] and np.ndim(step.value(found[0]["entering"])) < 2:
        found[0]["first"] = found[1]["first"]  # a number and a vector lie neither way
    if not found:
        raise NotReadError("no layer was found between samples and output")
    ends, masks = [], list[Mask | None]()
    for one in found[1:]:
        end, side = _without_ones(step, one["entering"], columns=one["first"])
        if side and one["bias"] is None:
            one["key"], one["bias"] = _with_ones(step, one, side, sites)
            one["ones"] = side
        end, mask = undropped(step, end)
        ends.append(end)
        masks.append(mask)
    ends.append(output)
    masks.append(None)
    _refuse_other_draws(step, joint, [one for one in masks if one], sites)
    layers = []
    for one, end, mask in zip(found, ends, masks, strict=True):
        place = sites[one["node"].site]
        if one["first"] != found[0]["first"]:
            raise NotReadError(
                "layers lie differently: one multiplies from the left, one from the right", place
            )
        out = step.origin(end)
        pre = step.nodes[one["pre"]]
        written = pre.args[0] if pre.kind == "in_place" else None
        made = written.node if isinstance(written, Ref) else pre.number
        if not isinstance(out, int) or out < made:
            raise NotReadError("a layer does not feed the next", place)
        value = step.value(one["weight"])
        turned = _is_turned(step, one["key"], one["weight"])
        if turned is None:
            raise NotReadError("only a part of this array is a layer's weight", place)
        pairs = _pairs(steps, step, one["pre"], out, end)
        activation, slope = recognised(pairs, out == one["pre"])
        if activation is None:
            raise NotReadError(refusal(pairs), sites[step.nodes[out].site])
        layers.append(
            FoundLayer(
                weight=one["key"], bias=one["bias"], entering=one["entering"], pre=one["pre"],
                out=out, used=value, turned=turned, activation=activation, slope=slope,
                one_input=one["one_input"], mask=mask, ones=one.get("ones", ""),
            )
        )  # fmt: skip
    _refuse_rest(step, layers, sites)
    samples = step.value(step.outside()[x])
    layout: Literal["rows", "columns"] = "columns" if found[0]["first"] else "rows"
    vectors = np.ndim(samples) < 2
    if any(masks) and (vectors or step.loop.turns_within(step.turn)):
        raise NotReadError("units are left out at random of a step that takes samples one by one")
    return tuple(layers), layout, vectors


def _refuse_other_draws(step: Step, joint: int, masks: list[Mask], sites: list[Site]) -> None:
    """NotReadError for random numbers of a forward pass that are no mask of a layer's output."""
    for at, one in step.outside().items():
        if at[0] < joint and isinstance(one, Ref) and step.is_drawn(one):
            made = drawn(step, one)
            if made is None or made[0].number not in {mask.node for mask in masks}:
                raise NotReadError(
                    "random numbers are drawn in each step, and are no mask by which units of a "
                    "hidden layer are left out (dropout); other noise is not read",
                    sites[step.graph[at[0]].site],
                )


def _without_ones(step: Step, entering: Ref, *, columns: bool) -> tuple[Ref, str]:
    """What a constant input of 1 was joined to, and on which side; as it is if none was."""
    node = step.nodes[entering.node]
    value = np.asarray(step.value(entering))
    if name_of(node) not in JOINED or not value.ndim:
        return entering, ""
    axis = 0 if columns or value.ndim == 1 else 1
    count = value.shape[axis]
    for _, one in leaves(node.args):
        if not isinstance(one, Ref) or not step.is_active(one):
            continue
        for side, rest, at in (
            ("last", range(count - 1), count - 1),
            ("first", range(1, count), 0),
        ):
            ones = np.take(value, at, axis=axis)
            if same(np.take(value, rest, axis=axis), step.value(one)) and (ones == 1).all():
                return one, side
    return entering, ""


def _with_ones(step: Step, one: dict[str, Any], side: str, sites: list[Site]) -> list[Key]:
    """The keys of weight and bias of a layer whose input has a constant 1 on one side."""
    found = numbers_of(step, one["weight"])
    keys = []
    if found is not None:
        whole, numbers = found
        axis = numbers.ndim - 1 if one["first"] else 0
        at = 0 if side == "first" else numbers.shape[axis] - 1
        both = np.delete(numbers, at, axis=axis), np.take(numbers, at, axis=axis)
        keys = [key[0] for part in both if (key := key_of(step, whole, part))]
    if len(keys) < 2:
        raise NotReadError(
            "the bias could not be told apart from this weight", sites[one["node"].site]
        )
    return keys


def _is_turned(step: Step, key: Key, weight: Ref) -> bool | None:
    """Whether a weight is used transposed; None for neither."""
    found = numbers_of(step, weight)
    known = key_of(step, *found) if found else None
    if known:
        return known[1]
    value, kept = step.value(weight), stored(step, key)
    for turned, one in ((False, kept), (True, np.transpose(kept))):
        if np.ndim(value) < 2 or same(np.asarray(value), np.asarray(one)):
            return turned
    return None


def _refuse_rest(step: Step, layers: list[FoundLayer], sites: list[Site]) -> None:
    """NotReadError for an array of which some numbers are no parameter, or several at once."""
    keys = dict.fromkeys(key for one in layers for key in (one.weight, one.bias) if key)
    for whole in dict.fromkeys(key.whole for key in keys if isinstance(key, Part)):
        parts = [key for key in keys if isinstance(key, Part) and key.whole == whole]
        if whole in keys or axis_of(parts) is None:
            raise NotReadError(
                "weights and biases of the layers found are parts of this array, and do not take "
                "each of its numbers once",
                sites[step.nodes[step.loop.made(step.turn, whole) or 0].site],
            )


def _bias(step: Step, at: int, joint: int) -> tuple[int, Key | None]:
    """The node of the pre-activation, and the key of the bias that was added."""
    product = step.graph[at].number
    for node in step.graph[at + 1 : joint]:
        taken = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
        origins = [step.origin(one) for one in taken]
        if product in origins:
            if name_of(node) in ("Add", "add"):
                several = [
                    one if isinstance(one, tuple) else part_of(step, ref)
                    for one, ref in zip(origins, taken, strict=True)
                ]
                keys = [one for one in several if isinstance(one, tuple)]
                return (node.number, keys[0]) if keys else (product, None)
            if name_of(node) not in VIEWS:
                break
    return product, None


def _pairs(steps: list[Step], step: Step, pre: int, out: int, end: Ref) -> list[tuple[Any, Any]]:
    """Pre-activations and activations in several steps."""
    at, to = step.need.index(pre), step.need.index(out) if out in step.need else None
    if to is None:
        return []
    end = step.seen_through(end)  # what was written into since, it is as it was taken then
    place = next((place for place, one in step.places().items() if one is end), None)
    found = []
    for one in steps[:12]:
        taken = one.places()[place] if place and end.node == out else Ref(one.need[to], 0)
        found.append((one.nodes[one.need[at]].value, one.value(taken)))
    return [(first, other) for first, other in found if first is not None and other is not None]


def _rate(
    step: Step, layers: tuple[FoundLayer, ...], sites: list[Site]
) -> tuple[frozenset[tuple[int, tuple[Any, ...]]], Place | None]:
    """The places of the learning rate: the factor that all increments have, by name or by value."""
    keys = list(
        dict.fromkeys(kept_in(key) for one in layers for key in (one.weight, one.bias) if key)
    )
    every = []
    carried = len(step.keys) > len(keys)
    for key in keys:
        if key[0] == STILL and key[1] in step.loop.staying:
            continue  # no step changes it
        whole = increments_of(step, key)
        parts = whole or [one.by for one in steps_within(step, key)]
        found = [factors_of(step, one, sites, carried) for one in parts]
        if whole or not parts:
            every.append([factor for factors in found for factor in factors])
        else:
            every += found  # each of the parts has the rate
    by_name = [[one for one in several if RATE_WORDS.search(one.text)] for several in every]
    chosen = by_name if any(by_name) else every
    shared = [
        one.value
        for several in chosen
        for one in several
        # within a product a number may be anything, unless it says what it is
        if (chosen is by_name or not one.within)
        and all(any(_equal(one.value, two.value) for two in others) for others in chosen)
    ]
    if not shared:
        return frozenset(), None
    places = [one for several in chosen for one in several if _equal(one.value, shared[0])]
    # of a rate that is written in both, the more precise one
    places.sort(key=lambda one: isinstance(one.value, np.float32))
    at = next((one for one in places if one.node in step.need), None)
    if at is None:
        return frozenset(), None
    taken = frozenset((one.node, one.path) for one in places)
    return taken, (step.need.index(at.node), at.path)


def sign_of(step: Step, place: Place | None) -> int:
    """-1 for a rate that is less than 0."""
    return -1 if place and step.value(step.places()[place]) < 0 else 1


def is_over_samples(step: Step, place: Place | None, sites: list[Site]) -> bool:
    """Whether the rate is divided by the number of samples that the step goes through."""
    taken = step.places()[place] if place else None
    made = step.nodes[taken.node] if isinstance(taken, Ref) else None
    count = step.loop.samples(step.turn)
    if made is None or name_of(made) != "Div" or count < 2:
        return False
    below = made.args[1]
    written = sites[made.site].operand(made.kind, (0, 1))
    return isinstance(below, Const) and below.value == count and not written.isdigit()


class Factor(NamedTuple):
    """A number that an increment is multiplied by: where it is taken, and the author's text of it.

    within: whether it stands within a matrix product.
    """

    node: int
    path: tuple[Any, ...]
    value: Any
    text: str
    within: bool


def _equal(one: Any, other: Any) -> bool:
    """Whether two numbers are one, up to what single precision tells apart."""
    return abs(float(one) - float(other)) <= 1e-6 * abs(float(one))


def increment_of(step: Step, key: Key) -> tuple[int, Ref | None]:
    """Sign and increment of ``new = old + sign * increment``; None if written otherwise."""
    number = step.loop.made(step.turn, key)
    assert number is not None
    node = step.nodes[number]
    name = name_of(node).lower()
    if node.kind not in ("binary", "in_place", "call") or name not in ("add", "sub", "subtract"):
        return 0, None
    if key[0] == "written":
        end = step.loop.starts[step.turn + 1]
        writes = step.loop.tape.writes[key[1]]
        if sum(step.loop.starts[step.turn] <= one < end for one in writes) != 1:
            return 0, None
    if len(node.args) < 2 or not all(isinstance(one, Ref) for one in node.args[:2]):
        return 0, None
    left, right = node.args[:2]
    assert isinstance(left, Ref)
    assert isinstance(right, Ref)
    if step.state(left) == key:
        return (1 if name == "add" else -1), right
    if step.state(right) == key and name == "add":
        return 1, left
    return 0, None


def increments_of(step: Step, key: Key) -> list[Ref]:
    """All increments: several where a parameter that layers share is stepped once for each."""
    _, only = increment_of(step, key)
    if only is not None or key[0] != "written":
        return [] if only is None else [only]
    start, end = step.loop.starts[step.turn], step.loop.starts[step.turn + 1]
    writes = [step.nodes[one] for one in step.loop.tape.writes[key[1]] if start <= one < end]
    added = [one.args[1] for one in writes if one.kind == "in_place" and one.done in ("Add", "Sub")]
    refs = [one for one in added if isinstance(one, Ref)]
    return refs if len(refs) == len(writes) else []


def factors_of(step: Step, taken: Ref, sites: list[Site], carried: bool) -> list[Factor]:
    """The numbers that an increment is multiplied by: node, way, value and the author's text."""
    found: list[Factor] = []
    # what is carried is added to what the rate multiplies
    through = LINEAR | {"Add", "Sub"} if carried else LINEAR
    start, needed = step.loop.starts[step.turn], set(step.need)

    def follow(node: Node, depth: int, product: bool) -> None:
        name = name_of(node)
        if node.whole and node.kind == "store" and isinstance(node.args[2], Ref):
            into(node.args[2], depth + 1, product)
            return
        if name in JOINED and depth <= 12:
            shared(node, depth, product)
            return
        if name not in through or depth > 12:
            return
        product = product or name in MATRIX_PRODUCTS | {"outer"}
        every = [one for _, one in leaves((node.args, node.kw))]
        if any(step.state(one) for one in every) and not any(map(step.is_active, every)):
            return  # what is carried is multiplied: momentum, or a decay
        for path, one in leaves((node.args, node.kw)):
            if path[0] != 0 or len(path) > 2:
                continue
            below = name in ("Div", "divide", "true_divide") and path[1] == 1
            value = step.value(one)
            if (
                np.size(value) == 1
                and not step.is_active(one)
                and isinstance(value, int | float | np.generic)
            ):
                if below or name in VIEWS | SUMS:
                    continue
                text = sites[node.site].operand(node.kind, path)
                inner = step.nodes[one.node] if isinstance(one, Ref) else None
                if inner is not None and one.node >= start and name_of(inner) in LINEAR:  # type: ignore[union-attr]
                    before = len(found)
                    follow(inner, depth + 1, product)
                    if any(factor.node in needed for factor in found[before:]):
                        continue
                    del found[before:]  # a rate over the samples, say: one number to the step
                if not isinstance(value, bool):
                    found.append(Factor(node.number, path, value, text, product))
            elif isinstance(one, Ref) and (step.is_active(one) or product):
                into(one, depth + 1, product)

    def shared(node: Node, depth: int, product: bool) -> None:
        """Of arrays that are put together, the numbers that all of them are multiplied by."""
        several = []
        for _, one in leaves(node.args):
            if isinstance(one, Ref) and step.is_active(one):
                before = len(found)
                into(one, depth + 1, product)
                several.append(found[before:])
                del found[before:]
        for own in several:
            found.extend(
                one
                for one in own
                if all(any(_equal(one.value, two.value) for two in each) for each in several)
            )

    def into(ref: Ref, depth: int, product: bool) -> None:
        writes = step.loop.written(ref) if carried else []
        for number in (ref.node, *writes):
            if number >= start:
                follow(step.nodes[number], depth, product)

    if step.is_active(taken):
        into(taken, 0, False)
    return found


def with_steps(roles: Roles, steps: list[Step]) -> Roles:
    """The same roles, held against other steps."""
    return replace(roles, steps=steps)
