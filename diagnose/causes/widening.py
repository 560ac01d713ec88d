"""Where a sound network of the author's shape fails too: shapes that may not, one step at a time.

No repair of the code can make up for what a shape cannot do: without a hidden layer only classes
that a plane parts (Minsky and Papert 1969, "Perceptrons"), linear layers on top of each other no
more than one of them, a plane through the origin without a bias. A wider network is sound in all
its parts, since none of the author's fit it, but for its inputs, its order and its pace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.updates import Update
from diagnose.causes import sound_parts
from diagnose.causes.exchange import Author
from diagnose.causes.sound_steps import Adaptive, Momentum
from diagnose.instruments.initial_draw import reference_gain
from diagnose.instruments.rates import Scaled
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.arrays import Arrays
from diagnose.network.record import Activation, Layer, Network, bare, widths

# Units of a hidden layer that is added; and how many times as many there are at last.
ADDED, TIMES = 16, 4
NONLINEAR: Activation = "tanh"
BIASES = "biases"
NONLINEARITY = "a nonlinearity in the hidden layers"
# The parts that stay the author's in a network of another shape.
AUTHORS = ("data", "input", "order", "pace")


@dataclass(frozen=True)
class Drawn:
    """A sound draw of the parameters of some layers.

    shapes: ``(name, rows, columns, standard deviation)``.
    """

    shapes: tuple[tuple[str, int, int, float], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        random = np.random.default_rng([seed, len(self.shapes)])
        return {
            name: spread * random.normal(size=(rows, columns))
            for name, rows, columns, spread in self.shapes
        }


def wider(author: Author, more_units: bool) -> Iterator[tuple[str, Author]]:
    """What each shape adds to the one before, in words, and the network that has it.

    more_units: whether more of what the author has is tried too, and not only what is missing.
    """
    network = author.network
    sizes = widths(network, network.init(0))
    kinds: list[Activation] = [layer.activation for layer in network.layers]
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
    several = [max(ADDED, TIMES * one) for one in sizes[1:-1]]
    if more_units and hidden:
        added.append(f"{' and '.join(map(str, several))} hidden units")
        yield " and ".join(added), _made(author, [sizes[0], *several, sizes[-1]], kinds)


def _made(author: Author, sizes: Sequence[int], kinds: Sequence[Activation]) -> Author:
    """A network of these widths, sound but for its data, inputs, order and pace."""
    own = author.network
    layers, shapes = [], []
    for at, kind in enumerate(kinds, 1):
        entering, units = sizes[at - 1], sizes[at]
        layer = Layer(
            weight=f"W{at}",
            bias=f"b{at}",
            pre=f"Z{at}",
            out=f"A{at}",
            activation=kind,
        )
        spread = float(reference_gain(kind) / np.sqrt(entering))
        shapes += [(layer.weight, units, entering, spread), (layer.bias or "", units, 1, 0.0)]
        layers.append(layer)
    if own.layout == "rows":
        shapes = [(name, columns, rows, spread) for name, rows, columns, spread in shapes]
    network: Network = replace(
        own,
        layers=tuple(layers),
        init=Drawn(tuple(shapes)),
        encode=author.targets,
        learning_rate=Scaled(own.learning_rate, _in_the_long_run(author)),
        dropout=(),
    )
    forward = Recomputed(bare(network), extras=False)
    network = replace(network, forward=forward)
    ones = tuple((name, 1.0) for name, *_ in shapes)
    step: Update = sound_parts.PlainStep(ones)
    if isinstance(author.step, Adaptive):
        step = replace(author.step, signs=tuple((name, 1) for name, _ in ones))
    network = replace(network, backward=sound_parts.ExactBackward(bare(network), ones), update=step)
    return replace(
        author,
        network=network,
        factor=1.0,
        multiple=1.0,
        signs={},
        start=sound_parts.SoundStart(network.init, ()),
        step=step,
        differing=tuple(one for one in author.differing if one in AUTHORS),
    )


def _in_the_long_run(author: Author) -> float:
    """What the author's rate is to be multiplied by for a step that is of the twin's kind.

    Momentum that keeps a share of its velocity goes 1 / (1 - share) times as far in the end as one
    plain step does, and plain steps of that length train on the compiled loop.
    """
    if isinstance(author.step, Adaptive):
        return 1.0
    keeps = author.step.keeps if isinstance(author.step, Momentum) else 0.0
    return author.unit / (1 - keeps)
