"""What a network gets where its code says nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.samples import leading

# What a network gets where its code says nothing of its own


def constant(epoch: int, *, rate: float) -> float:
    """The same rate in every epoch."""
    return rate


def as_given(labels: Array, epoch: int, seed: int) -> Array:
    """The samples in the data's order."""
    return np.arange(len(labels))


def by_class(labels: Array, epoch: int, seed: int) -> Array:
    """Class by class, as when folders are read one after the other; numbers from small to large."""
    return np.argsort(leading(labels), kind="stable")


def shuffled(labels: Array, epoch: int, seed: int) -> Array:
    """A new permutation in each epoch."""
    return np.random.default_rng([seed, epoch]).permutation(len(labels))


ORDERS: Mapping[str, Callable[[Array, int, int], Array]] = {
    "as given": as_given,
    "by class": by_class,
    "shuffled": shuffled,
}
