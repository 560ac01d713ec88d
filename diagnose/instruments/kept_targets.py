"""Labels and targets that an author's functions write into, and how to keep them from that.

Targets may be written into one table each time. An order is handed the labels so that it can go by
them; one that shuffles them, and not the samples, gives each sample the label of another from then
on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network

Encode = Callable[[Array], Array]


@dataclass(frozen=True)
class OnLabelCopies:
    """An order that is handed a copy of the labels."""

    order: Callable[[Array, int, int], Array]

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        return self.order(np.array(labels), epoch, seed)


def labels_changed(network: Network, labels: Array, seed: int, epoch: int = 0) -> Array:
    """Which of the labels ``(n, ...)`` the order of an epoch leaves changed."""
    handed = np.array(labels)
    network.order(handed, epoch, seed)
    return np.asarray(handed != labels)


@dataclass(frozen=True)
class FreshTargets:
    """Targets whose table is cleared before, and copied after they are written."""

    encode: Encode

    def __call__(self, labels: Array) -> Array:
        """Targets, ``(B, outputs)``."""
        clear(self.encode, labels)
        return np.array(self.encode(labels))


@dataclass(frozen=True)
class Cleared:
    """A backward pass before which the table of targets is cleared, for it may ask for them too."""

    backward: Callable[..., Arrays]
    encode: Encode

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        clear(self.encode, labels)
        return self.backward(parameters, trace, x, labels)


def clear(encode: Encode, labels: Array) -> None:
    """Set to 0 what is still there of earlier targets, in the rows of as many labels."""
    given = np.asarray(encode(np.array(labels)))
    if given.flags.writeable:
        given[...] = 0


def kept(encode: Encode | None, labels: Array, others: Array) -> float:
    """Share of the targets of some labels in which those of others are left, 0 to 1.

    labels, others: ``(B,)``. A function that gives a part of a table into which it does not write,
    or that clears its table itself, keeps nothing.
    """
    if encode is None:
        return 0.0
    given = np.asarray(encode(np.array(labels)))
    if not given.flags.writeable:
        return 0.0
    before = np.array(given)
    given[...] = 0
    clean = np.array(encode(np.array(labels)))  # all 0 where it only shows a table
    encode(np.array(others))
    used = np.array(encode(np.array(labels)))
    left = float((used != clean).mean()) if clean.any() else 0.0
    given[...] = before
    return left
