"""See that each layer applies the activation that it declares, where that can be told."""

from __future__ import annotations

import numpy as np

from diagnose.network.activations import ACTIVATIONS
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import activate
from diagnose.network.record import Network, layers_fit

# What rounding in single precision leaves between two ways to compute one number.
SAME = 1e-4
# So many different pre-activations tell one activation from another.
TELLING = 4
# Of a leaky ReLU and an ELU whose number nobody has said.
USUAL_SLOPE = {"leaky-relu": 0.01, "elu": 1.0}


def applied_otherwise(network: Network, parameters: Arrays, trace: Arrays, rows: Array) -> str:
    """What a layer applies where it declares another activation; nothing where none is told.

    rows: ``(B, features)``, prepared. Where a pre-activation is no sum of what enters, or is no
    longer there, nothing is told; nor where its activation is none that is known, and no multiple
    of one: then the code itself is judged.
    """
    if not layers_fit(network, parameters):
        return ""
    with np.errstate(all="ignore"):  # what overflows is told by its probe
        return _otherwise(network, parameters, trace, rows)


def _otherwise(network: Network, parameters: Arrays, trace: Arrays, rows: Array) -> str:
    entering = np.asarray(rows, float)
    for count, layer in enumerate(network.layers, 1):
        pre, out = (
            np.asarray(network.as_rows(np.asarray(trace[name])), float)
            for name in (layer.pre, layer.out)
        )
        sums = _sums(network, parameters, count - 1, entering)
        if layer.activation == "softmax" or not (
            sums.shape == pre.shape == out.shape and _same(sums, pre)
        ):
            return ""
        if not _same(activate(layer, pre), out):
            found = _applied(pre, out)
            return found and (
                f"makes {layer.out} of {layer.pre} by {found}, and layer {count} is declared "
                f"{layer.activation}; name the activation that it is, or apply that one"
            )
        entering = out
    return ""


def _sums(network: Network, parameters: Arrays, depth: int, entering: Array) -> Array:
    layer = network.layers[depth]
    weight = np.asarray(parameters[layer.weight], float)
    sums = entering @ (weight.T if network.layout == "columns" else weight)
    return sums if layer.bias is None else sums + np.ravel(parameters[layer.bias])


def _same(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=SAME, atol=SAME))


def _applied(pre: Array, out: Array) -> str:
    """By which activation one is made of the other, or nothing where it is no known one."""
    if np.unique(pre).size < TELLING or not np.isfinite(out).all():
        return ""
    if np.array_equal(out, pre > 0) or np.array_equal(out, pre >= 0):
        return "a step"
    for name, one in ACTIVATIONS.items():
        made = one.value(pre, USUAL_SLOPE.get(name, 0.0))
        size = float((made**2).sum())
        times = float((made * out).sum()) / size if 0 < size < np.inf else 0.0
        if abs(times) > SAME and _same(times * made, out):
            return name if abs(times - 1) <= SAME else f"{times:.4g} times {name}"
    return ""
