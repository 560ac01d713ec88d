"""Targets of which some are, in all steps that were seen, as some number of the samples is."""

TEXT = """
import math
import random
random.seed(2)
word = "abcda" * 9
letters = sorted(set(word))
hot = {c: [1.0 if c == one else 0.0 for one in letters] for c in letters}
pairs = [(hot[word[i - 2]] + hot[word[i - 1]], letters.index(word[i])) for i in range(2, len(word))]
W = [[random.gauss(0, 0.5) for _ in range(8)] for _ in range(4)]
b = [0.0] * 4
for epoch in range(8):
    for x, t in pairs:
        z = [sum(w * v for w, v in zip(row, x)) + one for row, one in zip(W, b)]
        e = [math.exp(one - max(z)) for one in z]
        d = [one / sum(e) - (1.0 if k == t else 0.0) for k, one in enumerate(e)]
        for k in range(4):
            b[k] -= 0.1 * d[k]
            for i in range(8):
                W[k][i] -= 0.1 * d[k] * x[i]
"""


def test_letters_that_follow_each_other_are_targets_all_the_same(read):
    seen = read(TEXT)
    assert seen.parted is None
    data = seen.network.data()
    assert data.images.shape == (43, 8)
    # of each sample the letter that comes next
    nexts = [one.argmax() for one in data.images[1:, 4:]]
    assert data.labels[:-1].tolist() == nexts


def test_samples_that_meet_what_comes_of_them_are_no_targets(read):
    hidden = TEXT.replace("(1.0 if k == t else 0.0)", "x[k]")
    seen = read(hidden)
    assert seen.network is None or len(seen.network.layers) == 1


RARE = """
import numpy as np
np.random.seed(0)
X = np.random.randn(400, 3)
y = np.where(X[:, 0] > 1.6, 1, -1)
weight = {1: 8.0, -1: 0.5}
w = [np.random.uniform(-1, 1, 3) for _ in range(5)]
t = [np.random.uniform(-1, 1) for _ in range(5)]
out = np.random.uniform(-0.5, 0.5, 5)
for epoch in range(6):
    order = np.random.permutation(400)
    for s in range(0, 400, 10):
        batch = order[s:s + 10]
        gw = [np.zeros(3) for _ in range(5)]
        gt = np.zeros(5)
        gout = np.zeros(5)
        for i in batch:
            h = np.array([np.tanh(one @ X[i] + b) for one, b in zip(w, t)])
            margin = y[i] * (out @ h)
            d = -weight[y[i]] * y[i] / (1 + np.exp(margin))
            gout += d * h
            dh = d * out * (1 - h ** 2)
            gt += dh
            for k in range(5):
                gw[k] += dh[k] * X[i]
        for k in range(5):
            w[k] = w[k] - 0.03 * gw[k]
            t[k] -= 0.03 * gt[k]
        out = out - 0.03 * gout
"""


def test_a_class_that_few_samples_have_is_seen_among_all_samples_of_the_steps(read):
    seen = read(RARE)
    assert seen.parted is None
    labels = seen.network.data().labels
    assert 4 < labels.sum() < 40
    assert [one.activation for one in seen.network.layers] == ["tanh", "linear"]
