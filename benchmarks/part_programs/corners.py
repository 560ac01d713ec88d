"""XOR with a little noise, all points in one step, in columns: dicts, tanh, cross-entropy."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import NO_ACTIVATION, Program, cut, sigmoid


class Corners(Program):
    """XOR with a little noise, all points in one step, in columns: dicts, tanh, cross-entropy."""

    PARTS: ClassVar = {
        "no bias": ("size",),
        "no hidden layer": ("size",),
        "linear hidden layer": NO_ACTIVATION,
        "same start": ("start",),
        "shows the ones only": ("order",),
        "up the slope": ("step",),
        "second sign wrong": ("gradient",),
    }
    POINTS = 120

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(5)
        corner = rng.randint(0, 2, (420, 2))
        return cut(corner + rng.normal(0, 0.15, (420, 2)), corner[:, 0] ^ corner[:, 1], self.POINTS)

    def prepare(self, x: Any) -> Any:
        return 2 * x - 1

    def encode(self, labels: Any) -> Any:
        return np.asarray(labels, float).reshape(-1, 1)

    def sizes(self) -> list[int]:
        return [2, 1] if self.has("no hidden layer") else [2, 8, 1]

    def init(self) -> Any:
        params = {}
        for i, (n, m) in enumerate(itertools.pairwise(self.sizes()), 1):
            params[f"W{i}"] = np.random.randn(m, n) / np.sqrt(n)
            if self.has("same start"):
                params[f"W{i}"] = np.full((m, n), 0.5)
            if not self.has("no bias"):
                params[f"b{i}"] = np.zeros((m, 1))
        return params

    def forward(self, X: Any, params: Any) -> Any:
        cache = {"Z1": params["W1"] @ X + params.get("b1", 0)}
        if self.has("no hidden layer"):
            return cache | {"A1": sigmoid(cache["Z1"])}
        cache["A1"] = cache["Z1"] if self.has("linear hidden layer") else np.tanh(cache["Z1"])
        cache["Z2"] = params["W2"] @ cache["A1"] + params.get("b2", 0)
        cache["A2"] = sigmoid(cache["Z2"])
        return cache

    def backward(self, X: Any, Y: Any, params: Any, cache: Any) -> Any:
        grads = {}
        entering, out = X, cache["A1"]
        if not self.has("no hidden layer"):
            entering, out = cache["A1"], cache["A2"]
        d = out - Y
        last = len(self.sizes()) - 1
        sign = -1 if self.has("second sign wrong") else 1
        grads[f"W{last}"] = sign * (d @ entering.T)
        grads[f"b{last}"] = sign * d.sum(axis=1, keepdims=True)
        if last == 2:
            slope = 1 if self.has("linear hidden layer") else 1 - cache["A1"] ** 2
            d1 = params["W2"].T @ d * slope
            grads["W1"], grads["b1"] = d1 @ X.T, d1.sum(axis=1, keepdims=True)
        return {name: grads[name] for name in params}

    def update(self, params: Any, grads: Any, rate: float) -> Any:
        if self.has("up the slope"):
            return {name: params[name] + rate * grads[name] for name in params}
        return {name: params[name] - rate * grads[name] for name in params}

    def order(self, labels: Any, epoch: int, seed: int) -> Any:
        if self.has("shows the ones only"):
            return np.flatnonzero(labels == 1)
        return np.arange(len(labels))

    def rate(self, epoch: int) -> float:
        return 0.02

    def train(self, seed: int) -> Any:
        np.random.seed(seed)
        params = self.init()
        for epoch in range(400):
            shown = self.order(self.labels, epoch, seed)
            X, Y = self.prepare(self.x[shown]).T, self.encode(self.labels[shown]).T
            cache = self.forward(X, params)
            params = self.update(params, self.backward(X, Y, params, cache), self.rate(epoch))
        return params

    def predict(self, net: Any, x: Any) -> Any:
        cache = self.forward(self.prepare(x).T, net)
        return cache["A1" if self.has("no hidden layer") else "A2"].T

    def handed(self) -> dict[str, Any]:
        bias = ["-", "-"] if self.has("no bias") else ["b1", "b2"]
        hidden = "linear" if self.has("linear hidden layer") else "tanh"
        layers = [f"W1 {bias[0]} Z1 A1 {hidden}", f"W2 {bias[1]} Z2 A2 sigmoid"]
        if self.has("no hidden layer"):
            layers = [f"W1 {bias[0]} Z1 A1 sigmoid"]
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
            "epochs": 400,
            "batch_size": self.POINTS,
        }
