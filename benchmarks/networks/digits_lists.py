"""Digits of half size, as a class with lists of weights and biases: sigmoids, squared error."""

import numpy as np

from diagnose.builders import from_object
from diagnose.data import carried

EPOCHS = 8
MINI_BATCH = 10
ETA = 2.5


def load():
    d = carried()
    pick = np.random.RandomState(5).permutation(len(d.labels))[:2500]
    images, labels = d.images[pick, 1::2, 1::2], d.labels[pick]
    return images, labels, d.test_images[:600, 1::2, 1::2], d.test_labels[:600]


def pixels(images):
    return images.reshape(len(images), 14 * 14).astype(float) / 256


def vectorized(labels):
    e = np.zeros((len(labels), 10))
    for row, label in zip(e, labels, strict=True):
        row[label] = 1.0
    return e


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Network:
    def __init__(self, sizes=(196, 30, 10)):
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) * 0.1 for y in sizes[1:]]
        self.weights = [
            np.random.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:], strict=True)
        ]

    def feedforward(self, a):
        self.activations = [a]
        self.zs = []
        for b, w in zip(self.biases, self.weights, strict=True):
            z = np.dot(w, a) + b
            a = sigmoid(z)
            self.zs.append(z)
            self.activations.append(a)
        return a

    def backprop(self, y):
        m = y.shape[1]
        delta = (self.activations[-1] - y) * sigmoid_prime(self.zs[-1])
        self.nabla_b = [None, delta.sum(axis=1, keepdims=True) / m]
        self.nabla_w = [None, np.dot(delta, self.activations[-2].T) / m]
        delta = np.dot(self.weights[-1].T, delta) * sigmoid_prime(self.zs[-2])
        self.nabla_b[0] = delta.sum(axis=1, keepdims=True) / m
        self.nabla_w[0] = np.dot(delta, self.activations[-3].T) / m

    def update_mini_batch(self, eta):
        self.weights = [w - eta * nw for w, nw in zip(self.weights, self.nabla_w, strict=True)]
        self.biases = [b - eta * nb for b, nb in zip(self.biases, self.nabla_b, strict=True)]


def eta_of(epoch):
    return ETA


def shuffled(labels, epoch, seed):
    indices = np.arange(len(labels))
    np.random.default_rng([epoch, seed]).shuffle(indices)
    return indices


def learn(seed, epochs=EPOCHS):
    images, labels, _, _ = load()
    x = pixels(images)
    np.random.seed(seed)
    net = Network()
    for epoch in range(epochs):
        indices = shuffled(labels, epoch, seed)
        for k in range(0, len(indices), MINI_BATCH):
            mini_batch = indices[k : k + MINI_BATCH]
            net.feedforward(x[mini_batch].T)
            net.backprop(vectorized(labels[mini_batch]).T)
            net.update_mini_batch(eta_of(epoch))
    return net


def predict(net, images):
    return net.feedforward(pixels(images).T).T


NETWORK = from_object(
    Network,
    parameters="weights biases",
    layers=(
        "weights[0] biases[0] zs[0] activations[1] sigmoid",
        "weights[1] biases[1] zs[1] activations[2] sigmoid",
    ),
    forward="feedforward", backward="backprop", backward_takes="targets",
    step="update_mini_batch", step_takes="rate", gradients="nabla_w nabla_b",
    layout="columns", loss="squared-error", encode=vectorized, prepare=pixels, order=shuffled,
    learning_rate=eta_of, epochs=EPOCHS, batch_size=MINI_BATCH, data=load, train=learn,
)  # fmt: skip
