"""Churn prediction, net from scratch. Customers are simulated (I may not share the real table)."""
from dataclasses import dataclass

import numpy as np


@dataclass
class Config:
    seed: int = 3
    hidden: int = 12
    epochs: int = 250
    batch_size: int = 40
    lr: float = 0.15
    lr_drop: float = 0.985
    momentum: float = 0.8
    weight_decay: float = 1e-4


def customers(rng, n):
    months = rng.exponential(20, n)
    calls = rng.poisson(2.0, n)
    bill = rng.normal(45, 15, n)
    # probability to leave depends on all three, the rest is luck
    score = 1.3 - 0.08 * months + 0.55 * calls + 0.00009 * (bill - 45) ** 3 - 0.9 * (calls == 0)
    leave = rng.random(n) < 1 / (1 + np.exp(-score))
    return np.c_[months, calls, bill], leave.astype(float)[:, None]


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def run(net, X):
    W, b, v, c = net
    H = np.tanh(X @ W + b)
    return H, sigmoid(H @ v + c)


def grads(net, X, y, cfg):
    W, b, v, c = net
    H, p = run(net, X)
    d = (p - y) / len(X)
    dH = d @ v.T * (1 - H ** 2)
    return [
        X.T @ dH + cfg.weight_decay * W,
        dH.sum(0),
        H.T @ d + cfg.weight_decay * v,
        d.sum(0),
    ]


def loss(p, y):
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


def main():
    cfg = Config()
    rng = np.random.default_rng(3)
    X, y = customers(rng, 1200)
    Xt, yt = customers(rng, 600)
    centre, spread = X.mean(0), X.std(0)
    X, Xt = (X - centre) / spread, (Xt - centre) / spread
    print("leaving: %.3f (train) %.3f (test)" % (y.mean(), yt.mean()))

    net = [
        rng.normal(0, 3 ** -0.5, (3, cfg.hidden)),
        np.zeros(cfg.hidden),
        rng.normal(0, cfg.hidden ** -0.5, (cfg.hidden, 1)),
        np.zeros(1),
    ]
    speed = [np.zeros_like(a) for a in net]
    lr = cfg.lr
    for epoch in range(1, cfg.epochs + 1):
        mix = rng.permutation(len(X))
        for part in np.array_split(mix, len(X) // cfg.batch_size):
            for a, s, g in zip(net, speed, grads(net, X[part], y[part], cfg)):
                s *= cfg.momentum
                s -= lr * g
                a += s
        lr *= cfg.lr_drop
        if epoch % 50 == 0:
            print(epoch, "train loss", round(loss(run(net, X)[1], y), 4),
                  "test loss", round(loss(run(net, Xt)[1], yt), 4))

    hit = (run(net, Xt)[1] >= 0.5) == (yt == 1)
    print("test accuracy", hit.mean())


if __name__ == "__main__":
    main()
