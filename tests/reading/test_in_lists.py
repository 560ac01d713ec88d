"""Numbers in lists that a step takes for an array, and steps one by one."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.reading.in_lists import APART
from tests.watching.scripts import DATA

BIASES = f"""{DATA}
W = [np.random.randn(4, 5) * 0.5, np.random.randn(5, 3) * 0.5]
B = [[0.0] * 5, [0.0] * 3]
for epoch in range(30):
    for s in range(0, 90, 15):
        x, t = X[s:s + 15], Y[s:s + 15]
        h = np.tanh(x @ W[0] + B[0])
        d2 = (1 / (1 + np.exp(-(h @ W[1] + np.array(B[1])))) - t) / len(x)
        d1 = d2 @ W[1].T * (1 - h ** 2)
        for k, (g, d) in enumerate(((x.T @ d1, d1.sum(axis=0)), (h.T @ d2, d2.sum(axis=0)))):
            W[k] -= 0.3 * g
            for j in range(len(B[k])):
                B[k][j] -= 0.3 * d[j]
"""
STEP = "                B[k][j] -= 0.3 * d[j]\n"
MOMENTUM = """\
                V[k][j] = 0.8 * V[k][j] - 0.3 * d[j]
                B[k][j] += V[k][j]
"""
VELOCITY = BIASES.replace(STEP, MOMENTUM)
VELOCITY = VELOCITY.replace("for epoch", "V = [[0.0] * 5, [0.0] * 3]\nfor epoch", 1)
DRAWN = BIASES.replace(
    "B = [[0.0] * 5, [0.0] * 3]",
    "B = [[0.1 * np.random.randn() for _ in range(n)] for n in (5, 3)]",
)
ALL_LISTS = f"""{DATA}
W1 = [[0.5 * np.random.randn() for _ in range(5)] for _ in range(4)]
b1, w2, b2 = [0.0] * 5, [0.5 * np.random.randn() for _ in range(5)], [0.0]
t01 = Y[:, 0]
for epoch in range(30):
    for s in range(0, 90, 15):
        x, t = X[s:s + 15], t01[s:s + 15]
        h = np.tanh(np.dot(x, np.array(W1)) + np.array(b1))
        d2 = (1 / (1 + np.exp(-(h @ np.array(w2) + b2[0]))) - t) / len(t)
        d1 = np.outer(d2, w2) * (1 - h ** 2)
        g1, gb1, g2 = x.T @ d1, d1.sum(axis=0), h.T @ d2
        for i in range(4):
            for j in range(5):
                W1[i][j] -= 0.3 * g1[i][j]
        for j in range(5):
            b1[j] -= 0.3 * gb1[j]
            w2[j] -= 0.3 * float(g2[j])
        b2[0] -= 0.3 * d2.sum()
"""
NESTEROV = f"""{DATA}
W, V = np.random.randn(3, 4) * 0.5, np.zeros((3, 4))
b, u = [0.0] * 3, [0.0] * 3
for epoch in range(4):
    for x, t in zip(X, Y):
        W += 0.8 * V
        b = [one + 0.8 * v for one, v in zip(b, u)]
        d = 1 / (1 + np.exp(-(W @ x + b))) - t
        W -= 0.8 * V
        b = [one - 0.8 * v for one, v in zip(b, u)]
        V = 0.8 * V - 0.05 * np.outer(d, x)
        u = [0.8 * v - 0.05 * g for v, g in zip(u, d)]
        W += V
        b = [one + v for one, v in zip(b, u)]
"""


def assert_sound(network):
    """Check that the gradients that were read are those of the loss."""
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:15]), data.labels[:15]
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, data.images[:15], labels).items():
        assert found[name] == pytest.approx(one, abs=1e-12)


def test_numbers_in_a_list_may_look_ahead(read):
    seen = read(NESTEROV)
    assert seen.parted is None
    assert seen.network.ahead is not None
    assert seen.network.layers[0].bias is not None


@pytest.mark.parametrize("script", [BIASES, VELOCITY, DRAWN, ALL_LISTS])
def test_numbers_in_a_list_are_an_array(script, read):
    seen = read(script)
    assert seen.parted is None
    assert [one.bias is not None for one in seen.network.layers] == [True, True]
    assert_sound(seen.network)


def test_numbers_that_are_drawn_are_drawn_anew(read):
    network = read(DRAWN).network
    bias = network.layers[0].bias
    one, other = network.init(0)[bias], network.init(1)[bias]
    assert len({*one}) == len(one)
    assert not np.any(one == other)


@pytest.mark.parametrize(
    "step",
    [
        "B[k][j] -= 0.3 * d[(j + 1) % len(d)]",  # the gradient of another unit
        "B[k][j] -= 0.3 * d[j] if j else 0.1 * d[j]",  # another rate for the first
        "B[k][j] -= 0.3 * d[j] * B[k][0]",  # one of them taken by itself
    ],
)
def test_numbers_that_are_not_stepped_alike_are_no_array(step, read):
    seen = read(BIASES.replace(STEP, f"                {step}\n"))
    assert seen.network is None


@pytest.mark.parametrize(
    "text",
    [
        BIASES.replace("d[j]", "d[(j + 1) % len(d)]"),
        BIASES.replace("range(len(B[k]))", "range(1, len(B[k]))"),
        VELOCITY.replace("range(len(B[k]))", "range(1, len(B[k]))"),
        NESTEROV.replace("b = [one + v for", "b = b[:1] + [one + v for").replace(
            "+ v for one, v in zip(b, u)]", "+ v for one, v in zip(b[1:], u[1:])]"
        ),
    ],
)
def test_it_is_said_that_numbers_of_a_list_are_stepped_apart(text, read):
    seen = read(text)
    assert seen.parted.reason == APART
    assert "b" in text.splitlines()[seen.parted.line - 1].lower()


def test_a_list_of_which_a_number_stays_is_no_array(read):
    seen = read(BIASES.replace("range(len(B[k]))", "range(1, len(B[k]))"))
    assert seen.network is None
