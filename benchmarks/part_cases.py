"""Programs with faults of which the PARTS to blame are known, for ``parts.py``.

Each program is a small network as somebody writes it in NumPy, with a training loop of its own, and
correct unless it is made with switches. A switch is a fault, for which the parts of the network are
named that would mend it, or (with no parts) a change after which the program is as right as before.
A case is a program with some switches.

Faults are written where their authors would have made them, in the middle of the arithmetic. What
they do is not said here: ``parts.py`` measures it.
"""

# Methods of the programs are called as people call them, and are as plain.
# ruff: noqa: D102

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from diagnose.data import carried

# What people write for a layer without its activation, and for a rectified output: several parts,
# each of which mends it. Parts that mend only together are joined by a plus sign.
NO_ACTIVATION = ("size", "forward", "forward+gradient")
LAST_RELU = ("start", "size", "forward", "forward+gradient")


class Program:
    """A network with its data and its loop; ``switches`` says what is changed in it.

    PARTS: of each switch the parts that mend it, each alone; none for a harmless change.
    """

    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    classes = 2

    def __init__(self, switches: Iterable[str] = ()) -> None:
        self.switches = frozenset(switches)
        for name in self.switches:
            self.has(name)
        self.data = self.load()
        self.x, self.labels = self.data[:2]

    def has(self, switch: str) -> bool:
        """Whether a switch is on; KeyError for one that there is not."""
        if switch not in self.PARTS:
            raise KeyError(f"{type(self).__name__} has no {switch}")
        return switch in self.switches

    def load(self) -> tuple[Any, Any, Any, Any]:
        """Samples and labels to train on, and to test on."""
        raise NotImplementedError

    def encode(self, labels: Any) -> Any:
        """What the outputs should be, ``(n, outputs)``."""
        return np.eye(self.classes)[labels]

    def train(self, seed: int) -> Any:
        """Train by the program's own loop."""
        raise NotImplementedError

    def predict(self, net: Any, x: Any) -> Any:
        """The outputs ``(n, outputs)`` for samples as read."""
        raise NotImplementedError

    def handed(self) -> dict[str, Any]:
        """What ``diagnose.builders.from_functions`` is handed."""
        raise NotImplementedError

    def score(self, seed: int) -> float:
        """Train, and test on samples held out: balanced accuracy, or explained variance."""
        _, _, x, labels = self.data
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = np.asarray(self.predict(self.train(seed), x), float)
            if not self.classes:
                return explained(outputs, self.encode(labels))
            return balanced_accuracy(outputs, labels, self.encode(np.arange(self.classes)))


def explained(outputs: Any, targets: Any) -> float:
    """Share of the variance of the targets; 0 if the outputs are no numbers."""
    error = np.mean((outputs - targets) ** 2) / targets.var()
    return float(np.clip(1 - np.nan_to_num(error, nan=1.0, posinf=1.0), 0, 1))


def balanced_accuracy(outputs: Any, labels: Any, targets: Any) -> float:
    """Mean over classes; an output is read as the class whose target is nearest."""
    far = ((outputs[:, None, :] - targets[None]) ** 2).sum(axis=2)
    said = np.nan_to_num(far, nan=np.inf).argmin(axis=1)
    return float(np.mean([(said[labels == c] == c).mean() for c in range(len(targets))]))


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any, axis: int) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def shuffled(labels: Any, epoch: int, seed: int) -> Any:
    return np.random.default_rng([seed, epoch]).permutation(len(labels))


def cut(x: Any, labels: Any, count: int) -> tuple[Any, Any, Any, Any]:
    """The first so many to train on, the others to test on."""
    return x[:count], labels[:count], x[count:], labels[count:]


@cache
def small_digits() -> tuple[Any, Any, Any, Any]:
    """1,000 carried digits to train on and 600 to test on."""
    data = carried()
    return data.images[:1000], data.labels[:1000], data.test_images[:600], data.test_labels[:600]


def halved(images: Any) -> Any:
    """Pixels 0 to 255 of images of half the width and height, ``(n, 196)``."""
    squares = np.asarray(images, float).reshape(len(images), 14, 2, 14, 2)
    return squares.mean(axis=(2, 4)).reshape(len(images), 196)


