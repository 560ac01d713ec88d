"""Three kinds of flowers by four lengths: softmax regression, one layer that starts from zeros."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 30
BATCH = 5


def load():
    rng = np.random.RandomState(8)
    means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.5, 2.0]])
    kind = np.repeat([0, 1, 2], 100)
    lengths = means[kind] + rng.normal(0, [0.5, 0.35, 0.4, 0.2], (300, 4))
    train = np.arange(300) % 3 > 0
    return lengths[train], kind[train], lengths[~train], kind[~train]


AVERAGE = load()[0].mean(axis=0)
SPREAD = load()[0].std(axis=0)


def features(lengths):
    return (lengths - AVERAGE) / SPREAD


def start():
    return np.zeros((4, 3)), np.zeros(3)


def softmax(scores):
    scores = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


def classify(X, W, b):
    scores = X @ W + b
    return scores, softmax(scores)


def gradient(X, probs, kind):
    error = probs.copy()
    error[np.arange(len(kind)), kind] -= 1
    error /= len(kind)
    return X.T @ error, error.sum(axis=0)


def update(W, b, dW, db, rate):
    return W - rate * dW, b - rate * db


def rate(epoch):
    return 0.2


def mixed(kind, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(kind))


def learn(seed, epochs=EPOCHS):
    lengths, kind, _, _ = load()
    X = features(lengths)
    np.random.seed(seed)
    W, b = start()
    for epoch in range(epochs):
        index = mixed(kind, epoch, seed)
        for i in range(0, len(index), BATCH):
            some = index[i : i + BATCH]
            _, probs = classify(X[some], W, b)
            dW, db = gradient(X[some], probs, kind[some])
            W, b = update(W, b, dW, db, rate(epoch))
    return W, b


def predict(model, lengths):
    parts = np.split(features(lengths), len(lengths) // BATCH)
    return np.concatenate([classify(X, *model)[1] for X in parts])


NETWORK = from_functions(
    parameters="W b",
    init=start,
    forward=classify,
    trace="scores probs",
    backward=gradient,
    backward_takes="x probs labels",
    update=update,
    layers=("W b scores probs softmax",),
    layout="rows", classes=3, prepare=features, order=mixed, learning_rate=rate, epochs=EPOCHS,
    batch_size=BATCH, data=load, train=learn,
)  # fmt: skip
