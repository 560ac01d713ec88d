"""Functions that take one sample, run for each of a batch: what a network read so is made of.

A function that does nothing but products and what NumPy does number by number may do as well with
a whole batch in the place of a sample, in a fraction of the time. Whether one does is tried with
numbers drawn for it, once.

And the functions that were read, as the contract calls them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from diagnose.network.arrays import Array, Arrays, as_array

# What acts number by number, and products: of anything else, a batch is not its samples.
PLAIN = {
    "np", "float64", "T", "dot", "matmul", "exp", "log", "log1p", "expm1", "sqrt", "tanh", "abs",
    "absolute", "square", "sign", "multiply", "add", "subtract", "divide", "true_divide", "power",
    "negative", "maximum", "minimum", "where", "greater", "less",
}  # fmt: skip
# Samples of the batch by which it is tried; and how far apart rounding leaves the two, relative to
# the largest number.
TRIED, ROUNDED = 3, 1e-12
SUMMED, AS_IT_IS = "summed", "as it is"
_WHOLE: WeakKeyDictionary[Callable[..., Any], tuple[str, ...] | None] = WeakKeyDictionary()


@dataclass(frozen=True)
class EachSample:
    """How one sample is cut out of what the contract hands over.

    columns: whether samples are columns. flat: whether one sample is a vector, not a matrix with a
    single row or column.
    """

    columns: bool
    flat: bool

    def one(self, array: Array, at: int) -> Array:
        """One sample's part of an array: a view, so that it can be written into."""
        if array.ndim < 2:  # labels
            return np.asarray(array[at] if self.flat else array[at : at + 1])
        if self.columns:
            return array[:, at] if self.flat else array[:, at : at + 1]
        return array[at] if self.flat else array[at : at + 1]

    def beside(self, parts: Sequence[Any]) -> Array:
        """What was made for each sample, side by side as the contract wants it."""
        if self.flat:
            return np.stack([np.atleast_1d(one) for one in parts], axis=int(self.columns))
        return np.concatenate([np.atleast_2d(one) for one in parts], axis=int(self.columns))

    def forward(self, run: Callable[..., Any], x: Array, *parameters: Any) -> tuple[Array, ...]:
        """Run each sample forward."""
        if self._does(run, x, *parameters):
            return tuple(run(x, *parameters))
        return self._forward(run, x, *parameters)

    def _forward(self, run: Callable[..., Any], x: Array, *parameters: Any) -> tuple[Array, ...]:
        made = [run(self.one(x, at), *parameters) for at in range(self.count(x))]
        return tuple(self.beside(parts) for parts in zip(*made, strict=True))

    def sums(
        self, run: Callable[..., Any], is_own: Sequence[bool], lasts: int, x: Array, *given: Any
    ) -> list[Any]:
        """Run each sample backward, and sum; is_own: which of the rest belong to samples.

        lasts: how many results at the end are not summed, but are those of the last sample.
        """
        if ways := self._ways(run, is_own, lasts, x, *given):
            return self._summed(ways, run(x, *given))
        return self._sums(run, is_own, lasts, x, *given)

    def _sums(
        self, run: Callable[..., Any], is_own: Sequence[bool], lasts: int, x: Array, *given: Any
    ) -> list[Any]:
        every = []
        for at in range(self.count(x)):
            own = [
                self.one(one, at) if its else one for one, its in zip(given, is_own, strict=True)
            ]
            every.append(run(self.one(x, at), *own))
        summed = len(every[0]) - lasts
        sums = [sum(parts[1:], start=parts[0]) for parts in zip(*every, strict=True)]
        return [*sums[:summed], *every[-1][summed:]]

    def _summed(self, ways: Sequence[str], made: Sequence[Any]) -> list[Any]:
        """Sums over the samples of what they made together."""
        axis = int(self.columns)
        return [
            one.sum(axis=axis, keepdims=True) if way == SUMMED else one
            for way, one in zip(ways, made, strict=True)
        ]

    def _does(self, run: Callable[..., Any], *given: Any) -> bool:
        """Whether a forward pass does with a whole batch what it does with its samples."""
        if run not in _WHOLE:
            drawn = self._drawn(run, [True, *(False for _ in given[1:])], given)
            made = _tried(lambda: (run(*drawn), self._forward(run, *drawn))) if drawn else None
            does = made and all(map(_alike, *made))
            _WHOLE[run] = (AS_IT_IS,) if does else None
        return _WHOLE[run] is not None

    def _ways(
        self, run: Callable[..., Any], is_own: Sequence[bool], lasts: int, *given: Any
    ) -> tuple[str, ...] | None:
        """What makes the sum of each result of a whole batch; None where nothing does."""
        if run not in _WHOLE:
            drawn = None if lasts else self._drawn(run, [True, *is_own], given)
            made = (
                _tried(lambda: (run(*drawn), self._sums(run, is_own, 0, *drawn))) if drawn else None
            )
            ways = [self._way(*one) for one in zip(*made, strict=True)] if made else [""]
            _WHOLE[run] = tuple(ways) if all(ways) else None
        return _WHOLE[run]

    def _way(self, made: Any, wanted: Any) -> str:
        """What makes a sum over samples of what they made together, or nothing."""
        ways = (AS_IT_IS, SUMMED) if np.ndim(made) == 2 else (AS_IT_IS,)
        return next((way for way in ways if _alike(self._summed([way], [made])[0], wanted)), "")

    def _drawn(
        self, run: Callable[..., Any], is_own: Sequence[bool], given: Sequence[Any]
    ) -> list[Array] | None:
        """Numbers to try a function with, in the shapes of what it is given, of a few samples.

        is_own: which of these belong to samples. None for a function that is not to be tried.
        """
        code = run.__code__
        nested = any(isinstance(one, types.CodeType) for one in code.co_consts)
        if self.flat or nested or not {*code.co_names} <= PLAIN:
            return None
        random, drawn = np.random.default_rng(0), []
        for one, its in zip(given, is_own, strict=True):
            if not (isinstance(one, np.ndarray) and one.dtype.kind == "f" and one.ndim <= 2):
                return None
            shape = [*one.shape]
            if its:
                if len(shape) < 2:
                    return None
                shape[int(self.columns)] = TRIED
            drawn.append(random.normal(size=shape))
        return drawn

    def count(self, x: Array) -> int:
        """How many samples there are."""
        return int(x.shape[1 if self.columns else 0])


