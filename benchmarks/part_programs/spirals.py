"""Two spirals in rows: lists of weights and biases, three hidden layers of ReLU, softmax."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import NO_ACTIVATION, Program, cut, shuffled, softmax


class Spirals(Program):
    """Two spirals in rows: lists of weights and biases, three hidden layers of ReLU, softmax."""

    PARTS: ClassVar = {
        "gradients swapped": ("gradient",),
        "slope of the other side": ("gradient",),
        "linear hidden layers": NO_ACTIVATION,
        "few epochs": ("pace",),
        "dead start": ("start",),
        "fading rate": ("pace",),
        "summed, second sign wrong": ("gradient",),
    }
    SIZES = (2, 10, 10, 10, 2)

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(7)
        arm = np.arange(800) % 2
        t = np.sqrt(rng.uniform(0.05, 1, 800))
        angle = 3.6 * np.pi * t + np.pi * arm
        x = np.column_stack([t * np.cos(angle), t * np.sin(angle)])
        return cut(x + rng.normal(0, 0.02, x.shape), arm, 480)

    def prepare(self, x: Any) -> Any:
        return 2 * x

    def init(self, rng: Any) -> Any:
        pairs = list(itertools.pairwise(self.SIZES))
        weights = [rng.normal(0, np.sqrt(2 / n), (n, m)) for n, m in pairs]
        biases = [np.zeros(m) for _, m in pairs]
        if self.has("dead start"):
            biases = [np.full(m, -4.0) for _, m in pairs]
        return weights, biases

    def forward(self, x: Any, weights: Any, biases: Any) -> Any:
        zs, activations = [], [x]
        for w, b in zip(weights, biases, strict=True):
            zs.append(activations[-1] @ w + b)
            linear = self.has("linear hidden layers")
            activations.append(zs[-1] if linear else np.maximum(zs[-1], 0))
        activations[-1] = softmax(zs[-1], axis=1)
        return zs, activations[1:]

    def backward(self, x: Any, zs: Any, activations: Any, weights: Any, y: Any) -> Any:
        entering = [x, *activations[:-1]]
        dw, db = [], []
        d = (activations[-1] - y) / len(x)
        if self.has("summed, second sign wrong"):
            d = activations[-1] - y
        for i in reversed(range(len(weights))):
            dw.insert(0, entering[i].T @ d)
            db.insert(0, d.sum(axis=0))
            d = d @ weights[i].T
            if i and self.has("slope of the other side"):
                d = d * (zs[i - 1] <= 0)
            elif i and not self.has("linear hidden layers"):
                d = d * (zs[i - 1] > 0)
        if self.has("gradients swapped"):
            dw[1], dw[2] = dw[2], dw[1]
        if self.has("summed, second sign wrong"):
            dw[1], db[1] = -dw[1], -db[1]
        return dw, db

    def update(self, weights: Any, biases: Any, dw: Any, db: Any, rate: float) -> Any:
        weights = [w - rate * d for w, d in zip(weights, dw, strict=True)]
        biases = [b - rate * d for b, d in zip(biases, db, strict=True)]
        return weights, biases

    def rate(self, epoch: int) -> float:
        return 0.2 * 0.5**epoch if self.has("fading rate") else 0.2

    def epochs(self) -> int:
        return 3 if self.has("few epochs") else 80

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        net = self.init(np.random.default_rng(seed))
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for batch in np.split(order, len(order) // 16):
                trace = self.forward(x[batch], *net)
                grads = self.backward(x[batch], *trace, net[0], y[batch])
                net = self.update(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[1][-1]

    def handed(self) -> dict[str, Any]:
        names = {c: " ".join(f"{c}{i}" for i in range(1, 5)) for c in ("W", "b", "Z", "A")}
        weights, biases = names["W"], names["b"]
        hidden = "linear" if self.has("linear hidden layers") else "relu"
        slopes = (hidden, hidden, hidden, "softmax")
        return {
            "parameters": (weights, biases),
            "init": self.init,
            "forward": self.forward,
            "forward_takes": ("x", weights, biases),
            "trace": (names["Z"], names["A"]),
            "backward": self.backward,
            "backward_takes": ("x", names["Z"], names["A"], weights, "targets"),
            "update": self.update,
            "update_takes": (
                weights,
                biases,
                weights.replace("W", "dW"),
                biases.replace("b", "db"),
                "rate",
            ),
            "layers": [f"W{i} b{i} Z{i} A{i} {one}" for i, one in enumerate(slopes, 1)],
            "layout": "rows",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 16,
        }
