"""The layers of a step: which weight and bias each has, what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from diagnose.reading.activations import recognised, refusal
from diagnose.reading.began import made_at_first, taken_at_first
from diagnose.reading.dropping import Mask, undropped
from diagnose.reading.layers_refused import (
    refuse_along_samples,
    refuse_centred,
    refuse_other_draws,
    refuse_rest,
    refuse_tied,
)
from diagnose.reading.loops import Key, name_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import halves_of, key_of, numbers_of, part_of, stored
from diagnose.reading.products import (
    has_one_input,
    how_it_lies,
    is_dot,
    refuse_counted,
    scaled,
    weight_of,
)
from diagnose.reading.steps import Place, Step, same
from diagnose.recording.nodes import Const, Node, Ref, leaves, references
from diagnose.recording.operations import JOINED, LESS, MATRIX_PRODUCTS, PLUS, VIEWS
from diagnose.recording.sites import Site

EXPONENTIALS = {"exp", "expm1", "tanh", "expit"}
# What keeps an output off 0 and 1, and how near to these its numbers lie: people write 1e-15 to
# 1e-3, and no other part of a layer is a number like that.
GUARDS = {*PLUS, "clip", "maximum", "minimum", "fmax", "fmin", "max", "min"}
NEXT_TO = 1e-3


@dataclass(frozen=True, kw_only=True)
class FoundLayer:
    """A layer of the step: keys of weight and bias, nodes of what goes in and comes out.

    turned: the weight is used transposed. one_input: it has a number for each unit, all of which
    take the same single input. ones: where the weight holds the bias for an input of 1,
    "first" or "last". threshold: the bias is subtracted, or its input is -1. activation: its name,
    and the slope of a leaky ReLU. mask: of its output, where units are left out of it at random.
    scale: a number that multiplies its weight; its products, unless scaled_first.
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
    threshold: bool = False
    scale: float = 1.0
    scaled_first: bool = False

    def times(self, key: Key) -> float:
        """Which multiple of its author's array the contract's weight or bias is."""
        if key == self.weight:
            return self.scale
        return -1.0 if self.threshold and key == self.bias else 1.0

    def flat_shape(self, layout: str) -> tuple[int, int]:
        """The contract's shape of a weight that is kept as a vector."""
        return (-1, 1) if (layout == "rows") != self.one_input else (1, -1)


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The layers of a step in their order, and how samples lie; vectors: it takes a single one."""

    layers: tuple[FoundLayer, ...]
    layout: Literal["rows", "columns"]
    vectors: bool


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product of a weight with what enters it, and the bias that is added.

    node: the product; pre: what stands there after the bias was added. columns: whether the weight
    stands first. The rest as of ``FoundLayer``.
    """

    key: Key
    bias: Key | None
    weight: Ref | Const
    entering: Ref
    node: Node
    pre: int
    columns: bool
    turned: bool
    one_input: bool
    threshold: bool
    scale: float
    scaled_first: bool
    ones: str = ""


def read_layers(
    step: Step, steps: list[Step], x: Place, joint: int, output: Ref, sites: list[Site]
) -> Layers:
    """The layers of a step; NotReadError for what is no layer.

    x: where samples are taken; joint: the operation at which targets come in, and output what they
    meet there.
    """
    found = [
        one
        for at in range(joint)
        if (one := _product(step, steps, at, x, joint, sites)) is not None
    ]
    if not found:
        raise NotReadError("no layer was found between samples and output")
    if len(found) > 1 and found[0].one_input and np.ndim(step.value(found[0].entering)) < 2:
        # a number and a vector lie neither way
        found[0] = replace(found[0], columns=found[1].columns)
    ends, masks = [], list[Mask | None]()
    for at, one in enumerate(found[1:], 1):
        end, side, joined = _without_ones(step, one.entering, columns=one.columns)
        if side and one.bias is None:
            key, bias = _with_ones(step, one, side, sites)
            found[at] = replace(one, key=key, bias=bias, ones=side, threshold=joined < 0)
        end, mask = undropped(step, end)
        ends.append(end)
        masks.append(mask)
    ends.append(_as_array(step, _unguarded(step, output)))
    masks.append(None)
    refuse_other_draws(step, x, joint, [one for one in masks if one], sites)
    layers = [
        _layer(step, steps, joint, found, ends, at, mask, sites) for at, mask in enumerate(masks)
    ]
    taken = [(one.weight, one.turned) for one in layers]
    refuse_tied(taken, [sites[one.node.site] for one in found])
    columns = found[0].columns
    if columns:
        added = [one.pre for one in layers if one.bias and not one.ones]
        refuse_along_samples(step, added, sites)
    keys = [key for one in layers for key in (one.weight, one.bias) if key]
    refuse_rest(step, [*dict.fromkeys(keys)], sites)
    if any(masks) and step.within:
        raise NotReadError("units are left out at random of a step that takes samples one by one")
    samples = step.value(step.outside()[x])
    return Layers(
        layers=tuple(layers),
        layout="columns" if columns else "rows",
        vectors=np.ndim(samples) < 2,
    )


