"""Digits in columns as the well-known book has it: lists, sigmoids, squared error."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, halved, shuffled, sigmoid, small_digits


class Sigmoids(Program):
    """Digits in columns as the well-known book has it: lists, sigmoids, squared error."""

    PARTS: ClassVar = {
        "tiny rate": ("pace",),
        "wide start": ("start",),
        "targets 1 and 2": ("targets",),
        "few epochs": ("pace",),
        "last sign wrong, summed": ("gradient",),
        "pixels as they are": ("input",),
        "bounded weights": ("step",),
        "by class": ("order",),
        "slow": (),
    }
    classes = 10

    def load(self) -> tuple[Any, Any, Any, Any]:
        return small_digits()

    def prepare(self, images: Any) -> Any:
        pixels = halved(images)
        return pixels if self.has("pixels as they are") else pixels / 255

    def encode(self, labels: Any) -> Any:
        targets = np.eye(10)[labels]
        return targets + 1 if self.has("targets 1 and 2") else targets

    def init(self, seed: int) -> Any:
        rng = np.random.RandomState(seed)
        spread = 15.0 if self.has("wide start") else 1.0
        weights = [rng.randn(20, 196) * spread / 14, rng.randn(10, 20) * spread / np.sqrt(20)]
        return weights, [np.zeros((20, 1)), np.zeros((10, 1))]

    def feedforward(self, x: Any, weights: Any, biases: Any) -> Any:
        zs, activations = [], [x]
        for w, b in zip(weights, biases, strict=True):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        return zs, activations[1:]

    def backprop(self, x: Any, activations: Any, weights: Any, y: Any) -> Any:
        hidden, out = activations
        last = (out - y) * out * (1 - out) / x.shape[1]
        if self.has("last sign wrong, summed"):
            last = last * x.shape[1]
        first = weights[1].T @ last * hidden * (1 - hidden)
        if self.has("last sign wrong, summed"):
            last = -last
        weights = [first @ x.T, last @ hidden.T]
        return weights, [one.sum(axis=1, keepdims=True) for one in (first, last)]

    def step(self, weights: Any, biases: Any, nabla_w: Any, nabla_b: Any, eta: float) -> Any:
        weights = [w - eta * nw for w, nw in zip(weights, nabla_w, strict=True)]
        biases = [b - eta * nb for b, nb in zip(biases, nabla_b, strict=True)]
        if self.has("bounded weights"):
            weights = [np.clip(w, -0.04, 0.04) for w in weights]
        return weights, biases

    def order(self, labels: Any, epoch: int, seed: int) -> Any:
        mixed = shuffled(labels, epoch, seed)
        return np.lexsort((mixed, labels)) if self.has("by class") else mixed

    def eta(self, epoch: int) -> float:
        if self.has("tiny rate"):
            return 0.02
        return 0.6 if self.has("slow") else 3.0

    def epochs(self) -> int:
        if self.has("few epochs"):
            return 1
        return 100 if self.has("slow") else 20

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x).T, self.encode(self.labels).T
        weights, biases = self.init(seed)
        for epoch in range(self.epochs()):
            order = self.order(self.labels, epoch, seed)
            for k in range(0, len(order), 10):
                now = order[k : k + 10]
                _, activations = self.feedforward(x[:, now], weights, biases)
                nablas = self.backprop(x[:, now], activations, weights, y[:, now])
                weights, biases = self.step(weights, biases, *nablas, self.eta(epoch))
        return weights, biases

    def predict(self, net: Any, x: Any) -> Any:
        return self.feedforward(self.prepare(x).T, *net)[1][-1].T

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": ("w1 w2", "b1 b2"),
            "init": self.init,
            "forward": self.feedforward,
            "forward_takes": ("x", "w1 w2", "b1 b2"),
            "trace": ("z1 z2", "a1 a2"),
            "backward": self.backprop,
            "backward_takes": ("x", "a1 a2", "w1 w2", "targets"),
            "update": self.step,
            "update_takes": ("w1 w2", "b1 b2", "dw1 dw2", "db1 db2", "rate"),
            "layers": ("w1 b1 z1 a1 sigmoid", "w2 b2 z2 a2 sigmoid"),
            "layout": "columns",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.eta,
            "epochs": self.epochs(),
            "batch_size": 10,
        }
