"""Rules of what is linear in each of its arguments: products of matrices, einsum, convolutions."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from diagnose.program.cotangents import (
    Array,
    Call,
    Found,
    NoRuleError,
    Place,
    Rule,
    numbers,
    unbroadcast,
)

# Entries of an argument that are moved one by one; more take too long.
LARGEST = 4096


def linear(*data: tuple[Any, ...]) -> Rule:
    """The rule where the value is linear in each argument at these places (position, keywords)."""

    def rule(call: Call) -> Found:
        places = [call.place(*one) for one in data]
        return {one: _by_units(call, one) for one in places if one is not None}

    return rule


def _by_units(call: Call, place: Place) -> Array:
    """The cotangent of one argument, in which the value is linear or linear plus a constant."""
    shape = np.shape(call[place])
    unit, flow = np.zeros(shape), np.zeros(shape)
    if unit.size > LARGEST:
        raise NoRuleError(call.name)
    constant = numbers(call.again({place: unit}))
    for at in range(unit.size):
        unit.flat[at] = 1.0
        flow.flat[at] = np.vdot(call.cotangent, numbers(call.again({place: unit})) - constant)
        unit.flat[at] = 0.0
    return flow


def _contracted(g: Array, a: Array, b: Array, of_a: list[int], of_b: list[int]) -> list[Array]:
    """Cotangents of a and b, of which these axes were multiplied and added up.

    The value has the other axes of a, then those of b.
    """
    of_a, of_b = [one % a.ndim for one in of_a], [one % b.ndim for one in of_b]
    rest_a = [one for one in range(a.ndim) if one not in of_a]
    rest_b = [one for one in range(b.ndim) if one not in of_b]
    g = g.reshape([a.shape[one] for one in rest_a] + [b.shape[one] for one in rest_b])
    split = len(rest_a)
    to_a = np.tensordot(g, b, axes=(list(range(split, g.ndim)), rest_b))
    to_b = np.tensordot(a, g, axes=(rest_a, list(range(split))))
    order_a = rest_a + [of_a[of_b.index(one)] for one in sorted(of_b)]
    order_b = [of_b[of_a.index(one)] for one in sorted(of_a)] + rest_b
    return [to_a.transpose(np.argsort(order_a)) if order_a else to_a,
            to_b.transpose(np.argsort(order_b)) if order_b else to_b]  # fmt: skip


def _pair(call: Call) -> tuple[Place, Place, Array, Array]:
    one, other = call.needed(0, "a", "x1"), call.needed(1, "b", "x2")
    return one, other, numbers(call[one]), numbers(call[other])


def _dot(call: Call) -> Found:
    """The last axis of one with the last but one of the other; a number multiplies all."""
    one, other, a, b = _pair(call)
    if a.ndim == 0 or b.ndim == 0:
        return {one: call.cotangent * b, other: call.cotangent * a}
    if a.ndim <= 2 and b.ndim <= 2:
        return _matmul(call)
    flows = _contracted(call.cotangent, a, b, [-1], [max(b.ndim - 2, 0)])
    return {one: flows[0], other: flows[1]}


def _matmul(call: Call) -> Found:
    """Of the last two axes, for all others at once."""
    one, other, a, b = _pair(call)
    if "axes" in call.kw or "axis" in call.kw:
        raise NoRuleError(call.name)
    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    g = call.cotangent
    g = g[..., None] if b.ndim == 1 else g
    g = g[..., None, :] if a.ndim == 1 else g
    found: Found = {}
    if call.wants(one):
        found[one] = unbroadcast(g @ np.swapaxes(right, -1, -2), left.shape).reshape(a.shape)
    if call.wants(other):
        found[other] = unbroadcast(np.swapaxes(left, -1, -2) @ g, right.shape).reshape(b.shape)
    return found


def _outer(call: Call) -> Found:
    one, other, a, b = _pair(call)
    g = call.cotangent
    return {one: (g @ b.ravel()).reshape(a.shape), other: (a.ravel() @ g).reshape(b.shape)}


def _einsum(call: Call) -> Found:
    """The cotangent of one operand is the sum of products of all others with the value's."""
    places, labels, made = _labels(call)
    arrays = [numbers(call[place]) for place in places]
    sizes: dict[int, int] = {}
    for array, those in zip(arrays, labels, strict=True):
        for label, size in zip(those, array.shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    found: Found = {}
    for k, (place, array) in enumerate(zip(places, arrays, strict=True)):
        own = list(dict.fromkeys(labels[k]))
        others = [(one, those) for j, (one, those) in enumerate(zip(arrays, labels, strict=True))
                  if j != k]  # fmt: skip
        known = {*made}.union(*(those for _, those in others))
        alone = [(np.ones(sizes[one]), [one]) for one in own if one not in known]
        terms = [(call.cotangent, made), *others, *alone]
        flow = np.einsum(*itertools.chain.from_iterable(terms), own, optimize=True)
        found[place] = _on_diagonals(flow, array.shape, labels[k], own)
    return found


def _on_diagonals(flow: Array, shape: Sequence[int], labels: list[int], own: list[int]) -> Array:
    """An array of this shape, with the flow where axes of the same label have the same index."""
    lengths = tuple(shape[labels.index(one)] for one in own)
    flow = unbroadcast(flow, lengths)
    if own == labels:
        return flow
    whole = np.zeros(shape)
    at = np.indices(lengths)
    whole[tuple(at[own.index(one)] for one in labels)] = flow
    return whole


def _labels(call: Call) -> tuple[list[Place], list[list[int]], list[int]]:
    """Operands, a label for each axis of each, and those of the value."""
    words: list[list[Hashable]]
    out: list[Hashable] | None
    if isinstance(call.args[0], str):
        text, arrow, made = call.args[0].replace(" ", "").partition("->")
        words = [_tokens(one) for one in text.split(",")]
        out = _tokens(made) if arrow else None
        places: list[Place] = [*range(1, len(words) + 1)]
    else:
        places = [*range(0, len(call.args) - 1, 2)]
        words = [list(call.args[int(one) + 1]) for one in places]
        out = list(call.args[-1]) if len(call.args) % 2 else None
    if out is None:
        every = [one for word in words for one in word]
        once: list[Any] = [one for one in every if one is not ... and every.count(one) == 1]
        out = [...] * (... in every) + sorted(once)
    more = [np.ndim(call[place]) - len([one for one in word if one is not ...])
            for place, word in zip(places, words, strict=True)]  # fmt: skip
    words = [_spelled(word, many) for word, many in zip(words, more, strict=True)]
    out = _spelled(out, max(more))
    number = {one: at for at, one in enumerate(dict.fromkeys(itertools.chain(*words, out)))}
    return places, [[number[one] for one in word] for word in words], [number[one] for one in out]


def _tokens(text: str) -> list[Hashable]:
    """Letters, and ... as one."""
    before, dots, after = text.partition("...")
    return [*before, *[...] * bool(dots), *after]


def _spelled(word: list[Hashable], many: int) -> list[Hashable]:
    """With as many labels in the place of ..., counted from its end."""
    labels: list[Hashable] = [("...", at) for at in range(many - 1, -1, -1)]
    at = word.index(...) if ... in word else len(word)
    return [*word[:at], *labels, *word[at + 1 :]] if ... in word else word


def _inverse(call: Call) -> Found:
    turned = np.swapaxes(numbers(call.value), -1, -2)
    return {call.needed(0, "a"): -turned @ call.cotangent @ turned}


_BOTH = ((0, "a", "in1"), (1, "b", "v", "in2"))
_BY_NAMES: dict[str, Rule] = {
    "dot": _dot,
    "MatMult matmul linalg.matmul": _matmul,
    "outer linalg.outer": _outer,
    "einsum": _einsum,
    "inner vdot tensordot linalg.tensordot kron cross linalg.cross": linear(*_BOTH),
    "convolve convolve2d fftconvolve oaconvolve correlate correlate2d": linear(*_BOTH),
    "cumsum cumulative_sum add.accumulate trace": linear((0, "a", "array")),
    "diff": linear((0, "a", "ary"), (3, "prepend"), (4, "append")),
    "linspace": linear((0, "start"), (1, "stop")),
    "trapezoid trapz": linear((0, "y")),
    "add.reduceat": linear((0, "array")),
    "bincount": linear((1, "weights")),
    "inv linalg.inv": _inverse,
}

RULES: dict[str, Rule] = {name: rule for names, rule in _BY_NAMES.items() for name in names.split()}
