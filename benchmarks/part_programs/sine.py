"""A sine over a circle in columns, batches of ten: tanh, a linear output."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled


class Sine(Program):
    """A sine over a circle in columns, batches of ten: tanh, a linear output."""

    PARTS: ClassVar = {
        "left half only": ("order",),
        "degrees as they are": ("input",),
        "summed, first sign wrong": ("gradient",),
        "rate far too small": ("pace",),
        "no start": ("start",),
        "without hidden layer": ("size",),
        "first sign wrong": ("gradient",),
        "no biases": (),
        "slow": (),
        "decaying rate": (),
    }
    classes = 0

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(29)
        degrees = rng.uniform(0, 360, (500, 1))
        return cut(degrees, np.sin(np.radians(degrees[:, 0])) + rng.normal(0, 0.05, 500), 300)

    def prepare(self, x: Any) -> Any:
        return x if self.has("degrees as they are") else (x - 180) / 100

    def encode(self, labels: Any) -> Any:
        return np.reshape(labels, (-1, 1))

    def init(self) -> Any:
        w1, b1 = np.random.randn(16, 1), np.random.randn(16, 1) / 2
        w2, b2 = np.random.randn(1, 16) / 4, np.zeros((1, 1))
        if self.has("no start"):
            w1, b1, w2 = 0 * w1, 0 * b1, 0 * w2
        if self.has("without hidden layer"):
            return np.random.randn(1, 1), b2
        return (w1, w2) if self.has("no biases") else (w1, b1, w2, b2)

    def forward(self, x: Any, *net: Any) -> Any:
        if self.has("without hidden layer"):
            w, b = net
            return (w @ x + b,)
        w1, b1, w2, b2 = (net[0], 0, net[1], 0) if self.has("no biases") else net
        z1 = w1 @ x + b1
        a1 = np.tanh(z1)
        return z1, a1, w2 @ a1 + b2

    def backward_flat(self, x: Any, answer: Any, y: Any) -> Any:
        d = (answer - y) / x.shape[1]
        return d @ x.T, d.sum(axis=1, keepdims=True)

    def backward(self, x: Any, a1: Any, answer: Any, w2: Any, y: Any) -> Any:
        d2 = answer - y
        if not self.has("summed, first sign wrong"):
            d2 = d2 / x.shape[1]
        d1 = w2.T @ d2 * (1 - a1**2)
        if self.has("summed, first sign wrong") or self.has("first sign wrong"):
            d1 = -d1
        if self.has("no biases"):
            return d1 @ x.T, d2 @ a1.T
        return d1 @ x.T, d1.sum(axis=1, keepdims=True), d2 @ a1.T, d2.sum(axis=1, keepdims=True)

    def order(self, y: Any, epoch: int, seed: int) -> Any:
        mixed = shuffled(y, epoch, seed)
        return mixed[y[mixed] > 0] if self.has("left half only") else mixed

    def rate(self, epoch: int) -> float:
        if self.has("rate far too small"):
            return 0.0005
        if self.has("decaying rate"):
            return 0.2 / (1 + epoch / 50)
        return 0.02 if self.has("slow") else 0.1

    def epochs(self) -> int:
        return 400 if self.has("slow") else 100

    def gradients(self, x: Any, trace: Any, net: Any, y: Any) -> Any:
        if self.has("without hidden layer"):
            return self.backward_flat(x, trace[0], y)
        return self.backward(x, trace[1], trace[2], net[len(net) // 2], y)

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x).T, self.encode(self.labels).T
        np.random.seed(seed)
        net = self.init()
        for epoch in range(self.epochs()):
            order = self.order(self.labels, epoch, seed)
            for i in range(0, len(order), 10):
                some = order[i : i + 10]
                trace = self.forward(x[:, some], *net)
                grads = self.gradients(x[:, some], trace, net, y[:, some])
                net = [p - self.rate(epoch) * g for p, g in zip(net, grads, strict=True)]
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x).T, *net)[-1].T

    def shape(self) -> dict[str, Any]:
        if self.has("without hidden layer"):
            return {
                "parameters": "w b",
                "forward_takes": "x w b",
                "trace": "answer",
                "backward": self.backward_flat,
                "backward_takes": "x answer targets",
                "layers": ("w b answer answer linear",),
            }
        b1, b2 = ("-", "-") if self.has("no biases") else ("b1", "b2")
        names = "w1 w2" if self.has("no biases") else "w1 b1 w2 b2"
        return {
            "parameters": names,
            "forward_takes": f"x {names}",
            "trace": "z1 a1 answer",
            "backward": self.backward,
            "backward_takes": "x a1 answer w2 targets",
            "layers": (f"w1 {b1} z1 a1 tanh", f"w2 {b2} answer answer linear"),
        }

    def handed(self) -> dict[str, Any]:
        return self.shape() | {
            "init": self.init,
            "forward": self.forward,
            "layout": "columns",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 10,
        }
