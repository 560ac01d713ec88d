"""XOR as the short scripts have it: four points in one batch, sigmoids, steps that are added."""

import numpy as np

from diagnose.builders import from_functions

EPOCHS = 3000
THRESHOLD = 0.5


def load():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    answers = np.array([0, 1, 1, 0])
    noise = np.random.RandomState(1).normal(0, 0.1, (200, 2))
    return corners, answers, np.repeat(corners, 50, axis=0) + noise, np.repeat(answers, 50)


def center(X):
    return 2 * X - 1


def target(labels):
    return labels.reshape(-1, 1)


def nonlin(x):
    return 1 / (1 + np.exp(-x))


def weights():
    syn0 = np.random.randn(2, 8) * np.sqrt(2 / (2 + 8))
    bias0 = np.zeros((1, 8))
    syn1 = np.random.randn(8, 1) * np.sqrt(2 / (8 + 1))
    bias1 = np.zeros((1, 1))
    return syn0, bias0, syn1, bias1


def think(l0, syn0, bias0, syn1, bias1):
    h = np.dot(l0, syn0) + bias0
    l1 = nonlin(h)
    o = np.dot(l1, syn1) + bias1
    l2 = nonlin(o)
    return h, l1, o, l2


def deltas(l0, h, l1, o, l2, syn1, y):
    l2_error = y - l2
    l2_delta = l2_error * l2 * (1 - l2)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * l1 * (1 - l1)
    syn0_delta = l0.T.dot(l1_delta)
    syn1_delta = l1.T.dot(l2_delta)
    return syn0_delta, l1_delta.sum(axis=0), syn1_delta, l2_delta.sum(axis=0)


def rate(epoch):
    return 1.0


def order(labels, epoch, seed):
    return np.random.default_rng([seed, epoch]).permutation(len(labels))


def step(syn0, bias0, syn1, bias1, d_syn0, d_bias0, d_syn1, d_bias1, alpha):
    syn0 = syn0 + alpha * d_syn0
    bias0 = bias0 + alpha * d_bias0
    syn1 = syn1 + alpha * d_syn1
    bias1 = bias1 + alpha * d_bias1
    return syn0, bias0, syn1, bias1


def learn(seed, epochs=EPOCHS):
    X, labels, _, _ = load()
    X = center(X)
    np.random.seed(seed)
    net = weights()
    for epoch in range(epochs):
        i = order(labels, epoch, seed)
        h, l1, o, l2 = think(X[i], *net)
        d = deltas(X[i], h, l1, o, l2, net[2], target(labels[i]))
        net = step(*net, *d, rate(epoch))
    return net


def predict(net, X):
    return np.concatenate([think(four, *net)[-1] for four in center(X).reshape(-1, 4, 2)])


NETWORK = from_functions(
    parameters="syn0 bias0 syn1 bias1",
    init=weights,
    forward=think,
    trace="h l1 o l2",
    backward=deltas,
    backward_takes="x h l1 o l2 syn1 targets",
    update=step,
    update_takes="syn0 bias0 syn1 bias1 dsyn0 dbias0 dsyn1 dbias1 rate",
    layers=("syn0 bias0 h l1 sigmoid", "syn1 bias1 o l2 sigmoid"),
    layout="rows", loss="squared-error", classes=2, encode=target, prepare=center, order=order,
    learning_rate=rate, epochs=EPOCHS, batch_size=4, data=load, train=learn,
)  # fmt: skip
