"""Put sound parts in the place of the author's, in any set.

``look_at`` finds out once what is to be kept of a network meanwhile, and in which parts a sound one
differs from it; ``exchanged`` makes the network of a set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus import updates
from diagnose.calculus.convention import Convention, Fit, convention, of_own_outputs
from diagnose.calculus.points import generic_point
from diagnose.calculus.updates import Update
from diagnose.causes import sound_parts
from diagnose.causes.sound_parts import sound_layers, sound_targets
from diagnose.causes.sound_steps import sound_step
from diagnose.instruments.bench import spread
from diagnose.instruments.handful import Constant, Everything
from diagnose.instruments.kept_targets import OnLabelCopies, labels_changed
from diagnose.instruments.lengths import lengthened
from diagnose.instruments.retargeting import Encoding, manner, retargeted
from diagnose.instruments.scaling import Standardized, sound_inputs
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.authors_code import described
from diagnose.network.dropout import keeps_the_mean
from diagnose.network.record import Layer, Network, bare, layers_fit
from diagnose.network.samples import flattened
from diagnose.report import PARTS, Numbers
from diagnose.symptoms import declared_layers_hold
from diagnose.training.trainer import Trainer

# Samples in the steps from which conventions are read, or as many more as are in a step, whose sum
# may be the unit; and samples at which a forward pass is looked at.
LOOKED_AT, FEW = 256, 32
# Weight decay, in units of the gradient of the mean loss: a squared norm of 100, as some hundred
# weights have, costs less than 0.05 of the loss at less.
DECAYS = 1e-3


@dataclass(frozen=True)
class Pace:
    """An effective rate, of the gradient of the mean loss, and how many times as many epochs."""

    rate: float
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Author:
    """What was found out about a network once, for all sets of parts.

    layers: those of a sound one. factor: the unit of its gradients (``calculus.convention``);
    follows: whether they are right for its own forward pass, which is not the sound one, and so are
    to follow where that is exchanged. multiple: what its update makes of them. signs: -1 for
    parameters whose update adds, rightly, the negative gradient. size: root mean square of its
    prepared inputs. inputs, start, targets: the sound ones; whole_inputs: those of samples that are
    mixed, if they are known as they were before. manner: how its gradients follow from its targets,
    where these are not sound. differing: the parts in which a sound network differs from it. step:
    the published one of its optimizer. pulled: the parameters whose gradients hold a weight decay
    that is not little. rounds: how many times over an epoch shows all samples. mixes: whether its
    order mixes labels up in each epoch, and not before the first alone. fits: its gradients against
    the true ones, by parameter; None where that cannot be told.
    """

    network: Network
    layers: tuple[Layer, ...]
    factor: float
    follows: bool
    multiple: float
    signs: dict[str, int]
    size: float
    inputs: Standardized
    whole_inputs: Standardized | None
    start: Callable[[int], Arrays]
    targets: Encoding | None
    manner: Numbers | None
    step: Update
    differing: tuple[str, ...]
    pulled: dict[str, Fit]
    fits: Mapping[str, Fit] | None = None
    rounds: int = 1
    mixes: bool = False

    @property
    def unit(self) -> float:
        """The steps, as a multiple of the rate times the gradient of the mean loss."""
        return self.factor * self.multiple


def look_at(network: Network, trainer: Trainer, seed: int) -> Author | str:
    """Find out what is to be kept of a network where parts are exchanged, and what differs.

    A sentence where there can be no sound twin: for layers that are not dense ones.
    """
    parameters = network.init(seed)
    if not layers_fit(network, parameters):
        return "its parameters have not the shapes of dense layers"
    if any(layer.activation == "softmax" for layer in network.layers[:-1]):
        return "a hidden layer is a softmax"
    rows, labels = looked_at(network, trainer)
    steps = _steps(network, rows, labels, seed)
    moved = steps.get("parameters", {})
    signs = {name: -1 for name, one in moved.items() if one["sign"] == -1}
    lengths = [abs(one["along"]) for one in moved.values() if one["proportional"] and one["along"]]
    written = _written(network, rows, labels)
    odd_targets, targets = sound_targets(network, trainer.data.labels)
    differing = {"input", "order", "start", "pace"}
    if network.whole or labels_changed(network, trainer.data.labels, seed).any():
        differing.add("data")
    if network.drops_when_answering or (network.tests_on and not trainer.data.tested_on_training):
        differing.add("answer")
    if odd_targets:
        differing.add("targets")
    is_declared = _computes_declared(network, rows[:FEW])
    layers = sound_layers(network)
    if not (all(map(keeps_the_mean, network.dropout)) and is_declared and layers == network.layers):
        differing.add("forward")
    follows = None if is_declared else of_own_outputs(network, rows, labels)
    if follows is None and (isinstance(written, str) or written.departs(signs)):
        differing.add("gradient")
    pulled = _pulled(written) if "gradient" not in differing else {}
    if pulled or not _steps_plainly(network, moved, parameters):
        differing.add("step")
    multiple = float(np.median(lengths)) if lengths else 1.0
    return Author(
        network=network,
        layers=layers,
        factor=follows or _factor(network, rows, labels, written),
        follows=follows is not None or (layers != network.layers and "gradient" not in differing),
        multiple=multiple,
        signs=signs,
        size=float(np.sqrt(np.mean(rows**2))) or 1.0,
        inputs=_sound_inputs(network, trainer),
        whole_inputs=_whole_inputs(network, trainer),
        start=sound_parts.sound_start(network, parameters),
        targets=targets,
        manner=manner(network, rows[:FEW], labels) if odd_targets else None,
        step=sound_step(network, parameters, multiple, signs),
        differing=tuple(part for part in PARTS if part in differing),
        pulled=pulled,
        fits=None if isinstance(written, str) else written.fits,
        rounds=_rounds(network, trainer.data.labels, seed),
        mixes="data" in differing and _mixes_again(network, trainer.data.labels, seed),
    )


def _rounds(network: Network, labels: Array, seed: int) -> int:
    """How many times over the author's epoch shows all samples; 1 where it shows fewer."""
    try:
        return max(1, round(len(network.order(labels.copy(), 0, seed)) / len(labels)))
    except Exception:  # the author's code may raise anything
        return 1


