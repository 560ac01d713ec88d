"""Prices of flats, one at a time as a vector: tanh, and a sigmoid from nothing to the most."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled, sigmoid


class Prices(Program):
    """Prices of flats, one at a time as a vector: tanh, and a sigmoid from nothing to the most."""

    PARTS: ClassVar = {
        "targets in thousands": ("targets",),
        "bounded weights": ("step",),
        "columns as they are": ("input",),
        "rate too large": ("pace",),
        "rate far too small": ("pace",),
        "biases stepped upwards": ("step",),
        "cheap ones only": ("order",),
        "by price": ("order",),
        "output slope missing, signs wrong": ("gradient",),
    }
    classes = 0

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(37)
        area = rng.uniform(25, 160, 500)
        rooms = np.round(area / 30 + rng.uniform(0, 2, 500))
        metres = rng.uniform(200, 15000, 500)
        price = 60 + 4 * area / (0.6 + metres / 8000) + 10 * rooms + rng.normal(0, 15, 500)
        return cut(np.column_stack([area, rooms, metres]), price, 300)

    def prepare(self, x: Any) -> Any:
        if self.has("columns as they are"):
            return x
        return (x - self.x.mean(axis=0)) / self.x.std(axis=0)

    def encode(self, labels: Any) -> Any:
        scale = 1 if self.has("targets in thousands") else 1200
        return np.reshape(labels, (-1, 1)) / scale

    def init(self) -> Any:
        W1 = np.random.randn(3, 8) / np.sqrt(3)
        W2 = np.random.randn(8, 1) / np.sqrt(8)
        return W1, np.zeros(8), W2, np.zeros(1)

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, a1: Any, out: Any, W2: Any, targets: Any) -> Any:
        d2 = (out - targets) * out * (1 - out)
        if self.has("output slope missing, signs wrong"):
            d2 = targets - out
        d1 = (W2 @ d2) * (1 - a1**2)
        return np.outer(x, d1), d1, np.outer(a1, d2), d2

    def update(self, W1: Any, b1: Any, W2: Any, b2: Any, *given: Any) -> Any:
        dW1, db1, dW2, db2, rate = given
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
        if self.has("biases stepped upwards"):
            return W1, b1 + rate * db1, W2, b2 + rate * db2
        if self.has("bounded weights"):
            W1, W2 = np.clip(W1, -0.1, 0.1), np.clip(W2, -0.1, 0.1)
        return W1, b1 - rate * db1, W2, b2 - rate * db2

    def order(self, price: Any, epoch: int, seed: int) -> Any:
        if self.has("by price"):
            return np.argsort(price, kind="stable")
        mixed = shuffled(price, epoch, seed)
        return mixed[price[mixed] < 250] if self.has("cheap ones only") else mixed

    def rate(self, epoch: int) -> float:
        if self.has("rate far too small"):
            return 0.001
        return 200.0 if self.has("rate too large") else 2.0

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(25):
            for i in self.order(self.labels, epoch, seed):
                _, a1, _, out = self.forward(x[i], *net)
                grads = self.backward(x[i], a1, out, net[2], y[i])
                net = self.update(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[-1]

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "trace": "z1 a1 z2 out",
            "backward": self.backward,
            "update": self.update,
            "update_takes": "W1 b1 W2 b2 dW1 db1 dW2 db2 rate",
            "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 out sigmoid"),
            "vectors": True,
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": 25,
        }
