"""The corrected twin of the post's network, as a network under test."""

from __future__ import annotations

import numpy as np

from diagnose.builders import from_functions
from diagnose.builders.seeding import seeded
from diagnose.network.arrays import Array
from fixed import network as twin

__all__ = ["NETWORK"]


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


NETWORK = from_functions(
    name="fixed",
    parameters="w1 b1 w2 b2 w3 b3",
    init=twin.init_setup,
    forward=twin.forward_propagation,
    trace="z1 A1 z2 A2 z3 prob",
    backward=twin.back_propagation,
    # Its last argument is a learning rate, which it never uses, as in the post.
    backward_takes="x z1 A1 z2 A2 z3 prob w1 w2 w3 targets rate",
    gradients="b1 w1 w2 b2 w3 b3",
    update=twin.step,
    update_takes="rate w1 b1 w2 b2 w3 b3 dw1 db1 dw2 db2 dw3 db3",
    layers=("w1 b1 z1 A1 relu", "w2 b2 z2 A2 relu", "w3 b3 z3 prob softmax"),
    prepare=prepare,
    order=order,
    learning_rate=learning_rate,
    epochs=10,
    initial_learning_rate=0.01,
    train=twin.learn,
    code={
        **dict.fromkeys(("prepare", "order", "learning_rate"), twin.learn),
        "activation": twin.activate,
        "activation_derivative": twin.ReLU_deriv,
        "one_hot": twin.one_hot,
    },
)
