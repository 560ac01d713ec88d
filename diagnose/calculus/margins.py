"""Hinge losses, which are 0 for samples that are right by a margin of 1 and linear for all others.

Of targets of -1 and 1, each output by itself: ``max(0, 1 - target * out)``. Of one-hot ones, every
wrong class against the right one: ``sum(max(0, out - out[right] + 1))`` over the wrong classes
(Crammer and Singer 2001; Weston and Watkins 1999; CS231n, "Linear classification").
"""

from __future__ import annotations

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network


def hinge(out: Array, targets: Array) -> Array:
    """The loss of each sample, of outputs and targets ``(B, outputs)``."""
    return np.maximum(0, _margins(out, targets)).sum(axis=1)


def hinge_slope(out: Array, targets: Array) -> Array:
    """Its derivative with respect to the outputs; at a kink, where the loss is 0, that is 0."""
    inside = (_margins(out, targets) > 0).astype(float)
    if _is_signed(targets):
        return -targets * inside
    return inside - targets * inside.sum(axis=1, keepdims=True)


def error_of(network: Network, out: Array, labels: Array) -> Array:
    """What goes back from the outputs, ``(B, outputs)``: ``out - target``, or a hinge's slope."""
    targets = network.targets(labels)
    return hinge_slope(out, targets) if network.loss == "hinge" else out - targets


def _margins(out: Array, targets: Array) -> Array:
    """By how much each output is short of the margin of 1; less than 0 for those that keep it."""
    if _is_signed(targets):
        return 1 - targets * out
    right = (out * targets).sum(axis=1, keepdims=True)
    return np.where(targets > 0, -1.0, out - right + 1)


def _is_signed(targets: Array) -> bool:
    return targets.shape[1] == 1 or bool((targets < 0).any())
