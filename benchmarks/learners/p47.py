#!/usr/bin/env python3
"""3 or 8? One output neuron, hinge loss, sign of the score decides.

usage: python n15.py [--hidden 30] [--rate 0.02]
"""
import argparse
import numpy as np


def load(a=3, b=8):
    with np.load("digits.npz") as f:
        tr = np.isin(f["labels"], (a, b))
        te = np.isin(f["test_labels"], (a, b))
        x, y = f["images"][tr], f["labels"][tr]
        xt, yt = f["test_images"][te], f["test_labels"][te]
    y = (y == b).astype(int)
    yt = (yt == b).astype(int)
    # crop the border, average 2x2 blocks -> 12x12
    def small(im):
        im = im[:, 2:26, 2:26].astype(float)
        return im.reshape(len(im), 12, 2, 12, 2).mean(axis=(2, 4)).reshape(len(im), -1)
    return small(x), y, small(xt), yt


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--hidden", type=int, default=30)
    ap.add_argument("--rate", type=float, default=0.02)
    ap.add_argument("--epochs", type=int, default=40)
    args = ap.parse_args([])

    np.random.seed(6)
    x, y, xt, yt = load()
    print("train", x.shape, "test", xt.shape)

    W = np.random.randn(x.shape[1], args.hidden) * 0.1
    b = np.zeros(args.hidden)
    v = np.random.randn(args.hidden) * 0.1
    c = 0.0

    for ep in range(args.epochs):
        loss = 0.0
        for i in np.random.permutation(len(x)):
            h = np.tanh(x[i] @ W + b)
            score = h @ v + c
            margin = y[i] * score
            loss += max(0.0, 1 - margin)
            if margin < 1:
                # d loss / d score = -y
                dh = -y[i] * v * (1 - h * h)
                v -= args.rate * -y[i] * h
                c -= args.rate * -y[i]
                W -= args.rate * np.outer(x[i], dh)
                b -= args.rate * dh
        if ep % 5 == 0:
            print("epoch %d hinge %.4f" % (ep, loss / len(x)))

    score = np.tanh(xt @ W + b) @ v + c
    pred = (score > 0).astype(int)
    print("correct on test: %.4f" % np.mean(pred == yt))


if __name__ == "__main__":
    main()
