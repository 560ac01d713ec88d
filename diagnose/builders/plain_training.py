"""Steps of a network as a loop of one's own would make them, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network


def steps(
    network: Network, batches: Iterable[tuple[Array, Array, float]], seed: int
) -> Iterator[Arrays]:
    """The parameters after the step of each batch: inputs as they are laid out, labels, rate."""
    parameters = network.init(seed)
    for x, labels, rate in batches:
        trace = network.forward(parameters, x)
        gradients = network.backward(parameters, trace, x, labels)
        parameters = network.update(parameters, gradients, rate)
        yield parameters
