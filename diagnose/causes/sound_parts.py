"""Every part of a network as a careful engineer would write it, one by one.

A sound part takes the place of the author's and changes nothing else: the exact gradient keeps the
unit in which the author's is written (``calculus.convention``) and the sign that the update wants,
the plain step keeps the length of the author's, the start the shapes and number types. So parts
can be exchanged in any set, and what a set does is told by training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.convention import Fit
from diagnose.calculus.gradients import exact_gradients
from diagnose.instruments.initial_draw import reference_gain
from diagnose.instruments.retargeting import RANGES, Encoding, Mapped
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Layer, Network, fan_in, fan_out, targets_of

# How far from the edges of a bounded activation targets lie, as a share of its range.
EDGE = 0.1
# Numbers are of the size of 1 to this factor. The steps of the layers before the last grow with the
# square of it, so that beyond it a rate that suits one layer is a hundred times off for another.
SIZE = 10.0


def sound_targets(network: Network, labels: Array) -> tuple[bool, Encoding | None]:
    """Whether the targets are not what the output layer wants, and the encoding to give it then.

    One-hot targets for a softmax, and for sigmoids, one for each class; other targets are brought
    within the range of the last activation, off its edges where it has two. Where it has not, and
    they are numbers of quite another size than 1, they are standardised. A hinge of one output
    wants -1 and 1.
    """
    last = network.layers[-1].activation
    if network.classes:
        labels = np.arange(network.classes)
    targets = network.targets(labels)
    units = fan_out(network, network.layers[-1], network.init(0))
    if network.classes and units == network.classes and last in ("softmax", "sigmoid"):
        right = targets_of(labels, network.classes)
        return not np.array_equal(targets, right), None
    low, high = RANGES.get(last, (-np.inf, np.inf))
    bottom, top = float(targets.min()), float(targets.max())
    if network.loss == "hinge" and units == 1 and not bottom < 0 < top and top > bottom:
        # a margin has a side for each class; of targets 0 and 1, one class has none
        stretch = 2 / (top - bottom)
        return True, Mapped(network.encode or network.targets, stretch, -1 - stretch * bottom)
    spread = float(targets.std())
    sized = 1 / SIZE <= float(np.sqrt(np.mean(targets**2))) <= SIZE
    within = low <= bottom and top <= high and (sized or network.classes or np.isfinite(high))
    if within or not np.isfinite(spread) or not top > bottom:
        return False, network.encode
    given = network.encode or network.targets
    if np.isinf(high) and not sized and not network.classes:
        middle = float(targets.mean()) if np.isinf(low) else bottom
        return True, Mapped(given, 1 / spread, -middle / spread)
    if np.isinf(high):
        return True, Mapped(given, 1.0, low - bottom)
    # Classes of a sigmoid are 0 and 1, as one-hot targets are.
    edge = 0.0 if network.classes and last == "sigmoid" else EDGE
    stretch = (1 - 2 * edge) * (high - low) / (top - bottom)
    return True, Mapped(given, stretch, low + edge * (high - low) - stretch * bottom)


def sound_layers(network: Network) -> tuple[Layer, ...]:
    """The layers, the last of which is linear where it was a ReLU and the loss takes any number.

    An output that is off for a sample learns nothing of it, and one that is off for all learns
    nothing any more (Lu et al. 2020, "Dying ReLU and Initialization"). Hidden units share samples;
    an output has no other to do its work.
    """
    *hidden, last = network.layers
    if last.activation != "relu" or network.loss != "squared-error":
        return network.layers
    return (*hidden, replace(last, activation="linear"))


@dataclass(frozen=True)
class Beside:
    """A sound order, while the author's own is called for what it does to the labels."""

    sound: Callable[[Array, int, int], Array]
    order: Callable[[Array, int, int], Array]

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        indices = self.sound(labels, epoch, seed)
        self.order(labels, epoch, seed)
        return indices


@dataclass(frozen=True)
class SoundStart:
    """Weights drawn around 0, spread by fan-in and activation, and biases of 0.

    spreads: ``(name, standard deviation)`` of each parameter that a layer names; others stay.
    """

    init: Callable[[int], Arrays]
    spreads: tuple[tuple[str, float], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        drawn = dict(self.init(seed))
        random = np.random.default_rng([seed, len(self.spreads)])
        for name, spread in self.spreads:
            like = drawn[name]
            kind = like.dtype if like.dtype.kind == "f" else np.dtype(float)
            drawn[name] = (spread * random.normal(size=like.shape)).astype(kind)
        return drawn


def sound_start(network: Network, parameters: Arrays) -> SoundStart:
    """He's draw for ReLUs, LeCun's for all others."""
    spreads: list[tuple[str, float]] = []
    for layer in network.layers:
        gain = reference_gain(layer.activation)
        spreads.append((layer.weight, float(gain / np.sqrt(fan_in(network, layer, parameters)))))
        if layer.bias is not None:
            spreads.append((layer.bias, 0.0))
    return SoundStart(network.init, tuple(spreads))


@dataclass(frozen=True)
class ExactBackward:
    """A backward pass that returns the derivative of the loss, in the author's unit.

    factors: ``(name, number)``; see ``calculus.convention``. One is negative where the update adds
    what it is handed.
    """

    network: Network
    factors: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        rows = np.array(self.network.as_rows(x))
        true = exact_gradients(self.network, parameters, rows, labels)
        return {name: factor * true[name] for name, factor in self.factors}


@dataclass(frozen=True)
class WithoutDecay:
    """A backward pass whose gradients hold no weight decay.

    pulled: ``(name, fit)`` of the parameters that have one.
    """

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    pulled: tuple[tuple[str, Fit], ...]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        given = dict(self.backward(parameters, trace, x, labels))
        for name, fit in self.pulled:
            weights = np.reshape(parameters[name], np.shape(given[name]))
            given[name] = given[name] - fit.decay * fit.pull(weights)
        return given


@dataclass(frozen=True)
class PlainStep:
    """Plain descent: ``p - multiple * rate * gradient`` for every parameter, once."""

    multiples: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step; one number for all of a parameter moves all of it."""
        return {
            name: parameters[name] - multiple * rate * as_shaped(gradients[name], parameters[name])
            for name, multiple in self.multiples
        }


def as_shaped(gradient: Array, parameter: Array) -> Array:
    """A gradient in its parameter's shape, as NumPy spreads a smaller one in the author's step."""
    if np.size(gradient) == np.size(parameter):
        return np.reshape(gradient, np.shape(parameter))
    return np.broadcast_to(gradient, np.shape(parameter))
