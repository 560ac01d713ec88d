"""A network as a list of layer objects, and how it is handed to `diagnose`.

    diagnose report FILE

says whether it is right; it is, as it stands. Put your own layers in the place of these, and
change the names at the end so that they are those of your attributes and methods.
"""

import numpy as np

from diagnose.builders import from_layers


class Dense:
    """A layer of units; one image in each row."""

    def __init__(self, inputs, units):
        # Drawn from np.random: it is seeded for you.
        self.W = np.random.randn(inputs, units) * np.sqrt(2 / inputs)
        self.b = np.zeros(units)

    def forward(self, X):
        """From (images, inputs) to (images, units)."""
        self.X = X
        return X @ self.W + self.b

    def backward(self, d):
        """From the derivative of the loss by what forward returned to that by what it took."""
        self.dW = self.X.T @ d
        self.db = d.sum(axis=0)
        return d @ self.W.T


class ReLU:
    """An activation; it has no parameters."""

    def forward(self, Z):
        """Cut off what is below zero."""
        self.Z = Z
        return np.maximum(Z, 0)

    def backward(self, d):
        """Let through what was above zero."""
        return d * (self.Z > 0)


def softmax(Z):
    """From logits to probabilities, in each row."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def make():
    """Build the network: dense layers, and activations between them."""
    return [Dense(784, 16), ReLU(), Dense(16, 10)]


def loss_gradient(P, targets):
    """The derivative of the mean cross-entropy by the logits; targets are one-hot."""
    return (P - targets) / len(targets)


def prepare(images):
    """From the images as they are read, (n, 28, 28) with 0 to 255, to one row for each."""
    return images.reshape(len(images), 784) / 255


NETWORK = from_layers(
    make,
    output=softmax,  # leave it out if the last object of the list is the softmax
    loss_gradient=loss_gradient,  # what the last object's backward is handed
    activations="relu softmax",  # of each dense layer, in their order
    weight="W",  # the attributes' names
    bias="b",
    gradients="dW db",
    # If each layer makes its own step: step="its method", or steps_in_backward=True where its
    # backward(d, rate) does. Without them the step is plain gradient descent.
    prepare=prepare,
    order="shuffled",  # or "by class", "as given", or a function of labels, epoch and seed
    learning_rate=0.1,  # or a function of the epoch
    epochs=5,
    batch_size=10,
    layout="rows",  # "columns" if your X is (784, images)
    # Without data=(X, labels) the network is tried on the digits that diagnose carries.
)
