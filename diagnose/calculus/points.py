"""Points at which a network can be looked at, whatever state it is in."""

from __future__ import annotations

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network, fan_in


def generic_point(network: Network, rows: Array, seed: int = 0) -> tuple[Arrays, Array]:
    """Parameters and inputs at which no layer is dead and no softmax saturated.

    He-normal weights, and the given rows scaled to a root mean square of 1. Forward and backward
    are functions of the parameters like any other: what holds of them holds here too.
    """
    rng = np.random.default_rng(seed)
    like = network.init(0)
    parameters = dict(like)
    for layer in network.layers:
        spread = np.sqrt(2 / fan_in(network, layer, like))
        parameters[layer.weight] = rng.normal(0, spread, like[layer.weight].shape)
        if layer.bias:
            parameters[layer.bias] = rng.normal(0, 0.1, like[layer.bias].shape)
    parameters = {name: array.astype(like[name].dtype) for name, array in parameters.items()}
    size = np.sqrt(np.mean(np.square(rows, dtype=np.float64)))
    return parameters, rows / (size if size > 0 else 1.0)
