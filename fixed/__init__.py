"""The corrected twin of the post's network, as a network under test."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.network import Array, Arrays, Layer, Network
from diagnose.seeding import seeded
from fixed import network as twin

__all__ = ["NETWORK"]

PARAMETERS = ("w1", "b1", "w2", "b2", "w3", "b3")


def init(seed: int) -> Arrays:
    """Draw the parameters as the twin does, from NumPy's global stream under that seed."""
    with seeded(seed):
        return dict(zip(PARAMETERS, twin.init_setup(), strict=True))


def prepare(images: Array) -> Array:
    """Flatten ``(n, 28, 28)`` bytes to ``(n, 784)`` numbers from 0 to 1."""
    return images.reshape(len(images), -1) / 255


def order(labels: Array, epoch: int, seed: int) -> Array:
    """Give the permutation that ``learn`` draws for that epoch when seeded: a new one each time."""
    with seeded(seed):
        twin.init_setup()
        for _ in range(epoch):
            np.random.permutation(len(labels))
        return np.random.permutation(len(labels))


def learning_rate(epoch: int) -> float:
    """0.01, divided by ten after the third, the sixth and the ninth epoch, as ``learn`` does."""
    lr = 0.01
    for e in range(epoch + 1):
        if e > 0 and e % 3 == 0:
            lr = lr / 10
    return lr


def forward(parameters: Arrays, x: Array) -> Arrays:
    """Compute ``(784, B)`` columns through."""
    found = twin.forward_propagation(x, *(parameters[name] for name in PARAMETERS))
    return dict(zip(("z1", "A1", "z2", "A2", "z3", "prob"), found, strict=True))


def backward(parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
    """Compute the gradients of the cross-entropy of one sample, named as the parameters."""
    Y = np.hstack([twin.one_hot(label) for label in labels])
    arguments: list[Any] = [
        x,
        *(trace[name] for name in ("z1", "A1", "z2", "A2", "z3", "prob")),
        *(parameters[name] for name in ("w1", "w2", "w3")),
        Y,
        0.0,  # the learning rate: taken by the function, as in the post, and never used
    ]
    found = twin.back_propagation(*arguments)
    gradients = dict(zip(("b1", "w1", "w2", "b2", "w3", "b3"), found, strict=True))
    return {name: gradients[name] for name in PARAMETERS}


def update(parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
    """Step down the gradients; ``step`` returns new arrays."""
    found = twin.step(
        rate,
        *(parameters[name] for name in PARAMETERS),
        *(gradients[name] for name in PARAMETERS),
    )
    return dict(zip(PARAMETERS, found, strict=True))


NETWORK = Network(
    name="fixed",
    init=init,
    prepare=prepare,
    order=order,
    learning_rate=learning_rate,
    forward=forward,
    backward=backward,
    update=update,
    layers=(
        Layer(weight="w1", bias="b1", pre="z1", out="A1", activation="relu"),
        Layer(weight="w2", bias="b2", pre="z2", out="A2", activation="relu"),
        Layer(weight="w3", bias="b3", pre="z3", out="prob", activation="softmax"),
    ),
    epochs=10,
    batch_size=1,
    layout="columns",
    initial_learning_rate=0.01,
    code={
        "init": twin.init_setup,
        "prepare": twin.learn,
        "order": twin.learn,
        "learning_rate": twin.learn,
        "forward": twin.forward_propagation,
        "backward": twin.back_propagation,
        "update": twin.step,
        "softmax": twin.softmax,
        "activation": twin.activate,
        "activation_derivative": twin.ReLU_deriv,
        "one_hot": twin.one_hot,
        "train": twin.learn,
    },
)
