"""The contract: a network under test is a frozen record of plain functions.

A repair is then ``dataclasses.replace(network, order=shuffled)``, and two repairs compose as
functions do. Nothing here is a base class: whoever wrote a network as loose functions, as a class
or as one flat script says in one value how it draws, scales, orders, computes and steps.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.authors_code import short_path
from diagnose.network.tasks import CLASSIFICATION, REGRESSION, Task

if TYPE_CHECKING:
    from diagnose.network.samples import Data

Loss = Literal["cross-entropy", "squared-error", "hinge"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One dense layer, by the names of its arrays: ``out = activation(weight @ input + bias)``.

    ``weight`` and ``bias`` are keys of the parameters, ``pre`` (pre-activation) and ``out``
    (activation) are keys of what ``Network.forward`` returns. ``activation`` is a name of
    ``network.activations``, or ``softmax``; ``slope`` is that of a leaky ReLU, or the alpha of an
    ELU.
    """

    weight: str
    bias: str | None
    pre: str
    out: str
    activation: str
    slope: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Units of a layer that are left out of a step at random (Srivastava et al. 2014, JMLR 15).

    ``mask`` is the key under which a step finds, among the parameters, which units stay: an array
    of ``dtype``, laid out as the layer's output, of 1 with the probability ``keep`` and else of 0.
    ``layer`` says whose output, counted from 0. What stays is multiplied by ``scale``.
    """

    mask: str
    layer: int
    keep: float
    scale: float
    dtype: str = "bool"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network under test, as functions.

    Shapes: n samples, B samples in a step, ``features`` numbers per sample. ``x`` is what the
    network's own functions take: ``(features, B)`` in the layout ``"columns"``, ``(B, features)``
    in the layout ``"rows"``.

    init(seed) -> parameters, a dict of name -> array
    prepare(images) -> inputs: ``(n, height, width)`` pixels as read -> ``(n, features)``
    order(labels, epoch, seed) -> indices into ``labels``, in the order of that epoch
    learning_rate(epoch) -> the rate that epoch really uses; epochs count from 0. Where it changes
        from step to step, the rate that the epoch begins with: then it has a method
        ``at(epoch, step)`` too, the rate of each step, which counts from 0 in each epoch
    forward(parameters, x) -> every intermediate array by name; the last layer's ``out`` holds the
        probabilities and its ``pre`` the logits
    backward(parameters, trace, x, labels) -> gradients of the loss, named as the parameters;
        ``trace`` is what ``forward`` returned, ``labels`` has shape ``(B,)``, or ``(B, outputs)``
        for several numbers
    update(parameters, gradients, rate) -> the parameters after the step
    ahead(parameters, rate) -> the parameters at which a step takes its gradient, where those are
        others, as with Nesterov's momentum (Sutskever et al. 2013, ICML)

    ``layers`` names the arrays, first layer first. ``loss`` is what the gradients are the gradients
    of, the mean over a batch of: cross-entropy (of a softmax over classes, or of sigmoid outputs
    taken one by one), half the sum of squared differences from the targets, or hinge (of linear
    outputs: see ``calculus.margins``). ``encode(labels)``
    gives these targets, ``(B, outputs)``; one-hot if it is None. An output is read as the class
    whose target is nearest. ``data()`` gives the images, or rows of features, that the network was
    made for, where it was not made for digits.

    ``dropout`` says which units are left out of a step. What is left out is drawn for each step;
    ``forward`` and ``backward`` find the masks among the parameters, and where there are none, no
    unit is left out and nothing is scaled: so the network answers. Where its author left dropout on
    when predicting, ``drops_when_answering`` says so.

    ``tests_on(images)`` is what its author makes of test samples beside what is made of those of
    the training, before ``prepare``; None where both are prepared alike. ``whole(images)`` undoes
    what mixed samples up before they were read, where that is known.

    ``classes`` says what the network is for. A whole number from 2: it answers with one of so many
    classes, and labels are whole numbers from 0. 0: it answers with numbers (regression), labels
    are real numbers of a floating-point type, ``(n,)`` or ``(n, outputs)``, the loss is the squared
    error, and the targets are the labels themselves, if ``encode`` does not scale them.

    ``accuracy(outputs, labels)`` is the accuracy as the author computes it, of outputs laid out as
    the network's own and labels ``(B,)``: what the network prints of itself.

    ``initial_learning_rate`` is the rate that the author wrote down, ``posted`` the probabilities
    that the author saw, ``remarks`` what a reader of the code notices and no probe measures.
    ``code`` maps a field's name, or any other role, to the author's own function, so that findings
    can point into the author's file.
    """

    name: str
    init: Callable[[int], Arrays]
    prepare: Callable[[Array], Array]
    order: Callable[[Array, int, int], Array]
    learning_rate: Callable[[int], float]
    forward: Callable[[Arrays, Array], Arrays]
    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    update: Callable[[Arrays, Arrays, float], Arrays]
    layers: tuple[Layer, ...]
    epochs: int = 10
    classes: int = 10
    loss: Loss = "cross-entropy"
    encode: Callable[[Array], Array] | None = None
    accuracy: Callable[[Array, Array], float] | None = None
    data: Callable[[], Data] | None = None
    ahead: Callable[[Arrays, float], Arrays] | None = None
    batch_size: int = 1
    layout: Literal["columns", "rows"] = "columns"
    dropout: tuple[Dropout, ...] = ()
    drops_when_answering: bool = False
    tests_on: Callable[[Array], Array] | None = None
    whole: Callable[[Array], Array] | None = None
    initial_learning_rate: float | None = None
    posted: tuple[float, ...] | None = field(default=None, compare=False)
    remarks: tuple[str, ...] = field(default=(), compare=False)
    code: Mapping[str, Callable[..., Any]] = field(default_factory=dict, compare=False)

    def targets(self, labels: Array) -> Array:
        """What the outputs should be for labels of ``B`` samples: ``(B, outputs)``, float64."""
        return targets_of(labels, self.classes, self.encode)

    @property
    def task(self) -> Task:
        """Whether it answers with a class or with numbers, and the symptoms of either."""
        return CLASSIFICATION if self.classes else REGRESSION

    @property
    def outputs(self) -> int:
        """How many numbers it answers with for one sample."""
        if self.task is CLASSIFICATION:
            return int(self.targets(np.array([0])).shape[1])
        return fan_out(self, self.layers[-1], self.init(0))

    @property
    def changes_within_epochs(self) -> bool:
        """Whether the rate may be another in each step."""
        return hasattr(self.learning_rate, "at")

    def rate(self, epoch: int, step: int) -> float:
        """The rate of a step, which counts from 0 in each epoch."""
        if not self.changes_within_epochs:
            return self.learning_rate(epoch)
        return float(self.learning_rate.at(epoch, step))  # type: ignore[attr-defined]

    def stepped_from(self, parameters: Arrays, rate: float) -> Arrays:
        """The parameters at which a step takes its gradient."""
        return parameters if self.ahead is None else self.ahead(parameters, rate)

    def lay_out(self, rows: Array) -> Array:
        """Turn ``(B, features)`` rows into the ``x`` that the network's functions take."""
        return rows.T if self.layout == "columns" else rows

    def as_rows(self, array: Array) -> Array:
        """Turn one of the network's own arrays into ``(B, units)`` rows."""
        return array.T if self.layout == "columns" else array

    def where(self, role: str) -> tuple[str, int] | None:
        """File and first line of the author's function for a role, or None if it has none."""
        place = self.stands(role)
        return (short_path(place[0]), place[1]) if place else None

    def stands(self, role: str) -> tuple[str, int] | None:
        """The same, with the file's whole path."""
        function = self.code.get(role)
        try:
            code = inspect.unwrap(function).__code__  # type: ignore[arg-type]
        except (AttributeError, TypeError):
            return None
        return code.co_filename, code.co_firstlineno

    @property
    def source(self) -> str | None:
        """The file in which the author's functions stand, or None if none is named."""
        return next((place[0] for role in self.code if (place := self.where(role))), None)


