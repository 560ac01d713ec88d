"""What all builders take besides the code itself, and what a network gets where nothing is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from diagnose.builders.names import Names, signature_names, split
from diagnose.builders.vocabulary import Adapter, Words
from diagnose.builders.weight_views import Viewed, viewed
from diagnose.builders.wrappers import Metric, OneAtATime, with_pre
from diagnose.data.splitting import HOLD_OUT, held_out
from diagnose.errors import BadInputError
from diagnose.network.activations import every_activation, is_activation
from diagnose.network.arrays import Array, kind
from diagnose.network.authors_code import unwrapped
from diagnose.network.record import Layer, Loss, Network, targets_of
from diagnose.network.samples import Data, are_classes, flattened, leading
from diagnose.style.text import listed

# What a network gets where its code says nothing of its own


def as_data(given: Any, classes: int) -> Callable[[], Data] | None:
    """The data of a network as a function: from arrays, from a function, from ``Data``."""
    return None if given is None else partial(_data, given=given, classes=classes)


def _data(*, given: Any, classes: int) -> Data:
    found = given() if callable(given) else given
    if isinstance(found, Data):
        return found
    if not isinstance(found, tuple | list) or len(found) not in (2, 4):
        raise BadInputError(
            f"the data is {kind(found)}; give (x, labels) or (x, labels, test_x, test_labels)"
        )
    arrays = [np.asarray(one) for one in found]
    for at in range(0, len(arrays), 2):
        arrays[at + 1] = _labels(arrays[at], arrays[at + 1], classes)
    x, labels = arrays[:2]
    numbers = np.arange(len(labels))
    notes: tuple[str, ...] = ()
    if len(arrays) == 4:
        test_x, test_labels = arrays[2:]
    elif _is_small(labels):
        test_x, test_labels = x, labels
        notes = (f"{len(labels)} samples are too few to hold some out: tested on the same ones",)
    else:
        held = held_out(labels)
        test_x, test_labels = x[held], labels[held]
        x, labels, numbers = x[~held], labels[~held], numbers[~held]
        each = " of each class" if classes else ""
        notes = (f"every {HOLD_OUT}th sample{each} was held out to test on",)
    return Data(
        name=f"{len(arrays[1])} samples of its own",
        images=x,
        labels=labels,
        test_images=test_x,
        test_labels=test_labels,
        numbers=numbers,
        notes=notes,
    )


def _labels(x: Array, labels: Array, classes: int) -> Array:
    """Labels as ``Data`` has them; BadInputError if they are none for these samples."""
    said = f"the data has samples {x.shape} and labels {labels.shape} of type {labels.dtype}"
    fits = x.ndim > 0 and labels.ndim > 0 and len(labels) == len(x)
    if classes and not (fits and labels.ndim == 1 and are_classes(labels)):
        numbers = labels.dtype.kind == "f" or labels.ndim == 2
        hint = "; where they are what the network shall answer, say classes=0" if numbers else ""
        raise BadInputError(f"{said}; labels are whole numbers from 0, one for each sample{hint}")
    if not classes and not (fits and labels.ndim <= 2 and labels.dtype.kind in "fiu"):
        raise BadInputError(
            f"{said}; with classes=0, labels are the numbers that the network shall answer, one "
            "or a row of them for each sample"
        )
    return labels if classes else labels.astype(np.float64)


def _is_small(labels: Array) -> bool:
    """Whether too few samples are there to hold some out: one of each class, or two of numbers."""
    if are_classes(labels):
        return bool(np.unique(labels, return_counts=True)[1].min() < HOLD_OUT)
    return len(labels) < 2 * HOLD_OUT


def constant(epoch: int, *, rate: float) -> float:
    """The same rate in every epoch."""
    return rate


def as_given(labels: Array, epoch: int, seed: int) -> Array:
    """The samples in the data's order."""
    return np.arange(len(labels))


def by_class(labels: Array, epoch: int, seed: int) -> Array:
    """Class by class, as when folders are read one after the other; numbers from small to large."""
    return np.argsort(leading(labels), kind="stable")


def shuffled(labels: Array, epoch: int, seed: int) -> Array:
    """A new permutation in each epoch."""
    return np.random.default_rng([seed, epoch]).permutation(len(labels))