def _mixes_again(network: Network, labels: Array, seed: int) -> bool:
    """Whether the order of a later epoch changes labels, too: a sound one leaves them alone."""
    try:
        return bool(labels_changed(network, labels, seed, epoch=1).any())
    except Exception:  # the author's code may raise anything
        return False


def _pulled(written: Convention | str) -> dict[str, Fit]:
    if isinstance(written, str):
        return {}
    few = DECAYS * written.unit
    return {name: one for name, one in written.pulled.items() if one.decay >= few}


def looked_at(network: Network, trainer: Trainer) -> tuple[Array, Array]:
    """Some of the training samples, as the network takes them, with their labels."""
    labels = trainer.data.labels
    some = spread(len(labels), max(LOOKED_AT, network.batch_size))
    return np.asarray(trainer.prepared.taken(network)(some), np.float64), labels[some]


def _whole_inputs(network: Network, trainer: Trainer) -> Standardized | None:
    if network.whole is None:
        return None
    rows = trainer.rows(replace(network, prepare=network.whole))
    return sound_inputs(network.whole, rows, pictures=False)


def _sound_inputs(network: Network, trainer: Trainer) -> Standardized:
    """Made of the samples as read, where these are as many numbers as the author makes of them."""
    images, made = trainer.data.images, trainer.rows(network)
    pictures = images.ndim > 2
    rows = images.reshape(len(images), -1)
    as_read = rows.dtype.kind in "fiub" and rows.shape == made.shape
    if as_read and not _only_flattens(network, trainer):
        return sound_inputs(flattened, rows, pictures)
    return sound_inputs(network.prepare, made, pictures)


def _only_flattens(network: Network, trainer: Trainer) -> bool:
    """Whether an author prepares samples as they are read, to be trained on and to be tested on.

    Then inputs scaled by what the author makes of them are those that a repair makes, too, and
    nothing is prepared, or trained, twice.
    """
    if network.tests_on is not None:
        return False
    data = trainer.data
    return all(
        np.array_equal(flattened(images), trainer.rows(network, part))
        for part, images in (("images", data.images), ("test_images", data.test_images))
    )


@dataclass(frozen=True)
class SpreadOut:
    """A backward pass whose gradients have the shapes of their parameters.

    A smaller one is spread as NumPy does it in the author's step, so that one mistaken shape hides
    nothing of the other gradients.
    """

    network: Network

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        given = self.network.backward(parameters, trace, x, labels)
        return {
            name: sound_parts.as_shaped(one, parameters[name])
            for name, one in given.items()
            if name in parameters
        }


def _written(network: Network, rows: Array, labels: Array) -> Convention | str:
    return convention(replace(network, backward=SpreadOut(network)), rows, labels)


