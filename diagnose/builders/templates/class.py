"""A network as a class, and how it is handed to `diagnose`.

    diagnose report FILE

says whether it is right; it is, as it stands. Put your own class in the place of this one, and
change the names at the end so that they are those of your attributes and methods.
"""

import numpy as np

from diagnose.builders import from_object


class Net:
    """Two layers, 784-16-10; one image in each row."""

    def __init__(self):
        # Drawn from np.random: it is seeded for you.
        self.W1 = np.random.randn(784, 16) * np.sqrt(2 / 784)
        self.b1 = np.zeros(16)
        self.W2 = np.random.randn(16, 10) * np.sqrt(2 / 16)
        self.b2 = np.zeros(10)

    def forward(self, X):
        """Every array that is kept in self can be seen by diagnose."""
        self.X = X
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.maximum(self.Z1, 0)
        self.Z2 = self.A1 @ self.W2 + self.b2
        E = np.exp(self.Z2 - self.Z2.max(axis=1, keepdims=True))
        self.P = E / E.sum(axis=1, keepdims=True)
        return self.P

    def backward(self, targets):
        """The gradients of the mean cross-entropy; targets are one-hot: (images, 10)."""
        dZ2 = (self.P - targets) / len(targets)
        self.dW2 = self.A1.T @ dZ2
        self.db2 = dZ2.sum(axis=0)
        dZ1 = dZ2 @ self.W2.T * (self.Z1 > 0)
        self.dW1 = self.X.T @ dZ1
        self.db1 = dZ1.sum(axis=0)

    def step(self, rate):
        """One step down the gradients."""
        self.W1 -= rate * self.dW1
        self.b1 -= rate * self.db1
        self.W2 -= rate * self.dW2
        self.b2 -= rate * self.db2


def prepare(images):
    """From the images as they are read, (n, 28, 28) with 0 to 255, to one row for each."""
    return images.reshape(len(images), 784) / 255


NETWORK = from_object(
    Net,
    parameters="W1 b1 W2 b2",  # attributes; "weights biases" if they are lists
    # For each layer: weight, bias, before and after the activation, and which one that is.
    layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"),
    forward="forward",  # the methods' names
    backward="backward",
    step="step",
    gradients="dW1 db1 dW2 db2",  # attributes, in the order of the parameters
    prepare=prepare,
    order="shuffled",  # or "by class", "as given", or a function of labels, epoch and seed
    learning_rate=0.1,  # or a function of the epoch
    epochs=5,
    batch_size=10,
    layout="rows",  # "columns" if your X is (784, images)
    # Without data=(X, labels) the network is tried on the digits that diagnose carries.
)
