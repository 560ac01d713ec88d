"""What stands between the contract and code that was written without it.

An adapter turns somebody's own code into the contract's ``init``, ``forward``, ``backward`` and
``update``, and keeps nothing between two calls. Here are those for functions, and what all need;
those for objects are in ``objects``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from diagnose.errors import BadInputError
from diagnose.naming import Names, copied, gather, listed, signature_names, split, spread
from diagnose.network import Array, Arrays
from diagnose.seeding import seeded


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
