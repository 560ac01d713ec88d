"""Digits of half size in rows, batches of ten: ReLU, softmax and cross-entropy."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import LAST_RELU, Program, halved, small_digits, softmax


class Digits(Program):
    """Digits of half size in rows, batches of ten: ReLU, softmax and cross-entropy."""

    PARTS: ClassVar = {
        "pixels as they are": ("input",),
        "rate for pixels": ("pace",),
        "by class": ("order",),
        "product of means": ("gradient",),
        "last layer a ReLU": LAST_RELU,
        "one batch only": ("order",),
        "biases far below": ("start",),
        "rate too large": ("pace",),
        "summed, first sign wrong": ("gradient",),
        "one epoch at a small rate": ("pace",),
    }
    classes = 10

    def load(self) -> tuple[Any, Any, Any, Any]:
        return small_digits()

    def prepare(self, images: Any) -> Any:
        pixels = halved(images)
        return pixels if self.has("pixels as they are") else pixels / 255

    def make(self) -> Any:
        w1 = np.random.normal(0, np.sqrt(2 / 196), (196, 24))
        w2 = np.random.normal(0, np.sqrt(2 / 24), (24, 10))
        b1 = np.full(24, -6.0) if self.has("biases far below") else np.zeros(24)
        return w1, b1, w2, np.zeros(10)

    def forward(self, x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        hidden_in = x @ w1 + b1
        hidden = np.maximum(hidden_in, 0)
        scores = hidden @ w2 + b2
        if self.has("last layer a ReLU"):
            return hidden_in, hidden, scores, np.maximum(scores, 0)
        return hidden_in, hidden, scores, softmax(scores, axis=1)

    def backward(self, x: Any, hidden: Any, out: Any, w2: Any, targets: Any) -> Any:
        d2 = (out - targets) / len(x)
        if self.has("last layer a ReLU"):
            d2 = d2 * (out > 0)
        if self.has("summed, first sign wrong"):
            d2 = d2 * len(x)
        d1 = d2 @ w2.T * (hidden > 0)
        if self.has("summed, first sign wrong"):
            d1 = -d1
        if self.has("product of means"):
            return (
                np.outer(x.mean(axis=0), d1.sum(axis=0)),
                d1.sum(axis=0),
                np.outer(hidden.mean(axis=0), d2.sum(axis=0)),
                d2.sum(axis=0),
            )
        return x.T @ d1, d1.sum(axis=0), hidden.T @ d2, d2.sum(axis=0)

    def order(self, labels: Any, epoch: int, seed: int) -> Any:
        if self.has("by class"):
            return np.argsort(labels, kind="stable")
        mixed = np.random.default_rng((epoch, seed)).permutation(len(labels))
        return mixed % 10 if self.has("one batch only") else mixed

    def rate(self, epoch: int) -> float:
        if self.has("rate for pixels"):
            return 1e-4
        if self.has("rate too large"):
            return 8.0
        return 0.002 if self.has("one epoch at a small rate") else 0.1

    def epochs(self) -> int:
        return 1 if self.has("one epoch at a small rate") else 10

    def train(self, seed: int) -> Any:
        x, targets = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        w1, b1, w2, b2 = self.make()
        for epoch in range(self.epochs()):
            for batch in self.order(self.labels, epoch, seed).reshape(-1, 10):
                _, hidden, _, out = self.forward(x[batch], w1, b1, w2, b2)
                g = self.backward(x[batch], hidden, out, w2, targets[batch])
                w1 = w1 - self.rate(epoch) * g[0]
                b1 = b1 - self.rate(epoch) * g[1]
                w2 = w2 - self.rate(epoch) * g[2]
                b2 = b2 - self.rate(epoch) * g[3]
        return w1, b1, w2, b2

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[-1]

    def handed(self) -> dict[str, Any]:
        rectified = self.has("last layer a ReLU")
        last = "relu" if rectified else "softmax"
        return {
            "parameters": "w1 b1 w2 b2",
            "init": self.make,
            "forward": self.forward,
            "trace": "hidden_in hidden scores out",
            "backward": self.backward,
            "layers": ("w1 b1 hidden_in hidden relu", f"w2 b2 scores out {last}"),
            "layout": "rows",
            "loss": "squared-error" if rectified else "cross-entropy",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 10,
        }
