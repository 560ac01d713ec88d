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
