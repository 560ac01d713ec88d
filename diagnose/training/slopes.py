"""Derivatives of activations that an author has written wrongly, as the compiled loop can, too.

They are mistakes of ``calculus.mistaken_slopes`` that take each unit by itself. ``certificate``
tries them where gradients are no multiples of the true ones, and ``kernel`` knows them by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.calculus.backward_pass import Case, Steps, backward, case_of, has_slope, right_slope
from diagnose.calculus.mistaken import Shape
from diagnose.calculus.mistaken_slopes import SLOPES
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network

# Their numbers: 0 is the right derivative, 1 the first of these.
NAMES = (
    "derivative-at-activation",
    "derivative-at-pre-activation",
    "derivative-left-out",
    "derivative-inverted",
    "derivative-twice",
    "derivative-of-derivative",
    "activation-for-derivative",
    "derivative-incomplete",
)
KINDS = tuple(next(one for one in SLOPES if one.name == name) for name in NAMES)
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
        made: Array = KINDS[number - 1].wrong(case, depth)
        return made


def right(network: Network) -> Slopes:
    """Those of a backward pass that is right."""
    return (0,) * len(network.layers)


def mistaken(network: Network) -> Iterator[Slopes]:
    """Ways to get them wrong: one mistake in all layers, in all but the last, or in one of them."""
    shape = Shape(network=network, sizes=[], batch=network.batch_size)
    last = len(network.layers) - 1
    used = [*range(last)]
    if network.loss == "squared-error" and has_slope(network, last):
        used.append(last)
    for number, kind in enumerate(KINDS, 1):
        at = [depth for depth in used if kind.fits(shape, depth)]
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
        return backward(case, parameters, Steps(slope=_Written(self.slopes)))
