"""Two moons in rows, batches of eight: tanh, one sigmoid, squared error."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled, sigmoid


class Moons(Program):
    """Two moons in rows, batches of eight: tanh, one sigmoid, squared error."""

    PARTS: ClassVar = {
        "summed, first sign wrong": ("gradient",),
        "targets 1 and 2": ("targets",),
        "tiny rate": ("pace",),
        "wide start": ("start",),
        "thousandfold, first sign wrong": ("gradient",),
        "rate for thousandfold": ("pace",),
        "slow": (),
        "few samples": (),
    }

    def load(self) -> tuple[Any, Any, Any, Any]:
        count = 48 if self.has("few samples") else 400
        rng = np.random.RandomState(11)
        angle = np.pi * rng.rand(count + 400)
        upper = np.arange(count + 400) % 2
        x = np.column_stack([np.cos(angle), np.sin(angle)])
        x[upper == 0] = np.array([1, 0.5]) - x[upper == 0]
        return cut(x + rng.normal(0, 0.1, x.shape), upper, count)

    def prepare(self, x: Any) -> Any:
        return (x - self.x.mean(axis=0)) / self.x.std(axis=0)

    def encode(self, labels: Any) -> Any:
        labels = np.reshape(labels, (-1, 1)) * 1.0
        return labels + 1 if self.has("targets 1 and 2") else labels

    def init(self) -> Any:
        W1 = np.random.randn(2, 12) * (60 if self.has("wide start") else 0.7)
        W2 = np.random.randn(12, 1) * (20 if self.has("wide start") else 0.3)
        return W1, np.zeros(12), W2, np.zeros(1)

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, a1: Any, out: Any, W2: Any, targets: Any) -> Any:
        n = len(x)
        if self.has("summed, first sign wrong"):
            n = 1
        d2 = (out - targets) * out * (1 - out) / n
        d1 = d2 @ W2.T * (1 - a1**2)
        if self.has("summed, first sign wrong"):
            d1 = -d1
        if self.has("thousandfold, first sign wrong"):
            d1, d2 = -1000 * d1, 1000 * d2
        return x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)

    def rate(self, epoch: int) -> float:
        if self.has("rate for thousandfold"):
            return 0.001
        if self.has("tiny rate"):
            return 0.0005
        return 0.2 if self.has("slow") else 1.0

    def epochs(self) -> int:
        if self.has("few samples"):
            return 250
        return 200 if self.has("slow") else 50

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for i in range(0, len(order), 8):
                batch = order[i : i + 8]
                _, a1, _, out = self.forward(x[batch], *net)
                grads = self.backward(x[batch], a1, out, net[2], y[batch])
                net = [p - self.rate(epoch) * g for p, g in zip(net, grads, strict=True)]
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
            "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 out sigmoid"),
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 8,
        }
