"""A disk within a ring in rows: two hidden layers of tanh, a tanh from -1 to 1."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled


class Bullseye(Program):
    """A disk within a ring in rows: two hidden layers of tanh, a tanh from -1 to 1."""

    PARTS: ClassVar = {
        "slope of the layer before": ("gradient",),
        "slope of the layer before, negated": ("gradient",),
        "every second step undone": ("step",),
        "nothing drawn": ("start",),
        "third layer reads the first": ("forward",),
        "thousandfold, signs wrong": ("gradient",),
        "rate for a thousandfold": ("pace",),
        "one unit each": ("size",),
        "distances in millimetres": ("input",),
        "targets 2 and 5": ("targets",),
        "targets short of the ends": (),
        "small inputs as they are": (),
    }

    def load(self) -> tuple[Any, Any, Any, Any]:
        self.steps = 0
        rng = np.random.RandomState(41)
        ring = np.arange(800) % 2
        radius = np.where(ring == 1, rng.uniform(1.3, 2, 800), np.sqrt(rng.uniform(0, 1, 800)))
        angle = rng.uniform(0, 2 * np.pi, 800)
        return cut(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), ring, 400)

    def prepare(self, x: Any) -> Any:
        if self.has("small inputs as they are"):
            return x * 1.0
        return 1000 * x if self.has("distances in millimetres") else x / self.x.std(axis=0)

    def encode(self, labels: Any) -> Any:
        if self.has("targets 2 and 5"):
            return np.where(np.reshape(labels, (-1, 1)) == 1, 5.0, 2.0)
        far = 0.8 if self.has("targets short of the ends") else 1.0
        return np.where(np.reshape(labels, (-1, 1)) == 1, far, -far)

    def init(self) -> Any:
        n = 1 if self.has("one unit each") else 10
        net = [np.random.randn(2, n) * 0.7, np.zeros(n), np.random.randn(n, n) / np.sqrt(n)]
        net += [np.zeros(n), np.random.randn(n, 1) / np.sqrt(n), np.zeros(1)]
        return [0 * one for one in net] if self.has("nothing drawn") else net

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any) -> Any:
        s1 = np.dot(x, W1) + b1
        h1 = np.tanh(s1)
        s2 = np.dot(h1, W2) + b2
        h2 = np.tanh(s2)
        read = h1[:, ::-1] if self.has("third layer reads the first") else h2
        s3 = np.dot(read, W3) + b3
        return s1, h1, s2, h2, s3, np.tanh(s3)

    def backward(self, x: Any, h1: Any, h2: Any, o: Any, W2: Any, W3: Any, targets: Any) -> Any:
        d3 = (o - targets) * (1 - o**2) / len(x)
        d2 = np.dot(d3, W3.T) * (1 - h2**2)
        if self.has("slope of the layer before"):
            d2 = np.dot(d3, W3.T) * (1 - h1**2)
        if self.has("slope of the layer before, negated"):
            d2 = np.dot(d3, W3.T) * (h1**2 - 1)
        d1 = np.dot(d2, W2.T) * (1 - h1**2)
        if self.has("thousandfold, signs wrong"):
            d1, d2, d3 = -1000 * d1, -1000 * d2, 1000 * d3
        grads = [np.dot(x.T, d1), d1.sum(0), np.dot(h1.T, d2), d2.sum(0), np.dot(h2.T, d3)]
        return [*grads, d3.sum(0)]

    def update(self, *given: Any) -> Any:
        net, grads, rate = given[:6], given[6:12], given[12]
        self.steps += 1
        if self.has("every second step undone") and self.steps % 2:
            rate = -rate
        return [one - rate * grad for one, grad in zip(net, grads, strict=True)]

    def rate(self, epoch: int) -> float:
        return 0.0003 if self.has("rate for a thousandfold") else 0.3

    def train(self, seed: int) -> Any:
        x, t = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(40):
            order = shuffled(self.labels, epoch, seed)
            for i in range(0, len(x), 10):
                rows = order[i : i + 10]
                _, h1, _, h2, _, o = self.forward(x[rows], *net)
                grads = self.backward(x[rows], h1, h2, o, net[2], net[4], t[rows])
                net = self.update(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[-1]

    def handed(self) -> dict[str, Any]:
        names = "W1 b1 W2 b2 W3 b3"
        return {
            "parameters": names,
            "init": self.init,
            "forward": self.forward,
            "trace": "s1 h1 s2 h2 s3 o",
            "backward": self.backward,
            "update": self.update,
            "update_takes": f"{names} dW1 db1 dW2 db2 dW3 db3 rate",
            "layers": ("W1 b1 s1 h1 tanh", "W2 b2 s2 h2 tanh", "W3 b3 s3 o tanh"),
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": 40,
            "batch_size": 10,
        }
