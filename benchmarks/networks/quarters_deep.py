"""Quarters of a disk, near and far, as loops over lists of weights: two hidden layers of ReLU."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 30
BATCH = 20
SIZES = [2, 16, 16, 4]


def load():
    rng = np.random.RandomState(11)
    x = rng.uniform(-1, 1, (1500, 2))
    far = np.hypot(x[:, 0], x[:, 1]) > 0.75
    y = (x[:, 0] * x[:, 1] > 0) + 2 * far
    return x[:1000], y[:1000], x[1000:], y[1000:]


def rescale(x):
    return x * 1.7


def encode(y):
    return np.eye(4)[y]


def init():
    Ws, bs = [], []
    for n, m in zip(SIZES, SIZES[1:], strict=False):
        Ws.append(np.random.randn(n, m) * np.sqrt(2 / n))
        bs.append(np.zeros((1, m)))
    return Ws, bs


def relu(z):
    return np.where(z > 0, z, 0)


def relu_grad(z):
    return np.where(z > 0, 1.0, 0.0)


def softmax(z):
    z = z - np.max(z, axis=1, keepdims=True)
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


def forward(x, Ws, bs):
    zs, hs = [], []
    h = x
    for k in range(len(Ws)):
        z = h @ Ws[k] + bs[k]
        h = relu(z) if k < len(Ws) - 1 else softmax(z)
        zs.append(z)
        hs.append(h)
    return zs, hs


def backward(x, zs, hs, Ws, t):
    dWs, dbs = [None] * 3, [None] * 3
    delta = (hs[-1] - t) / len(x)
    for k in reversed(range(3)):
        below = hs[k - 1] if k > 0 else x
        dWs[k] = below.T @ delta
        dbs[k] = delta.sum(axis=0, keepdims=True)
        if k > 0:
            delta = (delta @ Ws[k].T) * relu_grad(zs[k - 1])
    return dWs, dbs


def sgd(Ws, bs, dWs, dbs, lr):
    Ws = [W - lr * dW for W, dW in zip(Ws, dWs, strict=True)]
    bs = [b - lr * db for b, db in zip(bs, dbs, strict=True)]
    return Ws, bs


def lr_at(epoch):
    return 0.15


def order(y, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(y))


def learn(seed, epochs=EPOCHS):
    x, y, _, _ = load()
    x = rescale(x)
    np.random.seed(seed)
    Ws, bs = init()
    for epoch in range(epochs):
        perm = order(y, epoch, seed)
        for i in range(0, len(perm), BATCH):
            j = perm[i : i + BATCH]
            zs, hs = forward(x[j], Ws, bs)
            dWs, dbs = backward(x[j], zs, hs, Ws, encode(y[j]))
            Ws, bs = sgd(Ws, bs, dWs, dbs, lr_at(epoch))
    return Ws, bs


def predict(model, x):
    x = rescale(x)
    return np.vstack([forward(x[i : i + BATCH], *model)[1][-1] for i in range(0, len(x), BATCH)])


WS, BS = "W1 W2 W3", "b1 b2 b3"
NETWORK = from_functions(
    parameters=(WS, BS),
    init=init,
    forward=forward,
    trace=("z1 z2 z3", "h1 h2 p"),
    backward=backward,
    backward_takes=("x", "z1 z2 z3", "h1 h2 p", WS, "targets"),
    update=sgd,
    update_takes=(WS, BS, "dW1 dW2 dW3", "db1 db2 db3", "rate"),
    layers=("W1 b1 z1 h1 relu", "W2 b2 z2 h2 relu", "W3 b3 z3 p softmax"),
    layout="rows", classes=4, encode=encode, prepare=rescale, order=order, learning_rate=lr_at,
    epochs=EPOCHS, batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