class Moons(Program):
    """Two moons in rows, batches of eight: tanh, one sigmoid, squared error."""

    PARTS: ClassVar = {
        "summed, first sign wrong": ("gradient",),
        "targets 1 and 2": ("targets",),
        "tiny rate": ("pace",),
        "wide start": ("start",),
        "thousandfold, first sign wrong": ("gradient",),
        "rate for thousandfold": ("pace",),
        "slow": (),
        "few samples": (),
    }

    def load(self) -> tuple[Any, Any, Any, Any]:
        count = 48 if self.has("few samples") else 400
        rng = np.random.RandomState(11)
        angle = np.pi * rng.rand(count + 400)
        upper = np.arange(count + 400) % 2
        x = np.column_stack([np.cos(angle), np.sin(angle)])
        x[upper == 0] = np.array([1, 0.5]) - x[upper == 0]
        return cut(x + rng.normal(0, 0.1, x.shape), upper, count)

    def prepare(self, x: Any) -> Any:
        return (x - self.x.mean(axis=0)) / self.x.std(axis=0)

    def encode(self, labels: Any) -> Any:
        labels = np.reshape(labels, (-1, 1)) * 1.0
        return labels + 1 if self.has("targets 1 and 2") else labels

    def init(self) -> Any:
        W1 = np.random.randn(2, 12) * (60 if self.has("wide start") else 0.7)
        W2 = np.random.randn(12, 1) * (20 if self.has("wide start") else 0.3)
        return W1, np.zeros(12), W2, np.zeros(1)

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, a1: Any, out: Any, W2: Any, targets: Any) -> Any:
        n = len(x)
        if self.has("summed, first sign wrong"):
            n = 1
        d2 = (out - targets) * out * (1 - out) / n
        d1 = d2 @ W2.T * (1 - a1**2)
        if self.has("summed, first sign wrong"):
            d1 = -d1
        if self.has("thousandfold, first sign wrong"):
            d1, d2 = -1000 * d1, 1000 * d2
        return x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)

    def rate(self, epoch: int) -> float:
        if self.has("rate for thousandfold"):
            return 0.001
        if self.has("tiny rate"):
            return 0.0005
        return 0.2 if self.has("slow") else 1.0

    def epochs(self) -> int:
        if self.has("few samples"):
            return 250
        return 200 if self.has("slow") else 50

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for i in range(0, len(order), 8):
                batch = order[i : i + 8]
                _, a1, _, out = self.forward(x[batch], *net)
                grads = self.backward(x[batch], a1, out, net[2], y[batch])
                net = [p - self.rate(epoch) * g for p, g in zip(net, grads, strict=True)]
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[-1]

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "trace": "z1 a1 z2 out",
            "backward": self.backward,
            "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 out sigmoid"),
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 8,
        }


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


