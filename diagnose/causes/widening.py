"""Where a sound network of the author's shape fails too: shapes that may not, one step at a time.

No repair of the code can make up for what a shape cannot do: without a hidden layer only classes
that a plane parts (Minsky and Papert 1969, "Perceptrons"), linear layers on top of each other no
more than one of them, a plane through the origin without a bias. A wider network is sound in all
its parts, since none of the author's fit it, but for its inputs, its order and its pace; and it is
drawn as the author's is, where it has as many layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.updates import Update
from diagnose.causes import sound_parts
from diagnose.causes.exchange import Author
from diagnose.causes.sound_steps import Adaptive, Momentum
from diagnose.instruments.initial_draw import pooled, reference_gain
from diagnose.instruments.rates import Scaled
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.arrays import Arrays
from diagnose.network.record import Layer, Network, bare, fan_in, widths

# Units of a hidden layer that is added; and how many times as many there are at last.
ADDED, TIMES = 16, 4
NONLINEAR = "tanh"
BIASES = "biases"
MORE = "hidden units"
NONLINEARITY = "a nonlinearity in the hidden layers"
# The parts that stay the author's in a network of another shape.
AUTHORS = ("data", "input", "order", "start", "pace")


@dataclass(frozen=True)
class Spread:
    """How a parameter is drawn: its shape, and the mean and standard deviation of its numbers."""

    name: str
    shape: tuple[int, int]
    mean: float
    spread: float


@dataclass(frozen=True)
class Drawn:
    """A draw of the parameters of some layers."""

    parameters: tuple[Spread, ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        random = np.random.default_rng([seed, len(self.parameters)])
        return {
            one.name: one.mean + one.spread * random.normal(size=one.shape)
            for one in self.parameters
        }


def wider(author: Author, more_units: bool) -> Iterator[tuple[str, Author]]:
    """What each shape adds to the one before, in words, and the network that has it.

    more_units: whether more of what the author has is tried too, and not only what is missing.
    """
    network = author.network
    sizes = widths(network, network.init(0))
    kinds = [layer.activation for layer in author.layers]
    added: list[str] = []
    if any(layer.bias is None for layer in network.layers):
        added.append(BIASES)
        yield " and ".join(added), _made(author, sizes, kinds)
    hidden = kinds[:-1]
    if not hidden:
        added.append(f"a hidden layer of {ADDED} units")
        sizes = [sizes[0], ADDED, sizes[-1]]
        kinds = [NONLINEAR, *kinds]
        yield " and ".join(added), _made(author, sizes, kinds)
    elif all(one == "linear" for one in hidden):
        added.append(NONLINEARITY)
        kinds = [*[NONLINEAR for _ in hidden], kinds[-1]]
        yield " and ".join(added), _made(author, sizes, kinds)
    several = [units_in(one) for one in sizes[1:-1]]
    if more_units and hidden:
        added.append(in_words(several))
        yield " and ".join(added), _made(author, [sizes[0], *several, sizes[-1]], kinds)


def units_in(units: int) -> int:
    """How many units a hidden layer has in a wider network that has so many now."""
    return max(ADDED, TIMES * units)


def in_words(units: Sequence[int]) -> str:
    """So many units in each hidden layer."""
    return f"{' and '.join(map(str, units))} {MORE}"


def shaped(
    sizes: Sequence[int], kinds: Sequence[str], layout: str
) -> tuple[tuple[Layer, ...], list[Spread]]:
    """Layers of these widths, the inputs' first, and how their parameters are drawn soundly."""
    layers, sound = list[Layer](), list[Spread]()
    for at, kind in enumerate(kinds, 1):
        entering, units = sizes[at - 1], sizes[at]
        weight, bias, pre, out = (f"{letter}{at}" for letter in "WbZA")
        layers.append(Layer(weight=weight, bias=bias, pre=pre, out=out, activation=kind))
        spread = float(reference_gain(kind) / np.sqrt(entering))
        for name, columns, wide in ((f"W{at}", entering, spread), (f"b{at}", 1, 0.0)):
            rows, columns = (columns, units) if layout == "rows" else (units, columns)
            sound.append(Spread(name, (rows, columns), 0.0, wide))
    return tuple(layers), sound


def soundly_computed(network: Network, names: Sequence[str]) -> Network:
    """The network with passes that do what its layers say, and plain steps of its parameters."""
    network = replace(network, forward=Recomputed(bare(network), extras=False))
    ones = tuple((name, 1.0) for name in names)
    backward = sound_parts.ExactBackward(bare(network), ones)
    return replace(network, backward=backward, update=sound_parts.PlainStep(ones))


def _made(author: Author, sizes: Sequence[int], kinds: Sequence[str]) -> Author:
    """A network of these widths, sound but for its data, inputs, order, start and pace."""
    own = author.network
    layers, sound = shaped(sizes, kinds, own.layout)
    differing = [one for one in author.differing if one in AUTHORS]
    drawn = _drawn_as(own, sizes, sound)
    if drawn == sound:
        differing.remove("start")
    network: Network = replace(
        own,
        layers=layers,
        init=Drawn(tuple(drawn)),
        encode=author.targets,
        learning_rate=own.learning_rate
        if isinstance(author.step, Adaptive)
        else Scaled(own.learning_rate, author.unit),
        dropout=(),
    )
    network = soundly_computed(network, [one.name for one in sound])
    step: Update = network.update
    if isinstance(author.step, Adaptive):
        step = replace(author.step, signs=tuple((one.name, 1) for one in sound))
    elif isinstance(author.step, Momentum):
        step = replace(author.step, multiples=tuple((one.name, 1.0) for one in sound))
    return replace(
        author,
        network=replace(network, update=step),
        layers=layers,
        factor=1.0,
        multiple=1.0,
        signs={},
        start=Drawn(tuple(sound)),
        step=step,
        differing=tuple(differing),
    )


def _drawn_as(own: Network, sizes: Sequence[int], sound: Sequence[Spread]) -> list[Spread]:
    """How an author would draw these parameters: with the means and spreads of the own ones.

    A spread shrinks as the root of how many numbers more enter a unit. What the author's network
    has not, or not in as many layers, is drawn soundly.
    """
    if len(own.layers) != len(sizes) - 1:
        return [*sound]
    drawn, parameters = pooled(own.init), own.init(0)
    own_names = [name for layer in own.layers for name in (layer.weight, layer.bias)]
    more = [
        size / fan_in(own, layer, parameters)
        for size, layer in zip(sizes[:-1], own.layers, strict=True)
    ]
    factors = [one for each in more for one in (each**-0.5, 1.0)]
    return [
        one
        if name is None
        else replace(one, mean=drawn[name]["mean"], spread=factor * drawn[name]["spread"])
        for one, name, factor in zip(sound, own_names, factors, strict=True)
    ]
