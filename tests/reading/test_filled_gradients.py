"""A vector of all parameters, cut by ``np.split``, whose gradient is filled part by part."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from tests.watching.scripts import DATA

CUT = f"""{DATA}
shapes = [(4, 5), (5,), (5, 3), (3,)]
ends = np.cumsum([int(np.prod(s)) for s in shapes])
def cut(vector):
    return [part.reshape(s) for part, s in zip(np.split(vector, ends[:-1]), shapes)]
def gradient(vector, x, y):
    W1, b1, W2, b2 = cut(vector)
    a = np.tanh(x @ W1 + b1)
    d = (1 / (1 + np.exp(-(a @ W2 + b2))) - y) / len(x)
    d1 = d @ W2.T * (1 - a ** 2)
    g = np.zeros_like(vector)
    gW1, gb1, gW2, gb2 = cut(g)
    gW1[...], gb1[...], gW2[...], gb2[...] = x.T @ d1, d1.sum(axis=0), a.T @ d, d.sum(axis=0)
    return g
theta = np.random.randn(ends[-1]) * 0.5
v, s, t = np.zeros_like(theta), np.zeros_like(theta), 0
for epoch in range(30):
    for at in range(0, 90, 15):
        g = gradient(theta, X[at:at + 15], Y[at:at + 15])
"""
STEPS = {
    "plain": "        theta -= 0.3 * g\n",
    "momentum": "        v *= 0.9\n        v += g\n        theta -= 0.1 * v\n",
    "adam": "        t += 1\n        v = 0.9 * v + 0.1 * g\n        s = 0.99 * s + 0.01 * g * g\n"
    "        theta -= 0.01 * v / (1 - 0.9 ** t) / (np.sqrt(s / (1 - 0.99 ** t)) + 1e-8)\n",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_gradient_that_is_filled_part_by_part_is_read_as_one(step, read):
    seen = read(CUT + STEPS[step])
    assert seen.parted is None
    network = seen.network
    parameters, data = network.init(0), network.data()
    assert [parameters[one.weight].shape for one in network.layers] == [(4, 5), (5, 3)]
    rows, labels = data.images[:15], data.labels[:15]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, rows, labels).items():
        assert np.reshape(found[name], one.shape) == pytest.approx(one, abs=1e-12)


def test_a_vector_that_is_written_into_between_two_uses_is_no_gradient(read):
    text = CUT + "        v *= 0.9\n        v += g\n        g *= 0.5\n        v += g\n"
    assert read(text + "        theta -= 0.1 * v\n").network is None


# The error is written into, and is the gradient of the last bias as it is.
SUMS_OF_SQUARES = f"""{DATA}
w1, b1 = np.random.randn(5, 4) * 0.5, np.zeros((5, 1))
w2, b2 = np.random.randn(3, 5) * 0.5, np.zeros((3, 1))
every = [w1, b1, w2, b2]
squares = [np.full_like(one, 0.01) for one in every]
for epoch in range(4):
    for k in np.random.permutation(90):
        x = X[k][:, None]
        h = np.tanh(w1 @ x + b1)
        o = w2 @ h + b2
        e = np.exp(o - o.max()) / np.exp(o - o.max()).sum()
        e[labels[k], 0] -= 1
        d = (w2.T @ e) * (1 - h ** 2)
        for one, g, s in zip(every, (d @ x.T, d, e @ h.T, e), squares):
            s += g ** 2
            one -= 0.1 * g / np.sqrt(s)
"""
# The sums begin at 0 in each step, which is the target of the first sample.
ALL_OF_FOUR = """
import numpy as np
np.random.seed(6)
samples = [(np.array([0.0, 0.0]), 0.0), (np.array([0.0, 1.0]), 1.0),
           (np.array([1.0, 0.0]), 1.0), (np.array([1.0, 1.0]), 0.0)]
every = [np.random.randn(5, 2), np.zeros(5), np.random.randn(5), np.zeros(1)]
for step in range(60):
    sums = [np.zeros_like(one) for one in every]
    for x, t in samples:
        h = np.tanh(every[0] @ x + every[1])
        d = every[2] @ h + every[3][0] - t
        back = d * every[2] * (1 - h ** 2)
        sums[0] += np.outer(back, x)
        sums[1] += back
        sums[2] += d * h
        sums[3] += d
    for one, g in zip(every, sums):
        one -= 0.1 * g / len(samples)
"""
# The output of a column is taken as a plain number.
AS_A_NUMBER = f"""{DATA}
w1, b1 = np.random.randn(5, 4) * 0.5, np.zeros((5, 1))
w2, b2 = np.random.randn(1, 5) * 0.5, np.zeros((1, 1))
for epoch in range(4):
    for k in np.random.permutation(90):
        x, t = X[k][:, None], 2.0 * (labels[k] > 0) - 1
        h = np.maximum(w1 @ x + b1, 0)
        o = np.tanh(w2 @ h + b2)
        d = np.array([[o[0, 0] - t]]) * (1 - o ** 2)
        d1 = w2.T @ d * (h > 0)
        w2, b2 = w2 - 0.05 * d @ h.T, b2 - 0.05 * d
        w1, b1 = w1 - 0.05 * d1 @ x.T, b1 - 0.05 * d1
"""


@pytest.mark.parametrize("text", [SUMS_OF_SQUARES, ALL_OF_FOUR, AS_A_NUMBER])
def test_a_step_of_single_samples_has_the_gradients_of_its_loss(text, read):
    seen = read(text)
    assert seen.parted is None
    network = seen.network
    parameters, data = network.init(0), network.data()
    count = network.batch_size
    rows, labels = data.images[:count], data.labels[:count]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, rows, labels).items():
        times = np.linalg.norm(one) / np.linalg.norm(found[name])
        assert np.reshape(found[name], one.shape) * times == pytest.approx(one, abs=1e-12)


def test_weights_that_are_stepped_before_a_gradient_takes_them_are_refused_with_momentum(read):
    text = f"""{DATA}
w1, w2 = np.random.randn(4, 5) * 0.5, np.random.randn(5, 3) * 0.5
v1, v2 = np.zeros_like(w1), np.zeros_like(w2)
for epoch in range(40):
    for at in range(0, 90, 15):
        x, y = X[at:at + 15], Y[at:at + 15]
        h = np.tanh(x @ w1)
        d = 1 / (1 + np.exp(-(h @ w2))) - y
        v2 = 0.8 * v2 - 0.02 * h.T @ d
        w2 = w2 + v2
        v1 = 0.8 * v1 - 0.02 * x.T @ (d @ w2.T * (1 - h ** 2))
        w1 = w1 + v1
"""
    seen = read(text)
    assert seen.network is None
    assert "changed before" in seen.parted.reason
