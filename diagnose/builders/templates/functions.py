"""A network as plain functions, and how it is handed to `diagnose`.

    diagnose report FILE

says whether it is right; it is, as it stands. Put your own functions in the place of these, and
change the names at the end so that they say what yours take and return.
"""

import numpy as np

from diagnose.builders import from_functions


def init():
    """Draw the parameters. Drawn from np.random: it is seeded for you."""
    W1 = np.random.randn(784, 16) * np.sqrt(2 / 784)
    b1 = np.zeros(16)
    W2 = np.random.randn(16, 10) * np.sqrt(2 / 16)
    b2 = np.zeros(10)
    return W1, b1, W2, b2


def forward(X, W1, b1, W2, b2):
    """X holds one image in each row: (images, 784)."""
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return Z1, A1, Z2, P


def backward(X, Z1, A1, P, W2, targets):
    """The gradients of the mean cross-entropy; targets are one-hot: (images, 10)."""
    dZ2 = (P - targets) / len(X)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0)
    dZ1 = dZ2 @ W2.T * (Z1 > 0)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    return dW1, db1, dW2, db2


def prepare(images):
    """From the images as they are read, (n, 28, 28) with 0 to 255, to one row for each."""
    return images.reshape(len(images), 784) / 255


NETWORK = from_functions(
    parameters="W1 b1 W2 b2",  # what init returns, and what forward takes after X
    init=init,
    forward=forward,
    trace="Z1 A1 Z2 P",  # what forward returns
    backward=backward,
    backward_takes="x Z1 A1 P W2 targets",  # x is the input; there are labels and rate, too
    gradients="W1 b1 W2 b2",  # whose gradients backward returns, in its order
    # For each layer: weight, bias, before and after the activation, and which one that is.
    layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"),
    prepare=prepare,
    order="shuffled",  # or "by class", "as given", or a function of labels, epoch and seed
    learning_rate=0.1,  # or a function of the epoch
    epochs=5,
    batch_size=10,
    layout="rows",  # "columns" if your X is (784, images)
    # Without update=... the step is plain gradient descent. Without data=(X, labels) the network
    # is tried on the digits that diagnose carries.
)