def _product(
    step: Step, steps: list[Step], at: int, x: Place, joint: int, sites: list[Site]
) -> Product | None:
    """What an operation of a step is as a product with a weight; None of any other."""
    node = step.graph[at]
    one_input = at == x[0] and has_one_input(step, node)
    of = step.nodes[node.args[0].node] if is_dot(step, node) else node  # type: ignore[union-attr]
    if name_of(node) not in MATRIX_PRODUCTS and of is node and not one_input:
        return None
    taken = references(of.args)
    if one_input and len(taken) == 1:
        taken += [taken[0]]  # what enters is a plain number
    held = [weight_of(steps, step, one) for one in taken]
    origins = [part_of(step, one.taken) for one in held]
    weights = [(n, one) for n, one in enumerate(origins) if isinstance(one, tuple)]
    if len(taken) != 2 or len(weights) != 1:
        return None
    ((which, key),) = weights
    entering, turned = taken[1 - which], False
    if one_input:
        columns = np.ndim(step.value(entering)) < 2
    else:
        columns, turned = how_it_lies(step, of, taken[which])
    first_times = held[which].times
    if first_times != 1:
        _refuse_counted(node, step.nodes[taken[which].node], first_times, sites, columns=columns)
    pre, bias, threshold, times = _bias(steps, step, at, joint, sites, columns=columns)
    if threshold and bias:
        refuse_centred(step, joint, bias, sites[step.nodes[pre].site])
    return Product(
        key=key, bias=bias, weight=held[which].taken, entering=entering, node=node, pre=pre,
        columns=columns, turned=turned, one_input=one_input, threshold=threshold,
        scale=first_times * times, scaled_first=first_times != 1,
    )  # fmt: skip


def _layer(
    step: Step, steps: list[Step], joint: int, found: Sequence[Product], ends: Sequence[Ref],
    at: int, mask: Mask | None, sites: list[Site],
) -> FoundLayer:  # fmt: skip
    """One of the layers that products make, each of which ends in what enters the next."""
    one, end = found[at], ends[at]
    place = sites[one.node.site]
    if one.columns != found[0].columns:
        raise NotReadError(
            "layers lie differently: one multiplies from the left, one from the right", place
        )
    out = step.origin(end)
    pre = step.nodes[one.pre]
    written = pre.args[0] if pre.kind == "in_place" else None
    made = written.node if isinstance(written, Ref) else pre.number
    if not isinstance(out, int) or out < made:
        raise NotReadError("a layer does not feed the next", place)
    is_kept_turned = _is_turned(step, one.key, one.weight)
    if is_kept_turned is None:
        raise NotReadError("only a part of this array is a layer's weight", place)
    pairs = _pairs(steps, step, one.pre, out, end)
    activation, slope = recognised(pairs, out == one.pre, curved=is_curved(step, made, out))
    if activation is None:
        raise NotReadError(refusal(pairs), sites[step.nodes[out].site])
    return FoundLayer(
        weight=one.key, bias=one.bias, entering=one.entering, pre=one.pre, out=out,
        used=step.value(one.weight), turned=is_kept_turned != one.turned, activation=activation,
        slope=slope, one_input=one.one_input, mask=mask, ones=one.ones, threshold=one.threshold,
        scale=one.scale, scaled_first=one.scaled_first,
    )  # fmt: skip


def is_curved(step: Step, pre: int, out: int) -> bool:
    """Whether an exponential stands between the operations that make these two values."""
    between = (node for node in step.graph if pre < node.number <= out)
    return any(name_of(node) in EXPONENTIALS for node in between)


def _without_ones(step: Step, entering: Ref, *, columns: bool) -> tuple[Ref, str, float]:
    """What a constant input of 1, or -1, was joined to, on which side, and which it is.

    As it is if none was.
    """
    node = step.nodes[entering.node]
    value = np.asarray(step.value(entering))
    if name_of(node) not in JOINED or not value.ndim:
        return entering, "", 1.0
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
            joined = float(np.ravel(ones)[0]) if abs(np.ravel(ones)[0]) == 1 else 0.0
            is_constant = bool(joined) and (ones == joined).all()
            if is_constant and same(np.take(value, rest, axis=axis), step.value(one)):
                return one, side, joined
    return entering, "", 1.0


