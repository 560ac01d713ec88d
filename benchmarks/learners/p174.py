"""
rare.py - find the 8 % positive cases

    python rare.py --hidden 16 --lr 0.2
"""
import argparse
import copy
import math

import numpy as np


def make_cases(rng, n):
    x = rng.normal(size=(n, 4))
    risk = x[:, 0] * x[:, 1] + 0.8 * x[:, 2] ** 2 - 0.4 * x[:, 3] + 0.15 * rng.normal(size=n)
    y = (risk > 2.35).astype(float)
    return x, y[:, np.newaxis]


class RareNet:
    def __init__(self, rng, n_in, n_hidden):
        r = 1 / math.sqrt(n_in)
        self.W = rng.uniform(-r, r, (n_in, n_hidden))
        self.b = rng.uniform(-r, r, (1, n_hidden))
        r = 1 / math.sqrt(n_hidden)
        self.V = rng.uniform(-r, r, (n_hidden, 1))
        self.c = np.zeros((1, 1))

    def prob(self, x):
        self.h = np.tanh(x @ self.W + self.b)
        return 1 / (1 + np.exp(-(self.h @ self.V + self.c)))

    def update(self, x, y, weight, lr, l2):
        p = self.prob(x)
        # every case counts with its weight
        d = weight * (p - y) / weight.sum()
        dV = self.h.T @ d + l2 * self.V
        dc = d.sum(axis=0, keepdims=True)
        dh = d @ self.V.T * (1 - self.h ** 2)
        dW = x.T @ dh + l2 * self.W
        db = dh.sum(axis=0, keepdims=True)
        self.V -= lr * dV
        self.c -= lr * dc
        self.W -= lr * dW
        self.b -= lr * db


def weights(y):
    share = y.mean()
    return np.where(y == 1, 0.5 / share, 0.5 / (1 - share))


def loss(net, x, y):
    p = net.prob(x)
    w = weights(y)
    return float((w * -(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))).mean())


def balanced(net, x, y):
    said = net.prob(x) > 0.5
    tpr = said[y == 1].mean()
    tnr = 1 - said[y == 0].mean()
    return (tpr + tnr) / 2


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--hidden", type=int, default=16)
    ap.add_argument("--lr", type=float, default=0.2)
    ap.add_argument("--l2", type=float, default=1e-5)
    ap.add_argument("--epochs", type=int, default=400)
    ap.add_argument("--patience", type=int, default=120)
    args = ap.parse_args()

    rng = np.random.default_rng(12)
    x, y = make_cases(rng, 2000)
    x_val, y_val = make_cases(rng, 800)
    x_test, y_test = make_cases(rng, 1500)
    print("share of positives:", y.mean())

    w = weights(y)
    net = RareNet(rng, 4, args.hidden)
    best, best_net, waited = float("inf"), None, 0
    for epoch in range(args.epochs):
        lr = 0.05 * args.lr + 0.95 * args.lr * 0.5 * (1 + math.cos(math.pi * epoch / args.epochs))
        order = rng.permutation(len(x))
        for part in np.array_split(order, 40):
            net.update(x[part], y[part], w[part], lr, args.l2)
        now = loss(net, x_val, y_val)
        if now < best:
            best, best_net, waited = now, copy.deepcopy(net), 0
        else:
            waited += 1
            if waited > args.patience:
                print("stopped at", epoch)
                break
        if epoch % 20 == 0:
            print("epoch", epoch, "validation loss", now)
    print("balanced accuracy on the test cases:", balanced(best_net, x_test, y_test))


if __name__ == "__main__":
    main()
