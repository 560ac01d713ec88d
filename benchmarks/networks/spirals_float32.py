"""Two spirals in float32, as a class with a dict of parameters: two hidden layers of tanh."""

import numpy as np

from diagnose.builders import from_object

EPOCHS = 120
BATCH = 32


def load():
    rng = np.random.RandomState(9)
    arm = np.arange(960) % 2
    t = rng.uniform(0.3, 1, 960)
    angle = 2.4 * np.pi * t + np.pi * arm
    xy = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) + rng.normal(0, 0.02, (960, 2))
    xy = xy.astype(np.float32)
    return xy[:640], arm[:640], xy[640:], arm[640:]


def scaled(xy):
    return 2 * xy


def hot(arm):
    return np.eye(2, dtype=np.float32)[arm]


class Spiral:
    def __init__(self, rng):
        self.params = {}
        sizes = [2, 20, 20, 2]
        for i in range(3):
            std = np.sqrt(2 / (sizes[i] + sizes[i + 1]))
            weight = rng.normal(0, std, (sizes[i], sizes[i + 1]))
            self.params[f"W{i + 1}"] = weight.astype(np.float32)
            self.params[f"b{i + 1}"] = np.zeros(sizes[i + 1], np.float32)

    def forward(self, X):
        p = self.params
        self.X = X
        self.Z1 = X @ p["W1"] + p["b1"]
        self.H1 = np.tanh(self.Z1)
        self.Z2 = self.H1 @ p["W2"] + p["b2"]
        self.H2 = np.tanh(self.Z2)
        self.Z3 = self.H2 @ p["W3"] + p["b3"]
        self.P = self.softmax(self.Z3)
        return self.P

    def softmax(self, Z):
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)

    def backward(self, Y):
        p = self.params
        Y = Y.astype(np.float32)
        g = {}
        d3 = (self.P - Y) / np.float32(len(Y))
        g["W3"] = self.H2.T @ d3
        g["b3"] = d3.sum(axis=0)
        d2 = d3 @ p["W3"].T * (1 - self.H2**2)
        g["W2"] = self.H1.T @ d2
        g["b2"] = d2.sum(axis=0)
        d1 = d2 @ p["W2"].T * (1 - self.H1**2)
        g["W1"] = self.X.T @ d1
        g["b1"] = d1.sum(axis=0)
        self.grads = g

    def step(self, lr):
        for name in self.params:
            self.params[name] -= np.float32(lr) * self.grads[name]


def rate(epoch):
    return 0.2


def indices(arm, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(arm))


def learn(seed, epochs=EPOCHS):
    xy, arm, _, _ = load()
    X = scaled(xy)
    net = Spiral(np.random.default_rng(seed))
    for epoch in range(epochs):
        shuffled = indices(arm, epoch, seed)
        for at in range(0, len(shuffled), BATCH):
            batch = shuffled[at : at + BATCH]
            net.forward(X[batch])
            net.backward(hot(arm[batch]))
            net.step(rate(epoch))
    return net


def predict(net, xy):
    return net.forward(scaled(xy))


NETWORK = from_object(
    Spiral,
    parameters="params",
    layers=("W1 b1 Z1 H1 tanh", "W2 b2 Z2 H2 tanh", "W3 b3 Z3 P softmax"),
    backward_takes="targets",
    gradients="grads",
    step="step",
    step_takes="rate",
    layout="rows", classes=2, encode=hot, prepare=scaled, order=indices, learning_rate=rate,
    epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
