"""A learning rate that stands in no place of its own: a number that is in all gradients.

So it is in ``w -= 0.1 * X.T @ error / n``, where it is multiplied with samples alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnose.calculus.convention import convention
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.watching.handover import Handover

# Samples at which gradients are held against the true ones.
SAMPLES = 500


@dataclass(frozen=True)
class Rate:
    """One rate for all epochs."""

    rate: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.rate


@dataclass(frozen=True)
class WithoutRate:
    """A backward pass whose gradients hold the rate, without it."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    rate: float

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        given = self.backward(parameters, trace, x, labels)
        return {name: one / self.rate for name, one in given.items()}


def with_its_rate(network: Network, read: Handover) -> Network:
    """The same network, with a rate that was read in none of its gradients taken out of them all.

    Only where these are, but for that one number, exactly the true ones.
    """
    if read.said["rate_is_written"] or network.data is None:
        return network
    data = network.data()
    rows = network.prepare(data.images[:SAMPLES])
    found = convention(network, rows, data.labels[:SAMPLES])
    if isinstance(found, str) or not found.known or found.said is not None:
        return network
    factors = [one.factor for one in found.fits.values()]
    if any(abs(one / found.factor - 1) > found.same for one in factors):
        return network
    return replace(
        network, learning_rate=Rate(found.factor),
        backward=WithoutRate(network.backward, found.factor),
    )  # fmt: skip


def with_rate_told(
    roles: Mapping[str, dict[str, Any]], network: Network
) -> dict[str, dict[str, Any]]:
    """What was read, with the rate that was found in the gradients."""
    rate = network.learning_rate
    if not isinstance(rate, Rate):
        return {**roles}
    text = f"{rate.rate:.6g}, by which all gradients are multiplied"
    return {**roles, "learning rate": {**roles["learning rate"], "text": text}}
