"""Build a network from an object that holds its parameters.

An object is copied for each call, so that nothing is kept between two.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Unpack

import numpy as np

from diagnose.builders import array_paths
from diagnose.builders.array_paths import (
    Path,
    arrays_in,
    derivative,
    every_in,
    find,
    get,
    path_of,
    put,
    put_derivative,
    put_new,
    same,
    without,
)
from diagnose.builders.kept_state import alone, name_of, path_of_kept, paths_in, written
from diagnose.builders.names import Names, gather, signature_names, split, spread
from diagnose.builders.settings import Chosen, Settings, as_layer, as_rate
from diagnose.builders.vocabulary import Words, by_parameter, descend, drawn
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, as_array, copied, is_array
from diagnose.network.record import Layer, Network


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
    chosen = Chosen.of(settings)
    template = drawn(make, 0)
    rate = tuple(rate_attribute.split(".")) if rate_attribute else None
    if rate is not None and "learning_rate" not in settings:
        chosen = replace(chosen, learning_rate=as_rate(array_paths.find(template, rate)))
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
    adapter = Objects(
        words=chosen.words(),
        make=make,
        template=without(template, paths),
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
            name: (*path_of(derivative), *path[len(path_of(holder)) :])
            for holder, derivative in zip(holders, held, strict=True)
            for name, path in paths.items()
            if path[: len(path_of(holder))] == path_of(holder)
        },
        rate_path=rate,
        steps=step is not None,
        steps_in_backward=steps_in_backward,
    )
    methods = {"forward": forward, "backward": backward, "update": step}
    code = {role: getattr(template, name) for role, name in methods.items() if name}
    return chosen.network(
        adapter, [as_layer(one) for one in layers], {"init": _maker(template, make), **code}
    )


def _maker(template: Any, make: Callable[..., Any]) -> Any:
    own = getattr(type(template), "__init__", None)
    return own if hasattr(own, "__code__") else make


def _derivatives(holders: Sequence[str]) -> tuple[str, ...]:
    """``dW1`` for ``W1``, ``layer1.dW`` for ``layer1.W``."""
    return tuple(f"{''.join(one.rpartition('.')[:2])}d{one.rpartition('.')[2]}" for one in holders)


def _group(holder: str, paths: Mapping[str, Path]) -> str:
    """The names of the parameters that an attribute holds; a list is told by a space."""
    if holder in paths:
        return holder
    size = len(path_of(holder))
    return "".join(f"{name} " for name, path in paths.items() if path[:size] == path_of(holder))


def _paths(template: Any, holders: Sequence[str]) -> dict[str, Path]:
    """Where each parameter is; those in lists and dicts one by one."""
    paths: dict[str, Path] = {}
    for name in holders:
        path = path_of(name)
        there = array_paths.find(template, path)
        if isinstance(there, list):
            paths |= {f"{name}[{at}]": (*path, at) for at in range(len(there))}
        elif isinstance(there, dict):
            paths |= {str(key): (*path, key) for key in there}
        elif isinstance(there, np.ndarray):
            paths[name] = path
        else:
            arrays = ", ".join(one for one, _ in array_paths.arrays_in(template)) or "none"
            raise BadInputError(
                f"{type(template).__name__} has no array {name} when it is made; its arrays are "
                f"{arrays}"
            )
    return paths


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
        own = alone(parameters)
        thing = self._copy(copied(own))
        for name, path in paths_in(parameters).items():
            put_new(thing, path, written(np.array(parameters[name]), find(self.template, path)))
        for name, path in self.gradient_paths.items():
            if name in gradients:
                put_derivative(thing, path, gradients[name])
        if self.rate_path is not None:
            put(thing, self.rate_path, rate)
        before = copied(self._beside(thing))
        self.runner.step(thing, self.words.step(own, gradients, rate))
        kept = {
            name: one
            for name, one in self._beside(thing).items()
            if name in parameters or name not in before or not same(one, before[name])
        }
        return {name: np.asarray(get(thing, path)) for name, path in self.paths.items()} | kept

    def _beside(self, thing: Any) -> Arrays:
        """What a step may keep: arrays and numbers that are neither parameters nor gradients."""
        known = {*self.paths.values(), *self.gradient_paths.values(), self.rate_path}
        known |= {(*path[:-1], f"d{path[-1]}") for path in self.gradient_paths.values()}
        return {
            name_of(path): as_array(get(thing, path))
            for _, path in every_in(thing, is_array)
            if path not in known
        }

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
        at_first = copied(self._beside(thing))
        self.runner.backward(thing, pool)
        found = {
            name: (before[name] - get(thing, path)) / self.words.rate(0)
            for name, path in self.paths.items()
        }
        if any(
            name in at_first and not same(one, at_first[name])
            for name, one in self._beside(thing).items()
            if find(self.template, path_of_kept(name)) is not None
        ):
            self._fill(thing, copied(parameters))
            self.runner.backward(thing, pool)
            if not all(
                np.allclose(before[name] - get(thing, path), found[name] * self.words.rate(0))
                for name, path in self.paths.items()
            ):
                raise BadInputError(
                    f"backward of {type(thing).__name__} makes another step when it is called "
                    "again: it remembers the one before, as momentum does; put the step into a "
                    "method of its own, and name that with step="
                )
        return found


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
