"""Two moons, as a class with its arrays in attributes: tanh throughout, targets -1 and 1."""

import numpy as np

from diagnose.builders import from_object

EPOCHS = 40
BATCH = 8
THRESHOLD = 0.0


def load():
    rng = np.random.RandomState(2)
    angle = np.pi * rng.rand(600)
    upper = np.arange(600) % 2
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x[upper == 0] = np.array([1, 0.5]) - x[upper == 0]
    x += rng.normal(0, 0.1, x.shape)
    return x[:400], upper[:400], x[400:], upper[400:]


MEAN, STD = load()[0].mean(axis=0), load()[0].std(axis=0)


def standardize(x):
    return (x - MEAN) / STD


def signs(labels):
    return np.where(labels == 1, 1.0, -1.0)[:, None]


class MoonNet:
    def __init__(self, inputs=2, hidden=10):
        limit1, limit2 = np.sqrt(6 / (inputs + hidden)), np.sqrt(6 / (hidden + 1))
        self.W1 = np.random.uniform(-limit1, limit1, (inputs, hidden))
        self.b1 = np.zeros(hidden)
        self.W2 = np.random.uniform(-limit2, limit2, (hidden, 1))
        self.b2 = np.zeros(1)

    def forward(self, x):
        self.x = x
        self.z1 = self.x @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.out = np.tanh(self.z2)
        return self.out

    def backward(self, targets):
        n = len(targets)
        delta2 = (self.out - targets) * (1 - self.out**2)
        delta1 = (delta2 @ self.W2.T) * (1 - self.a1**2)
        self.dW2 = self.a1.T @ delta2 / n
        self.db2 = delta2.sum(axis=0) / n
        self.dW1 = self.x.T @ delta1 / n
        self.db1 = delta1.sum(axis=0) / n

    def update(self, lr):
        self.W1 -= lr * self.dW1
        self.b1 -= lr * self.db1
        self.W2 -= lr * self.dW2
        self.b2 -= lr * self.db2


def learning_rate(epoch):
    return 0.3


def epoch_order(labels, epoch, seed):
    rng = np.random.RandomState(1000 * seed + epoch)
    return rng.permutation(len(labels))


def accuracy(out, labels):
    return np.mean((out[:, 0] > 0) == (labels == 1))


def learn(seed, epochs=EPOCHS):
    x, labels, _, _ = load()
    x = standardize(x)
    np.random.seed(seed)
    net = MoonNet()
    for epoch in range(epochs):
        indices = epoch_order(labels, epoch, seed)
        for start in range(0, len(indices), BATCH):
            batch = indices[start : start + BATCH]
            net.forward(x[batch])
            net.backward(signs(labels[batch]))
            net.update(learning_rate(epoch))
    return net


def predict(net, x):
    return net.forward(standardize(x))


NETWORK = from_object(
    MoonNet,
    parameters="W1 b1 W2 b2",
    layers=("W1 b1 z1 a1 tanh", "W2 b2 z2 out tanh"),
    step="update",
    layout="rows", loss="squared-error", classes=2, encode=signs, prepare=standardize,
    order=epoch_order, learning_rate=learning_rate, epochs=EPOCHS, batch_size=BATCH, data=load,
    train=learn, accuracy=accuracy, accuracy_takes="outputs labels",
)  # fmt: skip
