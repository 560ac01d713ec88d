"""Dropout: masks that a step draws, and multiplies the output of a layer by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import Key, name_of
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Const, Node, Ref, leaves, references
from diagnose.recording.operations import ADDS, OVER, TIMES, is_random

# Draws of numbers that lie evenly between 0 and 1, and those that say which ends they lie between.
EVEN, BETWEEN = {"rand", "random", "random_sample", "ranf", "sample"}, "uniform"
BELOW, ABOVE = {"Lt", "LtE"}, {"Gt", "GtE"}
# Of a factor that all units have which stay: it is a product of a few numbers in float64.
ALIKE = 1e-9
# How noise meets a sample.
NOISES = ADDS | TIMES


@dataclass(frozen=True, kw_only=True)
class Mask:
    """What says which units of a layer stay in a step.

    node: the operation that makes it, of 1 where a unit stays and 0 elsewhere; key: which of a
    turn's operations that is. keep: the probability of 1. scale: what is multiplied by beside it.
    """

    node: int
    key: Key
    keep: float
    scale: float
    dtype: str


def undropped(step: Step, entering: Ref) -> tuple[Ref, Mask | None]:
    """What a layer put out, of what enters the next one, and the mask that lies between them.

    Between them lie products with the mask and with numbers. A number below the mask belongs to it
    if only so what stays makes up for what is left out.
    """
    ref, found = entering, None
    ends: list[Ref] = []
    while True:
        node = _last(step, ref)
        pair = _scaled(step, node)
        if pair is None:
            break
        ref, other = pair
        if isinstance(other, Ref) and step.is_drawn(other):
            if found is not None:
                return entering, None
            found = drawn(step, other)
            if found is None:
                return entering, None
        if found is not None:
            ends.append(ref)
    if found is None:
        return entering, None
    mask, keep = found
    scales = [_scale(step.value(one), mask.value, step.value(entering)) for one in ends]
    even = [at for at, one in enumerate(scales) if one and abs(one * keep - 1) <= ALIKE]
    at = even[0] if even else 0
    scale = scales[at]
    if scale is None:
        return entering, None
    key = step.loop.ordinals(step.turn)[mask.number]
    kind = np.asarray(mask.value).dtype.name
    return ends[at], Mask(node=mask.number, key=key, keep=keep, scale=scale, dtype=kind)


def drawn(step: Step, taken: Ref) -> tuple[Node, float] | None:
    """The operation that made the mask which a value is made of, and how probable its 1 is."""
    start, todo = step.start, [taken.node]
    while todo:
        node = step.nodes[todo.pop()]
        if node.number < start:
            continue
        keep = _keep(step, node)
        if keep is not None:
            return node, keep
        todo += [one.node for one in references(node.args, node.kw)]
    return None


def _keep(step: Step, node: Node) -> float | None:
    """How probable 1 is in what an operation makes, if that is a mask."""
    if node.kind == "compare" and len(node.args) == 2:
        left, right = node.args
        for one, other, turned in ((left, right, False), (right, left, True)):
            limit = _number(step, other)
            if limit is not None and isinstance(one, Ref) and _is_even(step, step.nodes[one.node]):
                below = (node.done in BELOW) != turned
                if node.done in BELOW | ABOVE:
                    return min(max(limit if below else 1 - limit, 0.0), 1.0)
    if node.kind == "call" and is_random(node.done) and name_of(node) == "binomial":
        chance = _given(step, node, 1, "p")
        return chance if _is_one(step, node.args[0] if node.args else node.kw.get("n")) else None
    if node.kind == "get" and isinstance(node.args[0], Ref):
        return _keep(step, step.nodes[node.args[0].node])
    return None


def _is_one(step: Step, taken: Any) -> bool:
    """Whether something is 1, or made of nothing but ones, as ``[np.ones((n, units))]`` is."""
    values = [step.value(one) for _, one in leaves(taken) if isinstance(one, Ref | Const)]
    return bool(values) and all(one is not None and np.all(one == 1) for one in values)


def _is_even(step: Step, node: Node) -> bool:
    """Whether an operation draws numbers evenly between 0 and 1."""
    if node.kind != "call" or not is_random(node.done):
        return False
    if name_of(node) == BETWEEN:
        low, high = _given(step, node, 0, "low"), _given(step, node, 1, "high")
        return low in (None, 0.0) and high in (None, 1.0)
    return name_of(node) in EVEN


def _given(step: Step, node: Node, at: int, word: str) -> float | None:
    """A number that a call is handed, by its place or by its name."""
    taken = node.args[at] if at < len(node.args) else node.kw.get(word)
    return None if taken is None else _number(step, taken)


def _number(step: Step, taken: Any) -> float | None:
    value = step.value(taken) if isinstance(taken, Ref | Const) else None
    plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return float(value) if plain else None  # type: ignore[arg-type]


def _last(step: Step, ref: Ref) -> Node:
    """The operation that made an array what it was when it was taken."""
    writes = step.loop.written(ref)
    return step.nodes[writes[-1] if writes else ref.node]


def _scaled(step: Step, node: Node) -> tuple[Ref, Ref | Const] | None:
    """What an operation multiplies or divides, and by what from elsewhere; None for any other."""
    for one, other, fits in _factors(node):
        if step.is_active(one):
            return (one, other) if fits and step.is_outside(other) else None
    return None


def _factors(node: Node) -> Iterator[tuple[Ref, Ref | Const, bool]]:
    """What an operation may multiply, and by what; whether it does, and does not divide by it."""
    if name_of(node) not in TIMES | OVER or len(node.args) < 2:
        return
    left, right = node.args[:2]
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Ref) and isinstance(other, Ref | Const):
            yield one, other, one is left or name_of(node) in TIMES


def _scale(out: Any, mask: Any, entering: Any) -> float | None:
    """What a layer's output is multiplied by where it stays; None if that is not one number."""
    values = [np.asarray(one, float) if one is not None else None for one in (out, mask, entering)]
    if any(one is None or one.shape != np.shape(entering) for one in values):
        return None
    before, stays, after = (np.asarray(one) for one in values)
    if ((stays != 0) & (stays != 1)).any() or (after[stays == 0] != 0).any():
        return None
    some = (stays == 1) & (before != 0) & np.isfinite(before)
    if not some.any():
        return None
    factors = after[some] / before[some]
    middle = float(np.median(factors))
    return middle if bool((np.abs(factors - middle) <= ALIKE * abs(middle)).all()) else None


def masks_of(step: Step, masks: list[Mask]) -> list[Array] | None:
    """The masks of another step; None where one of them was not kept."""
    made = [step.made(one.key) for one in masks]
    values = [None if number is None else step.nodes[number].value for number in made]
    return None if any(one is None for one in values) else [np.array(one) for one in values]


def _times_a_number(step: Step, node: Node) -> Ref | None:
    """What an operation multiplies or divides by a plain number; None for any other."""
    for one, other, fits in _factors(node) if len(node.args) == 2 else ():
        if fits and _number(step, other) is not None:
            return one if np.ndim(step.value(one)) and step.is_drawn(one) else None
    return None


def is_noisy(step: Step, x: Place) -> bool:
    """Whether samples are taken with noise that is drawn for the step, and added to them.

    Or multiplied by a mask, as in dropout of the inputs; and then by a number, if at all.
    """
    taken = step.places()[x]
    if not isinstance(taken, Ref) or not step.is_drawn(taken):
        return False
    node = step.nodes[taken.node]
    while (inner := _times_a_number(step, node)) is not None:
        node = step.nodes[inner.node]
    drawn_sides = [step.is_drawn(one) for one in references(node.args)]
    return name_of(node) in NOISES and sorted(drawn_sides) == [0, 1]