class Spirals(Program):
    """Two spirals in rows: lists of weights and biases, three hidden layers of ReLU, softmax."""

    PARTS: ClassVar = {
        "gradients swapped": ("gradient",),
        "slope of the other side": ("gradient",),
        "linear hidden layers": NO_ACTIVATION,
        "few epochs": ("pace",),
        "dead start": ("start",),
        "fading rate": ("pace",),
        "summed, second sign wrong": ("gradient",),
    }
    SIZES = (2, 10, 10, 10, 2)

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(7)
        arm = np.arange(800) % 2
        t = np.sqrt(rng.uniform(0.05, 1, 800))
        angle = 3.6 * np.pi * t + np.pi * arm
        x = np.column_stack([t * np.cos(angle), t * np.sin(angle)])
        return cut(x + rng.normal(0, 0.02, x.shape), arm, 480)

    def prepare(self, x: Any) -> Any:
        return 2 * x

    def init(self, rng: Any) -> Any:
        pairs = list(itertools.pairwise(self.SIZES))
        weights = [rng.normal(0, np.sqrt(2 / n), (n, m)) for n, m in pairs]
        biases = [np.zeros(m) for _, m in pairs]
        if self.has("dead start"):
            biases = [np.full(m, -4.0) for _, m in pairs]
        return weights, biases

    def forward(self, x: Any, weights: Any, biases: Any) -> Any:
        zs, activations = [], [x]
        for w, b in zip(weights, biases, strict=True):
            zs.append(activations[-1] @ w + b)
            linear = self.has("linear hidden layers")
            activations.append(zs[-1] if linear else np.maximum(zs[-1], 0))
        activations[-1] = softmax(zs[-1], axis=1)
        return zs, activations[1:]

    def backward(self, x: Any, zs: Any, activations: Any, weights: Any, y: Any) -> Any:
        entering = [x, *activations[:-1]]
        dw, db = [], []
        d = (activations[-1] - y) / len(x)
        if self.has("summed, second sign wrong"):
            d = activations[-1] - y
        for i in reversed(range(len(weights))):
            dw.insert(0, entering[i].T @ d)
            db.insert(0, d.sum(axis=0))
            d = d @ weights[i].T
            if i and self.has("slope of the other side"):
                d = d * (zs[i - 1] <= 0)
            elif i and not self.has("linear hidden layers"):
                d = d * (zs[i - 1] > 0)
        if self.has("gradients swapped"):
            dw[1], dw[2] = dw[2], dw[1]
        if self.has("summed, second sign wrong"):
            dw[1], db[1] = -dw[1], -db[1]
        return dw, db

    def update(self, weights: Any, biases: Any, dw: Any, db: Any, rate: float) -> Any:
        weights = [w - rate * d for w, d in zip(weights, dw, strict=True)]
        biases = [b - rate * d for b, d in zip(biases, db, strict=True)]
        return weights, biases

    def rate(self, epoch: int) -> float:
        return 0.2 * 0.5**epoch if self.has("fading rate") else 0.2

    def epochs(self) -> int:
        return 3 if self.has("few epochs") else 80

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        net = self.init(np.random.default_rng(seed))
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for batch in np.split(order, len(order) // 16):
                trace = self.forward(x[batch], *net)
                grads = self.backward(x[batch], *trace, net[0], y[batch])
                net = self.update(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[1][-1]

    def handed(self) -> dict[str, Any]:
        names = {c: " ".join(f"{c}{i}" for i in range(1, 5)) for c in ("W", "b", "Z", "A")}
        weights, biases = names["W"], names["b"]
        hidden = "linear" if self.has("linear hidden layers") else "relu"
        slopes = (hidden, hidden, hidden, "softmax")
        return {
            "parameters": (weights, biases),
            "init": self.init,
            "forward": self.forward,
            "forward_takes": ("x", weights, biases),
            "trace": (names["Z"], names["A"]),
            "backward": self.backward,
            "backward_takes": ("x", names["Z"], names["A"], weights, "targets"),
            "update": self.update,
            "update_takes": (
                weights,
                biases,
                weights.replace("W", "dW"),
                biases.replace("b", "db"),
                "rate",
            ),
            "layers": [f"W{i} b{i} Z{i} A{i} {one}" for i, one in enumerate(slopes, 1)],
            "layout": "rows",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": 16,
        }


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


class Prices(Program):
    """Prices of flats, one at a time as a vector: tanh, and a sigmoid from nothing to the most."""

    PARTS: ClassVar = {
        "targets in thousands": ("targets",),
        "bounded weights": ("step",),
        "columns as they are": ("input",),
        "rate too large": ("pace",),
        "rate far too small": ("pace",),
        "biases stepped upwards": ("step",),
        "cheap ones only": ("order",),
        "by price": ("order",),
        "output slope missing, signs wrong": ("gradient",),
    }
    classes = 0

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(37)
        area = rng.uniform(25, 160, 500)
        rooms = np.round(area / 30 + rng.uniform(0, 2, 500))
        metres = rng.uniform(200, 15000, 500)
        price = 60 + 4 * area / (0.6 + metres / 8000) + 10 * rooms + rng.normal(0, 15, 500)
        return cut(np.column_stack([area, rooms, metres]), price, 300)

    def prepare(self, x: Any) -> Any:
        if self.has("columns as they are"):
            return x
        return (x - self.x.mean(axis=0)) / self.x.std(axis=0)

    def encode(self, labels: Any) -> Any:
        scale = 1 if self.has("targets in thousands") else 1200
        return np.reshape(labels, (-1, 1)) / scale

    def init(self) -> Any:
        W1 = np.random.randn(3, 8) / np.sqrt(3)
        W2 = np.random.randn(8, 1) / np.sqrt(8)
        return W1, np.zeros(8), W2, np.zeros(1)

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = x @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, a1: Any, out: Any, W2: Any, targets: Any) -> Any:
        d2 = (out - targets) * out * (1 - out)
        if self.has("output slope missing, signs wrong"):
            d2 = targets - out
        d1 = (W2 @ d2) * (1 - a1**2)
        return np.outer(x, d1), d1, np.outer(a1, d2), d2

    def update(self, W1: Any, b1: Any, W2: Any, b2: Any, *given: Any) -> Any:
        dW1, db1, dW2, db2, rate = given
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
        if self.has("biases stepped upwards"):
            return W1, b1 + rate * db1, W2, b2 + rate * db2
        if self.has("bounded weights"):
            W1, W2 = np.clip(W1, -0.1, 0.1), np.clip(W2, -0.1, 0.1)
        return W1, b1 - rate * db1, W2, b2 - rate * db2

    def order(self, price: Any, epoch: int, seed: int) -> Any:
        if self.has("by price"):
            return np.argsort(price, kind="stable")
        mixed = shuffled(price, epoch, seed)
        return mixed[price[mixed] < 250] if self.has("cheap ones only") else mixed

    def rate(self, epoch: int) -> float:
        if self.has("rate far too small"):
            return 0.001
        return 200.0 if self.has("rate too large") else 2.0

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x), self.encode(self.labels)
        np.random.seed(seed)
        net = self.init()
        for epoch in range(25):
            for i in self.order(self.labels, epoch, seed):
                _, a1, _, out = self.forward(x[i], *net)
                grads = self.backward(x[i], a1, out, net[2], y[i])
                net = self.update(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x), *net)[-1]

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "trace": "z1 a1 z2 out",
            "backward": self.backward,
            "update": self.update,
            "update_takes": "W1 b1 W2 b2 dW1 db1 dW2 db2 rate",
            "layers": ("W1 b1 z1 a1 tanh", "W2 b2 z2 out sigmoid"),
            "vectors": True,
            "layout": "rows",
            "loss": "squared-error",
            "prepare": self.prepare,
            "order": self.order,
            "learning_rate": self.rate,
            "epochs": 25,
        }


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


