"""What an adapter gives to the contract, and the words by which it hands arrays to somebody's code.

An adapter turns somebody's own code into the contract's ``init``, ``forward``, ``backward`` and
``update``, and keeps nothing between two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from diagnose.builders.names import signature_names
from diagnose.builders.seeding import seeded
from diagnose.network.arrays import Array, Arrays


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
    vectors: bool | Literal["matrices"]

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
            **{"labels": labels[0] if self.vectors is True else labels, "batch": len(labels)},
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
        if self.vectors is True:
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
    """Plain gradient descent; what has no gradient stays as it is."""
    return {
        name: one - rate * gradients[name] if name in gradients else one
        for name, one in parameters.items()
    }
