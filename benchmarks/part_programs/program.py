"""What the small programs have in common whose faults are known by the parts to blame."""

# Methods of the programs are called as people call them, and are as plain.

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
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