class Sectors(Program):
    """Six sectors of a disk, opposite ones alike, in columns: ReLU, a sigmoid for each class."""

    PARTS: ClassVar = {
        "two units drawn": ("start",),
        "without signs": ("input",),
        "summed, hidden sign wrong": ("gradient",),
        "rate too large": ("pace",),
        "hidden units on or off": ("forward",),
        "offset in the input": ("input",),
        "every unit steps as the first": ("step",),
        "full batch": (),
        "clipped gradients": (),
    }
    classes = 3

    def load(self) -> tuple[Any, Any, Any, Any]:
        rng = np.random.RandomState(43)
        angle = rng.uniform(0, 2 * np.pi, 1000)
        radius = np.sqrt(rng.uniform(0.1, 1, 1000))
        sector = (angle // (np.pi / 3)).astype(int) % 3
        return cut(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), sector, 500)

    def prepare(self, x: Any) -> Any:
        if self.has("without signs"):
            return 2 * np.abs(x)
        return 2 * x + 60 if self.has("offset in the input") else 2 * x

    def init(self) -> Any:
        W1 = np.random.normal(0, 1, (24, 2))
        W2 = np.random.normal(0, np.sqrt(2 / 24), (3, 24))
        if self.has("two units drawn"):
            W1[2:], W2[:, 2:] = 0, 0
        return W1, np.zeros((24, 1)), W2, np.zeros((3, 1))

    def forward(self, x: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = W1 @ x + b1
        a1 = (z1 > 0) * 1.0 if self.has("hidden units on or off") else z1 * (z1 > 0)
        z2 = W2 @ a1 + b2
        return z1, a1, z2, sigmoid(z2)

    def backward(self, x: Any, z1: Any, a1: Any, p: Any, W2: Any, Y: Any) -> Any:
        d2 = (p - Y) / x.shape[1]
        if self.has("summed, hidden sign wrong"):
            d2 = p - Y
        d1 = W2.T @ d2 * (z1 > 0)
        sign = -1 if self.has("summed, hidden sign wrong") else 1
        return (
            sign * d1 @ x.T,
            sign * d1.sum(axis=1, keepdims=True),
            d2 @ a1.T,
            d2.sum(axis=1, keepdims=True),
        )

    def step(self, W1: Any, b1: Any, W2: Any, b2: Any, *given: Any) -> Any:
        *grads, rate = given
        if self.has("clipped gradients"):
            grads = [np.clip(g, -0.3, 0.3) for g in grads]
        if self.has("every unit steps as the first"):
            grads = [np.zeros_like(g) + g[0] for g in grads]
        return [p - rate * g for p, g in zip((W1, b1, W2, b2), grads, strict=True)]

    def rate(self, epoch: int) -> float:
        if self.has("rate too large"):
            return 40.0
        return 1.0 if self.has("full batch") else 0.3

    def batch(self) -> int:
        return 500 if self.has("full batch") else 10

    def epochs(self) -> int:
        return 800 if self.has("full batch") else 60

    def train(self, seed: int) -> Any:
        x, y = self.prepare(self.x).T, self.encode(self.labels).T
        np.random.seed(seed)
        net = self.init()
        for epoch in range(self.epochs()):
            order = shuffled(self.labels, epoch, seed)
            for i in range(0, len(order), self.batch()):
                now = order[i : i + self.batch()]
                z1, a1, _, p = self.forward(x[:, now], *net)
                grads = self.backward(x[:, now], z1, a1, p, net[2], y[:, now])
                net = self.step(*net, *grads, self.rate(epoch))
        return net

    def predict(self, net: Any, x: Any) -> Any:
        return self.forward(self.prepare(x).T, *net)[-1].T

    def handed(self) -> dict[str, Any]:
        return {
            "parameters": "W1 b1 W2 b2",
            "init": self.init,
            "forward": self.forward,
            "trace": "z1 a1 z2 p",
            "backward": self.backward,
            "update": self.step,
            "update_takes": "W1 b1 W2 b2 dW1 db1 dW2 db2 rate",
            "layers": ("W1 b1 z1 a1 relu", "W2 b2 z2 p sigmoid"),
            "layout": "columns",
            "prepare": self.prepare,
            "order": shuffled,
            "learning_rate": self.rate,
            "epochs": self.epochs(),
            "batch_size": self.batch(),
        }


@dataclass(frozen=True)
class Case:
    """A program with some switches; ``number`` counts from 1."""

    number: int
    program: type[Program]
    switches: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program and its switches."""
        return f"{self.program.__name__}: {' + '.join(self.switches) or 'as it is'}"

    @property
    def faults(self) -> tuple[str, ...]:
        """The switches that are faults."""
        return tuple(one for one in self.switches if self.program.PARTS[one])

    def made(self, mended: Iterable[str] = ()) -> Program:
        """The program, with some of its faults mended."""
        return self.program([one for one in self.switches if one not in {*mended}])


SWITCHED: tuple[tuple[type[Program], tuple[str, ...]], ...] = (
    (Moons, ("summed, first sign wrong",)),
    (Heaps, ("summed, second sign wrong",)),
    (Sectors, ("summed, hidden sign wrong",)),
    (Spirals, ("summed, second sign wrong",)),
    (Digits, ("summed, first sign wrong",)),
    (Sine, ("summed, first sign wrong",)),
    (Moons, ("thousandfold, first sign wrong", "rate for thousandfold")),
    (Rings, ("hundredfold, hidden sign wrong", "rate for hundredfold")),
    (Bullseye, ("thousandfold, signs wrong", "rate for a thousandfold")),
    (Surface, ("second gradient squared", "rate for squares")),
    (Digits, ("pixels as they are", "rate for pixels")),
    (Surface, ("targets a hundredfold", "rate for a hundredfold")),
    (Corners, ("same start", "second sign wrong")),
    (Sigmoids, ("pixels as they are", "tiny rate")),
    (Sine, ("first sign wrong", "rate far too small")),
    (Corners, ("no bias",)),
    (Rings, ("no bias",)),
    (Sine, ("without hidden layer",)),
    (Corners, ("no hidden layer",)),
    (Heaps, ("one hidden unit",)),
    (Bullseye, ("one unit each",)),
    (Surface, ("linear hidden layer",)),
    (Spirals, ("linear hidden layers",)),
    (Corners, ("linear hidden layer",)),
    (Surface, ("last layer a ReLU",)),
    (Digits, ("last layer a ReLU",)),
    (Sigmoids, ("few epochs",)),
    (Spirals, ("few epochs",)),
    (Moons, ("tiny rate",)),
    (Prices, ("rate far too small",)),
    (Rings, ("rate too large",)),
    (Sectors, ("rate too large",)),
    (Spirals, ("fading rate",)),
    (Surface, ("growing rate",)),
    (Table, ("rate too large",)),
    (Rings, ("negative rate",)),
    (Bullseye, ("targets 2 and 5",)),
    (Prices, ("targets in thousands",)),
    (Sigmoids, ("targets 1 and 2",)),
    (Moons, ("targets 1 and 2",)),
    (Digits, ("pixels as they are",)),
    (Heaps, ("as measured",)),
    (Sectors, ("offset in the input",)),
    (Bullseye, ("distances in millimetres",)),
    (Table, ("columns as they are",)),
    (Prices, ("columns as they are",)),
    (Table, ("divided by the largest number",)),
    (Table, ("centered only",)),
    (Sigmoids, ("by class",)),
    (Digits, ("by class",)),
    (Bullseye, ("nothing drawn",)),
    (Moons, ("wide start",)),
    (Sigmoids, ("wide start",)),
    (Surface, ("wide start",)),
    (Table, ("flat start",)),
    (Sine, ("no start",)),
    (Spirals, ("slope of the other side",)),
    (Spirals, ("gradients swapped",)),
    (Digits, ("product of means",)),
    (Rings, ("absolute weights",)),
    (Bullseye, ("slope of the layer before, negated",)),
    (Table, ("first gradient reversed",)),
    (Heaps, ("coarse steps",)),
    (Bullseye, ("every second step undone",)),
    (Prices, ("biases stepped upwards",)),
    (Sectors, ("every unit steps as the first",)),
    (Prices, ("bounded weights",)),
    (Sigmoids, ("bounded weights",)),
    (Corners, ("up the slope",)),
    (Heaps, ("strong decay",)),
    (Sine, ("left half only",)),
    (Digits, ("one batch only",)),
    (Rings, ("outer ring never shown",)),
    (Prices, ("cheap ones only",)),
    (Table, ("a column lost",)),
    (Sectors, ("without signs",)),
    (Rings, ("whole numbers",)),
    (Surface, ("two values of one",)),
    (Sectors, ("two units drawn",)),
    (Spirals, ("dead start",)),
    (Bullseye, ("third layer reads the first",)),
    (Heaps, ("softmax over the batch",)),
    (Prices, ("output slope missing, signs wrong",)),
    (Sectors, ("hidden units on or off",)),
    (Table, ("whole numbers", "rate too large")),
    (Table, ("flat start", "first gradient reversed")),
    (Heaps, ("as measured", "softmax over the batch")),
    (Rings, ("outer ring never shown", "absolute weights")),
    (Bullseye, ("every second step undone", "targets 2 and 5")),
    (Heaps, ("coarse steps", "first two heaps only")),
    (Digits, ("by class", "summed, first sign wrong")),
    (Rings, ("no bias", "rate too large")),
    (Sine, ("degrees as they are", "left half only", "rate far too small")),
    (Sectors, ("two units drawn", "summed, hidden sign wrong", "without signs")),
    (Spirals, ("dead start", "few epochs")),
    (Prices, ("columns as they are", "cheap ones only", "bounded weights")),
    (Heaps, ("by heap", "as measured", "full batch")),
    (Bullseye, ("slope of the layer before", "nothing drawn")),
    (Bullseye, ("slope of the layer before",)),
    (Heaps, ("by heap",)),
    (Moons, ("slow",)),
    (Sine, ("slow",)),
    (Heaps, ("full batch",)),
    (Sectors, ("full batch",)),
    (Sigmoids, ()),
    (Sigmoids, ("slow",)),
    (Moons, ("few samples",)),
    (Bullseye, ("small inputs as they are",)),
    (Heaps, ("summed with decay",)),
    (Rings, ()),
    (Surface, ("noisy and small",)),
    (Heaps, ("no hidden layer",)),
    (Sine, ("no biases",)),
    (Heaps, ("rare class",)),
    (Spirals, ()),
    (Sine, ("decaying rate",)),
    (Digits, ()),
    (Bullseye, ("targets short of the ends",)),
    (Table, ()),
    (Corners, ()),
    (Prices, ()),
    (Sectors, ("clipped gradients",)),
)
CASES = tuple(Case(number, *one) for number, one in enumerate(SWITCHED, 1))
