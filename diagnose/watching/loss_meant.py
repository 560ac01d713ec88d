"""Which loss a watched network is trained on: the one along whose gradients its own lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diagnose.calculus.gradients import exact_gradients
from diagnose.network.arrays import Array
from diagnose.network.record import Loss, Network
from diagnose.watching.handover import Handover
from diagnose.watching.kept_steps import step_of


def losses(activation: str, classes: int) -> Sequence[Loss]:
    """The losses that a network can have; of two that fit alike the first is meant."""
    if classes and activation in ("softmax", "sigmoid"):
        return ("cross-entropy", "squared-error")
    return ("squared-error",)


def fit(network: Network, read: Handover) -> float:
    """How well the gradients of the last layer lie along those of the network's loss, up to 1.

    What lies along the weights themselves is left out of both: a penalty puts it there.
    """
    if network.loss == "squared-error" and not network.classes:
        return 1.0
    found = []
    last = network.layers[-1]
    for at in range(min(4, len(read.said["steps"]))):
        rows, labels, before, _ = step_of(read, network, at)
        x = network.lay_out(rows)
        with np.errstate(all="ignore"):
            given = network.backward(before, network.forward(before, x), x, labels)[last.weight]
            true = exact_gradients(network, before, rows, labels)[last.weight]
            if np.isfinite(np.linalg.norm(given) * np.linalg.norm(true)):
                weights = np.ravel(before[last.weight])
                found.append((_beside(np.ravel(given), weights), _beside(np.ravel(true), weights)))
    if not found:
        return 0.0
    # all steps at once: of a single sample and output, every gradient lies along every other
    mine, exact = (np.concatenate(one) for one in zip(*found, strict=True))
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(mine) * np.linalg.norm(exact))
    return abs(float(mine @ exact)) / size if size > 0 and math.isfinite(size) else 0.0


def _beside(gradient: Array, weights: Array) -> Array:
    """What of a gradient does not lie along the weights; all of a single number."""
    length = float(weights @ weights)
    if weights.size == 1 or not length > 0:
        return gradient
    return np.asarray(gradient - float(gradient @ weights) / length * weights)
