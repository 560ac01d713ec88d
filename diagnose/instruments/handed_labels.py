"""The labels that an order is handed: whether it writes into them, and an order that cannot.

An order is handed the labels so that it can go by them. One that shuffles them, and not the
samples, gives each sample the label of another from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network


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