ORDERS: Mapping[str, Callable[[Array, int, int], Array]] = {
    "as given": as_given,
    "by class": by_class,
    "shuffled": shuffled,
}


class Settings(TypedDict, total=False):
    """What all builders take besides the code itself; fields of ``Network`` where not said.

    learning_rate: a number, or a function of the epoch, from 0, or of the epoch and the step within
    it, from 0. prepare: from images as read to
    ``(n, features)``; as they are, flattened, if not given. order: "as given", "by class",
    "shuffled" (anew in each epoch), or a function of labels, epoch and seed. vectors: whether the
    code takes one sample at a time, as a vector ``(features,)``, or, with "matrices", as a column
    ``(features, 1)`` or a row ``(1, features)``; ``layout`` then says whether a layer is
    ``W @ x`` ("columns") or ``x @ W`` ("rows"). classes: 0 for a network that answers with numbers,
    which are then its labels. accuracy: the function that computes what the code prints of itself,
    handed what it names (outputs or probabilities; predictions, the numbers of the classes
    answered; labels; targets or Y), or what ``accuracy_takes`` says. data: ``(x, labels)`` or
    ``(x, labels, test_x, test_labels)``, or a function that returns them, or ``Data``. train: the
    function that holds the loop, in which whatever is not given by itself stands. code: more
    functions, by role.
    """

    name: str
    learning_rate: float | Callable[..., float]
    prepare: Callable[[Array], Array] | None
    order: str | Callable[[Array, int, int], Array]
    epochs: int
    classes: int
    batch_size: int
    layout: Literal["columns", "rows"]
    vectors: bool | Literal["matrices"]
    loss: Loss
    encode: Callable[[Array], Array] | None
    accuracy: Callable[..., Any] | None
    accuracy_takes: Names | None
    data: Any
    train: Callable[..., Any] | None
    code: Mapping[str, Callable[..., Any]]
    initial_learning_rate: float | None
    posted: tuple[float, ...] | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Stepwise:
    """A rate that changes within an epoch: ``at(epoch, step)``, each from 0."""

    at: Callable[[int, int], float]

    def __call__(self, epoch: int) -> float:
        """The rate with which an epoch begins."""
        return self.at(epoch, 0)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The settings with their defaults."""

    learning_rate: float | Callable[..., float] | None = None
    name: str | None = None
    prepare: Callable[[Array], Array] | None = None
    order: str | Callable[[Array, int, int], Array] = "as given"
    epochs: int = 10
    classes: int = 10
    batch_size: int = 1
    layout: Literal["columns", "rows"] = "columns"
    vectors: bool | Literal["matrices"] = False
    loss: Loss = "cross-entropy"
    encode: Callable[[Array], Array] | None = None
    accuracy: Callable[..., Any] | None = None
    accuracy_takes: Names | None = None
    data: Any = None
    train: Callable[..., Any] | None = None
    code: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    initial_learning_rate: float | None = None
    posted: tuple[float, ...] | None = None
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Chosen:
        """Take the settings; BadInputError for one that there is not, or a word that is none."""
        unknown = [name for name in settings if name not in Settings.__annotations__]
        if unknown:
            raise BadInputError(
                f"no builder takes {listed(unknown)}; there are "
                f"{', '.join(Settings.__annotations__)}"
            )
        chosen = cls(**settings)
        if isinstance(chosen.order, str) and chosen.order not in ORDERS:
            raise BadInputError(
                f"order is {chosen.order!r}; give one of {', '.join(map(repr, ORDERS))}, or a "
                "function of labels, epoch and seed"
            )
        return chosen

    def words(self) -> Words:
        """The words by which the code is handed what the contract has."""
        return Words(
            encode=partial(targets_of, encode=self.encode, classes=self.classes),
            rate=self.rates(),
            layout=self.layout,
            vectors=self.vectors,
        )

    def rates(self) -> Callable[[int], float]:
        """The learning rate as a function of the epoch."""
        rate = self.learning_rate
        if rate is None:
            raise BadInputError("learning_rate is missing; give a number or a function of epochs")
        if not callable(rate):
            return partial(constant, rate=as_rate(rate))
        return Stepwise(at=rate) if len(signature_names(rate)) > 1 else rate

    def network(
        self,
        adapter: Adapter,
        layers: Sequence[Layer],
        code: Mapping[str, Any],
        own: Sequence[str] = (),
    ) -> Network:
        """Put everything together; own: what each sample has for itself, as ``OneAtATime`` says."""
        layers, views = viewed(layers)
        if views:
            adapter = Viewed(inner=adapter, views=views, columns=self.layout == "columns")
        if self.vectors:
            adapter = OneAtATime(
                inner=adapter,
                axis=1 if self.layout == "columns" else 0,
                flat=self.vectors != "matrices",
                own=tuple(own),
            )
        forward = adapter.forward
        if any(layer.pre == "-" for layer in layers):
            # A name of its own, since nobody's array can be called so.
            layers = [
                replace(layer, pre=f"{layer.out} before activation") if layer.pre == "-" else layer
                for layer in layers
            ]
            forward = partial(
                with_pre, forward=forward, layers=tuple(layers), columns=self.layout == "columns"
            )
        rates = self.rates()
        order = ORDERS[self.order] if isinstance(self.order, str) else self.order
        return Network(
            name=self.name or _name(code),
            init=adapter.init,
            prepare=self.prepare or flattened,
            order=order,
            learning_rate=rates,
            forward=forward,
            backward=adapter.backward,
            update=adapter.update,
            layers=tuple(layers),
            epochs=self.epochs,
            classes=self.classes,
            loss=self.loss,
            encode=self.encode,
            accuracy=self._metric(layers[-1].out),
            data=as_data(self.data, self.classes),
            batch_size=self.batch_size,
            layout=self.layout,
            initial_learning_rate=self.initial_learning_rate,
            posted=self.posted,
            remarks=self.remarks,
            code=self._code(code),
        )

    def _metric(self, out: str) -> Callable[[Array, Array], float] | None:
        """The author's accuracy as a function of outputs and labels."""
        if self.accuracy is None:
            return None
        takes = self.accuracy_takes
        takes = signature_names(self.accuracy) if takes is None else split(takes)
        words = replace(self.words(), vectors=False)
        return Metric(words=words, call=self.accuracy, takes=takes, out=out)

    def _code(self, given: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """Whose function is whose: as given, else found, else the one that holds the loop."""
        own = {
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.learning_rate,
            "encode": self.encode,
            "accuracy": self.accuracy,
        }
        code = {
            role: unwrapped(one)
            for role, one in {**given, **own}.items()
            if hasattr(unwrapped(one), "__code__")
        }
        softmax = getattr(code.get("forward"), "__globals__", {}).get("softmax")
        if hasattr(softmax, "__code__"):
            code["softmax"] = softmax
        if self.train is not None:
            loop = dict.fromkeys((*own, "train"), self.train)
            code = {**loop, **code}
        return {**code, **self.code}


def as_rate(given: Any) -> float:
    """A learning rate; BadInputError for what is no number."""
    if isinstance(given, bool) or not isinstance(given, int | float | np.number):
        raise BadInputError(f"the learning rate is {kind(given)}; give a number")
    return float(given)


def _name(code: Mapping[str, Any]) -> str:
    """The name of the file in which the code stands."""
    for function in code.values():
        inner = getattr(unwrapped(function), "__code__", None)
        if inner is not None:
            return Path(inner.co_filename).stem
    return "network"


def as_layer(given: str | Layer) -> Layer:
    """``"W1 b1 Z1 A1 relu"``, and after leaky-relu its slope."""
    if isinstance(given, Layer):
        return given
    words = given.split()
    activation, slope = "".join(words[4:5]), words[5:]
    if not is_activation(activation) or len(slope) > 1:
        raise BadInputError(
            f"the layer {given!r} is not five words: weight, bias (- for none), pre-activation "
            f"(- if none is kept), output, and one of {every_activation()}"
        )
    weight, bias, pre, out = words[:4]
    return Layer(
        weight=weight,
        bias=None if bias == "-" else bias,
        pre=pre,
        out=out,
        activation=activation,
        **({"slope": float(slope[0])} if slope else {}),
    )
