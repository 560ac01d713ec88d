"""Build a ``Network`` from code as people write it: functions, an object, or layer objects.

>>> NETWORK = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
...     backward=backward, layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 softmax"),
...     learning_rate=0.1, layout="rows",
... )

Names stand in strings, in the code's own order: ``"W1 b1 W2 b2"``; a list within a tuple is a
string within a tuple: ``("W1 W2", "b1 b2")``. What a function is handed is read from the names of
its own arguments where these are known words (``adapters.Words``), parameters or arrays of the
trace; else ``..._takes`` says it, such as ``backward_takes="x Z1 A1 Z2 A2 W2 targets"``.

Each layer is a string of five words: weight, bias (- for none), pre-activation (- if the code
keeps none: it is then computed from weight and bias), output, activation.

A network that answers with numbers says so by ``classes=0``; its labels are then these numbers:

>>> SINE = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 out",
...     backward=backward, layers=("W1 b1 Z1 A1 tanh", "W2 b2 out out linear"),
...     learning_rate=0.05, classes=0, loss="squared-error", data=(x, np.sin(x[:, 0])),
... )
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, get_args

import numpy as np

from diagnose import adapters
from diagnose.adapters import Adapter, Functions, Methods, Objects, OneAtATime, Stack, Words
from diagnose.data import HOLD_OUT, Data, are_classes, held_out, leading
from diagnose.errors import BadInputError
from diagnose.naming import Names, kind, listed, named, signature_names, split, unwrapped
from diagnose.network import Activation, Array, Arrays, Layer, Loss, Network, targets_of

# What classes of layer objects are usually called, without case and separators.
ACTIVATIONS: Mapping[str, Activation] = {
    "relu": "relu",
    "leakyrelu": "leaky-relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "linear": "linear",
    "identity": "linear",
}


class Settings(TypedDict, total=False):
    """What all builders take besides the code itself; fields of ``Network`` where not said.

    learning_rate: a number, or a function of the epoch, from 0. prepare: from images as read to
    ``(n, features)``; as they are, flattened, if not given. order: "as given", "by class",
    "shuffled" (anew in each epoch), or a function of labels, epoch and seed. vectors: whether the
    code takes one sample at a time, as a vector; ``layout`` then says whether a layer is
    ``W @ x`` ("columns") or ``x @ W`` ("rows"). classes: 0 for a network that answers with numbers,
    which are then its labels. accuracy: the function that computes what the code prints of itself,
    handed what it names (outputs or probabilities; predictions, the numbers of the classes
    answered; labels; targets or Y), or what ``accuracy_takes`` says. data: ``(x, labels)`` or
    ``(x, labels, test_x, test_labels)``, or a function that returns them, or ``Data``. train: the
    function that holds the loop, in which whatever is not given by itself stands. code: more
    functions, by role.
    """

    name: str
    learning_rate: float | Callable[[int], float]
    prepare: Callable[[Array], Array] | None
    order: str | Callable[[Array, int, int], Array]
    epochs: int
    classes: int
    batch_size: int
    layout: Literal["columns", "rows"]
    vectors: bool
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


def from_functions(
    *,
    parameters: Names,
    init: Callable[..., Any],
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    trace: Names = "",
    gradients: Names | None = None,
    layers: Sequence[str | Layer],
    update: Callable[..., Any] | None = None,
    forward_takes: Names | None = None,
    backward_takes: Names | None = None,
    update_takes: Names | None = None,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from plain functions; what they return is a tuple, or a dict by name.

    parameters: the names of what ``init`` returns, in its order. ``init`` takes nothing, a seed or
    an rng. forward takes x and then the parameters, or as ``forward_takes`` says; trace: the names
    of what it returns. gradients: the parameters' names, in the order in which ``backward`` returns
    the gradients. update: the step, on arrays that it returns or writes into; plain gradient
    descent if not given. Raises BadInputError.
    """
    chosen = _Settings.of(settings)
    takes = ("x", *split(parameters)) if forward_takes is None else forward_takes
    if forward_takes is None and {*signature_names(forward)} & {"parameters", "params"}:
        takes = signature_names(forward)
    functions = Functions(
        words=chosen.words(),
        parameters=parameters,
        make=init,
        run=forward,
        run_takes=takes,
        trace=trace,
        back=backward,
        back_takes=signature_names(backward) if backward_takes is None else backward_takes,
        gradients=parameters if gradients is None else gradients,
        step=update,
        step_takes=(
            signature_names(update) if update and update_takes is None else update_takes or ()
        ),
    )
    code = {"init": init, "forward": forward, "backward": backward, "update": update}
    return chosen.network(functions, [_layer(one) for one in layers], code)


