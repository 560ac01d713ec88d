"""A saddle over a square in rows, batches of ten: ReLU, a linear output, a gradient dict."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import LAST_RELU, NO_ACTIVATION, Program, cut, shuffled


class Surface(Program):
    """A saddle over a square in rows, batches of ten: ReLU, a linear output, a gradient dict."""

    PARTS: ClassVar = {
        "last layer a ReLU": LAST_RELU,
        "wide start": ("start",),
        "linear hidden layer": NO_ACTIVATION,
        "growing rate": ("pace",),
        "targets a hundredfold": ("targets",),
        "rate for a hundredfold": ("pace",),
        "second gradient squared": ("gradient",),
        "rate for squares": ("pace",),
        "two values of one": ("input",),
        "noisy and small": (),
    }
    classes = 0

    def load(self) -> tuple[Any, Any, Any, Any]:
        noisy = self.has("noisy and small")
        count, noise = (120, 0.25) if noisy else (400, 0.03)
        rng = np.random.RandomState(31)
        x = rng.uniform(-1, 1, (count + 400, 2))
        y = 1.5 * x[:, 0] * x[:, 1] + 0.5 * x[:, 0]
        return cut(x, y + rng.normal(0, noise, len(x)), count)

    def prepare(self, x: Any) -> Any:
        return 1.7 * (x[:, [0, 0]] if self.has("two values of one") else x)

    def encode(self, labels: Any) -> Any:
        return np.reshape(labels, (-1, 1)) * (100 if self.has("targets a hundredfold") else 1)

    def init(self) -> Any:
        wide = 40 if self.has("wide start") else 1
        return {
            "W1": wide * np.random.randn(2, 24),
            "b1": np.zeros(24),
            "W2": wide * np.random.randn(24, 1) * np.sqrt(1 / 24),
            "b2": np.zeros(1),
        }

    def forward(self, x: Any, params: Any) -> Any:
        z1 = x @ params["W1"] + params["b1"]
        a1 = z1 if self.has("linear hidden layer") else np.maximum(0, z1)
        z2 = a1 @ params["W2"] + params["b2"]
        out = np.maximum(0, z2) if self.has("last layer a ReLU") else z2
        return {"z1": z1, "a1": a1, "z2": z2, "out": out}

    def backward(self, x: Any, targets: Any, params: Any, cache: Any) -> Any:
        d2 = (cache["out"] - targets) / len(x)
        if self.has("last layer a ReLU"):
            d2 = d2 * (cache["z2"] > 0)
        d1 = d2 @ params["W2"].T
        if not self.has("linear hidden layer"):
            d1 = d1 * (cache["z1"] > 0)
        grads = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": cache["a1"].T @ d2}
        if self.has("second gradient squared"):
            grads["W2"] = 200 * grads["W2"] ** 2
            grads["W1"] = 200 * grads["W1"] ** 2
        return grads | {"b2": d2.sum(axis=0)}

    def rate(self, epoch: int) -> float:
        if self.has("rate for a hundredfold"):
            return 4e-5
        if self.has("rate for squares"):
            return 1e-4
        return 0.05 * 1.2**epoch if self.has("growing rate") else 0.05

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        params = self.init()
        for epoch in range(60):
            order = shuffled(self.labels, epoch, seed)
            for batch in np.array_split(order, len(order) // 10):
                cache = self.forward(x[batch], params)
                grads = self.backward(x[batch], y[batch], params, cache)
                params = {k: params[k] - self.rate(epoch) * grads[k] for k in params}
        return params

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), net)["out"]

    def handed(self) -> dict[str, Any]:
        last = "relu" if self.has("last layer a ReLU") else "linear"
        hidden = "linear" if self.has("linear hidden layer") else "relu"
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "forward_takes": "x params",
            "backward": self.backward,
            "layers": (f"W1 b1 z1 a1 {hidden}", f"W2 b2 z2 out {last}"),
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": 60,
            "batch_size": 10,
        }
