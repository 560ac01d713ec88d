"""The cheapest honest test of a network: can it learn a handful of samples by heart?

"Overfit a tiny subset of data" (Stanford CS231n, notes on training neural networks, "Sanity checks
before learning"): a network whose parts work together and that has enough units fits a few samples,
whatever they are. ``diagnose.testing.assert_learns`` asks it of a network as it stands; the probe
of too few units asks it with everything else repaired, at several rates and seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.gradients import reverse_mode
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network
from diagnose.network.samples import Data, are_classes, leading
from diagnose.symptoms import fast_probabilities, is_right, own_probabilities
from diagnose.training.loop import step
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer

# At most so many samples, in equal shares of the classes.
MOST = 20
# How often a sample is shown in all: a thousand times each of twenty, as often as it takes a sound
# network of any kind that we tried, ten times over.
SHOWN = 20_000
# In how many epochs; the compiled loop looks for dead units and ended runs in each.
EPOCHS = 10
SEARCHED = 500
# The network's own rate is tried first. A few samples bear a larger rate than many, and sigmoids
# with squared error, whose gradients are small, need one.
FACTORS = (1.0, 10.0, 0.1, 100.0)
# Two hidden units solve XOR by luck of the draw, in about two draws of three.
DRAWS = 5


@dataclass(frozen=True)
class Everything:
    """All samples in random order, a number of times over in each epoch; the same for one seed."""

    rounds: int

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        random = np.random.default_rng([seed, epoch])
        return np.concatenate([random.permutation(len(labels)) for _ in range(self.rounds)])


@dataclass(frozen=True)
class Constant:
    """One rate for all epochs."""

    rate: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.rate


@dataclass(frozen=True)
class Declared:
    """What a network's declared layers say, in float64, with exact gradients and plain steps.

    What its own functions do wrong, and what they cost, is left out: it has the units and the
    initial draw of the network, and nothing else of it.
    """

    network: Network

    def init(self, seed: int) -> Arrays:
        """Draw the parameters of the layers."""
        drawn = self.network.init(seed)
        names = [one for layer in self.network.layers for one in (layer.weight, layer.bias) if one]
        return {name: np.asarray(drawn[name], np.float64) for name in names}

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Every pre-activation and activation."""
        network = self.network
        trace: Arrays = {}
        signals = forward_rows(network, parameters, network.as_rows(x))
        for layer, (pre, out) in zip(network.layers, signals, strict=True):
            trace |= {layer.pre: network.lay_out(pre), layer.out: network.lay_out(out)}
        return trace

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Exact gradients."""
        return reverse_mode(self.network, parameters, trace, x, labels)

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """One step down."""
        return {name: one - rate * gradients[name] for name, one in parameters.items()}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well a handful was learned: how many answers are right at best, and with which seeds all.

    fitted: one entry for each seed that was tried until then.
    """

    right: int
    samples: int
    rate: float
    fitted: tuple[bool, ...]

    @property
    def whole(self) -> bool:
        """Whether all answers are right with some rate and seed."""
        return self.right == self.samples


def pick(rows: Array, labels: Array, most: int = MOST, missed: Array | None = None) -> Array:
    """Indices of a handful, in equal shares of the classes or of the range, no two samples alike.

    rows: ``(n, features)``, labels: ``(n,)``. Of equal samples the first is taken: no network can
    give two answers to one question. missed: ``(n,)``, which samples of a class every second one
    shall be among, as long as there are any.
    """
    different: dict[bytes, int] = {}
    for at, row in enumerate(rows):
        different.setdefault((row + 0).tobytes(), at)  # of a 0 without its sign
    firsts = np.array([*different.values()], int)
    if not are_classes(labels):
        ordered = firsts[np.argsort(leading(labels[firsts]), kind="stable")]
        some = np.linspace(0, len(ordered) - 1, min(most, len(ordered))).astype(int)
        return np.sort(ordered[some])
    classes = [firsts[labels[firsts] == one] for one in np.unique(labels[firsts])]
    if missed is not None:
        classes = [_by_turns(members, missed[members]) for members in classes]
    taken: list[int] = []
    for turn in range(max(map(len, classes))):
        for members in classes:
            if turn < len(members) and len(taken) < most:
                taken.append(int(members[turn]))
    return np.array(sorted(taken))


