"""Rules of what takes many numbers together along axes: sums, means, extremes, norms, softmax.

Of several entries that are equally extreme each takes an equal share. Where a root is 0 (a norm, a
standard deviation) nothing flows.
"""

from __future__ import annotations

import builtins
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
    shaped,
)
from diagnose.program.rules_of_layout import moved


class Along:
    """A reduction of an array x along axes, as it was called.

    ``cotangent`` and ``value`` have x's axes, with length 1 along those that were reduced; ``mask``
    has x's shape and says which entries were taken.
    """

    def __init__(self, call: Call, axis: Any = None) -> None:
        """For axis, what it is where the call says none."""
        self.at = call.needed(0, "a", "array", "x")
        self.x = numbers(call[self.at])
        self.axis = call.taken(1, "axis", default=axis)
        self.mask = np.broadcast_to(np.asarray(call.kw.get("where", True)), self.x.shape)
        self.cotangent = self.spread(call.cotangent)
        self.value = self.spread(numbers(call.value))

    def spread(self, reduced: Array) -> Array:
        """Something reduced with x's axes again."""
        if reduced.ndim == self.x.ndim:
            return reduced
        if self.axis is None:
            return reduced.reshape((1,) * self.x.ndim)
        return np.expand_dims(reduced, self.axis)

    @property
    def many(self) -> Array:
        """How many entries each of the value was made of."""
        return numbers(np.sum(self.mask, axis=self.axes, keepdims=True))

    @property
    def axes(self) -> tuple[int, ...]:
        """Those that were reduced, counted from 0."""
        if self.axis is None:
            return tuple(range(self.x.ndim))
        several = self.axis if isinstance(self.axis, tuple | list) else (self.axis,)
        return tuple(int(one) % self.x.ndim for one in several) if self.x.ndim else ()

    def flow(self, slope: Array | float) -> Array:
        """The cotangent of x: the value's, times slopes, where the entry was taken."""
        flow = np.broadcast_to(self.cotangent * slope, self.x.shape)
        return flow if np.all(self.mask) else np.where(self.mask, flow, 0.0)


def _quotient(numerator: Array, denominator: Array) -> Array:
    """0 where the denominator is."""
    return np.where(denominator == 0, 0.0, numerator / np.where(denominator == 0, 1.0, denominator))


def _sum(axis: Any = None) -> Rule:
    def rule(call: Call) -> Found:
        if call.function is builtins.sum:
            return _items_added(call)
        along = Along(call, axis)
        found: Found = {along.at: along.flow(1.0)}
        if (start := call.place(5, "initial")) is not None:
            found[start] = call.cotangent
        return found

    return rule


def _items_added(call: Call) -> Found:
    """Python's sum of a list, or of the rows of an array, on top of a start."""
    start = call.place(1, "start")
    first: list[Place] = [] if start is None else [start]
    if isinstance(call.value, list | tuple):
        return moved(call, [0, *first])
    found: Found = dict.fromkeys(first, call.cotangent)
    if isinstance(call.args[0], np.ndarray):
        return {0: np.broadcast_to(call.cotangent, call.args[0].shape), **found}
    return {0: [shaped(one, call.cotangent) for one in call.args[0]], **found}


def _mean(call: Call) -> Found:
    along = Along(call)
    return {along.at: along.flow(1 / along.many)}


def _average(call: Call) -> Found:
    """A mean; with weights none."""
    at = call.place(2, "weights")
    if isinstance(call.value, tuple) or (at is not None and call[at] is not None):
        raise NoRuleError(call.name)
    return _mean(call)


def _spread_of(root: bool) -> Rule:
    """Variance, or its root, about the mean or about one that is given."""

    def rule(call: Call) -> Found:
        along = Along(call)
        less = call.taken(4, "ddof", "correction", default=0)
        if "correction" in call.kw:
            less = call.kw["correction"]
        many, mean = along.many, call.kw.get("mean")
        if not isinstance(mean, np.ndarray | float):
            kept = np.where(along.mask, along.x, 0.0)
            mean = kept.sum(axis=along.axes, keepdims=True) / many
        slope = (along.x - mean) / (many - less)
        return {along.at: along.flow(_quotient(slope, along.value) if root else 2 * slope)}

    return rule


