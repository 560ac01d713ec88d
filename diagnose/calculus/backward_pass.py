"""A backward pass over dense layers, whose slopes and error of the output can be exchanged.

With those that stand here it is the derivative of the loss; with others that of another loss, or
what an author gets who wrote a slope so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.margins import error_of
from diagnose.network.arrays import Array, Arrays
from diagnose.network.dropout import left
from diagnose.network.layers import derivative
from diagnose.network.record import Network


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One call of a backward pass, in rows: samples first, weights ``(inputs, units)``.

    entering, pre, out: what enters each layer, its pre-activation and its activation, each
    ``(B, units)``, first layer first. kept: what dropout multiplies each layer's output by on its
    way on, ``(B, units)``; 1.0 without it.
    """

    network: Network
    weights: list[Array]
    entering: list[Array]
    pre: list[Array]
    out: list[Array]
    labels: Array
    kept: list[Array | float]

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
        kept=kept,
    )


# The backward pass. Layers are numbered from 0, as ``depth``.


def right_slope(case: Case, depth: int) -> Array:
    """Derivative of a layer's activation."""
    return derivative(case.network.layers[depth], case.pre[depth], case.out[depth])


Slope = Callable[[Case, int], Array]
Output = Callable[[Case, Slope], Array]


def right_output(case: Case, slope: Slope) -> Array:
    """The output's error; with squared error it goes back through the output's activation."""
    return error_back(case, case.error, slope)


def error_back(case: Case, error: Array, slope: Slope) -> Array:
    """An error of the output, ``(B, outputs)``, back through what the loss leaves of the output."""
    if case.network.loss == "cross-entropy":
        return error
    if has_slope(case.network, case.last):
        return error * slope(case, case.last)
    return softmax_back(case.out[-1], error)


def softmax_back(out: Array, error: Array) -> Array:
    """An error, ``(B, outputs)``, back through a softmax."""
    return out * (error - (error * out).sum(axis=1, keepdims=True))


def backward(
    case: Case, parameters: Arrays, *, slope: Slope = right_slope, output: Output = right_output
) -> Arrays:
    """The gradients of the mean loss that these parts give, named and shaped as the parameters.

    A parameter of no layer has a gradient of 0.
    """
    network = case.network
    found = {name: np.zeros(np.shape(one)) for name, one in parameters.items()}
    deltas, _ = errors(case, slope=slope, output=output)
    for depth, layer in enumerate(network.layers):
        weight = case.entering[depth].T @ deltas[depth]
        found[layer.weight] = weight.T if network.layout == "columns" else weight
        if layer.bias is not None:
            found[layer.bias] = deltas[depth].sum(axis=0).reshape(found[layer.bias].shape)
    return found


def errors(
    case: Case, *, slope: Slope = right_slope, output: Output = right_output
) -> tuple[dict[int, Array], dict[int, Array]]:
    """What is handed down, by the number of the layer.

    The errors of the pre-activations, ``(B, units)``; and these before the derivative of the
    activation is multiplied in.
    """
    network, size = case.network, len(case.labels)
    error = output(case, slope) / size
    deltas = {case.last: error}
    unsloped = {case.last: case.error / size if network.loss == "squared-error" else error}
    for depth in reversed(range(case.last)):
        handed = deltas[depth + 1] @ case.weights[depth + 1].T * case.kept[depth]
        unsloped[depth] = handed
        deltas[depth] = handed * slope(case, depth)
    return deltas, unsloped


def has_slope(network: Network, depth: int) -> bool:
    """Whether the derivative of a layer's activation is a number for each unit."""
    return network.layers[depth].activation != "softmax"
