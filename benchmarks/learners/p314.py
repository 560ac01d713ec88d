# mnist-ish digits, layers are closures
import numpy as np

rng = np.random.default_rng(2)

d = np.load("digits.npz")
X = d["images"].reshape(-1, 784) / 255.0
y = d["labels"].astype(int)
Xt = d["test_images"].reshape(-1, 784) / 255.0
yt = d["test_labels"].astype(int)
mu = X.mean(axis=0)
X, Xt = X - mu, Xt - mu

Xv, yv = X[1000:], y[1000:]
X, y = X[:1000], y[:1000]
T = -np.ones((1000, 10))
T[np.arange(1000), y] = 1

A, S = 1.7159, 2 / 3


def make_layer(n, m, squash):
    W = rng.normal(0, 1 / np.sqrt(n + 1), (m, n + 1))
    G = np.zeros_like(W)
    G_old = np.zeros_like(W)
    step = np.full_like(W, 0.002)
    mem = {}

    def forward(x):
        xb = np.append(x, 1.0)
        out = W @ xb
        if squash:
            out = A * np.tanh(S * out)
        mem["x"], mem["out"] = xb, out
        return out

    def backward(g):
        nonlocal G
        if squash:
            g = g * S * (A - mem["out"] ** 2 / A)
        G += np.outer(g, mem["x"])
        return W[:, :-1].T @ g

    def update():
        # rprop-
        nonlocal W, G, G_old, step
        s = G * G_old
        step[s > 0] *= 1.2
        step[s < 0] *= 0.5
        step = np.clip(step, 1e-6, 0.01)
        W -= np.sign(G) * step
        G_old = G
        G = np.zeros_like(W)

    return forward, backward, update


net = [make_layer(784, 30, True), make_layer(30, 10, False)]


def run(x):
    for f, _, _ in net:
        x = f(x)
    return x


def acc(X, y):
    return np.mean([run(x).argmax() == c for x, c in zip(X, y)])


nb = 2
for ep in range(30):
    p = rng.permutation(1000)
    XB = X[p].reshape(nb, -1, 784)
    TB = T[p].reshape(nb, -1, 10)
    tot = 0
    for xb, tb in zip(XB, TB):
        for x, t in zip(xb, tb):
            gap = np.maximum(0, 1 - t * run(x))
            tot += np.sum(gap ** 2)
            g = -2 * t * gap
            for _, b, _ in reversed(net):
                g = b(g)
        for _, _, u in net:
            u()
    if ep % 5 == 4:
        print(ep, "loss", tot / 1000, "val", acc(Xv, yv))

print("test acc", acc(Xt, yt))
