"""The mathematics of the layers that a network declares: activations, derivatives, forward."""

from __future__ import annotations

import numpy as np

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
    match layer.activation:
        case "relu":
            return np.maximum(pre, 0)
        case "leaky-relu":
            return np.where(pre > 0, pre, layer.slope * pre)
        case "sigmoid":
            # tanh cannot overflow, 1 / (1 + exp(-pre)) can; the two are the same function
            return 0.5 * (1 + np.tanh(0.5 * pre))
        case "tanh":
            return np.tanh(pre)
        case "softmax":
            return softmax_rows(pre)
        case _:
            return pre


def derivative(layer: Layer, pre: Array, out: Array) -> Array:
    """Differentiate a hidden layer's activation at ``pre``, where its value is ``out``.

    Both have shape ``(n, units)``. At a kink (a pre-activation of exactly 0) the derivative from
    the left is taken. ValueError for softmax, whose derivative is a matrix per sample.
    """
    match layer.activation:
        case "relu":
            return (pre > 0).astype(pre.dtype)
        case "leaky-relu":
            return np.where(pre > 0, 1, layer.slope).astype(pre.dtype)
        case "sigmoid":
            return out * (1 - out)
        case "tanh":
            return 1 - out**2
        case "linear":
            return np.ones_like(pre)
        case _:
            raise ValueError(f"{layer.activation} in a hidden layer ({layer.out})")


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


def forward_rows(network: Network, parameters: Arrays, rows: Array) -> list[tuple[Array, Array]]:
    """Compute each declared layer's pre-activation and activation, all samples at once, in float64.

    rows: ``(n, features)``, prepared. Returns one ``(pre, out)`` per layer, each ``(n, units)``.
    This is what the declared layers say, not the network's own code; where the two must agree,
    compare them.
    """
    layers = []
    out = np.asarray(rows, dtype=float)
    with np.errstate(all="ignore"):  # of a network that overflows, what it says is asked too
        for depth, layer in enumerate(network.layers):
            weight = np.asarray(parameters[layer.weight], dtype=float)
            entering = thinned(network, parameters, depth - 1, out)
            pre = entering @ (weight.T if network.layout == "columns" else weight)
            if layer.bias is not None:
                pre = pre + np.asarray(parameters[layer.bias], dtype=float).reshape(1, -1)
            out = activate(layer, pre)
            layers.append((pre, out))
    return layers