def _with_ones(step: Step, one: Product, side: str, sites: list[Site]) -> tuple[Key, Key]:
    """The keys of weight and bias of a layer whose input has a constant 1 on one side."""
    found = numbers_of(step, one.weight)
    keys = None
    if found is not None:
        axis = found[1].ndim - 1 if one.columns else 0
        at = 0 if side == "first" else found[1].shape[axis] - 1
        keys = halves_of(step, *found, at, axis)
    if keys is None:
        raise NotReadError(
            "the bias could not be told apart from this weight", sites[one.node.site]
        )
    return keys


def _unguarded(step: Step, output: Ref) -> Ref:
    """What was kept off 0 and 1 before a division or a logarithm, as ``p + 1e-8`` and a clip do.

    That stands before a target is met, and is no part of the last layer, but of the error.
    """
    while (inner := _guarded(step, step.nodes[output.node])) is not None:
        output = inner
    return output


def _guarded(step: Step, node: Node) -> Ref | None:
    taken = [one for _, one in leaves((node.args, node.kw)) if isinstance(one, Ref | Const)]
    active = [one for one in taken if isinstance(one, Ref) and not step.is_outside(one)]
    by = [step.value(one) for one in taken if one not in active]  # a bias is no such number
    numbers = [float(one) for one in by if isinstance(one, int | float | np.generic)]
    if len(active) != 1 or name_of(node) not in GUARDS or not numbers:
        return None
    off = [min(abs(one), abs(1 - one)) for one in numbers]
    return active[0] if 0 < max(off) <= NEXT_TO else None


def _as_array(step: Step, output: Ref) -> Ref:
    """The array of one row and one column of which a plain output is taken, ``out[0, 0]``."""
    node = step.nodes[output.node]
    owner = node.args[0] if node.kind == "get" and not np.ndim(node.value) else None
    is_one = isinstance(owner, Ref) and np.shape(step.value(owner)) == (1, 1)
    return owner if is_one and isinstance(owner, Ref) and step.is_active(owner) else output


def _is_turned(step: Step, key: Key, weight: Ref | Const) -> bool | None:
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


def _bias(
    steps: list[Step], step: Step, at: int, joint: int, sites: list[Site], *, columns: bool
) -> tuple[int, Key | None, bool, float]:
    """The node of the pre-activation, the key of the bias, and whether it was subtracted.

    And what the product is multiplied by before.
    """
    first = product = step.graph[at].number
    times, by = 1.0, None
    for node in step.graph[at + 1 : joint]:
        taken = references(node.args)
        origins = [step.origin(one) for one in taken]
        if product in origins:
            minus = name_of(node) in LESS and origins[0] == product
            if minus or name_of(node) in PLUS:
                several = [
                    one if isinstance(one, tuple) else part_of(step, ref)
                    for one, ref in zip(origins, taken, strict=True)
                ]
                keys = [one for one in several if isinstance(one, tuple)]
                if keys and by is not None:
                    _refuse_counted(step.graph[at], by, times, sites, columns=columns)
                return (node.number, keys[0], minus, times) if keys else (first, None, False, 1.0)
            more = scaled(steps, step, node) if by is None else None
            if more is not None and step.origin(more.taken) == product:
                product, times, by = node.number, more.times, node
                continue
            if _is_number_of(step, node):
                product = node.number  # ``(W @ h)[0, 0] + b``
                continue
            if name_of(node) not in VIEWS:
                break
    return first, None, False, 1.0


def _is_number_of(step: Step, node: Node) -> bool:
    """Whether the only number of an array is taken out of it."""
    of = node.args[0] if node.kind == "get" and not np.ndim(node.value) else None
    return isinstance(of, Ref) and np.size(step.value(of)) == 1


def _refuse_counted(
    product: Node, by: Node, times: float, sites: list[Site], *, columns: bool
) -> None:
    """NotReadError for products that are multiplied by what may be a number of samples."""
    shape = np.shape(product.value)
    if len(shape) > 1:
        texts = [sites[by.site].operand(by.kind, (0, at)) for at in (0, 1)]
        refuse_counted(times, shape[1 if columns else 0], texts, sites[by.site])


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
    if steps[0].turn == 1:  # of a training that overflows, this one may be all
        made = made_at_first(step, pre)
        if place and end.node == out:
            other = taken_at_first(step, *step.seen_at(place))
        else:
            other = made_at_first(step, out)
        found.append((made, other))
    return [(first, other) for first, other in found if first is not None and other is not None]
