"""A learning rate that stands in no place of its own: a number that is in all gradients.

So it is in ``w -= 0.1 * X.T @ error / n``, where it is multiplied with samples alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from diagnose.calculus.convention import convention
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.reading.pacing import paced
from diagnose.watching.handover import Handover

# Samples at which gradients are held against the true ones.
SAMPLES = 500


@dataclass(frozen=True)
class WithoutRate:
    """A backward pass whose gradients hold the rate, without it."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    rate: float

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        given = self.backward(parameters, trace, x, labels)
        return {name: one / self.rate for name, one in given.items()}


def with_its_rate(network: Network, read: Handover) -> tuple[Network, Handover]:
    """The network, and what was read, with a rate that all gradients hold as the rate of both.

    Only where all gradients are, but for that one number, exactly the true ones.
    """
    if read.said["rate_is_written"] or network.data is None:
        return network, read
    data = network.data()
    rows = network.prepare(data.images[:SAMPLES])
    found = convention(network, rows, data.labels[:SAMPLES])
    if isinstance(found, str) or not found.known or found.said is not None:
        return network, read
    rate = found.factor
    if any(abs(one.factor / rate - 1) > found.same for one in found.fits.values()):
        return network, read
    told = {"text": f"{rate:.6g}, by which all gradients are multiplied"}
    roles = {**read.roles, "learning rate": {**read.roles["learning rate"], **told}}
    backward = WithoutRate(network.backward, rate)
    network = replace(network, learning_rate=paced([[rate]]), backward=backward)
    return network, replace(read, roles=roles)
