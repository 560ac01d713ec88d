"""A bias that is multiplied by ones, one for each sample."""

import pytest

from diagnose.calculus.gradients import exact_gradients

OUTER = """
import numpy as np
np.random.seed(1)
X = np.random.randn(4, 120)
Y = np.eye(3)[np.argmax(X[:3], axis=0)].T
W1, b1 = np.random.randn(6, 4) * 0.5, np.zeros(6)
W2, b2 = np.random.randn(3, 6) * 0.5, np.zeros((3, 1))
for epoch in range(60):
    for s in range(0, 120, 25):
        x, t = X[:, s:s + 25], Y[:, s:s + 25]
        ones = np.ones(x.shape[1])
        h = np.tanh(W1 @ x + np.outer(b1, ones))
        o = 1 / (1 + np.exp(-(W2 @ h + b2 @ ones[None, :])))
        d2 = (o - t) / x.shape[1]
        d1 = W2.T @ d2 * (1 - h ** 2)
        W2 -= 0.3 * d2 @ h.T
        b2 -= 0.3 * d2 @ ones[:, None]
        W1 -= 0.3 * d1 @ x.T
        b1 -= 0.3 * d1 @ ones
"""
ROWS = """
import numpy as np
np.random.seed(1)
X = np.random.randn(120, 4)
Y = np.eye(3)[np.argmax(X[:, :3], axis=1)]
W1, b1 = np.random.randn(4, 6) * 0.5, np.zeros((1, 6))
W2, b2 = np.random.randn(6, 3) * 0.5, np.zeros(3)

for epoch in range(60):
    for s in range(0, 120, 30):
        x, t = X[s:s + 30], Y[s:s + 30]
        ones = np.ones((len(x), 1))
        h = np.tanh(x @ W1 + np.dot(ones, b1))
        o = 1 / (1 + np.exp(-(h @ W2 + np.outer(ones[:, 0], b2))))
        d2 = (o - t) / len(x)
        d1 = d2 @ W2.T * (1 - h ** 2)
        W2 -= 0.3 * h.T @ d2
        b2 -= 0.3 * d2.sum(axis=0)
        W1 -= 0.3 * x.T @ d1
        b1 -= 0.3 * ones.T @ d1
"""


@pytest.mark.parametrize("script", [OUTER, ROWS])
def test_a_bias_for_each_sample_is_a_bias(script, read):
    seen = read(script)
    assert seen.parted is None
    network = seen.network
    assert all(one.bias for one in network.layers)
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:9]), data.labels[:9]
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, data.images[:9], labels).items():
        assert found[name] == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize("other", ["2 * ones", "np.arange(x.shape[1]) + 0.0"])
def test_what_is_multiplied_by_other_numbers_is_no_bias(other, read):
    assert read(OUTER.replace("np.outer(b1, ones)", f"np.outer(b1, {other})")).network is None
