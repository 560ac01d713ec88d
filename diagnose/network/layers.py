"""The mathematics of the layers that a network declares: activations, derivatives, forward."""

from __future__ import annotations

import numpy as np

from diagnose.network.activations import Activation, activation_of
from diagnose.network.arrays import Array, Arrays
from diagnose.network.dropout import thinned
from diagnose.network.record import Layer, Network


def softmax_rows(logits: Array) -> Array:
    """Turn logits ``(n, classes)``, however large, into probabilities ``(n, classes)``.

    The row's largest logit is taken off first, which changes no probability and leaves nothing
    that ``exp`` could overflow on (Blanchard, Higham and Higham 2021, "Accurately computing the
    log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41, equation 3.4).
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def activate(layer: Layer, pre: Array) -> Array:
    """Apply the layer's activation to pre-activations ``(n, units)``."""
    if layer.activation == "softmax":
        return softmax_rows(pre)
    return _known(layer).value(pre, layer.slope)


def derivative(layer: Layer, pre: Array, out: Array) -> Array:
    """Differentiate a hidden layer's activation at ``pre``, where its value is ``out``.

    Both have shape ``(n, units)``. At a kink (a pre-activation of exactly 0) the derivative from
    the left is taken. ValueError for softmax, whose derivative is a matrix per sample.
    """
    if layer.activation == "softmax":
        raise ValueError(f"{layer.activation} in a hidden layer ({layer.out})")
    return _known(layer).derivative(pre, out, layer.slope)


def _known(layer: Layer) -> Activation:
    if (found := activation_of(layer.activation)) is None:
        raise KeyError(layer.activation)
    return found


# Where a sigmoid or tanh has less than a hundredth of its steepest slope its output lies within a
# 400th of its range from an edge, and it takes a hundred steps to do what one does in the middle.
BLOCKED = 0.01


def blocked(layer: Layer, pre: Array, out: Array) -> Array:
    """Where a unit passes (nearly) no gradient on, ``(n, units)`` booleans.

    A ReLU where it is off; a sigmoid or tanh where its derivative is below ``BLOCKED`` of its
    maximum: 1/4 for the sigmoid, 1 for tanh. No unit of another kind, and none that is not finite.
    """
    steepest = {"relu": 1.0, "sigmoid": 0.25, "tanh": 1.0}.get(layer.activation)
    if steepest is None:
        return np.zeros(pre.shape, bool)
    return np.asarray(derivative(layer, pre, out) < BLOCKED * steepest)


def bias_rows(network: Network, bias: Array, pre: Array) -> Array:
    """A bias of any shape as ``(1, units)``, to be added to ``(n, units)`` of pre-activations.

    A step that does not sum over its batch makes it a bias for each sample: ``(batch, units)``.
    """
    bias = np.asarray(bias, dtype=float)
    return bias.reshape(1, -1) if bias.size == pre.shape[1] else network.as_rows(bias)


def first_weight(network: Network, parameters: Arrays) -> Array:
    """The weight of the first layer, ``(features, units)``, in float64."""
    return _as_columns(network, parameters[network.layers[0].weight])


def _as_columns(network: Network, weight: Array) -> Array:
    weight = np.asarray(weight, dtype=float)
    return weight.T if network.layout == "columns" else weight


def forward_rows(
    network: Network, parameters: Arrays, rows: Array, first: Array | None = None
) -> list[tuple[Array, Array]]:
    """Compute each declared layer's pre-activation and activation, all samples at once, in float64.

    rows: ``(n, features)``, prepared. first: ``rows @ first_weight``, where that is known. Returns
    one ``(pre, out)`` per layer, each ``(n, units)``.
    This is what the declared layers say, not the network's own code; where the two must agree,
    compare them.
    """
    layers = []
    out = np.asarray(rows, dtype=float) if first is None else rows
    with np.errstate(all="ignore"):  # of a network that overflows, what it says is asked too
        for depth, layer in enumerate(network.layers):
            if depth == 0 and first is not None:
                pre = first
            else:
                entering = thinned(network, parameters, depth - 1, out)
                pre = entering @ _as_columns(network, parameters[layer.weight])
            if layer.bias is not None:
                pre = pre + bias_rows(network, parameters[layer.bias], pre)
            out = activate(layer, pre)
            layers.append((pre, out))
    return layers
