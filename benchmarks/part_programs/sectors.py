"""Six sectors of a disk, opposite ones alike, in columns: ReLU, a sigmoid for each class."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled, sigmoid


class Sectors(Program):
    """Six sectors of a disk, opposite ones alike, in columns: ReLU, a sigmoid for each class."""

    PARTS: ClassVar = {
        "two units drawn": ("start",),
        "without signs": ("input",),
        "summed, hidden sign wrong": ("gradient",),
        "rate too large": ("pace",),
        "hidden units on or off": ("forward",),
        "offset in the input": ("input",),
        "every unit steps as the first": ("step",),
        "full batch": (),
        "clipped gradients": (),
    }
    classes = 3

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(43)
        angle = rng.uniform(0, 2 * np.pi, 1000)
        radius = np.sqrt(rng.uniform(0.1, 1, 1000))
        sector = (angle // (np.pi / 3)).astype(int) % 3
        return cut(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), sector, 500)

    def prepare(self, x: Any) -> Any:
        if self.has("without signs"):
            return 2 * np.abs(x)
        return 2 * x + 60 if self.has("offset in the input") else 2 * x

    def init(self) -> Any:
        W1 = np.random.normal(0, 1, (24, 2))
        W2 = np.random.normal(0, np.sqrt(2 / 24), (3, 24))
        if self.has("two units drawn"):
            W1[2:], W2[:, 2:] = 0, 0
        return W1, np.zeros((24, 1)), W2, np.zeros((3, 1))

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = W1 @ x + b1
        a1 = (z1 > 0) * 1.0 if self.has("hidden units on or off") else z1 * (z1 > 0)
        z2 = W2 @ a1 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, z1: Any, a1: Any, p: Any, W2: Any, Y: Any) -> Any:
        d2 = (p - Y) / x.shape[1]
        if self.has("summed, hidden sign wrong"):
            d2 = p - Y
        d1 = W2.T @ d2 * (z1 > 0)
        sign = -1 if self.has("summed, hidden sign wrong") else 1
        return (
            sign * d1 @ x.T,
            sign * d1.sum(axis=1, keepdims=True),
            d2 @ a1.T,
            d2.sum(axis=1, keepdims=True),
        )

    def step(self, W1: Any, b1: Any, W2: Any, b2: Any, *given: Any) -> Any:
        *grads, rate = given
        if self.has("clipped gradients"):
            grads = [np.clip(g, -0.3, 0.3) for g in grads]
        if self.has("every unit steps as the first"):
            grads = [np.zeros_like(g) + g[0] for g in grads]
        return [p - rate * g for p, g in zip((W1, b1, W2, b2), grads, strict=True)]

    def rate(self, epoch: int) -> float:
        if self.has("rate too large"):
            return 40.0
        return 1.0 if self.has("full batch") else 0.3

    def batch(self) -> int:
        return 500 if self.has("full batch") else 10

    def epochs(self) -> int:
        return 800 if self.has("full batch") else 60

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x).T, self.encode(self.labels).T
        np.random.seed(seed)
        net = self.init()
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for i in range(0, len(order), self.batch()):
                now = order[i : i + self.batch()]
                z1, a1, _, p = self.forward(x[:, now], *net)
                grads = self.backward(x[:, now], z1, a1, p, net[2], y[:, now])
                net = self.step(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x).T, *net)[-1].T

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "trace": "z1 a1 z2 p",
            "backward": self.backward,
            "update": self.step,
            "update_takes": "W1 b1 W2 b2 dW1 db1 dW2 db2 rate",
            "layers": ("W1 b1 z1 a1 relu", "W2 b2 z2 p sigmoid"),
            "layout": "columns",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": self.batch(),
        }
