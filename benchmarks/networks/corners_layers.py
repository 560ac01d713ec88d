"""Four corners of a square, as layers that make their own steps: an own sigmoid for each class."""

import numpy as np

from diagnose.builders import from_layers

EPOCHS = 20
BATCH = 8


def load():
    rng = np.random.RandomState(7)
    points = rng.uniform(0, 10, (900, 2))
    corner = (points[:, 0] > 5) + 2 * (points[:, 1] > 5)
    return points[:600], corner[:600], points[600:], corner[600:]


def prepare(points):
    return (points - 5) / 5


class FullyConnected:
    def __init__(self, entering, leaving):
        bound = np.sqrt(6 / (entering + leaving))
        self.weights = np.random.uniform(-bound, bound, (entering, leaving))
        self.bias = np.zeros((1, leaving))

    def forward(self, inputs):
        self.inputs = inputs
        return np.matmul(inputs, self.weights) + self.bias

    def backward(self, error, learning_rate):
        below = np.matmul(error, self.weights.T)
        self.weights = self.weights - learning_rate * np.matmul(self.inputs.T, error)
        self.bias = self.bias - learning_rate * error.sum(axis=0, keepdims=True)
        return below


class Tanh:
    def forward(self, inputs):
        self.outputs = np.tanh(inputs)
        return self.outputs

    def backward(self, error, learning_rate):
        return error * (1 - self.outputs**2)


def build():
    return [FullyConnected(2, 12), Tanh(), FullyConnected(12, 4)]


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def error_of(outputs, targets):
    # Binary cross-entropy of each output, and the sigmoid.
    return (outputs - targets) / targets.shape[0]


def targets_of(corner):
    return (corner[:, None] == np.arange(4)).astype(float)


def rate(epoch):
    return 0.5


def visits(corner, epoch, seed):
    return np.random.RandomState(seed * 100 + epoch).permutation(len(corner))


def learn(seed, epochs=EPOCHS):
    points, corner, _, _ = load()
    inputs = prepare(points)
    np.random.seed(seed)
    layers = build()
    for epoch in range(epochs):
        sequence = visits(corner, epoch, seed)
        for first in range(0, len(sequence), BATCH):
            chosen = sequence[first : first + BATCH]
            now = inputs[chosen]
            for layer in layers:
                now = layer.forward(now)
            error = error_of(sigmoid(now), targets_of(corner[chosen]))
            for layer in reversed(layers):
                error = layer.backward(error, rate(epoch))
    return layers


def predict(layers, points):
    now = prepare(points)
    for layer in layers:
        now = layer.forward(now)
    return sigmoid(now)


NETWORK = from_layers(
    build,
    output=sigmoid,
    loss_gradient=error_of,
    activations="tanh sigmoid",
    weight="weights",
    bias="bias",
    steps_in_backward=True,
    layout="rows", classes=4, encode=targets_of, prepare=prepare, order=visits,
    learning_rate=rate, epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
