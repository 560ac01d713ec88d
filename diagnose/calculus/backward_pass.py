"""A backward pass over dense layers, in parts that can be exchanged one by one.

With the parts that stand here it is the derivative of the loss; with another in the place of one
it is what an author gets who wrote that part so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from diagnose.calculus.margins import error_of
from diagnose.network.arrays import Array, Arrays
from diagnose.network.dropout import left
from diagnose.network.layers import derivative
from diagnose.network.record import Network

# Of each parameter, its name and shape.
Shapes = tuple[tuple[str, tuple[int, ...]], ...]
# Sums of steps that are kept: that of k + 1 steps, which is mostly asked for next, goes on from
# that of k. More would hold the weights of large networks for long.
STEPS_KEPT = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One call of a backward pass, in rows: samples first, weights ``(inputs, units)``.

    entering, pre, out: what enters each layer, its pre-activation and its activation, each
    ``(B, units)``, first layer first. rate: of the first epoch, times the unit of the author's
    gradients. before: the case of the same samples at parameters that were there earlier. kept:
    what dropout multiplies each layer's output by on its way on, ``(B, units)``; 1.0 without it.
    """

    network: Network
    weights: list[Array]
    entering: list[Array]
    pre: list[Array]
    out: list[Array]
    labels: Array
    rate: float
    kept: list[Array | float]
    before: Case | None = None

    @property
    def last(self) -> int:
        """Number of the output layer, from 0."""
        return len(self.weights) - 1

    @property
    def error(self) -> Array:
        """Output minus target, ``(B, outputs)``, but for a hinge."""
        return error_of(self.network, self.out[-1], self.labels)


