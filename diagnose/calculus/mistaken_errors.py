"""The error of the output, or how it is handed down to a layer, written wrongly."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.calculus.backward_pass import Above, Case, error_back, softmax_back
from diagnose.calculus.mistaken import Kind, Shape, batched
from diagnose.network.arrays import Array

# How an error is handed down to a layer


def _has_slope_above(shape: Shape, depth: int) -> bool:
    if depth + 1 < shape.last:
        return shape.activation(depth + 1) != "linear"
    return shape.network.loss == "squared-error" and shape.activation(shape.last) != "linear"


def _summed_over_units(case: Case, depth: int, above: Above) -> Array:
    every = above.deltas[depth + 1] @ case.weights[depth + 1].T
    return np.broadcast_to(every.sum(axis=1, keepdims=True), every.shape)


def _sums_apart(case: Case, depth: int, above: Above) -> Array:
    weight = case.weights[depth + 1]
    return above.deltas[depth + 1].sum(axis=1, keepdims=True) * weight.sum(axis=1)


def _summed_over_samples(case: Case, depth: int, above: Above) -> Array:
    every = above.deltas[depth + 1] @ case.weights[depth + 1].T
    return np.broadcast_to(every.sum(axis=0), every.shape)


MASKS = (
    Kind(
        "dropout-mask-left-out",
        "the error reaches the units that dropout has left out, too",
        "multiply the error that is handed down by the mask, as the output of {out} is",
        lambda case, depth, handed: handed,
    ),
    Kind(
        "dropout-scale-left-out",
        "the error of the units that dropout has left in is not scaled as their output is",
        "multiply the error that is handed down by the mask and its scale, as the output is",
        lambda case, depth, handed: handed * (case.kept[depth] != 0),
    ),
)


CARRIES = (
    Kind(
        "weight-untransposed",
        "the error is handed down by {above} where it should be by its transpose",
        "transpose {above} there",
        lambda case, k, above: above.deltas[k + 1] @ case.weights[k + 1],
        lambda shape, k: shape.is_square(k + 1),
    ),
    Kind(
        "weight-left-out",
        "the error of the layer above is taken as it is, without {above}",
        "multiply the error of the layer above by {above}, transposed",
        lambda case, k, above: above.deltas[k + 1],
        lambda shape, k: shape.sizes[k + 1] == shape.sizes[k + 2],
    ),
    Kind(
        "output-error-in-hidden-layer",
        "the error of the output is used for a hidden layer",
        "hand the error down from layer to layer, by {above}, transposed",
        lambda case, k, above: above.deltas[case.last],
        lambda shape, k: k + 1 < shape.last and shape.sizes[k + 1] == shape.sizes[-1],
    ),
    Kind(
        "layer-skipped",
        "the layer above is left out: the error comes from two layers above",
        "hand the error down from layer to layer, by {above}, transposed",
        lambda case, k, above: above.deltas[k + 2] @ case.weights[k + 2].T,
        lambda shape, k: k + 1 < shape.last and shape.sizes[k + 1] == shape.sizes[k + 2],
    ),
    Kind(
        "stepped-too-early",
        "the error is handed down by {above} after its step, where it should be by {above} before",
        "compute all errors first, then make the steps",
        lambda case, k, above: (
            above.deltas[k + 1] @ (case.weights[k + 1] - case.rate * above.gradient).T
        ),
    ),
    Kind(
        "handed-down-before-derivative",
        "the error is handed down by {above} before the derivative of the layer above is "
        "multiplied in",
        "multiply the error by the derivative of its layer first, and hand that down",
        lambda case, k, above: above.unsloped[k + 1] @ case.weights[k + 1].T,
        _has_slope_above,
    ),
    Kind(
        "summed-over-units",
        "the error that is handed down by {above} is summed over the units, so that each gets that "
        "of all",
        "sum over the units of the layer above alone: error @ {above}, transposed",
        _summed_over_units,
        lambda shape, k: shape.sizes[k + 1] > 1,
    ),
    Kind(
        "sums-multiplied",
        "the sum of the errors is multiplied by the sum of the weights in {above}, where the sum "
        "of the products is meant",
        "multiply first, then sum: error @ {above}, transposed",
        _sums_apart,
        lambda shape, k: shape.sizes[k + 2] > 1,
    ),
    Kind(
        "summed-over-samples",
        "the error that is handed down by {above} is summed over the samples, so that each gets "
        "that of all",
        "keep a row of errors for each sample until the gradients are made",
        _summed_over_samples,
        batched,
    ),
)


# The error of the output


def _elementwise(case: Case, slope: Any) -> Array:
    return case.error * case.out[-1] * (1 - case.out[-1])


def _of_ones(case: Case, slope: Any) -> Array:
    return -case.network.targets(case.labels) * (1 - case.out[-1])


HUBER = "huber"
# No mistakes: who takes one of these errors, means another loss than those that are declared.
# Huber 1964, "Robust estimation of a location parameter", with his bound at 1, as it mostly is.
OTHER_LOSSES = {
    "absolute-error": (
        "only its sign, as of a loss of absolute errors",
        lambda case, slope: error_back(case, np.sign(case.error), slope),
    ),
    HUBER: (
        "a bound of 1, as of Huber's loss",
        lambda case, slope: error_back(case, np.clip(case.error, -1, 1), slope),
    ),
    "log-cosh": (
        "its hyperbolic tangent in its place, as of the loss log(cosh)",
        lambda case, slope: error_back(case, np.tanh(case.error), slope),
    ),
}
EVERY_OUTPUT = (
    (
        "target-left-out",
        "no target: it is the output alone",
        lambda case, slope: error_back(case, case.out[-1], slope),
    ),
    (
        "target-added",
        "the target added where it should be taken off",
        lambda case, slope: error_back(
            case, case.out[-1] + case.network.targets(case.labels), slope
        ),
    ),
)
OUTPUTS = {
    **{
        ("squared-error", activation): tuple(
            (name, sentence, output) for name, (sentence, output) in OTHER_LOSSES.items()
        )
        for activation in ("linear", "sigmoid", "tanh", "relu")
    },
    ("cross-entropy", "softmax"): (
        ("extra-output-derivative", "a factor out * (1 - out) too many", _elementwise),
        (
            "extra-softmax-jacobian",
            "the derivative of the softmax too many",
            lambda case, slope: softmax_back(case.out[-1], case.error),
        ),
        (
            "softmax-left-out",
            "no derivative of the softmax: it is -target / out",
            lambda case, slope: -case.network.targets(case.labels) / case.out[-1],
        ),
        (
            "softmax-elementwise",
            "out * (1 - out) for the softmax's derivative: it is -target * (1 - out)",
            _of_ones,
        ),
    ),
    ("cross-entropy", "sigmoid"): (
        ("extra-output-derivative", "a factor out * (1 - out) too many", _elementwise),
        ("half-of-the-loss", "only the term of the ones: it is -target * (1 - out)", _of_ones),
        (
            "sigmoid-left-out",
            "no derivative of the sigmoid: it is (out - target) / (out * (1 - out))",
            lambda case, slope: case.error / (case.out[-1] * (1 - case.out[-1])),
        ),
    ),
    ("squared-error", "softmax"): (
        (
            "missing-output-derivative",
            "no derivative of the softmax: it is out - target",
            lambda case, slope: case.error,
        ),
        ("softmax-elementwise", "out * (1 - out) for the softmax's derivative", _elementwise),
    ),
}
RIGHT_OUTPUT = {
    "hinge": "with a hinge loss it is 0 for each output that keeps its margin",
    "cross-entropy": "with cross-entropy it is out - target, and nothing more",
    "squared-error": "with squared error it is out - target times the derivative of the output's "
    "activation, which of a softmax is out * (error - sum(error * out))",
}
