# MNIST (small) with two layers, numpy only
import numpy as np

config = {
    "seed": 4,
    "hidden": 40,
    "lr": 0.3,
    "decay": 0.9,
    "batch": 30,
    "epochs": 15,
}

rng = np.random.default_rng(4)


def load():
    with np.load("digits.npz") as f:
        X, y = f["images"], f["labels"]
        Xt, yt = f["test_images"], f["test_labels"]
    X = X.reshape(len(X), -1).astype(np.float64)
    Xt = Xt.reshape(len(Xt), -1).astype(np.float64)
    mean, std = X.mean(), X.std()
    X = (X - mean) / std
    Xt = (Xt - Xt.mean()) / Xt.std()
    return X, y.astype(int), Xt, yt.astype(int)


def init(sizes):
    params = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        params.append(rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)))
        params.append(np.zeros(n_out))
    return params


def forward(params, X):
    W1, b1, W2, b2 = params
    h = np.maximum(X @ W1 + b1, 0)
    s = h @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s)
    return h, p / p.sum(axis=1, keepdims=True)


def loss(params, X, y):
    _, p = forward(params, X)
    return -np.log(p[range(len(y)), y] + 1e-12).mean()


def backward(params, X, y):
    h, p = forward(params, X)
    p[range(len(y)), y] -= 1
    p /= len(y)
    dh = p @ params[2].T
    dh[h == 0] = 0
    return [X.T @ dh, dh.sum(axis=0), h.T @ p, p.sum(axis=0)]


def update(params, grads, lr):
    for p, g in zip(params, grads):
        p = p - lr * g


X, y, Xt, yt = load()
params = init([X.shape[1], config["hidden"], 10])
lr = config["lr"]

for epoch in range(config["epochs"]):
    idx = rng.permutation(len(X))
    for i in range(0, len(X), config["batch"]):
        batch = idx[i:i + config["batch"]]
        grads = backward(params, X[batch], y[batch])
        update(params, grads, lr)
        lr = lr * config["decay"]
    print("Epoch %d/%d - loss: %.4f" % (epoch + 1, config["epochs"], loss(params, X, y)))

_, p = forward(params, Xt)
print("Test accuracy: %.2f%%" % (100 * (p.argmax(axis=1) == yt).mean()))