def case_of(network: Network, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Case:
    """A case from what the contract's backward is handed."""

    def rows(array: Array) -> Array:
        return np.array(network.as_rows(array), float)

    layers = network.layers
    weights = [np.asarray(parameters[layer.weight], float) for layer in layers]
    out = [rows(trace[layer.out]) for layer in layers]
    kept = [left(network, parameters, depth) for depth in range(len(layers))]
    return Case(
        network=network,
        weights=[one.T if network.layout == "columns" else one for one in weights],
        entering=[rows(x), *(one * by for one, by in zip(out[:-1], kept, strict=False))],
        pre=[rows(trace[layer.pre]) for layer in layers],
        out=out,
        labels=np.asarray(labels),
        rate=float(network.learning_rate(0)),
        kept=kept,
    )


# The backward pass, in parts. Layers are numbered from 0, as ``depth``.


def right_slope(case: Case, depth: int) -> Array:
    """Derivative of a layer's activation."""
    return derivative(case.network.layers[depth], case.pre[depth], case.out[depth])


def right_output(case: Case, slope: Callable[[Case, int], Array]) -> Array:
    """The output's error; with squared error it goes back through the output's activation."""
    return error_back(case, case.error, slope)


def error_back(case: Case, error: Array, slope: Callable[[Case, int], Array]) -> Array:
    """An error of the output, ``(B, outputs)``, back through what the loss leaves of the output."""
    if case.network.loss == "cross-entropy":
        return error
    if has_slope(case.network, case.last):
        return error * slope(case, case.last)
    return softmax_back(case.out[-1], error)


def softmax_back(out: Array, error: Array) -> Array:
    """An error, ``(B, outputs)``, back through a softmax."""
    return out * (error - (error * out).sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Above:
    """What is known when an error is handed down to a layer, by the number of the layer.

    deltas: errors of the pre-activations, ``(B, units)``; unsloped: these before the derivative of
    the activation is multiplied in; gradient: of the weight in between, ``(inputs, units)``.
    """

    deltas: dict[int, Array]
    unsloped: dict[int, Array]
    gradient: Array


def right_carry(case: Case, depth: int, above: Above) -> Array:
    """The error of the layer above, handed to a layer, ``(B, units)``."""
    return above.deltas[depth + 1] @ case.weights[depth + 1].T


def right_mask(case: Case, depth: int, handed: Array) -> Array:
    """An error that was handed down to a layer, for the units that dropout has left in."""
    return handed * case.kept[depth]


def right_back(case: Case, depth: int, handed: Array, slope: Array) -> Array:
    """An error that was handed down to a layer, back through its activation, ``(B, units)``."""
    return handed * slope


def right_weight(case: Case, depth: int, deltas: dict[int, Array]) -> Array:
    """The gradient of a layer's weight, ``(inputs, units)``."""
    return case.entering[depth].T @ deltas[depth]


def right_bias(case: Case, depth: int, deltas: dict[int, Array]) -> Array:
    """The gradient of a layer's bias, ``(units,)``."""
    return deltas[depth].sum(axis=0)


def right_seen(case: Case) -> Case:
    """What the backward pass looks at."""
    return case


def right_factor(depth: int, what: str) -> float:
    """A number by which a layer's "weight" or "bias" gradient or its "delta" is multiplied."""
    return 1.0


@dataclass(frozen=True)
class Steps:
    """The parts of a backward pass; without arguments the right ones.

    repeats: how many steps are made after one forward pass, each by weights as the one before has
    left them; what is summed up over them is the gradient of the whole.
    """

    slope: Callable[[Case, int], Array] = right_slope
    output: Callable[[Case, Callable[[Case, int], Array]], Array] = right_output
    carry: Callable[[Case, int, Above], Array] = right_carry
    mask: Callable[[Case, int, Array], Array] = right_mask
    back: Callable[[Case, int, Array, Array], Array] = right_back
    weight: Callable[[Case, int, dict[int, Array]], Array] = right_weight
    bias: Callable[[Case, int, dict[int, Array]], Array] = right_bias
    factor: Callable[[int, str], float] = right_factor
    seen: Callable[[Case], Case] = right_seen
    repeats: int = 1


def backward(case: Case, parameters: Arrays, steps: Steps) -> Arrays:
    """The gradients of the mean loss that these parts give, named and shaped as the parameters.

    A parameter of no layer has a gradient of 0.
    """
    shapes = tuple((name, np.shape(one)) for name, one in parameters.items())
    if steps.repeats > 1:
        total, _ = _repeated(case, shapes, replace(steps, repeats=1), steps.repeats)
        return dict(total)
    return _once(case, shapes, steps)


def _once(case: Case, shapes: Shapes, steps: Steps) -> Arrays:
    """The gradients of one step."""
    case = steps.seen(case)
    network = case.network
    found = {name: np.zeros(shape) for name, shape in shapes}
    deltas, _, weights = errors(case, steps)
    for depth, layer in enumerate(network.layers):
        found[layer.weight] = weights[depth].T if network.layout == "columns" else weights[depth]
    for depth, layer in enumerate(network.layers):
        if layer.bias is not None:
            bias = steps.bias(case, depth, deltas) * steps.factor(depth, "bias")
            found[layer.bias] = bias.reshape(found[layer.bias].shape)
    return found


@lru_cache(maxsize=STEPS_KEPT)
def _repeated(case: Case, shapes: Shapes, once: Steps, count: int) -> tuple[Arrays, Case]:
    """The sum of the gradients of several steps after one forward pass, and the case after them."""
    if not count:
        return {name: np.zeros(shape) for name, shape in shapes}, case
    total, case = _repeated(case, shapes, once, count - 1)
    network = case.network
    made = _once(case, shapes, once)
    taken = [made[layer.weight] for layer in network.layers]
    rows = [one.T if network.layout == "columns" else one for one in taken]
    weights = [one - case.rate * step for one, step in zip(case.weights, rows, strict=True)]
    return {name: one + made[name] for name, one in total.items()}, replace(case, weights=weights)


def errors(case: Case, steps: Steps) -> tuple[dict[int, Array], dict[int, Array], dict[int, Array]]:
    """What is handed down, by the number of the layer.

    The errors of the pre-activations, ``(B, units)``; these before the derivative of the activation
    is multiplied in; and the gradients of the weights, ``(inputs, units)``.
    """
    network, size = case.network, len(case.labels)
    error = steps.output(case, steps.slope) / size
    deltas = {case.last: error * steps.factor(case.last, "delta")}
    unsloped = {case.last: case.error / size if network.loss == "squared-error" else error}
    weights: dict[int, Array] = {}
    for depth in reversed(range(len(network.layers))):
        weights[depth] = steps.weight(case, depth, deltas) * steps.factor(depth, "weight")
        if depth:
            handed = steps.carry(case, depth - 1, Above(deltas, unsloped, weights[depth]))
            handed = steps.mask(case, depth - 1, handed)
            unsloped[depth - 1] = handed
            sloped = steps.back(case, depth - 1, handed, steps.slope(case, depth - 1))
            deltas[depth - 1] = sloped * steps.factor(depth - 1, "delta")
    return deltas, unsloped, weights


def has_slope(network: Network, depth: int) -> bool:
    """Whether the derivative of a layer's activation is a number for each unit."""
    return network.layers[depth].activation != "softmax"
