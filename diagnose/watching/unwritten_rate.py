"""A learning rate that stands in no place of its own: a number that is in all gradients.

So it is in ``w -= 0.1 * X.T @ error / n``, where it is multiplied with samples alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.calculus.convention import convention
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network
from diagnose.reading.pacing import paced
from diagnose.watching.contract import Carrying
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


@dataclass(frozen=True)
class WithRate:
    """A step that takes gradients in which the rate is, handed such without it.

    count: how many gradients it takes, before the rate and behind all else.
    """

    step: Callable[..., Any]
    count: int

    def __call__(self, *given: Any) -> Any:
        """What the step gives."""
        *others, rate = given
        first = len(others) - self.count
        return self.step(*others[:first], *(rate * one for one in others[first:]), 1.0)


def _paced_by(network: Network, rate: float) -> Network | None:
    """The network with gradients that are so many times smaller, and the same step at this rate.

    What carries more than the parameters may put the gradients into a velocity as they are.
    """
    backward = WithoutRate(network.backward, rate)
    update = network.update
    start = network.init(0)
    gradients = {name: np.ones(np.shape(one)) for name, one in start.items()}
    smaller = {name: one / rate for name, one in gradients.items()}
    wanted = update(copied(start), gradients, 1.0)
    ways = [update]
    if isinstance(update, Carrying):
        ways.append(replace(update, step=WithRate(update.step, len(update.parameters))))
    for way in ways:
        made = way(copied(start), smaller, rate)
        if all(np.allclose(made[name], one, rtol=1e-9, atol=0) for name, one in wanted.items()):
            return replace(network, learning_rate=paced([[rate]]), backward=backward, update=way)
    return None


def with_its_rate(network: Network, read: Handover) -> tuple[Network, Handover]:
    """The network, and what was read, with a rate that all gradients hold as the rate of both.

    Only where all gradients are, but for that one number, exactly the true ones. Else the rate is
    written nowhere, and no line is that of the rate.
    """
    if read.said["rate_is_written"] or network.data is None:
        return network, read
    row = read.roles["learning rate"]
    nowhere = replace(read, roles={**read.roles, "learning rate": {**row, "line": 0}})
    data = network.data()
    rows = network.prepare(data.images[:SAMPLES])
    found = convention(network, rows, data.labels[:SAMPLES])
    if isinstance(found, str) or not found.known or found.said is not None:
        return network, nowhere
    rate = found.factor
    if any(abs(one.factor / rate - 1) > found.same for one in found.fits.values()):
        return network, nowhere
    changed = _paced_by(network, rate)
    if changed is None or rate == 1:
        return network, nowhere
    told = {"text": f"{rate:.6g}, by which all gradients are multiplied"}
    return changed, replace(read, roles={**read.roles, "learning rate": {**row, **told}})
