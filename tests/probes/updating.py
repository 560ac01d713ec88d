"""Updates as people write them, sound and faulty, for the probes that look at the update."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.builders import from_functions, from_object
from diagnose.network.record import Network
from tests.networks import CLASSES, dense, images


def updated(network: Network, update: Any) -> Network:
    """The network with an update ``update(name, parameter, gradient, rate)`` of each parameter."""

    def every(parameters: Any, gradients: Any, rate: float) -> dict[str, np.ndarray]:
        return {
            name: update(name, one, gradients.get(name, 0 * one), rate)
            for name, one in parameters.items()
        }

    return replace(network, update=every)


def negative(network: Network, *names: str) -> Network:
    """The network with the negative gradients of some parameters, or of all."""

    def backward(*arguments: Any) -> dict[str, np.ndarray]:
        found = network.backward(*arguments)
        return {name: -one if name in names or not names else one for name, one in found.items()}

    return replace(network, backward=backward)


def in_place(parameters: Any, gradients: Any, rate: float) -> Any:
    for name, gradient in gradients.items():
        gradient *= rate
        parameters[name] -= gradient
    return parameters


def clipped(parameters: Any, gradients: Any, rate: float) -> Any:
    total = np.sqrt(sum(np.square(one).sum() for one in gradients.values()))
    return {
        name: one - rate * gradients[name] / max(1.0, total) for name, one in parameters.items()
    }


def sound() -> dict[str, Network]:
    """Networks whose updates look odd and go down."""
    plain = dense(batch_size=4)
    narrow = dense(dtype="float32", layout="rows")
    return {
        "in place": replace(plain, update=in_place),
        "clipped by norm": replace(plain, update=clipped),
        "clipped by value": updated(plain, lambda n, p, g, r: p - r * np.clip(g, -1, 1)),
        "weights kept within bounds": updated(
            plain, lambda n, p, g, r: np.clip(p - r * g, -0.3, 0.3)
        ),
        "weight decay": updated(plain, lambda n, p, g, r: p - r * (g + 1e-2 * p)),
        "sign of the gradient": updated(plain, lambda n, p, g, r: p - r * np.sign(g)),
        "negative gradients added": updated(negative(plain), lambda n, p, g, r: p + r * g),
        "one negative gradient added": updated(
            negative(plain, "W2"), lambda n, p, g, r: p + r * g if n == "W2" else p - r * g
        ),
        "a negative rate added": replace(
            updated(plain, lambda n, p, g, r: p + r * g), learning_rate=lambda epoch: -0.05
        ),
        "a smaller rate for biases": updated(
            plain, lambda n, p, g, r: p - (0.1 if n[0] == "b" else 1) * r * g
        ),
        "float32 and a tiny rate": replace(narrow, learning_rate=lambda epoch: 1e-6),
        "float32 in place": replace(narrow, update=in_place),
        "rate divided by the batch": updated(plain, lambda n, p, g, r: p - r / 4 * g),
    }


def with_spare(network: Network, *, given: bool) -> Network:
    """The network with a bias that nothing uses, and that the update leaves where it is."""

    def backward(*arguments: Any) -> Any:
        found = network.backward(*arguments)
        return {**found, "b9": np.ones(3)} if given else found

    return replace(
        network,
        init=lambda seed: {**network.init(seed), "b9": np.ones(3)},
        backward=backward,
        update=lambda p, g, rate: {**network.update(p, {**g, "b9": 0}, rate), "b9": p["b9"]},
    )


# Through the builders


def functions(step: Any = None, backward: Any = None) -> Network:
    """Functions that pass arrays by position; ``step(W1, b1, W2, b2, dW1, ..., rate)``."""

    def init(rng: Any) -> Any:
        return rng.normal(0, 0.2, (36, 6)), np.zeros(6), rng.normal(0, 0.4, (6, 4)), np.zeros(4)

    def forward(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        Z1 = X @ W1 + b1
        A1 = np.tanh(Z1)
        Z2 = A1 @ W2 + b2
        E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
        return Z1, A1, Z2, E / E.sum(axis=1, keepdims=True)

    def back(X: Any, Y: Any, A1: Any, P: Any, W2: Any) -> Any:
        d2 = (P - Y) / len(X)
        d1 = d2 @ W2.T * (1 - A1**2)
        return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

    return from_functions(
        parameters="W1 b1 W2 b2",
        init=init,
        forward=forward,
        trace="Z1 A1 Z2 P",
        backward=backward or back,
        update=step,
        layers=("W1 b1 Z1 A1 tanh", "W2 b2 Z2 P softmax"),
        layout="rows",
        prepare=lambda pictures: pictures.reshape(len(pictures), -1) / 255,
        order="shuffled",
        learning_rate=0.3,
        epochs=4,
        batch_size=4,
        classes=CLASSES,
        data=images(),
    )


class Net:
    """A class with its parameters in attributes."""

    def __init__(self) -> None:
        self.W1 = np.random.randn(36, 6) * 0.2
        self.b1 = np.zeros(6)
        self.W2 = np.random.randn(6, 4) * 0.4
        self.b2 = np.zeros(4)

    def forward(self, X: Any) -> Any:
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        powers = np.exp(self.z2 - self.z2.max(axis=1, keepdims=True))
        self.p = powers / powers.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, Y: Any) -> None:
        d2 = (self.p - Y) / len(Y)
        d1 = d2 @ self.W2.T * (1 - self.a1**2)
        self.dW1, self.db1 = self.X.T @ d1, d1.sum(axis=0)
        self.dW2, self.db2 = self.a1.T @ d2, d2.sum(axis=0)

    def step(self, lr: float) -> None:
        for name in ("W1", "b1", "W2", "b2"):
            setattr(self, name, getattr(self, name) - lr * getattr(self, "d" + name))


def thing(kind: type[Net] = Net, **settings: Any) -> Network:
    """A class handed over."""
    return from_object(
        kind,
        parameters="W1 b1 W2 b2",
        layers=("W1 b1 z1 a1 tanh", "W2 b2 z2 p softmax"),
        **{"step": "step", **settings},
        layout="rows",
        prepare=lambda pictures: pictures.reshape(len(pictures), -1) / 255,
        order="shuffled",
        learning_rate=0.3,
        epochs=4,
        batch_size=4,
        classes=CLASSES,
        data=images(),
    )


class StepsAtOnce(Net):
    """A class whose backward pass makes the step."""

    def backward(self, Y: Any, lr: float) -> None:  # type: ignore[override]
        super().backward(Y)
        self.step(lr)


class Forgetful(Net):
    """A class whose step gives a local name another value for the biases."""

    def step(self, lr: float) -> None:
        self.W1 -= lr * self.dW1
        self.W2 -= lr * self.dW2
        for bias, gradient in ((self.b1, self.db1), (self.b2, self.db2)):
            bias = bias - lr * gradient


class Climbing(Net):
    """A class whose step adds."""

    def step(self, lr: float) -> None:
        self.W1 += lr * self.dW1
        self.b1 += lr * self.db1
        self.W2 += lr * self.dW2
        self.b2 += lr * self.db2