def from_object(
    make: Callable[..., Any],
    *,
    parameters: Names,
    layers: Sequence[str | Layer],
    forward: str = "forward",
    backward: str = "backward",
    step: str | None = None,
    forward_takes: Names = "x",
    backward_takes: Names | None = None,
    step_takes: Names | None = None,
    returns: Names | None = None,
    gradients: Names | None = None,
    rate_attribute: str | None = None,
    steps_in_backward: bool = False,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from an object that has its parameters in attributes and methods to run it.

    make: the class, or whatever else makes the object, from nothing, a seed or an rng.
    parameters: the attributes that hold them: ``"W1 b1"``, ``"layer1.W"``; of a list (``weights``)
    they are named ``weights[0]``, of a dict (``params``) by its keys. forward, backward, step:
    names of methods. Every array that forward leaves in the object is an array of the trace,
    returns names what it returns. gradients: the attributes that hold them, in the order of the
    parameters, ``dW1`` for ``W1`` if not given; or the parameters' names in the order in which
    backward returns them. rate_attribute: the attribute that holds the learning rate.
    steps_in_backward: backward changes the parameters itself. Raises BadInputError.
    """
    chosen = _Settings.of(settings)
    template = adapters.drawn(make, 0)
    rate = tuple(rate_attribute.split(".")) if rate_attribute else None
    if rate is not None and "learning_rate" not in settings:
        chosen = replace(chosen, learning_rate=_rate(adapters.find(template, rate)))
    holders = split(parameters)
    paths = _paths(template, holders)
    given = holders if gradients is None else split(gradients)
    returned = given if {*given} == {*holders} else holders
    held = _derivatives(holders) if {*given} == {*holders} else given
    if len(held) != len(holders):
        raise BadInputError(
            f"gradients names {len(held)} attributes, {', '.join(held)}, for {len(holders)} that "
            f"hold parameters, {', '.join(holders)}; name one for each, in the same order"
        )
    objects = Objects(
        words=chosen.words(),
        make=make,
        template=_without(template, paths),
        runner=Methods(
            run=forward,
            run_takes=forward_takes,
            returns=returns,
            back=backward,
            back_takes=backward_takes,
            gradients=tuple(_group(name, paths) for name in returned),
            step_method=step,
            step_takes=step_takes,
        ),
        paths=paths,
        gradient_paths={
            name: (*_path(derivative), *path[len(_path(holder)) :])
            for holder, derivative in zip(holders, held, strict=True)
            for name, path in paths.items()
            if path[: len(_path(holder))] == _path(holder)
        },
        rate_path=rate,
        steps=step is not None,
        steps_in_backward=steps_in_backward,
    )
    methods = {"forward": forward, "backward": backward, "update": step}
    code = {role: getattr(template, name) for role, name in methods.items() if name}
    return chosen.network(
        objects, [_layer(one) for one in layers], {"init": _maker(template, make), **code}
    )


def from_layers(
    make: Callable[..., Sequence[Any]],
    *,
    loss_gradient: Callable[..., Array],
    output: Callable[[Array], Array] | None = None,
    activations: Names | None = None,
    weight: str = "W",
    bias: str | None = "b",
    pre: str | None = None,
    gradients: Names | None = None,
    forward: str = "forward",
    backward: str = "backward",
    step: str | None = None,
    steps_in_backward: bool = False,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from a list of layer objects, each with a forward and a backward method.

    make: returns the list, from nothing, a seed or an rng. Objects with the attribute ``weight``
    are dense layers, and their parameters are named W1, b1, W2 and so on; the objects between them
    are activations, known by the names of their classes or by ``activations="relu softmax"``. pre:
    the attribute with the pre-activation, where a dense layer applies its activation itself.
    output: a function from what the last object returns to what the network answers, such as a
    softmax. loss_gradient: from that and the targets to what the last object's backward is handed.
    gradients: the attributes that hold those of weight and bias, ``dW db`` for ``W b``. step: the
    method of an object that takes the rate and makes the step. steps_in_backward: backward takes
    the rate too and makes the step itself. Raises BadInputError.
    """
    chosen = _Settings.of(settings)
    template = list(adapters.drawn(make, 0))
    dense = [at for at, one in enumerate(template) if hasattr(one, weight)]
    if not dense:
        raise BadInputError(
            f"{named(make)} returns {kind(template)}, none with an attribute {weight}; say with "
            "weight= what its layers call their weights"
        )
    held = split(gradients) if gradients else (f"d{weight}", f"d{bias}")
    paths: dict[str, adapters.Path] = {}
    gradient_paths: dict[str, adapters.Path] = {}
    for count, at in enumerate(dense, 1):
        for short, attribute, derivative in zip("Wb", (weight, bias), held, strict=False):
            if attribute is not None and getattr(template[at], attribute, None) is not None:
                paths[f"{short}{count}"] = (at, attribute)
                gradient_paths[f"{short}{count}"] = (at, derivative)
    layers, names = _stacked(template, dense, paths, activations, pre, output)
    words = chosen.words()
    objects = Objects(
        words=words,
        make=make,
        template=_without(template, paths),
        runner=Stack(
            run=forward,
            back=backward,
            step_method=step,
            names=names,
            output=output,
            output_name=layers[-1].out,
            error=loss_gradient,
            with_rate=steps_in_backward,
        ),
        paths=paths,
        gradient_paths=gradient_paths,
        rate_path=None,
        steps=step is not None,
        steps_in_backward=steps_in_backward,
    )
    first = type(template[dense[0]])
    code = {
        "init": getattr(first, "__init__", None),
        "forward": getattr(first, forward, None),
        "backward": getattr(first, backward, None),
        "update": getattr(first, step, None) if step else None,
    }
    return chosen.network(objects, layers, code)


@dataclass(frozen=True, kw_only=True)
class _Settings:
    """The settings with their defaults."""

    learning_rate: float | Callable[[int], float] | None = None
    name: str | None = None
    prepare: Callable[[Array], Array] | None = None
    order: str | Callable[[Array, int, int], Array] = "as given"
    epochs: int = 10
    classes: int = 10
    batch_size: int = 1
    layout: Literal["columns", "rows"] = "columns"
    vectors: bool = False
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
    def of(cls, settings: Settings) -> _Settings:
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
        return rate if callable(rate) else partial(constant, rate=_rate(rate))

    def network(
        self, adapter: Adapter, layers: Sequence[Layer], code: Mapping[str, Any]
    ) -> Network:
        """Put everything together."""
        if self.vectors:
            adapter = OneAtATime(inner=adapter, axis=1 if self.layout == "columns" else 0)
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
        return adapters.Metric(words=words, call=self.accuracy, takes=takes, out=out)

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


# What a network gets where its code says nothing of its own


def flattened(images: Array) -> Array:
    """``(n, ...)`` as read, as ``(n, features)``: nothing is scaled."""
    return images.reshape(len(images), -1)


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


def with_pre(
    parameters: Arrays,
    x: Array,
    *,
    forward: Callable[[Arrays, Array], Arrays],
    layers: tuple[Layer, ...],
    columns: bool,
) -> Arrays:
    """Run forward and add the pre-activations that the code does not keep."""
    trace = dict(forward(parameters, x))
    entering = x
    for layer in layers:
        if layer.pre not in trace and layer.out in trace:
            weight = parameters[layer.weight]
            pre = weight @ entering if columns else entering @ weight
            if layer.bias is not None:
                bias = np.reshape(parameters[layer.bias], (-1, 1) if columns else (1, -1))
                pre = pre + bias
            trace[layer.pre] = pre
        entering = trace.get(layer.out, entering)
    return trace


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


# Reading what was given


def _layer(given: str | Layer) -> Layer:
    """``"W1 b1 Z1 A1 relu"``, and after leaky-relu its slope."""
    if isinstance(given, Layer):
        return given
    words = given.split()
    activation, slope = "".join(words[4:5]), words[5:]
    if activation not in get_args(Activation) or len(slope) > 1:
        raise BadInputError(
            f"the layer {given!r} is not five words: weight, bias (- for none), pre-activation "
            f"(- if none is kept), output, and one of {', '.join(get_args(Activation))}"
        )
    weight, bias, pre, out = words[:4]
    return Layer(
        weight=weight,
        bias=None if bias == "-" else bias,
        pre=pre,
        out=out,
        activation=activation,  # type: ignore[arg-type]
        **({"slope": float(slope[0])} if slope else {}),
    )


def _rate(given: Any) -> float:
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


def _maker(template: Any, make: Callable[..., Any]) -> Any:
    own = getattr(type(template), "__init__", None)
    return own if hasattr(own, "__code__") else make


def _without(template: Any, paths: Mapping[str, adapters.Path]) -> Any:
    """The object without its parameters, so that a copy of it is made quickly."""
    for path in paths.values():
        adapters.put(template, path, None)
    return template


def _path(name: str) -> adapters.Path:
    return tuple(name.split("."))


def _derivatives(holders: Sequence[str]) -> tuple[str, ...]:
    """``dW1`` for ``W1``, ``layer1.dW`` for ``layer1.W``."""
    return tuple(f"{''.join(one.rpartition('.')[:2])}d{one.rpartition('.')[2]}" for one in holders)


def _group(holder: str, paths: Mapping[str, adapters.Path]) -> str:
    """The names of the parameters that an attribute holds; a list is told by a space."""
    if holder in paths:
        return holder
    size = len(_path(holder))
    return "".join(f"{name} " for name, path in paths.items() if path[:size] == _path(holder))


def _paths(template: Any, holders: Sequence[str]) -> dict[str, adapters.Path]:
    """Where each parameter is; those in lists and dicts one by one."""
    paths: dict[str, adapters.Path] = {}
    for name in holders:
        path = _path(name)
        there = adapters.find(template, path)
        if isinstance(there, list):
            paths |= {f"{name}[{at}]": (*path, at) for at in range(len(there))}
        elif isinstance(there, dict):
            paths |= {str(key): (*path, key) for key in there}
        elif isinstance(there, np.ndarray):
            paths[name] = path
        else:
            arrays = ", ".join(one for one, _ in adapters.arrays_in(template)) or "none"
            raise BadInputError(
                f"{type(template).__name__} has no array {name} when it is made; its arrays are "
                f"{arrays}"
            )
    return paths


def _stacked(
    template: Sequence[Any],
    dense: Sequence[int],
    paths: Mapping[str, adapters.Path],
    activations: Names | None,
    pre: str | None,
    output: Callable[[Array], Array] | None,
) -> tuple[list[Layer], dict[int, str]]:
    """The layers that a list of objects makes, and the trace's name for what each returns."""
    ends = [*dense[1:], len(template)]
    if activations is None:
        said = [
            _known(template[end - 1] if end - 1 > at else getattr(template[at], "activation", None))
            for at, end in zip(dense, ends, strict=True)
        ]
        if output is not None:
            said[-1] = _known(output)
    else:
        said = list(split(activations))
    if len(said) != len(dense) or any(one not in get_args(Activation) for one in said):
        raise BadInputError(
            f"there are {len(dense)} dense layers, with the activations {', '.join(map(str, said))}"
            f'; say each in its order, such as activations="relu softmax", of '
            f"{', '.join(get_args(Activation))}"
        )
    layers, names = [], {}
    for count, (at, end, activation) in enumerate(zip(dense, ends, said, strict=True), 1):
        last = count == len(dense)
        own = end - 1 == at and not (last and output is not None)
        out = f"A{count}"
        if own and activation != "linear":
            # The object applies its activation itself.
            before = "-" if pre is None else f"layers[{at}].{pre}"
            names[at] = out
        else:
            before, names[at] = f"Z{count}", f"Z{count}"
            if own:
                out = before
            elif end - 1 > at:
                names[end - 1] = out if not (last and output) else f"Z{count}"
        layers.append(
            Layer(
                weight=f"W{count}",
                bias=f"b{count}" if f"b{count}" in paths else None,
                pre=before,
                out=out,
                activation=activation,  # type: ignore[arg-type]
            )
        )
    return layers, names


def _known(thing: Any) -> str:
    """The activation that an object, a function or a word is called after."""
    if thing is None:
        return "linear"
    name = thing if isinstance(thing, str) else getattr(thing, "__name__", type(thing).__name__)
    plain = name.lower().replace("_", "").replace("-", "")
    for word in ("activation", "layer", "function"):
        plain = plain.replace(word, "")
    return ACTIVATIONS.get(plain, name)
