"""The post's network, and its earlier revision, as values of the contract.

All arithmetic is done by the post's own functions. What the post has no function for, because it
is written out within ``learn``, is repeated here: the order, the learning rate, the input.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from buggy_reference.verbatim import EPOCHS, PARAMETERS, post, revised
from diagnose.network import Array, Arrays, Layer, Network
from diagnose.seeding import seeded


def init(seed: int) -> Arrays:
    """Draw the parameters as the post does, from NumPy's global stream under that seed."""
    with seeded(seed):
        return dict(zip(PARAMETERS, post.init_setup(), strict=True))


def prepare(images: Array) -> Array:
    """Flatten ``(n, 28, 28)`` to ``(n, 784)``: the post feeds the bytes as they are."""
    return images.reshape(len(images), -1)


def order(labels: Array, epoch: int, seed: int) -> Array:
    """Class by class, each in the data's order, the same in every epoch."""
    return np.argsort(labels, kind="stable")


def order_of_revision(labels: Array, epoch: int, seed: int) -> Array:
    """Class 0, then class 1, and no other."""
    return np.concatenate([np.flatnonzero(labels == label) for label in range(2)])


def learning_rate(epoch: int) -> float:
    """Divide as often as the post has by then, so that every bit is the same."""
    lr = 0.5
    for e in range(epoch + 1):
        if e % 3 == 0:
            lr = lr / 10
    return lr


def forward(parameters: Arrays, x: Array) -> Arrays:
    """Compute ``(784, B)`` columns through; the post's softmax is right for B = 1 only."""
    found = post.forward_propagation(x, *(parameters[name] for name in PARAMETERS))
    return dict(zip(("z1", "A1", "z2", "A2", "z3", "prob"), found, strict=True))


def backward(parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
    """Hand the trace's own arrays over, so that what the post writes into them is seen there."""
    Y = np.hstack([post.one_hot(label) for label in labels])
    found = post.back_propagation(
        x,
        *(trace[name] for name in ("z1", "A1", "z2", "A2", "z3", "prob")),
        *(parameters[name] for name in ("w1", "w2", "w3")),
        Y,
        lr=0.0,  # taken by the post's function and never used
    )
    gradients = dict(zip(("b1", "w1", "w2", "b2", "w3", "b3"), found, strict=True))
    return {name: gradients[name] for name in PARAMETERS}


def update(parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
    """Step down the gradients; the post's ``step`` returns new arrays."""
    found = post.step(
        rate,
        *(parameters[name] for name in PARAMETERS),
        *(gradients[name] for name in PARAMETERS),
    )
    return dict(zip(PARAMETERS, found, strict=True))


NETWORK = Network(
    name="buggy_reference",
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
    epochs=EPOCHS,
    batch_size=1,
    layout="columns",
    initial_learning_rate=0.5,
    posted=(
        0.040939,
        0.048695,
        0.048555,
        0.054962,
        0.060614,
        0.066957,
        0.086470,
        0.117370,
        0.163163,
        0.312274,
    ),
    remarks=(
        "It is tried on 2\\5.jpg, an image of its training folder: even a right answer would not "
        "show that it can read digits that it has not seen.",
        "It never prints its loss or accuracy while it trains (the line for the loss is commented "
        "out), so nothing shows in the first epoch that it does not learn.",
        "b1 is drawn by rand (uniform, 0 to 1) where every other array is drawn by randn (normal).",
        "ReLU_deriv(z2)*w3.T@dz3 means (ReLU_deriv(z2)*w3.T)@dz3, because * and @ bind equally "
        "and from the left: right for one column, not for a batch.",
    ),
    code={
        "init": post.init_setup,
        "prepare": post.learn,
        "order": post.learn,
        "learning_rate": post.learn,
        "forward": post.forward_propagation,
        "backward": post.back_propagation,
        "update": post.step,
        "softmax": post.softmax,
        "activation": post.activate,
        "activation_derivative": post.ReLU_deriv,
        "one_hot": post.one_hot,
        "train": post.learn,
    },
)

REVISION = replace(
    NETWORK,
    name="buggy_reference.revision",
    order=order_of_revision,
    posted=None,
    code={
        **NETWORK.code,
        **dict.fromkeys(("prepare", "order", "learning_rate", "train"), revised.learn),
    },
)