def _by_turns(members: Array, first: Array) -> Array:
    """One of those that come first, one of the others, and so on."""
    turn = np.where(first, np.cumsum(first), np.cumsum(~first))
    return members[np.lexsort((~first, turn))]


def hard(network: Network, trainer: Trainer, seed: int) -> Array:
    """Indices of a handful of training samples, half of them such as a training leaves wrong.

    Twenty samples at random may lie so that a plane parts them, and tell nothing of the rest.
    """
    rows, labels = trainer.rows(network), trainer.data.labels
    # Of large sets a part is searched for different samples, for the search takes long.
    some = np.linspace(0, len(rows) - 1, min(len(rows), SEARCHED)).astype(int)
    outputs = own_probabilities(network, trainer.run(network, seed).parameters, rows[some])
    missed = ~is_right(network, outputs, labels[some])
    return some[pick(rows[some], labels[some], missed=missed)]


def learn(network: Network, rows: Array, labels: Array, epochs: int, seed: int) -> int:
    """How many of a few samples are answered rightly after training on them alone.

    With the network's own functions, at the rate of its first epoch, until all are right.
    """
    parameters, rate = copied(network.init(seed)), network.learning_rate(0)
    random, right = np.random.default_rng(seed), 0
    for _ in range(epochs):
        order = random.permutation(len(labels))
        for start in range(0, len(order), network.batch_size):
            index = order[start : start + network.batch_size]
            parameters, _ = step(network, parameters, rows[index], labels[index], rate)
        outputs = own_probabilities(network, parameters, rows)
        right = int(is_right(network, outputs, labels).sum())
        if right == len(labels):
            break
    return right


def fit(
    network: Network, trainer: Trainer, seed: int, index: Array, *, thorough: bool = False
) -> Fit:
    """Train the declared layers on a handful of the trainer's images; the best rate and draw count.

    index: which images. It stops at the first training that fits, unless ``thorough``, which tells
    how each draw fares.
    """
    rows, labels = trainer.rows(network), trainer.data.labels
    rows, labels = np.asarray(rows[index], np.float64), labels[index]
    layers = Declared(network)
    network = replace(
        network,
        init=layers.init,
        forward=layers.forward,
        backward=layers.backward,
        update=layers.update,
        prepare=np.asarray,
        order=Everything(max(1, round(SHOWN / EPOCHS / len(index)))),
        batch_size=min(network.batch_size, len(index)),
    )
    few = Data(
        name="a handful",
        images=rows,
        labels=labels,
        test_images=rows,
        test_labels=labels,
        numbers=index,
    )
    own = trainer.pool
    pool = Pool(jobs=own.jobs, store=own.store, budget=own.budget)
    trained = Trainer(data=few, epochs=EPOCHS, pool=pool, compiled_path=trainer.compiled_path)
    rates = _rates(network, trainer.epochs)
    variants = [replace(network, learning_rate=Constant(rate)) for rate in rates]

    def right(pairs: Sequence[tuple[Network, int]]) -> list[int]:
        runs = trained.runs(pairs, "learning a handful by heart")
        outputs = [fast_probabilities(network, run.parameters, rows) for run in runs]
        return [int(is_right(network, out, labels).sum()) for out in outputs]

    (first,) = right([(variants[0], seed)])
    if first == len(index) and not thorough:
        return Fit(right=first, samples=len(index), rate=rates[0], fitted=(True,))
    seeds = range(seed, seed + DRAWS)
    found = np.array(right([(one, at) for one in variants for at in seeds])).reshape(-1, DRAWS)
    return Fit(
        right=int(found.max()),
        samples=len(index),
        rate=rates[int(found.max(axis=1).argmax())],
        fitted=tuple((found == len(index)).any(axis=0).tolist()),
    )


def _rates(network: Network, epochs: int) -> list[float]:
    """Constant rates: a handful is shown more often than a schedule is made for."""
    own = max((abs(network.learning_rate(epoch)) for epoch in range(epochs)), default=0.0)
    return [factor * (own or 0.1) for factor in FACTORS]
