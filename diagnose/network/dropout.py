"""The masks of dropout: drawn for a step, and what they make of a layer's output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Dropout, Network, fan_out

# The seed of the masks with which samples are answered.
ANSWERED = 0
# Of keep times scale: both are written in decimals, and one is mostly computed from the other.
ROUNDING = 1e-9


def with_masks(
    network: Network, parameters: Arrays, random: np.random.Generator, samples: int
) -> Arrays:
    """The parameters, and with them the masks of a step with so many samples."""
    found = dict(parameters)
    for one in network.dropout:
        units = fan_out(network, network.layers[one.layer], parameters)
        found[one.mask] = network.lay_out(stay(one, random, samples, units).astype(one.dtype))
    return found


def stay(one: Dropout, random: np.random.Generator, samples: int, units: int) -> Array:
    """Which units stay, ``(samples, units)``: the next that are drawn."""
    drawn: Array = random.random((samples, units)) < one.keep
    return drawn


def answering(network: Network, parameters: Arrays, samples: int) -> Arrays:
    """The parameters with which so many samples are answered: with masks where dropout is left on.

    They are the same each time, so that what is measured is.
    """
    if not network.drops_when_answering:
        return parameters
    return with_masks(network, parameters, np.random.default_rng(ANSWERED), samples)


def of_samples(network: Network, parameters: Arrays, index: Array) -> Arrays:
    """The same for some of these samples."""
    if not network.dropout:
        return parameters
    masks = {
        one.mask: network.lay_out(network.as_rows(parameters[one.mask])[index])
        for one in network.dropout
        if one.mask in parameters
    }
    return {**parameters, **masks}


def left(network: Network, parameters: Arrays, layer: int) -> Array | float:
    """What a layer's output is multiplied by on its way on, ``(B, units)``; 1.0 without masks."""
    found: Array | float = 1.0
    for one in network.dropout:
        if one.layer == layer and one.mask in parameters:
            found = found * (np.asarray(network.as_rows(parameters[one.mask]), float) * one.scale)
    return found


def thinned(network: Network, parameters: Arrays, layer: int, rows: Array) -> Array:
    """A layer's output, or what comes back to it, ``(B, units)``, without what is left out."""
    return rows * left(network, parameters, layer) if network.dropout else rows


@dataclass(frozen=True)
class WithoutMasks:
    """A forward pass that takes masks; where it is handed none, no unit is left out.

    scales: ``(mask, number)``, what the pass multiplies by beside the mask. What stands for the
    mask undoes it.
    """

    forward: Callable[[Arrays, Array], Arrays]
    scales: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, x: Array) -> Arrays:
        """The trace."""
        undone = {mask: np.array(1 / scale) for mask, scale in self.scales}
        return self.forward({**undone, **parameters}, x)


def keeps_the_mean(one: Dropout) -> bool:
    """Whether what stays makes up, in the mean, for what is left out, so that answers need not."""
    return abs(one.keep * one.scale - 1) <= ROUNDING
