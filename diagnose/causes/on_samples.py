"""What a sound network reaches on samples of which nothing else is known, as of an unread script.

Where it learns them, the fault lies in what the program does with its samples; where none does, it
may lie in these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from diagnose.causes.twin import compare
from diagnose.causes.widening import ADDED, NONLINEAR, Drawn, shaped, soundly_computed
from diagnose.instruments.handful import Constant, Everything
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import Data, flattened
from diagnose.report import Twin
from diagnose.training.trainer import Trainer

# Steps that nearly every small network needs; of many samples so many epochs at least.
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 2000, 5, 500
# Usual sizes of a batch are 16 to 64.
BATCH = 32


def sound_network(name: str, data: Data, hidden: Sequence[int], classes: int) -> Network:
    """A dense network of tanh units for these samples, sound in all its parts.

    hidden: units of its hidden layers; one of a usual size if there are none. classes: 0 for
    answers that are numbers.
    """
    features = flattened(data.images).shape[1]
    outputs = classes or int(data.labels[0].size)
    sizes = [features, *(hidden or [ADDED]), outputs]
    kinds = [*[NONLINEAR for _ in sizes[1:-1]], "softmax" if classes else "linear"]
    layers, sound = shaped(sizes, kinds, "rows")
    batch = min(BATCH, len(data.labels))
    epochs = math.ceil(STEPS / math.ceil(len(data.labels) / batch))
    network = Network(
        name=name, init=Drawn(tuple(sound)), prepare=flattened, order=Everything(rounds=1),
        learning_rate=Constant(0.1), forward=_none, backward=_none, update=_none, layers=layers,
        epochs=min(max(epochs, FEWEST_EPOCHS), MOST_EPOCHS), classes=classes,
        loss="cross-entropy" if classes else "squared-error", batch_size=batch, layout="rows",
    )  # fmt: skip
    return soundly_computed(network, [one.name for one in sound])


def twin_of_samples(network: Network, trainer: Trainer, seeds: Sequence[int]) -> Twin | None:
    """The twin of such a network, at its best pace; None where there can be none.

    OutOfTime where it cannot be trained in time.
    """
    compared = compare(network, trainer, seeds)
    return compared[0] if isinstance(compared, tuple) else None


def _none(*_: object) -> dict[str, Array]:
    raise NotImplementedError  # given by ``soundly_computed``
