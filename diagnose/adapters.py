"""What stands between the contract and code that was written without it.

Each adapter turns somebody's own functions or objects into the contract's ``init``, ``forward``,
``backward`` and ``update``. They keep nothing between two calls: an object is copied for each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from diagnose.errors import BadInputError
from diagnose.naming import (
    Names,
    acts_as_array,
    copied,
    gather,
    listed,
    signature_names,
    split,
    spread,
)
from diagnose.network import Array, Arrays
from diagnose.seeding import seeded

# Where an array is in an object: attribute names, positions in lists and keys of dicts.
Path = tuple[str | int, ...]


class Adapter(Protocol):
    """The four functions of the contract that an adapter gives."""

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Compute every intermediate array."""

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """The words by which code is handed what is no parameter and no intermediate array.

    x, or X: the input, laid out as the code takes it. labels: ``(B,)`` integers, or numbers as
    in ``Network``; of one sample where samples come one at a time. targets, or Y: what the outputs
    should be, laid out as they are. rate, lr or learning_rate. batch: the number of samples.
    parameters (params), trace (cache) and gradients (grads): all of them, in a dict.
    """

    encode: Callable[[Array], Array]
    rate: Callable[[int], float]
    layout: str
    vectors: bool

    def inputs(self, parameters: Arrays, x: Array) -> dict[str, Any]:
        """What forward may take."""
        return {"x": x, "X": x, "parameters": parameters, "params": parameters} | parameters

    def samples(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> dict[str, Any]:
        """What backward may take; its rate is that of the first epoch, for most ignore it."""
        targets = self.targets(labels)
        rate = self.rate(0)
        # A cache often holds the weights too.
        cache = {**parameters, **trace}
        return {
            **{"labels": labels[0] if self.vectors else labels, "batch": len(labels)},
            **dict.fromkeys(("targets", "Y"), targets),
            **dict.fromkeys(("rate", "lr", "learning_rate"), rate),
            **dict.fromkeys(("trace", "cache"), cache),
            **trace,
            **self.inputs(parameters, x),
        }

    def step(self, parameters: Arrays, gradients: Arrays, rate: float) -> dict[str, Any]:
        """What update may take: parameters, their gradients under ``d`` and the name, the rate."""
        whole = Gradients(gradients)
        return {
            **dict.fromkeys(("rate", "lr", "learning_rate"), rate),
            **dict.fromkeys(("gradients", "grads"), whole),
            **dict.fromkeys(("parameters", "params"), parameters),
            **{f"d{name}": one for name, one in gradients.items()},
            **parameters,
        }

    def targets(self, labels: Array) -> Array:
        """The targets of labels ``(B,)`` as the code's own outputs are laid out."""
        targets = self.encode(labels)
        if self.vectors:
            return np.asarray(targets[0])
        return targets.T if self.layout == "columns" else targets


class Gradients(dict[str, Array]):
    """Gradients by the parameters' names, found under ``dW1`` too."""

    def __missing__(self, name: str) -> Array:
        if name.startswith("d") and name[1:] in self:
            return self[name[1:]]
        raise KeyError(name)


def by_parameter(found: Arrays, parameters: Mapping[str, Any]) -> Arrays:
    """Gradients under their parameters' names and in their order: ``dW1`` is that of ``W1``."""
    taken = {name: name if name in found else f"d{name}" for name in parameters}
    own = {name: found[key] for name, key in taken.items() if key in found}
    return own | {name: one for name, one in found.items() if name not in taken.values()}


def drawn(make: Callable[..., Any], seed: int) -> Any:
    """Call what draws, with NumPy's global stream seeded, and with a seed or rng if it asks."""
    given: dict[str, Any] = {"seed": seed, "rng": np.random.default_rng(seed)}
    asked = signature_names(make)
    with seeded(seed):
        return make(**{name: given[name] for name in asked if name in given})


def descend(parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
    """Plain gradient descent."""
    missing = [name for name in parameters if name not in gradients]
    if missing:
        raise BadInputError(f"there is no gradient for {listed(missing)}")
    return {name: one - rate * gradients[name] for name, one in parameters.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """The author's accuracy, handed what it takes, as a function of outputs and labels."""

    words: Words
    call: Callable[..., Any]
    takes: Names
    out: str

    def __call__(self, outputs: Array, labels: Array) -> Any:
        """What the author's function returns."""
        axis = 0 if self.words.layout == "columns" else 1
        several = outputs.shape[axis] > 1
        pool = {
            **dict.fromkeys(("outputs", "probabilities", self.out), outputs),
            "predictions": outputs.argmax(axis=axis) if several else outputs,
            "labels": labels,
            **dict.fromkeys(("targets", "Y"), self.words.targets(labels)),
        }
        return self.call(*gather(self.takes, pool, self.call))


@dataclass(frozen=True, kw_only=True, eq=False)
class Functions:
    """Plain functions that take and return arrays by position, or dicts of them."""

    words: Words
    parameters: Names
    make: Callable[..., Any]
    run: Callable[..., Any]
    run_takes: Names
    trace: Names
    back: Callable[..., Any]
    back_takes: Names
    gradients: Names
    step: Callable[..., Any] | None
    step_takes: Names

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return spread(self.parameters, drawn(self.make, seed), self.make)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Call the author's forward pass; what it returns of the parameters is left out."""
        given = self.run(*gather(self.run_takes, self.words.inputs(parameters, x), self.run))
        found = spread(self.trace, given, self.run)
        return {name: one for name, one in found.items() if name not in parameters}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Call the author's backward pass with the trace's own arrays."""
        pool = self.words.samples(parameters, trace, x, labels)
        given = self.back(*gather(self.back_takes, pool, self.back))
        return by_parameter(spread(self.gradients, given, self.back), parameters)

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Call the author's step on copies, which it may return, or write into."""
        if self.step is None:
            return descend(parameters, gradients, rate)
        now = copied(parameters)
        handed = gather(self.step_takes, self.words.step(now, gradients, rate), self.step)
        given = self.step(*handed)
        if given is not None:
            return spread(self.parameters, given, self.step)
        for name, one in zip(split(self.step_takes), handed, strict=True):
            if " " in name or (isinstance(one, dict) and not isinstance(one, Gradients)):
                now |= {key: a for key, a in spread(name, one, self.step).items() if key in now}
        return now


class Runner(Protocol):
    """How an object is run: what a class of one's own and a list of layers differ in."""

    def forward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays:
        """Run it forward; what is returned is named, what is left in attributes is not."""

    def backward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays | None:
        """Run it backward; the gradients, or None where they are in its attributes."""

    def step(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Let it make its step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Objects:
    """Objects that hold their parameters, and in between what a pass leaves in them.

    paths, gradient_paths: where each parameter and its gradient is. rate_path: where the rate is,
    if it is an attribute. steps: whether the objects can make a step. steps_in_backward: whether
    the backward pass makes it; the gradients then are what it takes off, divided by the rate.
    """

    words: Words
    make: Callable[..., Any]
    template: Any
    runner: Runner
    paths: Mapping[str, Path]
    gradient_paths: Mapping[str, Path]
    rate_path: Path | None
    steps: bool
    steps_in_backward: bool

    def init(self, seed: int) -> Arrays:
        """Draw the parameters by making the object."""
        thing = drawn(self.make, seed)
        return {name: np.asarray(get(thing, path)) for name, path in self.paths.items()}

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Run a copy forward; the trace is what it returned and every array that it left."""
        return self._run(parameters, x)[1]

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Run a copy backward, in the state in which forward left it, with the trace's arrays.

        What is no array (a shape, a count) the trace cannot hold, so forward runs again first.
        """
        thing, _ = self._run(copied(parameters), np.array(x))
        self._fill(thing, parameters)
        left = dict(arrays_in(thing))
        for name, array in trace.items():
            if name in left:
                put(thing, left[name], array)
        pool = self.words.samples(parameters, trace, x, labels)
        if self.steps_in_backward:
            return self._taken_off(thing, pool, parameters)
        found = self.runner.backward(thing, pool)
        if found is not None:
            return by_parameter(found, parameters)
        there = {name: derivative(thing, path) for name, path in self.gradient_paths.items()}
        return {name: np.asarray(one) for name, one in there.items() if one is not None}

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Let a copy make its step; plain descent where it makes none."""
        if not self.steps:
            return descend(parameters, gradients, rate)
        thing = self._copy(copied(parameters))
        for name, path in self.gradient_paths.items():
            if name in gradients:
                put_derivative(thing, path, gradients[name])
        if self.rate_path is not None:
            put(thing, self.rate_path, rate)
        kept = self._kept(thing)
        self.runner.step(thing, self.words.step(parameters, gradients, rate))
        moved = [
            name for name, one in self._kept(thing).items() if not same(one, kept.get(name, one))
        ]
        if moved:
            raise BadInputError(
                f"the step changes {listed(moved)} of {type(thing).__name__}, which is neither a "
                "parameter nor a gradient: a step that remembers the one before, as momentum "
                "does, cannot be handed over; make a plain step"
            )
        return {name: np.asarray(get(thing, path)) for name, path in self.paths.items()}

    def _copy(self, parameters: Arrays) -> Any:
        thing = copy.deepcopy(self.template)
        self._fill(thing, parameters)
        return thing

    def _fill(self, thing: Any, parameters: Arrays) -> None:
        for name, path in self.paths.items():
            put(thing, path, parameters[name])

    def _run(self, parameters: Arrays, x: Array) -> tuple[Any, Arrays]:
        """A copy after its forward pass, and the trace."""
        thing = self._copy(parameters)
        if self.rate_path is not None:
            put(thing, self.rate_path, self.words.rate(0))
        before = copied(self._kept(thing))
        returned = self.runner.forward(thing, self.words.inputs(parameters, x))
        left = {
            name: one
            for name, one in self._kept(thing).items()
            if name not in before or not same(one, before[name])
        }
        return thing, {**left, **returned}

    def _kept(self, thing: Any) -> Arrays:
        """Its arrays that are neither parameters nor gradients."""
        known = {*self.paths.values(), *self.gradient_paths.values()}
        return {
            name: get(thing, path)
            for name, path in arrays_in(thing)
            if path not in known and name not in self.paths
        }

    def _taken_off(self, thing: Any, pool: Mapping[str, Any], parameters: Arrays) -> Arrays:
        before = copied(parameters)
        self._fill(thing, copied(parameters))
        if self.rate_path is not None:
            put(thing, self.rate_path, self.words.rate(0))
        self.runner.backward(thing, pool)
        return {
            name: (before[name] - get(thing, path)) / self.words.rate(0)
            for name, path in self.paths.items()
        }


def same(one: Array, other: Array) -> bool:
    """Whether two arrays hold the same numbers, nan being the same as nan."""
    return one is other or (
        one.shape == other.shape and bool(((one == other) | (one != one)).all())
    )


def arrays_in(thing: Any) -> Iterator[tuple[str, Path]]:
    """The name and the path of every array within an object, its lists, dicts and objects.

    An attribute goes by its name, what is in a list by its position, and what is in a dict by its
    key alone, for that is how its author calls it.
    """
    seen: set[int] = set()
    named_already: set[str] = set()

    def walk(one: Any, name: str, path: Path) -> Iterator[tuple[str, Path]]:
        if acts_as_array(one):
            if name not in named_already:
                named_already.add(name)
                yield name, path
            return
        if id(one) in seen or len(path) > 6:
            return
        seen.add(id(one))
        if isinstance(one, dict):
            for key, value in one.items():
                if isinstance(key, str | int):
                    yield from walk(value, str(key), (*path, key))
        elif isinstance(one, list | tuple):
            for at, value in enumerate(one):
                yield from walk(value, f"{name}[{at}]", (*path, at))
        elif hasattr(one, "__dict__") and not isinstance(one, type | ModuleType):
            for key, value in list(vars(one).items()):
                yield from walk(value, f"{name}.{key}" if name else key, (*path, key))

    yield from walk(thing, "" if not isinstance(thing, list) else "layers", ())


def get(thing: Any, path: Path) -> Any:
    """What is at a path; AttributeError, KeyError or IndexError if nothing is."""
    for key in path:
        is_container = isinstance(thing, list | tuple | dict)
        thing = thing[key] if is_container else getattr(thing, str(key))
    return thing


def find(thing: Any, path: Path) -> Any:
    """What is at a path, or None."""
    try:
        return get(thing, path)
    except (AttributeError, KeyError, IndexError, TypeError):
        return None


def put(thing: Any, path: Path, value: Any) -> None:
    """Put a value at a path, into a dict or list that there is, or else as an attribute."""
    owner = get(thing, path[:-1])
    if isinstance(owner, list | dict):
        owner[path[-1]] = value  # type: ignore[index]
    else:
        setattr(owner, str(path[-1]), value)


def derivative(thing: Any, path: Path) -> Any:
    """The gradient at a path, or None; in a dict it may go by ``dW1`` as well as by ``W1``."""
    there = find(thing, path)
    return find(thing, (*path[:-1], f"d{path[-1]}")) if there is None else there


def put_derivative(thing: Any, path: Path, value: Any) -> None:
    """Put a gradient where backward leaves it; the list or dict there may not be made yet."""
    *way, last = path
    owner = find(thing, tuple(way))
    if owner is None:
        put(thing, tuple(way), [] if isinstance(last, int) else {})
        owner = get(thing, tuple(way))
    if isinstance(owner, list) and last == len(owner):
        owner.append(value)
        return
    put(thing, path, value)
    if isinstance(owner, dict):
        owner[f"d{last}"] = value


@dataclass(frozen=True, kw_only=True, eq=False)
class Methods:
    """Run an object by methods of its own, named by the builder."""

    run: str
    run_takes: Names
    returns: Names | None
    back: str
    back_takes: Names | None
    gradients: Names
    step_method: str | None
    step_takes: Names | None

    def forward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays:
        """Call its forward method."""
        method = getattr(thing, self.run)
        given = method(*gather(self.run_takes, pool, method))
        if self.returns is None and not isinstance(given, dict):
            return {}
        return spread(self.returns or (), given, method)

    def backward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays | None:
        """Call its backward method; None if the gradients are in its attributes."""
        method = getattr(thing, self.back)
        takes = signature_names(method) if self.back_takes is None else self.back_takes
        given = method(*gather(takes, pool, method))
        if isinstance(given, dict | tuple | list):
            return spread(self.gradients, given, method)
        return None

    def step(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Call its step method."""
        method = getattr(thing, str(self.step_method))
        takes = signature_names(method) if self.step_takes is None else self.step_takes
        method(*gather(takes, pool, method))


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Run layer objects one after the other.

    names: under which name what each layer, by its position, returns is in the trace.
    output: what turns the last layer's output into the network's, which is named output_name.
    error: the derivative of the loss that the last layer's backward is handed.
    """

    run: str
    back: str
    step_method: str | None
    names: Mapping[int, str]
    output: Callable[[Array], Array] | None
    output_name: str
    error: Callable[..., Array]
    with_rate: bool

    def forward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays:
        """Run all layers, first to last."""
        now, trace = pool["x"], {}
        for at, layer in enumerate(thing):
            now = getattr(layer, self.run)(now)
            if at in self.names:
                trace[self.names[at]] = now
        if self.output is not None:
            trace[self.output_name] = self.output(now)
        return trace

    def backward(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Run all layers, last to first, from the derivative of the loss."""
        now = self.error(pool[self.output_name], pool["targets"])
        for layer in reversed(thing):
            back = getattr(layer, self.back)
            now = back(now, pool["rate"]) if self.with_rate else back(now)

    def step(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Let each layer that can make a step make it."""
        for layer in thing:
            if hasattr(layer, str(self.step_method)):
                getattr(layer, str(self.step_method))(pool["rate"])


@dataclass(frozen=True, kw_only=True, eq=False)
class OneAtATime:
    """Hand code that takes one sample as a vector one sample at a time; gradients are averaged.

    axis: where the samples are in the contract's own arrays.
    """

    inner: Adapter
    axis: int

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return self.inner.init(seed)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Run each sample and put the vectors side by side."""
        traces = [self.inner.forward(parameters, one) for one in self._samples(x)]
        return {name: self._together([trace[name] for trace in traces]) for name in traces[0]}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Run each sample backward, on views of the trace, and average."""
        sides = {name: self._samples(array) for name, array in trace.items()}
        each = [
            self.inner.backward(
                parameters,
                {name: side[at] for name, side in sides.items()},
                one,
                labels[at : at + 1],
            )
            for at, one in enumerate(self._samples(x))
        ]
        if len(each) == 1:
            return each[0]
        return {name: np.mean([one[name] for one in each], axis=0) for name in each[0]}

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""
        return self.inner.update(parameters, gradients, rate)

    def _samples(self, array: Array) -> list[Array]:
        """Views, so that what is written into them is written into the array."""
        return list(np.moveaxis(array, self.axis, 0))

    def _together(self, vectors: list[Array]) -> Array:
        if len(vectors) == 1:
            return np.expand_dims(np.atleast_1d(vectors[0]), self.axis)
        return np.stack([np.atleast_1d(one) for one in vectors], axis=self.axis)
