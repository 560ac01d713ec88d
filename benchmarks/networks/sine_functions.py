"""A noisy sine, as a script cut into functions: tanh, a linear output, squared error, batches."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 120
BATCH = 10


def load():
    rng = np.random.RandomState(13)
    x = rng.uniform(-np.pi, np.pi, (600, 1))
    y = np.sin(x[:, 0]) + rng.normal(0, 0.05, 600)
    return x[:400], y[:400], x[400:], y[400:]


def to_unit(x):
    return x / np.pi * 1.7


def column(y):
    return y.reshape(-1, 1)


def init():
    w1 = np.random.randn(1, 16)
    b1 = np.random.randn(1, 16) * 0.5
    w2 = np.random.randn(16, 1) * np.sqrt(1 / 16)
    b2 = np.zeros((1, 1))
    return w1, b1, w2, b2


def forward(x, w1, b1, w2, b2):
    z1 = x @ w1 + b1
    a1 = np.tanh(z1)
    out = a1 @ w2 + b2
    return z1, a1, out


def backward(x, z1, a1, out, w2, y):
    d_out = (out - y) / len(x)
    d_z1 = d_out @ w2.T * (1 - np.tanh(z1) ** 2)
    d_w2 = a1.T @ d_out
    d_b2 = d_out.sum(axis=0, keepdims=True)
    d_w1 = x.T @ d_z1
    d_b1 = d_z1.sum(axis=0, keepdims=True)
    return d_w1, d_b1, d_w2, d_b2


def step(w1, b1, w2, b2, d_w1, d_b1, d_w2, d_b2, lr):
    return w1 - lr * d_w1, b1 - lr * d_b1, w2 - lr * d_w2, b2 - lr * d_b2


def lr_of(epoch):
    return 0.1


def shuffle(y, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(y))


def learn(seed, epochs=EPOCHS):
    x, y, _, _ = load()
    x, y = to_unit(x), column(y)
    np.random.seed(seed)
    params = init()
    for epoch in range(epochs):
        order = shuffle(y[:, 0], epoch, seed)
        for i in range(0, len(order), BATCH):
            b = order[i : i + BATCH]
            z1, a1, out = forward(x[b], *params)
            grads = backward(x[b], z1, a1, out, params[2], y[b])
            params = step(*params, *grads, lr_of(epoch))
    return params


def predict(params, x):
    x = to_unit(x)
    parts = [forward(x[i : i + BATCH], *params)[-1] for i in range(0, len(x), BATCH)]
    return np.concatenate(parts)


NETWORK = from_functions(
    parameters="w1 b1 w2 b2",
    init=init,
    forward=forward,
    trace="z1 a1 out",
    backward=backward,
    backward_takes="x z1 a1 out w2 targets",
    update=step,
    update_takes="w1 b1 w2 b2 dw1 db1 dw2 db2 rate",
    layers=("w1 b1 z1 a1 tanh", "w2 b2 out out linear"),
    layout="rows", loss="squared-error", classes=0, encode=column, prepare=to_unit, order=shuffle,
    learning_rate=lr_of, epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
