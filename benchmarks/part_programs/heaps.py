"""Four heaps of points in columns, as online courses write it: dicts, ReLU, softmax."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled, softmax


class Heaps(Program):
    """Four heaps of points in columns, as online courses write it: dicts, ReLU, softmax."""

    PARTS: ClassVar = {
        "softmax over the batch": ("forward",),
        "summed, second sign wrong": ("gradient",),
        "coarse steps": ("step",),
        "strong decay": ("step",),
        "as measured": ("input",),
        "first two heaps only": ("order",),
        "by heap": ("order",),
        "one hidden unit": ("size",),
        "no hidden layer": (),
        "full batch": (),
        "summed with decay": (),
        "rare class": (),
    }
    classes = 4

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(21)
        centers = np.array([[3, 0, 1], [-3, 1, 0], [0, 3, -1], [0, -3, -2]]) * 1.0
        shares = [0.32, 0.32, 0.32, 0.04] if self.has("rare class") else [0.25] * 4
        heap = rng.choice(4, 1000, p=shares)
        return cut(500 + 80 * (centers[heap] + rng.normal(0, 0.8, (1000, 3))), heap, 480)

    def prepare(self, x: Any) -> Any:
        return x if self.has("as measured") else (x - self.x.mean(axis=0)) / self.x.std(axis=0)

    def init(self) -> Any:
        if self.has("no hidden layer"):
            return {"W1": np.random.randn(4, 3) * 0.1, "b1": np.zeros((4, 1))}
        hidden = 1 if self.has("one hidden unit") else 12
        return {
            "W1": np.random.randn(hidden, 3) * np.sqrt(2 / 3),
            "b1": np.zeros((hidden, 1)),
            "W2": np.random.randn(4, hidden) * np.sqrt(2 / hidden),
            "b2": np.zeros((4, 1)),
        }

    def forward(self, X: Any, parameters: Any) -> Any:
        axis = 1 if self.has("softmax over the batch") else 0
        Z1 = parameters["W1"] @ X + parameters["b1"]
        if self.has("no hidden layer"):
            return {"Z1": Z1, "A1": softmax(Z1, axis)}
        A1 = np.maximum(Z1, 0)
        Z2 = parameters["W2"] @ A1 + parameters["b2"]
        return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": softmax(Z2, axis)}

    def backward(self, parameters: Any, cache: Any, X: Any, Y: Any) -> Any:
        flat = self.has("no hidden layer")
        summed = self.has("summed with decay") or self.has("summed, second sign wrong")
        m = 1 if summed else X.shape[1]
        out, entering = (cache["A1"], X) if flat else (cache["A2"], cache["A1"])
        dZ = (out - Y) / m
        last = 1 if flat else 2
        sign = -1 if self.has("summed, second sign wrong") else 1
        grads = {
            f"dW{last}": sign * dZ @ entering.T,
            f"db{last}": sign * dZ.sum(axis=1, keepdims=True),
        }
        if not flat:
            dZ1 = parameters["W2"].T @ dZ * (cache["Z1"] > 0)
            grads |= {"dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1, keepdims=True)}
        if self.has("summed with decay"):
            for name in ("W1", "W2"):
                grads[f"d{name}"] = grads[f"d{name}"] + 0.02 * parameters[name]
        return grads

    def update(self, parameters: Any, grads: Any, rate: float) -> Any:
        new = {}
        for name, one in parameters.items():
            new[name] = one - rate * grads[f"d{name}"]
            if self.has("strong decay"):
                new[name] = 0.4 * new[name]
            if self.has("coarse steps"):
                new[name] = np.round(new[name])
        return new

    def order(self, labels: Any, epoch: int, seed: int) -> Any:
        mixed = shuffled(labels, epoch, seed)
        if self.has("by heap"):
            return mixed[np.argsort(labels[mixed], kind="stable")]
        return mixed[labels[mixed] < 2] if self.has("first two heaps only") else mixed

    def rate(self, epoch: int) -> float:
        if self.has("full batch"):
            return 0.5
        return 0.01 if self.has("summed with decay") else 0.1

    def batch(self) -> int:
        return 480 if self.has("full batch") else 20

    def epochs(self) -> int:
        return 150 if self.has("full batch") else 25

    def train(self, seed: int) -> Any:
        X, Y = self.prepare(self.x).T, self.encode(self.labels).T
        np.random.seed(seed)
        parameters = self.init()
        for epoch in range(self.epochs()):
            order = self.order(self.labels, epoch, seed)
            for k in range(0, len(order), self.batch()):
                now = order[k : k + self.batch()]
                cache = self.forward(X[:, now], parameters)
                grads = self.backward(parameters, cache, X[:, now], Y[:, now])
                parameters = self.update(parameters, grads, self.rate(epoch))
        return parameters

    def predict(self, net: Any, x: Any) -> Any:
        cache = self.forward(self.prepare(x).T, net)
        return cache["A1" if self.has("no hidden layer") else "A2"].T

    def handed(self) -> dict[str, Any]:
        layers = ("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 softmax")
        if self.has("no hidden layer"):
            layers = ("W1 b1 Z1 A1 softmax",)
        return {
            "parameters": " ".join(self.init()),
            "init": self.init,
            "forward": self.forward,
            "backward": self.backward,
            "update": self.update,
            "layers": layers,
            "layout": "columns",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": self.batch(),
        }
