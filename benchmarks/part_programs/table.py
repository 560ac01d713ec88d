"""A table of people: age, income, height and a share, in rows; tanh, softmax."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, shuffled, softmax


class Table(Program):
    """A table of people: age, income, height and a share, in rows; tanh, softmax."""

    PARTS: ClassVar = {
        "columns as they are": ("input",),
        "centered only": ("input",),
        "divided by the largest number": ("input",),
        "a column lost": ("input",),
        "whole numbers": ("input",),
        "by class": ("order",),
        "first gradient reversed": ("gradient",),
        "rate too large": ("pace",),
        "flat start": ("start",),
    }
    classes = 3

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(17)
        z = rng.normal(0, 1, (1000, 4))
        bent = z[:, 0] + z[:, 1] ** 2 - 0.8 > 0
        leaning = z[:, 2] - z[:, 3] > 0
        group = np.where(bent, 1 + leaning, 0)
        return cut(z * [12, 15000, 0.08, 0.2] + [45, 42000, 1.72, 0.5], group, 500)

    def prepare(self, x: Any) -> Any:
        if self.has("columns as they are"):
            return x * 1.0
        if self.has("divided by the largest number"):
            return x / self.x.max()
        if self.has("centered only"):
            return x - self.x.mean(axis=0)
        x = (x - self.x.mean(axis=0)) / self.x.std(axis=0)
        if self.has("a column lost"):
            x[:, 1] = x[:, 0]
        return np.trunc(x) if self.has("whole numbers") else x

    def init(self, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        W = rng.standard_normal((4, 16)) / 2
        V = rng.standard_normal((16, 3)) / 4
        if self.has("flat start"):
            W, V = np.ones((4, 16)) / 2, np.ones((16, 3)) / 4
        return {"W": W, "b": np.zeros((1, 16)), "V": V, "c": np.zeros((1, 3))}

    def forward(self, X: Any, params: Any) -> Any:
        H = X @ params["W"] + params["b"]
        A = np.tanh(H)
        O = A @ params["V"] + params["c"]  # noqa: E741
        return {"H": H, "A": A, "O": O, "P": softmax(O, axis=1)}

    def backward(self, X: Any, Y: Any, cache: Any, params: Any) -> Any:
        dO = (cache["P"] - Y) / len(X)
        dH = dO @ params["V"].T * (1 - cache["A"] ** 2)
        if self.has("first gradient reversed"):
            dH = dH[:, ::-1]
        return {
            "W": X.T @ dH,
            "b": dH.sum(axis=0, keepdims=True),
            "V": cache["A"].T @ dO,
            "c": dO.sum(axis=0, keepdims=True),
        }

    def order(self, labels: Any, epoch: int, seed: int) -> Any:
        mixed = shuffled(labels, epoch, seed)
        return mixed[np.argsort(labels[mixed], kind="stable")] if self.has("by class") else mixed

    def rate(self, epoch: int) -> float:
        return 60.0 if self.has("rate too large") else 0.3

    def train(self, seed: int) -> Any:
        X, Y = self.prepare(self.x), self.encode(self.labels)
        params = self.init(seed)
        for epoch in range(40):
            order = self.order(self.labels, epoch, seed)
            for start in range(0, len(order), 10):
                rows = order[start : start + 10]
                cache = self.forward(X[rows], params)
                grads = self.backward(X[rows], Y[rows], cache, params)
                for name in params:
                    params[name] = params[name] - self.rate(epoch) * grads[name]
        return params

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), net)["P"]

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W b V c",
            "init": self.init,
            "forward": self.forward,
            "backward": self.backward,
            "layers": ("W b H A tanh", "V c O P softmax"),
            "layout": "rows",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": 40,
            "batch_size": 10,
        }
