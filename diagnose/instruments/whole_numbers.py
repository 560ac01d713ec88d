"""Parts of a network that keep whole numbers where fractions are needed, and their float twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.gradients import reverse_mode
from diagnose.network.arrays import Array, Arrays, as_float
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network

Preparing = Callable[[Array], Array]


@dataclass(frozen=True)
class FloatDraw:
    """A draw whose integer parameters come out as float64."""

    init: Callable[[int], Arrays]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return {name: as_float(one) for name, one in self.init(seed).items()}


@dataclass(frozen=True)
class FloatInputs:
    """A preparation that returns float64, and with ``within`` is handed float64 images too."""

    prepare: Preparing
    within: bool

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        return as_float(self.prepare(as_float(images) if self.within else images))


@dataclass(frozen=True)
class Straight:
    """A preparation that is a straight line for each feature: ``scale * feature + shift``."""

    scale: tuple[float, ...]
    shift: tuple[float, ...]

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        rows = np.asarray(images, float).reshape(len(images), -1)
        return rows * np.array(self.scale) + np.array(self.shift)


@dataclass(frozen=True)
class Shaded:
    """A preparation that runs evenly from what it made of the darkest to that of the brightest.

    darkest, brightest: pixels; low, high: what the author's code makes of these two.
    """

    darkest: float
    brightest: float
    low: float
    high: float

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        pixels = np.asarray(images, np.float64).reshape(len(images), -1)
        shade = (pixels - self.darkest) / (self.brightest - self.darkest)
        return self.low + (self.high - self.low) * shade


@dataclass(frozen=True)
class Recomputed:
    """A forward pass that computes the declared layers, in float64, with a stable softmax.

    extras: whether the author's own runs too, for arrays that only the author's backward reads.
    """

    network: Network
    extras: bool = True

    @property
    def anew(self) -> list[str]:
        """All outputs of the layers."""
        return [layer.out for layer in self.network.layers]

    def __call__(self, parameters: Arrays, x: Array) -> Arrays:
        """The trace."""
        network = self.network
        trace = dict(network.forward(parameters, x)) if self.extras else {}
        made = forward_rows(network, parameters, network.as_rows(x))
        for layer, (pre, out) in zip(network.layers, made, strict=True):
            trace |= {layer.pre: network.lay_out(pre), layer.out: network.lay_out(out)}
        return trace


@dataclass(frozen=True)
class WithExact:
    """A backward pass some of whose gradients are the derivatives of the loss."""

    network: Network
    names: tuple[str, ...]

    @property
    def anew(self) -> tuple[str, ...]:
        """The parameters of these gradients."""
        return self.names

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        exact = reverse_mode(self.network, parameters, trace, x, labels)
        found = dict(self.network.backward(parameters, trace, x, labels))
        return found | {name: exact[name] for name in self.names}


@dataclass(frozen=True)
class IntegerBiases:
    """A draw whose biases are integers: the planted fault, with ``Written``."""

    init: Callable[[int], Arrays]
    names: tuple[str, ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        drawn = self.init(seed)
        return drawn | {name: drawn[name].astype(np.int64) for name in self.names}


@dataclass(frozen=True)
class Written:
    """A step whose result is written into arrays of the type that the parameters have."""

    update: Callable[[Arrays, Arrays, float], Arrays]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step."""
        kinds = {name: one.dtype for name, one in parameters.items()}
        after = self.update(parameters, gradients, rate)
        return {name: one.astype(kinds.get(name, one.dtype)) for name, one in after.items()}
