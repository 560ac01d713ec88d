"""Functional style: a network is just a list of (w, b, name) tuples and
everything else is functions. Try on the checkerboard."""
import numpy as np
from functools import reduce

np.random.seed(12)

ACT = {
    "tanh": (lambda z: np.tanh(z), lambda a: 1 - np.tanh(a) ** 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "relu": (lambda z: z * (z > 0), lambda a: 1.0 * (a > 0)),
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
}


def checkerboard(n):
    xy = np.random.rand(n, 2) * 2
    label = (np.floor(xy[:, 0]) + np.floor(xy[:, 1])) % 2
    return xy - 1, label[:, None]


def layer(n_in, n_out, name):
    return (np.random.randn(n_in, n_out) / np.sqrt(n_in), np.zeros((1, n_out)), name)


def apply_layer(acts, lay):
    w, b, name = lay
    return acts + [ACT[name][0](acts[-1] @ w + b)]


def forward(net, x):
    return reduce(apply_layer, net, [x])


def backward(net, acts, y):
    """returns list of (dw, db), in the order of the layers"""
    grads = []
    delta = np.abs(acts[-1] - y) / len(y)
    for i in range(len(net) - 1, -1, -1):
        w, b, name = net[i]
        delta = delta * ACT[name][1](acts[i + 1])
        grads.insert(0, (acts[i].T @ delta, delta.sum(0, keepdims=True)))
        delta = delta @ w.T
    return grads


def make_step(lr):
    def step(net, grads):
        return [(w - lr * dw, b - lr * db, name) for (w, b, name), (dw, db) in zip(net, grads)]
    return step


def fit(net, x, y, step, epochs, batch=20, report=print):
    for e in range(epochs):
        idx = np.random.permutation(len(x))
        for s in range(0, len(x), batch):
            k = idx[s:s + batch]
            net = step(net, backward(net, forward(net, x[k]), y[k]))
        if e % 50 == 0:
            p = forward(net, x)[-1]
            report("epoch", e, "mse", float(np.mean((p - y) ** 2)))
    return net


accuracy = lambda net, x, y: np.mean((forward(net, x)[-1] > 0.5) == (y > 0.5))

x, y = checkerboard(400)
xt, yt = checkerboard(300)

net = [layer(2, 12, "tanh"), layer(12, 1, "sigmoid")]
net = fit(net, x, y, make_step(0.8), epochs=250)
print("train", accuracy(net, x, y))
print("test", accuracy(net, xt, yt))
