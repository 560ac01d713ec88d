"""A sine that grows, as a class: ReLU, a linear output, squared error, one point in each column."""

import numpy as np

from diagnose.builders import from_object

EPOCHS = 100
BATCH = 8


def load():
    rng = np.random.RandomState(14)
    time = rng.uniform(0, 10, (600, 1))
    height = np.sin(time[:, 0]) * (0.3 + 0.07 * time[:, 0]) + rng.normal(0, 0.03, 600)
    return time[:400], height[:400], time[400:], height[400:]


def shrink(time):
    return (time - 5) / 3


def as_rows(height):
    return height[:, np.newaxis]


class Wave:
    def __init__(self, units=40):
        self.W = [
            np.random.randn(units, 1) * np.sqrt(2),
            np.random.randn(1, units) * np.sqrt(1 / units),
        ]
        self.b = [np.random.uniform(-1, 1, (units, 1)), np.zeros((1, 1))]

    def forward(self, X):
        self.X = X
        self.Z = self.W[0] @ X + self.b[0]
        self.A = np.maximum(self.Z, 0)
        self.Y = self.W[1] @ self.A + self.b[1]
        return self.Y

    def backward(self, T):
        n = T.shape[1]
        dY = (self.Y - T) / n
        dZ = (self.W[1].T @ dY) * (self.Z > 0)
        self.dW = [dZ @ self.X.T, dY @ self.A.T]
        self.db = [dZ.sum(axis=1, keepdims=True), dY.sum(axis=1, keepdims=True)]

    def step(self, rate):
        for k in range(2):
            self.W[k] = self.W[k] - rate * self.dW[k]
            self.b[k] = self.b[k] - rate * self.db[k]


def rate(epoch):
    return 0.1 if epoch < 70 else 0.02


def at_random(height, epoch, seed):
    return np.random.RandomState([seed, epoch]).permutation(len(height))


def learn(seed, epochs=EPOCHS):
    time, height, _, _ = load()
    X, T = shrink(time).T, as_rows(height).T
    np.random.seed(seed)
    wave = Wave()
    for epoch in range(epochs):
        order = at_random(height, epoch, seed)
        for start in range(0, len(order), BATCH):
            now = order[start : start + BATCH]
            wave.forward(X[:, now])
            wave.backward(T[:, now])
            wave.step(rate(epoch))
    return wave


def predict(wave, time):
    return wave.forward(shrink(time).T).T


NETWORK = from_object(
    Wave,
    parameters="W b",
    layers=("W[0] b[0] Z A relu", "W[1] b[1] Y Y linear"),
    backward_takes="targets",
    step="step",
    step_takes="rate",
    layout="columns", loss="squared-error", classes=0, encode=as_rows, prepare=shrink,
    order=at_random, learning_rate=rate, epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
