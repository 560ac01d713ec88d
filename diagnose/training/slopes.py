"""Derivatives of activations that an author has written wrongly, as the compiled loop can, too.

They take each unit by itself. ``certificate`` tries them where gradients are no multiples of the
true ones, and ``kernel`` knows them by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.backward_pass import (
    Case,
    Slope,
    backward,
    case_of,
    has_slope,
    right_slope,
)
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.layers import activate, derivative
from diagnose.network.record import Network


@dataclass(frozen=True)
class Kind:
    """A derivative of an activation as it is written: what it gives, and of which activations."""

    name: str
    wrong: Slope
    of: frozenset[str]


def _at_activation(case: Case, depth: int) -> Array:
    layer, out = case.network.layers[depth], case.out[depth]
    return derivative(layer, out, activate(layer, out))


def _at_pre_activation(case: Case, depth: int) -> Array:
    return derivative(case.network.layers[depth], case.pre[depth], case.pre[depth])


def _inverted(case: Case, depth: int) -> Array:
    return derivative(case.network.layers[depth], -case.pre[depth], -case.pre[depth])


def _of_itself(case: Case, depth: int) -> Array:
    slope = right_slope(case, depth)
    return derivative(case.network.layers[depth], slope, slope)


SMOOTH, BENT = frozenset({"sigmoid", "tanh"}), frozenset({"relu", "leaky-relu"})
# Their numbers: 0 is the right derivative, 1 the first of these.
KINDS = (
    Kind("at-activation", _at_activation, SMOOTH),
    Kind("at-pre-activation", _at_pre_activation, SMOOTH),
    Kind("left-out", lambda case, k: np.ones_like(case.out[k]), SMOOTH | BENT),
    Kind("inverted", _inverted, BENT),
    Kind("twice", lambda case, k: right_slope(case, k) ** 2, SMOOTH | {"leaky-relu"}),
    Kind("of-itself", _of_itself, SMOOTH),
    Kind("activation", lambda case, k: case.out[k], SMOOTH | BENT | {"linear"}),
    Kind("incomplete", lambda case, k: 1 - case.out[k], SMOOTH),
)
# The number of each layer.
Slopes = tuple[int, ...]


@dataclass(frozen=True)
class _Written:
    """The derivative of a layer's activation as it is written in each layer."""

    slopes: Slopes

    def __call__(self, case: Case, depth: int) -> Array:
        number = self.slopes[depth]
        if not number:
            return right_slope(case, depth)
        return KINDS[number - 1].wrong(case, depth)


def right(network: Network) -> Slopes:
    """Those of a backward pass that is right."""
    return (0,) * len(network.layers)


def mistaken(network: Network) -> Iterator[Slopes]:
    """Ways to get them wrong: one mistake in all layers, in all but the last, or in one of them."""
    last = len(network.layers) - 1
    used = [*range(last)]
    if network.loss == "squared-error" and has_slope(network, last):
        used.append(last)
    for number, kind in enumerate(KINDS, 1):
        at = [depth for depth in used if network.layers[depth].activation in kind.of]
        sets = [at, [depth for depth in at if depth < last], *([depth] for depth in at)]
        for wrong in dict.fromkeys(tuple(one) for one in sets if one):
            yield tuple(number if depth in wrong else 0 for depth in range(last + 1))


@dataclass(frozen=True)
class Gradients:
    """The gradients of a backward pass that is right but for these derivatives."""

    slopes: Slopes

    def __call__(self, network: Network, parameters: Arrays, rows: Array, labels: Array) -> Arrays:
        """Of the mean loss of ``(B, features)`` rows: named and shaped as the parameters."""
        x = network.lay_out(rows)
        trace = network.forward(copied(parameters), x.copy())
        case = case_of(network, parameters, trace, x, labels)
        return backward(case, parameters, slope=_Written(self.slopes))
