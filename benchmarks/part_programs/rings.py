"""Three rings, one point at a time as a vector: leaky ReLU, softmax, steps made in place."""

# Methods are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from benchmarks.part_programs.program import Program, cut, softmax


class Rings(Program):
    """Three rings, one point at a time as a vector: leaky ReLU, softmax, steps made in place."""

    PARTS: ClassVar = {
        "by class": ("order",),
        "no bias": ("size",),
        "rate too large": ("pace",),
        "absolute weights": ("gradient",),
        "outer ring never shown": ("order",),
        "negative rate": ("pace",),
        "hundredfold, hidden sign wrong": ("gradient",),
        "rate for hundredfold": ("pace",),
        "whole numbers": ("input",),
    }
    classes = 3

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(3)
        ring = rng.randint(0, 3, 700)
        radius = 1 + 2 * ring + rng.normal(0, 0.25, 700)
        angle = rng.uniform(0, 2 * np.pi, 700)
        return cut(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))), ring, 300)

    def prepare(self, x: Any) -> Any:
        return (x / 3).astype(int) if self.has("whole numbers") else x / 3

    def init(self) -> Any:
        w1 = np.random.randn(16, 2)
        w2 = np.random.randn(3, 16) * np.sqrt(2 / 16)
        if self.has("no bias"):
            return [w1, w2]
        return [w1, np.random.uniform(-0.5, 0.5, 16), w2, np.zeros(3)]

    def run(self, x: Any, *net: Any) -> Any:
        w1, b1, w2, b2 = (net[0], 0, net[1], 0) if self.has("no bias") else net
        z1 = w1.dot(x) + b1
        h1 = np.where(z1 > 0, z1, 0.1 * z1)
        z2 = w2.dot(h1) + b2
        return z1, h1, z2, softmax(z2, axis=0)

    def backprop(self, x: Any, z1: Any, h1: Any, p: Any, w2: Any, t: Any) -> Any:
        d2 = p - t
        back = np.abs(w2) if self.has("absolute weights") else w2
        d1 = back.T.dot(d2) * np.where(z1 > 0, 1.0, 0.1)
        if self.has("hundredfold, hidden sign wrong"):
            d1, d2 = -100 * d1, 100 * d2
        if self.has("no bias"):
            return np.outer(d1, x), np.outer(d2, h1)
        return np.outer(d1, x), d1, np.outer(d2, h1), d2

    def visits(self, ring: Any, epoch: int, seed: int) -> Any:
        order = np.random.RandomState(100 * seed + epoch).permutation(len(ring))
        if self.has("outer ring never shown"):
            return order[ring[order] < 2]
        return order[np.argsort(ring[order], kind="stable")] if self.has("by class") else order

    def rate(self, epoch: int) -> float:
        if self.has("rate too large"):
            return 3.0
        if self.has("rate for hundredfold"):
            return 0.0003
        return -0.03 if self.has("negative rate") else 0.03

    def train(self, seed: int) -> Any:
        xs = self.prepare(self.x)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(25):
            for i in self.visits(self.labels, epoch, seed):
                z1, h1, _, p = self.run(xs[i], *net)
                t = self.encode(self.labels[i])
                grads = self.backprop(xs[i], z1, h1, p, net[len(net) // 2], t)
                for array, grad in zip(net, grads, strict=True):
                    array -= self.rate(epoch) * grad
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return np.array([self.run(one, *net)[-1] for one in self.prepare(x)])

    def handed(self) -> dict[str, Any]:
        bare = self.has("no bias")
        names = "w1 w2" if bare else "w1 b1 w2 b2"
        b1, b2 = ("-", "-") if bare else ("b1", "b2")
        return {
            "parameters": names,
            "init": self.init,
            "forward": self.run,
            "forward_takes": f"x {names}",
            "trace": "z1 h1 z2 p",
            "backward": self.backprop,
            "backward_takes": "x z1 h1 p w2 targets",
            "layers": (f"w1 {b1} z1 h1 leaky-relu 0.1", f"w2 {b2} z2 p softmax"),
            "vectors": True,
            "layout": "columns",
            "prepare": self.prepare,
            "order": self.visits,
            "learning_rate": self.rate,
            "epochs": 25,
        }
