"""The accuracy that an author prints, beside the share of right answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array, if_finite
from diagnose.network.record import Network
from diagnose.symptoms import answers

# An accuracy in whole percent is off by half of one.
ROUNDED = 0.0051


@dataclass(frozen=True)
class ShareOfRight:
    """The accuracy: the share of samples for which the network's answer is the label."""

    network: Network

    def __call__(self, outputs: Array, labels: Array) -> float:
        """From 0 to 1."""
        rows = np.asarray(self.network.as_rows(outputs), np.float64)
        return float((answers(self.network, rows) == labels).mean())


def said_by(network: Network, outputs: Array, labels: Array) -> float | None:
    """What the author's function says, as a number; None if it is not finite."""
    if network.accuracy is None:
        return None
    with np.errstate(all="ignore"):
        found = network.accuracy(np.array(outputs), np.array(labels))
    return if_finite(np.asarray(found, float).reshape(-1)[0])