def _extreme(axis: Any = None) -> Rule:
    """Largest or smallest: what equals the value has taken part."""

    def rule(call: Call) -> Found:
        if call.function in (builtins.max, builtins.min):
            return _item_chosen(call)
        along = Along(call, axis)
        hit = (along.x == along.value) & along.mask
        found: Found = {along.at: along.flow(_shares(hit, along.axes))}
        if (start := call.place(4 if axis is None else 5, "initial")) is not None:
            found[start] = call.cotangent * ~hit.any(axis=along.axes).reshape(call.cotangent.shape)
        return found

    return rule


def _shares(hit: Array, axes: tuple[int, ...]) -> Array:
    """1 among the entries that hold, in equal parts."""
    return hit / np.maximum(1, hit.sum(axis=axes, keepdims=True))


def _item_chosen(call: Call) -> Found:
    """Python's max and min, of several numbers or of a list of them."""
    several = len(call.args) > 1
    items = call.args if several else list(call.args[0])
    key = call.kw.get("key")
    if not items:
        return {"default": call.cotangent}
    if key is not None:
        best = call.function(range(len(items)), key=lambda at: key(items[at]))
        share = [float(at == best) for at in range(len(items))]
    else:
        hit = np.array([bool(one == call.value) for one in items])
        share = list(hit / max(1, hit.sum()))
    flows = [call.cotangent * one for one in share]
    if several:
        return dict(enumerate(flows))
    return {0: np.stack(flows) if isinstance(call.args[0], np.ndarray) else flows}


def _norm(call: Call) -> Found:
    """Of vectors, of any order; of matrices the root of the sum of squares."""
    at = call.needed(0, "x")
    order, axis = call.taken(1, "ord"), call.taken(2, "axis")
    words = {"axis": axis} if axis is not None else {}
    along = Along(Call(call.name, call.function, (call[at],), words, call.value, call.cotangent))
    x, y = along.x, along.value
    if order not in (None, "fro") and len(along.axes) > 1:
        raise NoRuleError(call.name)
    if order in (None, "fro", 2):
        slope = _quotient(x, y)
    elif order in (np.inf, -np.inf):
        slope = _shares(np.abs(x) == y, along.axes) * np.sign(x)
    elif order == 0:
        return {}
    else:
        slope = np.sign(x) * _quotient(np.abs(x), y) ** (order - 1)
    return {at: along.flow(slope)}


def _softmax(log: bool) -> Rule:
    def rule(call: Call) -> Found:
        at = call.needed(0, "x")
        y, axis, g = numbers(call.value), call.taken(1, "axis"), call.cotangent
        if log:
            return {at: g - np.exp(y) * g.sum(axis=axis, keepdims=True)}
        return {at: y * (g - (g * y).sum(axis=axis, keepdims=True))}

    return rule


def _logsumexp(axis: Any = None) -> Rule:
    """log(sum(b * exp(a))); b is 1 where it is not given."""

    def rule(call: Call) -> Found:
        if isinstance(call.value, tuple):
            raise NoRuleError(call.name)
        along = Along(call, axis)
        weights = call.place(2, "b") if call.name.endswith("sumexp") else None
        part = np.exp(along.x - along.value)
        if weights is None or call[weights] is None:
            return {along.at: along.flow(part)}
        return {along.at: along.flow(part * call[weights]), weights: along.flow(part)}

    return rule


_BY_NAMES: dict[str, Rule] = {
    "sum fsum": _sum(),
    "add.reduce": _sum(0),
    "mean": _mean,
    "var": _spread_of(root=False),
    "std": _spread_of(root=True),
    "max amax min amin nanmax nanmin": _extreme(),
    "maximum.reduce minimum.reduce fmax.reduce fmin.reduce": _extreme(0),
    "average": _average,
    "norm linalg.norm": _norm,
    "softmax": _softmax(log=False),
    "log_softmax": _softmax(log=True),
    "logsumexp": _logsumexp(),
    "logaddexp.reduce": _logsumexp(0),
}

RULES: dict[str, Rule] = {name: rule for names, rule in _BY_NAMES.items() for name in names.split()}
