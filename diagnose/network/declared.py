"""See that what a network declares of itself can be so: functions, numbers, names.

And that each layer applies the activation that it declares, where that can be told.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.activations import ACTIVATIONS, every_activation, is_activation
from diagnose.network.arrays import Array, Arrays, kind
from diagnose.network.layers import activate
from diagnose.network.record import Loss, Network, layers_fit
from diagnose.network.tasks import REGRESSION

FUNCTIONS = ("init", "prepare", "order", "learning_rate", "forward", "backward", "update")
# What rounding in single precision leaves between two ways to compute one number.
SAME = 1e-4
# So many different pre-activations tell one activation from another.
TELLING = 4
# Of a leaky ReLU and an ELU whose number nobody has said.
USUAL_SLOPE = {"leaky-relu": 0.01, "elu": 1.0}


def check_record(network: Network) -> None:
    """BadInputError for the first field that cannot be what it says, before anything is run."""
    for role in FUNCTIONS:
        if not callable(getattr(network, role)):
            raise BadInputError(
                f"{network.name}: {role} is {kind(getattr(network, role))}; give a function"
            )
    for name, value in (("batch_size", network.batch_size), ("epochs", network.epochs)):
        if not _is_whole(value, 1):
            raise BadInputError(f"{network.name}: {name} is {value!r}; give a whole number from 1")
    if not _is_whole(network.classes, 0):
        raise BadInputError(
            f"{network.name}: classes is {network.classes!r}; give how many classes it answers "
            "with, or 0 where it answers with numbers"
        )
    if network.task is REGRESSION and network.loss != "squared-error":
        raise BadInputError(
            f"{network.name}: loss is {network.loss!r} and classes is 0; a network that answers "
            'with numbers has loss="squared-error"'
        )
    if not network.layers:
        raise BadInputError(f"{network.name}: layers is empty; name the arrays of each layer")
    for said, of, known in (
        ("layout", network.layout, ("columns", "rows")),
        ("loss", network.loss, get_args(Loss)),
    ):
        if of not in known:
            raise BadInputError(f"{network.name}: {said} is {of!r}; give one of {', '.join(known)}")
    for count, layer in enumerate(network.layers, 1):
        if not is_activation(layer.activation):
            raise BadInputError(
                f"{network.name}: activation of layer {count} is {layer.activation!r}; give one of "
                f"{every_activation()}"
            )
    for count, layer in enumerate(network.layers, 1):
        if layer.bias == layer.weight:
            raise BadInputError(
                f"{network.name}: layer {count} names {layer.weight} as its weight and as its "
                "bias; name its own bias, or None where it has none"
            )


def _is_whole(value: Any, least: int) -> bool:
    return (
        isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least
    )


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