def _tried(both: Callable[[], tuple[Sequence[Any], Sequence[Any]]]) -> Any:
    """What a function makes of a batch, and of its samples; None where one of them cannot be."""
    with np.errstate(all="ignore"):
        try:
            return both()
        except (ValueError, TypeError, IndexError):  # shapes that do not go together
            return None


def _alike(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    return float(np.abs(one - other).max()) <= ROUNDED * float(np.abs(other).max())


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapted:
    """Forward, backward and update, handed their arrays by name.

    run takes x and ``given``, and returns ``trace``; back takes ``takes`` and returns a gradient
    for each of ``names``; step takes parameters, gradients and the rate. encode: the targets of
    labels. columns: how samples lie; vectors: whether x is a single sample ``(features,)``, with
    labels and targets of its own.
    """

    make: Callable[[int], Arrays]
    run: Callable[..., Any]
    back: Callable[..., Any]
    step: Callable[..., Any]
    names: tuple[str, ...]
    given: tuple[str, ...]
    trace: tuple[str, ...]
    takes: tuple[str, ...]
    encode: Callable[[Array], Array]
    columns: bool
    vectors: bool

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return self.make(seed)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Every intermediate array."""
        made = self.run(x, *[parameters[name] for name in self.given])
        return {name: as_array(one) for name, one in zip(self.trace, made, strict=True)}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """The gradients, on the trace's own arrays."""
        pool: dict[str, Any] = {**parameters, **trace, "x": x}
        if "labels" in self.takes:
            pool["labels"] = labels[0] if self.vectors else labels
        if "targets" in self.takes:
            targets = self.encode(labels)
            if self.vectors:
                targets = targets[0]
            elif self.columns:
                targets = targets.T
            pool["targets"] = targets
        made = self.back(*[pool[name] for name in self.takes])
        return {name: as_array(one) for name, one in zip(self.names, made, strict=True)}

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """One step."""
        given = [parameters[name] for name in self.names]
        made = self.step(*given, *[gradients[name] for name in self.names], rate)
        return {name: as_array(one) for name, one in zip(self.names, made, strict=True)}
