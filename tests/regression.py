"""Correct networks that answer with numbers, written by hand in three styles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from diagnose.builders import from_functions, from_object
from diagnose.network.record import Network

HIDDEN = 32


def sine(count: int = 360, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Points of a sine, ``(count, 1)`` and ``(count,)``, in random order."""
    x = np.random.default_rng(seed).uniform(-1, 3, (count, 1))
    return x, np.sin(2 * x[:, 0])


# 1. Functions; columns, one sample at a time, tanh below a linear output.


def init(rng):
    w1, b1 = rng.normal(0, 1, (HIDDEN, 1)), np.zeros((HIDDEN, 1))
    return w1, b1, rng.normal(0, HIDDEN**-0.5, (1, HIDDEN)), np.zeros((1, 1))


def forward(x, w1, b1, w2, b2):
    z1 = w1 @ x + b1
    a1 = np.tanh(z1)
    return z1, a1, w2 @ a1 + b2


def backward(x, targets, a1, z2, w2):
    d2 = z2 - targets
    d1 = w2.T @ d2 * (1 - a1**2)
    return d1 @ x.T, d1, d2 @ a1.T, d2


def columns(**changes) -> Network:
    settings = {
        "name": "columns",
        "classes": 0,
        "loss": "squared-error",
        "learning_rate": 0.05,
        "order": "shuffled",
        "epochs": 80,
        "data": sine(),
    }
    return from_functions(
        parameters="w1 b1 w2 b2",
        init=init,
        forward=forward,
        trace="z1 a1 z2",
        backward=backward,
        layers=("w1 b1 z1 a1 tanh", "w2 b2 z2 z2 linear"),
        **settings | changes,
    )


# 2. An object; rows, batches, two ReLU layers; the loss is the mean of the squares, not half of it.


class Sine:
    def __init__(self, rng):
        sizes = (1, HIDDEN, HIDDEN, 1)
        pairs = list(pairwise(sizes))
        self.W = [rng.normal(0, (2 / n) ** 0.5, (n, m)) for n, m in pairs]
        self.b = [np.zeros(m) for _, m in pairs]

    def forward(self, x):
        self.x = x
        self.Z1 = x @ self.W[0] + self.b[0]
        self.A1 = np.maximum(self.Z1, 0)
        self.Z2 = self.A1 @ self.W[1] + self.b[1]
        self.A2 = np.maximum(self.Z2, 0)
        self.y = self.A2 @ self.W[2] + self.b[2]
        return self.y

    def backward(self, targets):
        d3 = 2 * (self.y - targets) / len(targets)
        d2 = d3 @ self.W[2].T * (self.Z2 > 0)
        d1 = d2 @ self.W[1].T * (self.Z1 > 0)
        self.dW = [self.x.T @ d1, self.A1.T @ d2, self.A2.T @ d3]
        self.db = [one.sum(axis=0) for one in (d1, d2, d3)]


def rows(make=Sine, **changes) -> Network:
    settings = {
        "name": "rows",
        "classes": 0,
        "loss": "squared-error",
        "learning_rate": 0.05,
        "order": "shuffled",
        "epochs": 40,
        "batch_size": 6,
        "layout": "rows",
        "data": sine(),
    }
    return from_object(
        make,
        parameters="W b",
        layers=("W[0] b[0] Z1 A1 relu", "W[1] b[1] Z2 A2 relu", "W[2] b[2] y y linear"),
        returns="y",
        **settings | changes,
    )


# 3. Functions with a dict of parameters; rows, sigmoid, two outputs; the loss is the mean of the
# squares over samples and outputs.


def curves(count: int = 360) -> tuple[np.ndarray, np.ndarray]:
    """Points on two curves, ``(count, 1)`` and ``(count, 2)``."""
    x, y = sine(count)
    return x, np.stack([y, np.cos(2 * x[:, 0])], axis=1)


def draw_pair(rng):
    return {
        "W1": rng.normal(0, 2, (1, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "W2": rng.normal(0, HIDDEN**-0.5, (HIDDEN, 2)),
        "b2": np.zeros(2),
    }


def run_pair(x, params):
    Z1 = x @ params["W1"] + params["b1"]
    A1 = 1 / (1 + np.exp(-Z1))
    return {"Z1": Z1, "A1": A1, "out": A1 @ params["W2"] + params["b2"]}


def back_pair(x, Y, cache, params):
    d2 = 2 * (cache["out"] - Y) / Y.size
    d1 = d2 @ params["W2"].T * cache["A1"] * (1 - cache["A1"])
    return {"W1": x.T @ d1, "b1": d1.sum(0), "W2": cache["A1"].T @ d2, "b2": d2.sum(0)}


def run_squashed(x, params):
    trace = run_pair(x, params)
    return {**trace, "Z2": trace["out"], "out": np.tanh(trace["out"])}


def back_squashed(x, Y, cache, params):
    d2 = 2 * (cache["out"] - Y) / Y.size * (1 - cache["out"] ** 2)
    d1 = d2 @ params["W2"].T * cache["A1"] * (1 - cache["A1"])
    return {"W1": x.T @ d1, "b1": d1.sum(0), "W2": cache["A1"].T @ d2, "b2": d2.sum(0)}


def pair(**changes) -> Network:
    settings = {
        "name": "pair",
        "classes": 0,
        "loss": "squared-error",
        "learning_rate": 0.3,
        "order": "shuffled",
        "epochs": 40,
        "batch_size": 3,
        "layout": "rows",
        "data": curves(),
    }
    code = {
        "forward": run_pair,
        "trace": "Z1 A1 out",
        "backward": back_pair,
        "layers": ("W1 b1 Z1 A1 sigmoid", "W2 b2 out out linear"),
    }
    return from_functions(parameters="W1 b1 W2 b2", init=draw_pair, **code | settings | changes)


NETWORKS = (columns(), rows(), pair())
