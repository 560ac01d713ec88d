"""Digits of half size, as a list of layer objects: ReLU and softmax, an image in each row."""

import numpy as np

from diagnose.builders import from_layers
from diagnose.data import carried

EPOCHS = 8
BATCH = 10


def load():
    d = carried()
    pick = np.random.RandomState(4).permutation(len(d.labels))[:2500]
    images, labels = d.images[pick, ::2, ::2], d.labels[pick]
    return images, labels, d.test_images[:600, ::2, ::2], d.test_labels[:600]


def to_rows(images):
    return images.reshape(-1, 196) / 255.0


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def step(self, lr):
        self.W = self.W - lr * self.dW
        self.b = self.b - lr * self.db


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * (self.x > 0)


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, grad):
        # The gradient of cross-entropy and softmax together comes in.
        return grad


def make():
    return [Linear(196, 24), ReLU(), Linear(24, 10), Softmax()]


def cross_entropy_gradient(probabilities, targets):
    return (probabilities - targets) / len(probabilities)


def one_hot(labels):
    return np.eye(10)[labels]


def accuracy(probabilities, labels):
    return float((probabilities.argmax(axis=1) == labels).mean())


def schedule(epoch):
    return 0.2 if epoch < 5 else 0.1


def shuffle(labels, epoch, seed):
    rng = np.random.default_rng(seed + 7919 * epoch)
    return rng.permutation(len(labels))


def learn(seed, epochs=EPOCHS):
    images, labels, _, _ = load()
    x = to_rows(images)
    np.random.seed(seed)
    layers = make()
    for epoch in range(epochs):
        index = shuffle(labels, epoch, seed)
        for at in range(0, len(index), BATCH):
            batch = index[at : at + BATCH]
            out = x[batch]
            for layer in layers:
                out = layer.forward(out)
            grad = cross_entropy_gradient(out, one_hot(labels[batch]))
            for layer in reversed(layers):
                grad = layer.backward(grad)
            for layer in layers:
                if isinstance(layer, Linear):
                    layer.step(schedule(epoch))
    return layers


def predict(layers, images):
    x, found = to_rows(images), []
    for at in range(0, len(x), BATCH):
        out = x[at : at + BATCH]
        for layer in layers:
            out = layer.forward(out)
        found.append(out)
    return np.concatenate(found)


NETWORK = from_layers(
    make,
    loss_gradient=cross_entropy_gradient,
    activations="relu softmax",
    step="step",
    layout="rows", encode=one_hot, prepare=to_rows, order=shuffle, learning_rate=schedule,
    epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
    accuracy=accuracy, accuracy_takes="outputs labels",
)  # fmt: skip
