"""Small correct networks in the usual styles, and a bench to probe them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from diagnose.instruments.bench import Bench
from diagnose.network.record import Layer, Network
from diagnose.network.samples import Data
from diagnose.training.trainer import Trainer

CLASSES = 4
SIDE = 6
SLOPE = 0.1


def some(values: Sequence[Any], count: int = 4) -> list[Any]:
    """Values for a test: the first few always, the others when pytest -m slow asks for them."""
    slow = [pytest.param(one, marks=pytest.mark.slow) for one in values[count:]]
    return [*values[:count], *slow]


@dataclass(frozen=True)
class Dense:
    """A correct dense network written out by hand, in one layout, for any batch size."""

    sizes: tuple[int, ...]
    layout: str = "columns"
    activation: str = "relu"
    dtype: str = "float64"
    bias: str = "column"  # column (units, 1), row (1, units), flat (units,) or none
    spread: str = "he"
    uniform: bool = False
    rate: float = 0.05

    def init(self, seed: int) -> dict[str, np.ndarray]:
        random = np.random.default_rng(seed)
        parameters = {}
        for k, (entering, units) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            variance = {
                "he": 2 / entering,
                "glorot": 2 / (entering + units),
                "lecun": 1 / entering,
            }[self.spread]
            shape = (units, entering) if self.layout == "columns" else (entering, units)
            if self.uniform:
                edge = np.sqrt(3 * variance)
                weight = random.uniform(-edge, edge, shape)
            else:
                weight = random.normal(0, np.sqrt(variance), shape)
            parameters[f"W{k}"] = weight.astype(self.dtype)
            if self.bias != "none":
                shape = {"column": (units, 1), "row": (1, units), "flat": (units,)}[self.bias]
                parameters[f"b{k}"] = np.zeros(shape, self.dtype)
        return parameters

    def prepare(self, images: np.ndarray) -> np.ndarray:
        flat = images.reshape(len(images), -1) / 255
        return ((flat - flat.mean()) / flat.std()).astype(self.dtype)

    def order(self, labels: np.ndarray, epoch: int, seed: int) -> np.ndarray:
        return np.random.default_rng([seed, epoch]).permutation(len(labels))

    def learning_rate(self, epoch: int) -> float:
        return self.rate

    def act(self, z: np.ndarray) -> np.ndarray:
        return {
            "relu": lambda: np.maximum(z, 0),
            "leaky-relu": lambda: np.where(z > 0, z, SLOPE * z).astype(z.dtype),
            "sigmoid": lambda: 1 / (1 + np.exp(-z)),
            "tanh": lambda: np.tanh(z),
            "elu": lambda: np.where(z > 0, z, SLOPE * (np.exp(z) - 1)),
            "softplus": lambda: np.log(1 + np.exp(z)),
            "swish": lambda: z / (1 + np.exp(-z)),
            "sigmoid(-z)": lambda: 1 / (1 + np.exp(z)),
            "tanh(0.5*z)": lambda: np.tanh(z / 2),
        }[self.activation]()

    def act_prime(self, z: np.ndarray) -> np.ndarray:
        return {
            "relu": lambda: (z > 0).astype(z.dtype),
            "leaky-relu": lambda: np.where(z > 0, 1.0, SLOPE).astype(z.dtype),
            "sigmoid": lambda: self.act(z) * (1 - self.act(z)),
            "tanh": lambda: 1 - np.tanh(z) ** 2,
            "elu": lambda: np.where(z > 0, 1.0, SLOPE * np.exp(z)),
            "softplus": lambda: 1 / (1 + np.exp(-z)),
            "swish": lambda: self.act(z) + (1 - self.act(z)) / (1 + np.exp(-z)),
            "sigmoid(-z)": lambda: -self.act(z) * (1 - self.act(z)),
            "tanh(0.5*z)": lambda: (1 - self.act(z) ** 2) / 2,
        }[self.activation]()

    def forward(self, p: dict[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
        trace = {}
        a = x
        depth = len(self.sizes) - 1
        for k in range(1, depth + 1):
            z = p[f"W{k}"] @ a if self.layout == "columns" else a @ p[f"W{k}"]
            if self.bias != "none":
                z = z + p[f"b{k}"]
            if k < depth:
                a = self.act(z)
            else:
                axis = 0 if self.layout == "columns" else 1
                powers = np.exp(z - z.max(axis=axis, keepdims=True))
                a = powers / powers.sum(axis=axis, keepdims=True)
            trace[f"Z{k}"], trace[f"A{k}"] = z, a
        return trace

    def backward(
        self,
        p: dict[str, np.ndarray],
        trace: dict[str, np.ndarray],
        x: np.ndarray,
        labels: np.ndarray,
    ) -> dict[str, np.ndarray]:
        depth = len(self.sizes) - 1
        batch = len(labels)
        one_hot = np.eye(self.sizes[-1], dtype=self.dtype)[labels]
        columns = self.layout == "columns"
        d = trace[f"A{depth}"] - (one_hot.T if columns else one_hot)
        gradients = {}
        for k in range(depth, 0, -1):
            a = trace[f"A{k - 1}"] if k > 1 else x
            gradients[f"W{k}"] = (d @ a.T if columns else a.T @ d) / batch
            if self.bias != "none":
                summed = d.sum(axis=1 if columns else 0) / batch
                gradients[f"b{k}"] = summed.reshape(p[f"b{k}"].shape)
            if k > 1:
                back = p[f"W{k}"].T @ d if columns else d @ p[f"W{k}"].T
                d = back * self.act_prime(trace[f"Z{k - 1}"])
        return gradients

    def update(self, p: Any, gradients: Any, rate: float) -> dict[str, np.ndarray]:
        return {name: (one - rate * gradients[name]).astype(self.dtype) for name, one in p.items()}


def dense(
    *,
    hidden: tuple[int, ...] = (7, 5),
    activation: str = "relu",
    layout: str = "columns",
    batch_size: int = 1,
    features: int = SIDE * SIDE,
    classes: int = CLASSES,
    epochs: int = 2,
    bias: str | None = None,
    **style: Any,
) -> Network:
    """A correct network; ``style``: dtype, spread (he, glorot, lecun), uniform and rate."""
    sizes = (features, *hidden, classes)
    made = Dense(
        sizes=sizes,
        layout=layout,
        activation=activation,
        bias=bias or ("column" if layout == "columns" else "row"),
        **style,
    )
    depth = len(sizes) - 1
    layers = tuple(
        Layer(
            weight=f"W{k}",
            bias=None if made.bias == "none" else f"b{k}",
            pre=f"Z{k}",
            out=f"A{k}",
            activation="softmax" if k == depth else activation,
            slope=SLOPE,
        )
        for k in range(1, depth + 1)
    )
    return Network(
        name=f"{activation} {layout} {batch_size} {made.dtype} {made.bias}",
        init=made.init,
        prepare=made.prepare,
        order=made.order,
        learning_rate=made.learning_rate,
        forward=made.forward,
        backward=made.backward,
        update=made.update,
        layers=layers,
        epochs=epochs,
        classes=classes,
        batch_size=batch_size,
        layout=layout,  # type: ignore[arg-type]
        initial_learning_rate=made.rate,
        code={"forward": Dense.forward, "backward": Dense.backward, "init": Dense.init},
    )


def correct_networks() -> list[Network]:
    """Correct networks that differ in layout, activation, batch, number type, bias and draw."""
    return [
        dense(),
        dense(batch_size=8),
        dense(layout="rows"),
        dense(layout="rows", batch_size=8, bias="flat", rate=0.15),
        dense(activation="leaky-relu", batch_size=4),
        dense(activation="tanh", spread="glorot", layout="rows", uniform=True),
        dense(activation="sigmoid", spread="lecun", batch_size=16, rate=5.0),
        dense(dtype="float32"),
        dense(dtype="float32", layout="rows", batch_size=32, activation="tanh", rate=0.5),
        dense(bias="none", layout="rows", batch_size=2),
        dense(hidden=(5, 5), batch_size=3, activation="leaky-relu"),
        dense(hidden=()),
    ]


@cache
def images(seed: int = 0, *, count: int = 240, classes: int = CLASSES) -> Data:
    """Noisy images of a bright patch whose place is the class; easy to learn, not trivial."""
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=count + 80)
    pictures = random.integers(0, 90, (len(labels), SIDE, SIDE))
    for picture, label in zip(pictures, labels, strict=True):
        row, column = divmod(int(label), 3)
        picture[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] += 120
    pixels = pictures.astype(np.uint8)
    return Data(
        name="patches",
        images=pixels[:count],
        labels=labels[:count],
        test_images=pixels[count:],
        test_labels=labels[count:],
        numbers=np.arange(count),
    )


def bench(
    network: Network,
    sane: Network | None = None,
    *,
    seed: int = 0,
    data: Data | None = None,
    compiled_path: bool = False,
) -> Bench:
    """A bench on small images; ``sane`` is the network itself if not given.

    Trains with the network's own functions unless told otherwise: that needs no compiling.
    """
    trainer = Trainer(data=data or images(seed), epochs=network.epochs, compiled_path=compiled_path)
    seeds = (seed, seed + 1, seed + 2)
    return Bench(network=network, sane=sane or network, trainer=trainer, seeds=seeds)


def spoil(network: Network, **change: Any) -> Network:
    """The network with gradients changed: ``name=function of the right gradient``."""

    def backward(parameters: Any, trace: Any, x: Any, labels: Any) -> dict[str, np.ndarray]:
        gradients = dict(network.backward(parameters, trace, x, labels))
        for name, function in change.items():
            gradients[name] = function(gradients[name])
        return gradients

    return replace(network, backward=backward)


def data_of(x, labels):
    """Samples on which a network is tested too."""
    return Data(
        name="few",
        images=x,
        labels=labels,
        test_images=x,
        test_labels=labels,
        numbers=np.arange(len(labels)),
    )
