"""The slope of a logarithm as it is derived: a target with a minus, over an output kept off 0."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients, own_gradients
from tests.watching.scripts import DATA

CLASSES = f"""{DATA}
W, V = np.random.randn(4, 5) * 0.5, np.random.randn(5, 3) * 0.5
for epoch in range(30):
    for s in range(0, 90, 15):
        x, t = X[s:s + 15], Y[s:s + 15]
        h = np.tanh(x @ W)
        e = np.exp(h @ V)
        p = e / e.sum(axis=1, keepdims=True)
        d = SLOPE
        d = p * (d - (d * p).sum(axis=1, keepdims=True)) / len(x)
        below = d @ V.T * (1 - h ** 2)
        V -= 0.1 * h.T @ d
        W -= 0.1 * x.T @ below
"""
TWO = f"""{DATA}
y = (X[:, :1] > 0).astype(float).T
W, V = np.random.randn(5, 4) * 0.5, np.random.randn(1, 5) * 0.5
for epoch in range(40):
    h = np.tanh(W @ X.T)
    p = np.clip(1 / (1 + np.exp(-V @ h)), 1e-7, 1 - 1e-7)
    d = (-y / p + (1 - y) / (1 - p)) * p * (1 - p)
    below = V.T @ d * (1 - h ** 2)
    V -= 0.3 * d @ h.T / 90
    W -= 0.3 * below @ X / 90
"""
SLOPES = [
    "-t / (p + 1e-8)", "-(t / np.maximum(p, 1e-7))", "-t / np.clip(p, 1e-9, None)",
    "-1 * t / p", "np.divide(-t, 1e-8 + p)",
]  # fmt: skip
TEXTS = {**{one: CLASSES.replace("SLOPE", one) for one in SLOPES}, "of two": TWO}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_right_gradient_is_read_as_one_of_its_targets(kind, read):
    seen = read(TEXTS[kind])
    assert seen.parted is None
    network, data = seen.network, seen.network.data()
    np.testing.assert_allclose(network.targets(data.labels).max(axis=0), 1)
    np.testing.assert_allclose(network.targets(data.labels).min(axis=0), 0)
    start = network.init(0)
    own = own_gradients(network, start, data.images, data.labels)
    for name, one in exact_gradients(network, start, data.images, data.labels).items():
        np.testing.assert_allclose(own[name], one, rtol=0.01, atol=1e-6)


@pytest.mark.parametrize("unit", ["np.maximum(x @ W, 0)", "np.maximum(x @ W, 0.0005)"])
def test_what_keeps_a_hidden_layer_off_0_is_its_own(unit, read):
    seen = read(TEXTS["-t / (p + 1e-8)"].replace("np.tanh(x @ W)", unit))
    assert seen.network is None or seen.network.layers[0].activation == "relu"
