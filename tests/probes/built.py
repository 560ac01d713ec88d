"""A sound network of two layers, as functions and as a class, handed over by the builders."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.builders import from_functions, from_object
from diagnose.network.record import Network
from tests.networks import CLASSES, images

USUAL = {
    "parameters": "W1 b1 W2 b2",
    "layout": "rows",
    "prepare": lambda pictures: pictures.reshape(len(pictures), -1) / 255,
    "order": "shuffled",
    "learning_rate": 0.3,
    "epochs": 4,
    "batch_size": 4,
    "classes": CLASSES,
    "data": images(),
}


def init(rng: Any) -> Any:
    return rng.normal(0, 0.2, (36, 6)), np.zeros(6), rng.normal(0, 0.4, (6, 4)), np.zeros(4)


def forward(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    return Z1, A1, Z2, E / E.sum(axis=1, keepdims=True)


def backward(X: Any, Y: Any, A1: Any, P: Any, W2: Any) -> Any:
    d2 = (P - Y) / len(X)
    d1 = d2 @ W2.T * (1 - A1**2)
    return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)


def in_place(
    W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, rate: float
) -> None:
    """A step, for whoever hands it over: without one the builder makes it."""
    W1 -= rate * dW1
    b1 -= rate * db1
    W2 -= rate * dW2
    b2 -= rate * db2


def functions(step: Any = None, backward: Any = backward, **settings: Any) -> Network:
    """Functions that pass arrays by position; ``step(W1, b1, W2, b2, dW1, ..., rate)``."""
    usual = {
        "init": init,
        "forward": forward,
        "trace": "Z1 A1 Z2 P",
        "layers": ("W1 b1 Z1 A1 tanh", "W2 b2 Z2 P softmax"),
    }
    return from_functions(backward=backward, update=step, **{**usual, **USUAL, **settings})


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
    layers = ("W1 b1 z1 a1 tanh", "W2 b2 z2 p softmax")
    return from_object(kind, layers=layers, **{"step": "step", **USUAL, **settings})
