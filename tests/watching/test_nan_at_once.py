"""A training whose first step makes nan of some weights is read from that step."""

import numpy as np
import pytest

from diagnose.calculus import updates
from diagnose.causes.sound_steps import Adaptive, sound_step
from diagnose.training.loop import train
from tests.watching.test_own_test import read

ROOTS = """
import numpy as np
np.random.seed(1)
X = np.random.randn(90, 4)
Y = np.eye(3)[np.argmax(X[:, :3], axis=1)]
P = [np.random.randn(4, 6) * 0.5, np.zeros(6), np.random.randn(6, 3) * 0.5, np.zeros(3)]

def forward(x):
    h = np.tanh(x @ P[0] + P[1])
    e = np.exp(h @ P[2] + P[3])
    return h, e / e.sum(axis=1, keepdims=True)

M, V = [np.zeros_like(one) for one in P], [np.zeros_like(one) for one in P]
made = 0
for epoch in range(8):
    for at in range(0, 90, 10):
        x, y = X[at:at + 10], Y[at:at + 10]
        h, p = forward(x)
        d = (p - y) / len(x)
        dh = (d @ P[2].T) * (1 - h ** 2)
        made += 1
        for i, g in enumerate([x.T @ dh, dh.sum(axis=0), h.T @ d, d.sum(axis=0)]):
            M[i] = 0.9 * M[i] + 0.1 * g
            V[i] = 0.999 * V[i] + 0.001 * SQUARE
            P[i] -= 0.01 * (M[i] / (1 - 0.9 ** made)) / (np.sqrt(V[i] / (1 - 0.999 ** made)) + 1e-8)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return read(tmp_path_factory.mktemp("nan"), ROOTS.replace("SQUARE", "g"))


def test_its_step_is_the_scripts(seen):
    assert seen.network is not None
    (one,) = [one for one in seen.seen if one.kind == "not-finite"]
    assert one.part == "step"
    assert "np.sqrt" in one.text


def test_its_optimizer_is_known(seen):
    parameters = seen.network.init(0)
    assert isinstance(sound_step(seen.network, parameters, 1.0, {}), Adaptive)


def test_no_parameter_is_called_frozen_for_it(seen):
    data = seen.network.data()
    numbers = updates.measure(seen.network, data.images, data.labels, 0)
    assert "nan or inf of a finite gradient" in numbers["reason"]


def test_what_is_nan_throughout_is_trained_no_longer(seen, monkeypatch):
    data, network = seen.network.data(), seen.network
    run = train(network, network.prepare(data.images), data.labels, 0, epochs=10**6)
    assert all(np.isnan(run.parameters[layer.weight]).all() for layer in network.layers)
    assert np.isnan(run.largest_logit)
