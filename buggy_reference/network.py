"""The post's network, and its earlier revision, as values of the contract.

All arithmetic is done by the post's own functions. What the post has no function for, because it
is written out within ``learn``, is repeated here: the order, the learning rate, and that the bytes
are fed as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from buggy_reference.verbatim import EPOCHS, PARAMETERS, post, revised
from diagnose.builders import from_functions
from diagnose.network.arrays import Array


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


NETWORK = from_functions(
    name="buggy_reference",
    parameters=PARAMETERS,
    init=post.init_setup,
    forward=post.forward_propagation,
    trace="z1 A1 z2 A2 z3 prob",
    backward=post.back_propagation,
    # Its last argument is a learning rate, which it never uses.
    backward_takes="x z1 A1 z2 A2 z3 prob w1 w2 w3 targets rate",
    gradients="b1 w1 w2 b2 w3 b3",
    update=post.step,
    update_takes="rate w1 b1 w2 b2 w3 b3 dw1 db1 dw2 db2 dw3 db3",
    layers=("w1 b1 z1 A1 relu", "w2 b2 z2 A2 relu", "w3 b3 z3 prob softmax"),
    order="by class",
    learning_rate=learning_rate,
    epochs=EPOCHS,
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
    train=post.learn,
    code={
        "learning_rate": post.learn,
        "activation": post.activate,
        "activation_derivative": post.ReLU_deriv,
        "one_hot": post.one_hot,
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