@lru_cache
def _one_hot(classes: int) -> Array:
    """A row for each class; nobody may write into it."""
    table = np.eye(classes)
    table.flags.writeable = False
    return table


def targets_of(
    labels: Array, classes: int, encode: Callable[[Array], Array] | None = None
) -> Array:
    """What outputs should be: as ``encode`` says, one-hot of so many classes, or the labels."""
    if encode is None and classes:
        return _one_hot(classes)[labels]
    targets = labels if encode is None else encode(labels)
    return np.asarray(targets, np.float64).reshape(len(labels), -1)


def fan_in(network: Network, layer: Layer, parameters: Arrays) -> int:
    """Number of inputs of a layer's units: the weight's axis 1 in columns, axis 0 in rows."""
    return int(parameters[layer.weight].shape[1 if network.layout == "columns" else 0])


def fan_out(network: Network, layer: Layer, parameters: Arrays) -> int:
    """Number of a layer's units: the weight's axis 0 in columns, axis 1 in rows."""
    return int(parameters[layer.weight].shape[0 if network.layout == "columns" else 1])


def widths(network: Network, parameters: Arrays) -> list[int]:
    """Number of inputs, and then of the units of each layer."""
    first = fan_in(network, network.layers[0], parameters)
    return [first, *(fan_out(network, layer, parameters) for layer in network.layers)]


def layers_fit(network: Network, parameters: Arrays) -> bool:
    """Whether weights and biases have the sizes of dense layers, one feeding the next."""
    entering = None
    for layer in network.layers:
        weight = parameters[layer.weight]
        if weight.ndim != 2 or (entering and fan_in(network, layer, parameters) != entering):
            return False
        entering = fan_out(network, layer, parameters)
        if layer.bias is not None and parameters[layer.bias].size != entering:
            return False
    return True


def bare(network: Network) -> Network:
    """The network without what the derivative of its loss does not depend on.

    Two variants that compute the same are then equal, and what is costly to find out about them is
    found out once.
    """
    return replace(
        network, name="", init=_unused, prepare=_unused, order=_unused, learning_rate=_unused,
        backward=_unused, update=_unused, data=None,
    )  # fmt: skip


def _unused(*arguments: Any) -> Any:
    raise NotImplementedError("a derivative does not depend on this")
