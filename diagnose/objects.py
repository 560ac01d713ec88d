"""Adapters for objects that hold their parameters: a class of one's own, or a list of layers.

An object is copied for each call, so that nothing is kept between two.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from diagnose.adapters import Words, by_parameter, descend, drawn
from diagnose.errors import BadInputError
from diagnose.naming import Names, acts_as_array, copied, gather, listed, signature_names, spread
from diagnose.network import Array, Arrays

# Where an array is in an object: attribute names, positions in lists and keys of dicts.
Path = tuple[str | int, ...]


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


# Where arrays are in an object


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
