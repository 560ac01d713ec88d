"""See that what a network declares of itself can be so: functions, numbers, names."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.activations import every_activation, is_activation
from diagnose.network.arrays import kind
from diagnose.network.record import Loss, Network
from diagnose.network.tasks import REGRESSION

FUNCTIONS = ("init", "prepare", "order", "learning_rate", "forward", "backward", "update")


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