def _factor(network: Network, rows: Array, labels: Array, written: Convention | str) -> float:
    """The unit in which gradients are written.

    Where none of them tells it, perhaps those for samples do that all have the same label: there,
    mistakes in which sample's target meets which sample's output make no difference.
    """
    if not isinstance(written, str) and not written.known:
        alike = _written(network, rows, np.repeat(labels[:1], len(labels), axis=0))
        if not isinstance(alike, str) and alike.known:
            written = alike
    return 1.0 if isinstance(written, str) else written.unit


def _steps(network: Network, rows: Array, labels: Array, seed: int) -> Numbers:
    try:
        return updates.measure(network, rows, labels, seed)
    except Exception as error:  # the author's code may raise anything
        return {"reason": described(error)}


def _computes_declared(network: Network, rows: Array) -> bool:
    """Whether the forward pass computes the layers that are declared, where nothing is dead."""
    try:
        return declared_layers_hold(network, *generic_point(network, rows))
    except Exception:  # the author's code may raise anything
        return False


def _steps_plainly(network: Network, moved: Numbers, parameters: Arrays) -> bool:
    """Whether each parameter is moved down its own gradient and by nothing else, at one rate."""
    lengths = [abs(one["along"]) for one in moved.values()]
    return (
        {*moved} == {*parameters}
        and all(updates.kind_of(one) in ("plain", "scaled") for one in moved.values())
        and max(lengths) <= (1 + updates.SAME) * min(lengths)
        and _rests(network, parameters)
    )


def _rests(network: Network, parameters: Arrays) -> bool:
    """Whether a step without any gradient leaves every parameter where it is.

    At the start, and after a step with one: what is carried from step to step goes on.
    """
    point = {name: one + 1 for name, one in parameters.items()}
    zeros, ones = ({name: np.full_like(one, n) for name, one in point.items()} for n in (0, 1))
    rate = network.learning_rate(0)
    try:
        for before in (point, network.update(copied(point), ones, rate)):
            after = network.update(copied(before), zeros, rate)
            if not all(
                name in after and np.array_equal(after[name], before[name]) for name in point
            ):
                return False
    except Exception:  # the author's code may raise anything
        return False
    return True


def _order(author: Author, parts: Collection[str]) -> Callable[[Array, int, int], Array]:
    """The order of the samples, and what it does to the labels that it is handed.

    A sound one shows as many samples as the author's, which may be all of a training that has no
    epochs.
    """
    own, sound = author.network.order, Everything(rounds=author.rounds)
    if "data" in parts or "data" not in author.differing:
        order = sound if "order" in parts else own
        return OnLabelCopies(order) if "data" in parts else order
    if "order" not in parts:
        return own
    return sound if author.mixes else sound_parts.Beside(sound, own)


def exchanged(author: Author, parts: Collection[str], pace: Pace | None = None) -> Network:
    """The author's network with sound parts in the place of some; pace: where that is one."""
    network = author.network
    right = "gradient" in parts or ("forward" in parts and author.follows)
    names = network.init(0)
    if "answer" in parts and (network.drops_when_answering or network.tests_on):
        network = replace(network, drops_when_answering=False, tests_on=None)
    whole = network.whole if "data" in parts else None
    if "input" in parts:  # of test samples too, however their author prepares these
        inputs = (whole and author.whole_inputs) or author.inputs
        network = replace(network, prepare=inputs, tests_on=None)
    elif whole:
        network = replace(network, prepare=whole)
    if {"data", "order"} & {*parts}:  # else it stays the one whose trainings are known
        network = replace(network, order=_order(author, parts))
    if "start" in parts:
        network = replace(network, init=author.start)
    if "targets" in parts and right:
        network = replace(network, encode=author.targets)
    elif "targets" in parts:
        network = retargeted(network, author.targets, author.manner)
    if "forward" in parts:
        dropout = tuple(filter(keeps_the_mean, network.dropout))
        network = replace(network, layers=author.layers, dropout=dropout)
        forward = Recomputed(bare(network), extras=not right)
        network = replace(network, forward=forward)
    if right:
        factors = tuple((name, author.factor * author.signs.get(name, 1)) for name in names)
        network = replace(network, backward=sound_parts.ExactBackward(bare(network), factors))
    if "step" in parts:
        multiples = tuple((name, author.multiple * author.signs.get(name, 1)) for name in names)
        if author.pulled and not right:
            without = sound_parts.WithoutDecay(network.backward, tuple(author.pulled.items()))
            network = replace(network, backward=without)
        step = author.step if pace is None else sound_parts.PlainStep(multiples)
        network = replace(network, update=step, ahead=None)
    if pace is not None:
        network = replace(network, learning_rate=Constant(pace.rate / author.unit))
        network = lengthened(network, pace.times)
    return network
