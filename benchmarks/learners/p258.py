#!/usr/bin/env python
"""Depth of a lake (0 = shore, 1 = deepest) from a few soundings with a rope."""
import numpy as np

SOUNDINGS = 80
ROPE_ERROR = 0.08
HIDDEN = (24, 12)
RATE = 0.08
BATCH = 8
PATIENCE = 500
MAX_EPOCHS = 2500
SEED_NOTE = "the seed is fixed in main()"


def depth(x, y):
    return 0.9 * np.exp(-((x - 0.3) ** 2 + (y - 0.6) ** 2) / 0.05) \
        + 0.7 * np.exp(-((x - 0.75) ** 2 + (y - 0.3) ** 2) / 0.03)


def swish(z):
    return z / (1 + np.exp(-z))


def swish_prime(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))


def build(sizes):
    weights = [np.random.randn(a, b) * np.sqrt(2.0 / a) for a, b in zip(sizes[:-1], sizes[1:])]
    biases = [np.zeros(b) for b in sizes[1:]]
    return weights, biases


def predict(weights, biases, points):
    zs, acts = [], [points]
    for i in range(len(weights)):
        z = acts[-1].dot(weights[i]) + biases[i]
        zs.append(z)
        last = i == len(weights) - 1
        acts.append(1 / (1 + np.exp(-z)) if last else swish(z))
    return zs, acts


def gradients(weights, biases, points, depths):
    zs, acts = predict(weights, biases, points)
    out = acts[-1]
    delta = 2 * (out - depths) / len(points) * out * (1 - out)
    gw, gb = [None] * len(weights), [None] * len(biases)
    for i in reversed(range(len(weights))):
        gw[i] = acts[i].T.dot(delta)
        gb[i] = delta.sum(axis=0)
        if i:
            delta = delta.dot(weights[i].T) * swish_prime(zs[i - 1])
    return gw, gb


def rmse(weights, biases, points, depths):
    return np.sqrt(np.mean((predict(weights, biases, points)[1][-1] - depths) ** 2))


def main():
    np.random.seed(5)
    boat = np.random.rand(SOUNDINGS, 2)
    found = depth(boat[:, :1], boat[:, 1:]) + ROPE_ERROR * np.random.randn(SOUNDINGS, 1)
    inputs = boat * 4 - 2
    n_valid = SOUNDINGS // 5
    xv, tv, xt, tt = inputs[:n_valid], found[:n_valid], inputs[n_valid:], found[n_valid:]

    weights, biases = build((2,) + HIDDEN + (1,))
    all_params = weights + biases
    squares = [np.zeros_like(p) for p in all_params]
    best, best_params, waited = np.inf, None, 0

    for epoch in range(MAX_EPOCHS):
        mix = np.random.permutation(len(xt))
        for i in range(0, len(mix), BATCH):
            rows = mix[i:i + BATCH]
            gw, gb = gradients(weights, biases, xt[rows], tt[rows])
            for p, g, s in zip(all_params, gw + gb, squares):
                s += g * g
                p -= RATE * g / (np.sqrt(s) + 1e-8)
        v = rmse(weights, biases, xv, tv)
        if v < best:
            best, waited = v, 0
            best_params = [p.copy() for p in all_params]
        else:
            waited += 1
        if epoch % 250 == 0:
            print("epoch %4d  train %.4f  valid %.4f" % (epoch, rmse(weights, biases, xt, tt), v))
        if waited > PATIENCE:
            print("stopped in epoch", epoch)
            break

    n = len(weights)
    weights, biases = best_params[:n], best_params[n:]
    lake = np.random.rand(1000, 2)
    true = depth(lake[:, :1], lake[:, 1:])
    print("guessing the mean would give", np.sqrt(np.mean((true - true.mean()) ** 2)))
    print("RMSE over the whole lake:", rmse(weights, biases, lake * 4 - 2, true))


if __name__ == "__main__":
    main()
