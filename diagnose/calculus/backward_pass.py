"""A backward pass over dense layers, in parts that can be exchanged one by one.

With the parts that stand here it is the derivative of the loss; with another in the place of one
it is what an author gets who wrote that part so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.gradients import output_error
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import derivative
from diagnose.network.record import Network


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One call of a backward pass, in rows: samples first, weights ``(inputs, units)``.

    entering, pre, out: what enters each layer, its pre-activation and its activation, each
    ``(B, units)``, first layer first. rate: of the first epoch.
    """

    network: Network
    weights: list[Array]
    entering: list[Array]
    pre: list[Array]
    out: list[Array]
    labels: Array
    rate: float

    @property
    def last(self) -> int:
        """Number of the output layer, from 0."""
        return len(self.weights) - 1

    @property
    def error(self) -> Array:
        """Output minus target, ``(B, outputs)``."""
        return self.out[-1] - self.network.targets(self.labels)


def case_of(network: Network, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Case:
    """A case from what the contract's backward is handed."""

    def rows(array: Array) -> Array:
        return np.array(network.as_rows(array), float)

    layers = network.layers
    weights = [np.asarray(parameters[layer.weight], float) for layer in layers]
    out = [rows(trace[layer.out]) for layer in layers]
    return Case(
        network=network,
        weights=[one.T if network.layout == "columns" else one for one in weights],
        entering=[rows(x), *out[:-1]],
        pre=[rows(trace[layer.pre]) for layer in layers],
        out=out,
        labels=np.asarray(labels),
        rate=float(network.learning_rate(0)),
    )


# The backward pass, in parts. Layers are numbered from 0, as ``depth``.


def right_slope(case: Case, depth: int) -> Array:
    """Derivative of a layer's activation."""
    return derivative(case.network.layers[depth], case.pre[depth], case.out[depth])


def right_output(case: Case, slope: Callable[[Case, int], Array]) -> Array:
    """The output's error; with squared error it goes back through the output's activation."""
    if case.network.loss == "squared-error" and has_slope(case.network, case.last):
        return case.error * slope(case, case.last)
    return output_error(case.network, case.pre[-1], case.out[-1], case.labels)


def right_carry(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    """The error of the layer above, handed to a layer; gradient: of the weight in between."""
    return deltas[depth + 1] @ case.weights[depth + 1].T


def right_entering(case: Case, depth: int) -> Array:
    """What a layer's error is multiplied by for the gradient of its weight."""
    return case.entering[depth]


def right_factor(case: Case, depth: int, what: str) -> float:
    """A number by which a layer's "weight" or "bias" gradient or its "delta" is multiplied."""
    return 1.0


@dataclass(frozen=True)
class Steps:
    """The parts of a backward pass; without arguments the right ones."""

    slope: Callable[[Case, int], Array] = right_slope
    output: Callable[[Case, Callable[[Case, int], Array]], Array] = right_output
    carry: Callable[[Case, int, dict[int, Array], Array], Array] = right_carry
    entering: Callable[[Case, int], Array] = right_entering
    factor: Callable[[Case, int, str], float] = right_factor
    turned: int | None = None  # the layer whose weight's gradient comes out transposed


def backward(case: Case, parameters: Arrays, steps: Steps) -> Arrays:
    """The gradients of the mean loss that these parts give, named and shaped as the parameters.

    A parameter of no layer has a gradient of 0.
    """
    network = case.network
    found = {name: np.zeros(np.shape(one)) for name, one in parameters.items()}
    deltas = {case.last: steps.output(case, steps.slope) / len(case.labels)}
    for depth in reversed(range(len(network.layers))):
        layer = network.layers[depth]
        deltas[depth] = deltas[depth] * steps.factor(case, depth, "delta")
        weight = steps.entering(case, depth).T @ deltas[depth]
        weight = (weight.T if steps.turned == depth else weight) * steps.factor(
            case, depth, "weight"
        )
        found[layer.weight] = weight.T if network.layout == "columns" else weight
        if layer.bias is not None:
            bias = deltas[depth].sum(axis=0) * steps.factor(case, depth, "bias")
            found[layer.bias] = bias.reshape(np.shape(parameters[layer.bias]))
        if depth:
            handed = steps.carry(case, depth - 1, deltas, weight)
            deltas[depth - 1] = handed * steps.slope(case, depth - 1)
    return found


def has_slope(network: Network, depth: int) -> bool:
    """Whether the derivative of a layer's activation is a number for each unit."""
    return network.layers[depth].activation != "softmax"
