"""An update that stands outside the loop over the parameters steps the last of them alone."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from tests.watching.scripts import DATA

OUTSIDE = f"""{DATA}
P = {{"W1": np.random.randn(4, 5) * 0.5, "b1": np.zeros(5),
     "W2": np.random.randn(5, 3) * 0.5, "b2": np.zeros(3)}}
for epoch in range(30):
    for s in range(0, 90, 15):
        x, y = X[s:s + 15], Y[s:s + 15]
        a = np.tanh(x @ P["W1"] + P["b1"])
        d = (1 / (1 + np.exp(-(a @ P["W2"] + P["b2"]))) - y) / len(x)
        d1 = d @ P["W2"].T * (1 - a ** 2)
        G = {{"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": a.T @ d, "b2": d.sum(axis=0)}}
        for name in P:
            w, change = P[name], 0.3 * G[name]
        w -= change
"""
# What settles to a mean beside a product that is no layer of anything.
SETTLING = f"""{DATA}
settled, A = np.zeros(4), np.random.randn(4, 4)
for turn in range(60):
    settled -= 0.5 * (X @ A + settled).mean(axis=0)
X = X - settled
"""


def test_a_step_of_a_bias_alone_is_a_training_of_a_network_that_stands_still(read):
    seen = read(OUTSIDE)
    assert seen.parted is None
    network = seen.network
    assert [one.activation for one in network.layers] == ["tanh", "sigmoid"]
    assert (network.epochs, network.batch_size) == (30, 15)
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:15]), data.labels[:15]
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, data.images[:15], labels).items():
        assert found[name] == pytest.approx(one, abs=1e-12)  # the rate is none of what is lost
    after = network.update(parameters, found, 0.3)
    moved = {name for name in parameters if np.any(after[name] != parameters[name])}
    assert moved == {network.layers[1].bias}


def test_what_settles_beside_a_product_is_no_training(read):
    rest = OUTSIDE.removeprefix(DATA).replace("            w, change = P[name], 0.3 * G[name]\n"
        "        w -= change\n", "            P[name] -= 0.3 * G[name]\n")  # fmt: skip
    seen = read(SETTLING + rest)
    assert seen.parted is None
    assert len(seen.network.layers) == 2


# A single answer is taken out of its array before the bias is added, a plain number.
TAKEN_OUT = f"""{DATA}
W, b = np.random.randn(5, 4) * 0.5, np.zeros((5, 1))
V, c = np.random.randn(1, 5) * 0.5, 0.0
for epoch in range(12):
    for i in np.random.permutation(90):
        x = X[i].reshape(4, 1)
        h = np.tanh(W @ x + b)
        d = 1 / (1 + np.exp(-((V @ h)[0, 0] + c))) - (labels[i] > 0)
        e = d * V.T * (1 - h * h)
        V = V - 0.1 * d * h.T
        c = c - 0.1 * d
        W = W - 0.1 * e @ x.T
        b = b - 0.1 * e
"""


def test_a_bias_is_added_to_a_number_that_was_taken_out_of_its_array(read):
    seen = read(TAKEN_OUT)
    assert seen.parted is None
    network = seen.network
    assert network.layers[1].bias == "c"
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:9]), data.labels[:9]
    trace = network.forward(parameters, x)
    found = network.backward(parameters, trace, x, labels)
    for name, one in exact_gradients(network, parameters, data.images[:9], labels).items():
        assert found[name] == pytest.approx(one, abs=1e-12)
