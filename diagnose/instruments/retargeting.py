"""Give a network other targets, in its gradients too.

The author's ``backward`` is handed labels and makes its targets of them by itself, out of reach of
a repair. But of all that it computes only the error of the output layer depends on the targets, and
the gradients are linear in that error. So what other targets add to it is sent down through the
declared layers and added to the author's gradients, each multiplied by the factor that the
author's gradient has, so that no other mistake is mended on the way.

Where labels are numbers and the targets themselves, it is enough to hand over others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.calculus import gradients
from diagnose.calculus.points import generic_point
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network

Encoding = Callable[[Array], Array]


# What is left of a gradient after its best factor, relative to it, when it is a multiple of the
# true one: rounding, in the coarsest number type that networks use (float32, 2e-4).
MULTIPLE = gradients.TOLERANCES["float32"]

# The outputs of each activation, both ends approached or reached; the others answer any number.
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}


@dataclass(frozen=True)
class Mapped:
    """Targets, stretched and then moved."""

    encode: Encoding
    stretch: float
    move: float

    def __call__(self, labels: Array) -> Array:
        """Targets ``(B, outputs)``."""
        return np.asarray(self.encode(labels), np.float64) * self.stretch + self.move


@dataclass(frozen=True)
class Retargeted:
    """A backward pass whose gradients are those of other targets.

    network: as it was, with the targets that its own backward uses. encode: the other targets, None
    for one-hot. whole: whether the author's output error is the exact derivative of the
    cross-entropy where targets do not sum to one, and not outputs less targets. factors: (name,
    factor) of each gradient.
    """

    network: Network
    encode: Encoding | None
    whole: bool
    factors: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        # First, since the author's code may write into the trace.
        other = replace(self.network, encode=self.encode)
        last = self.network.layers[-1]
        pre, out = (self.network.as_rows(trace[name]) for name in (last.pre, last.out))
        delta = error(other, pre, out, labels, self.whole)
        delta = (delta - error(self.network, pre, out, labels, self.whole)) / len(labels)
        change = gradients.propagated(self.network, parameters, trace, x, delta)
        found = dict(self.network.backward(parameters, trace, x, labels))
        for name, factor in self.factors:
            if name in found and np.size(found[name]) == change[name].size:
                given = np.asarray(found[name])
                kind = given.dtype if given.dtype.kind == "f" else np.dtype(float)
                moved = given + factor * change[name].reshape(given.shape)
                found[name] = moved.astype(kind)
        return found


@dataclass(frozen=True)
class HandedOthers:
    """A backward pass that is handed other numbers as labels, which are its targets."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    encode: Encoding

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients, named as the parameters."""
        others = np.reshape(self.encode(labels), np.shape(labels))
        return self.backward(parameters, trace, x, others)


def error(network: Network, pre: Array, out: Array, labels: Array, whole: bool) -> Array:
    """Error of the last layer, ``(B, outputs)``, each sample's; see ``Retargeted.whole``."""
    found = gradients.output_error(network, pre, out, labels)
    if whole and network.loss == "cross-entropy" and network.layers[-1].activation == "softmax":
        found = found + out * (network.targets(labels).sum(axis=1, keepdims=True) - 1)
    return found


def manner(network: Network, rows: Array, labels: Array) -> dict[str, Any]:
    """How the author's gradients follow from the targets: the error that they use, the factors.

    rows: some prepared samples, ``(n, features)``; at a point where no unit is dead. Plain JSON
    values; a factor is 1 where the gradient is no multiple of the derivative.
    """
    parameters, rows = generic_point(network, rows)
    labels = np.asarray(labels)[np.linspace(0, len(labels) - 1, len(rows)).astype(int)]
    step = min(network.batch_size, len(rows))
    parts = [slice(at, at + step) for at in range(0, len(rows) - step + 1, step)]
    found = [_fit(network, parameters, rows, labels, parts, whole) for whole in (False, True)]
    whole = bool(found[1][1] < found[0][1])
    return {"whole": whole, "factors": found[whole][0]}


def retargeted(
    network: Network, encode: Encoding | None, manner: dict[str, Any] | None = None
) -> Network:
    """The network with other targets; ``manner`` as measured, or that of a correct network."""
    if not network.classes and network.encode is None and encode is not None:
        return replace(network, encode=encode, backward=HandedOthers(network.backward, encode))
    factors = manner["factors"] if manner else dict.fromkeys(network.init(0), 1.0)
    backward = Retargeted(
        network=network,
        encode=encode,
        whole=bool(manner and manner["whole"]),
        factors=tuple(factors.items()),
    )
    return replace(network, encode=encode, backward=backward)


def _fit(
    network: Network,
    parameters: Arrays,
    rows: Array,
    labels: Array,
    parts: list[slice],
    whole: bool,
) -> tuple[dict[str, float], float]:
    """Factor of each gradient, and what is left of all after it, relative to them."""
    last = network.layers[-1]
    sums = {name: np.zeros(3) for name in parameters}
    for part in parts:
        given = gradients.own_gradients(network, parameters, rows[part], labels[part])
        trace = gradients.forward(network, parameters, rows[part])
        pre, out = (network.as_rows(trace[name]) for name in (last.pre, last.out))
        delta = error(network, pre, out, labels[part], whole) / len(labels[part])
        x = network.lay_out(rows[part])
        true = gradients.propagated(network, parameters, trace, x, delta)
        for name in parameters:
            if name in given and given[name].size == true[name].size:
                a, b = given[name].ravel().astype(float), true[name].ravel()
                sums[name] += a @ b, b @ b, a @ a
    factors, left, total = {}, 0.0, 0.0
    for name, (ab, bb, aa) in sums.items():
        rest = max(aa - ab * ab / bb, 0.0) if bb > 0 else aa
        factors[name] = float(ab / bb) if bb > 0 and rest <= MULTIPLE**2 * aa else 1.0
        left, total = left + rest, total + aa
    return factors, left / total if total > 0 else 0.0
