"""Biases that a program trains and does not compute with are told, where they belong."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

LISTS = """
import math, random
random.seed(7)
w1 = [[random.uniform(-1, 1) for i in range(2)] for j in range(3)]
b1 = [0.0] * 3
w2 = [random.uniform(-1, 1) for j in range(3)]
b2 = 0.0
LR = 0.8
h = [0.0] * 3
def forward(x):
    for j in range(3):
        s = START
        for i in range(2):
            s += w1[j][i] * x[i]
        h[j] = 1 / (1 + math.exp(-s))
    s = b2
    for j in range(3):
        s += w2[j] * h[j]
    return 1 / (1 + math.exp(-s))
for epoch in range(20):
    for x, t in [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]:
        o = forward(x)
        d = (t - o) * o * (1 - o)
        for j in range(3):
            e = d * w2[j] * h[j] * (1 - h[j])
            for i in range(2):
                w1[j][i] += LR * e * x[i]
            b1[j] += LR * e
        for j in range(3):
            w2[j] += LR * d * h[j]
        b2 += LR * d
"""
# Layers of a class, two of which have as many units, all computed in one line.
LAYERS = """
import numpy as np
np.random.seed(1)
class Layer:
    def __init__(self, i, o):
        self.W, self.b, self.v = np.random.randn(i, o) * 0.5, np.zeros((1, o)), 0.0
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, g, lr):
        back = g @ self.W.T
        self.v = 0.9 * self.v + g.sum(axis=0, keepdims=True)
        self.W -= lr * self.x.T @ g
        self.b = self.b - lr * self.v
        return back
X = np.random.randn(60, 3)
Y = (X.sum(axis=1, keepdims=True) > 0).astype(float)
layers = [Layer(3, 5), Layer(5, 5), Layer(5, 1)]
for epoch in range(20):
    for k in range(0, 60, 12):
        outs = [X[k:k + 12]]
        for one in layers:
            outs.append(np.tanh(one.forward(outs[-1])))
        g = (outs[-1] - Y[k:k + 12]) / 12
        for one, out in zip(layers[::-1], outs[::-1]):
            g = one.backward(g * (1 - out ** 2), 0.1)
"""


def told(folder, text, kind="unused-bias"):
    script = folder / "mine.py"
    script.write_text(text)
    seen = watch(script, seconds=20)
    assert seen.network is not None, seen.parted
    lines = [None, *text.splitlines()]
    found = [one for one in seen.seen if one.kind == kind]
    return [(lines[one.line].strip(), one.observed) for one in found]


def test_it_is_told_at_the_line_of_its_layer(tmp_path):
    ((line, said),) = told(tmp_path, FLAT.replace("x @ W1 + b1\n", "x @ W1\n"))
    assert line == "z1 = x @ W1"
    assert "layer 1 is computed here without a bias" in said
    assert "`b1 -= lr * d1.sum(axis=0)` trains 6 numbers" in said


def test_numbers_of_a_list_are_one_bias(tmp_path):
    ((line, said),) = told(tmp_path, LISTS.replace("START", "0.0"))
    assert line == "s += w1[j][i] * x[i]"
    assert "trains 3 numbers" in said
    assert not told(tmp_path, LISTS.replace("START", "b1[j]"))


def test_one_line_may_compute_several_layers(tmp_path):
    ((line, _),) = told(tmp_path, LAYERS)
    assert line == "return x @ self.W"


def test_of_several_layers_it_may_belong_to_the_step_is_told(tmp_path):
    text = FLAT.replace("4, 6", "4, 3").replace("6, 3", "3, 3").replace("zeros(6)", "zeros(3)")
    text = text.replace("x @ W1 + b1\n", "x @ W1\n").replace("a1 @ W2 + b2\n", "a1 @ W2\n")
    found = told(tmp_path, text)
    assert [line for line, _ in found] == [
        "b2 -= lr * d2.sum(axis=0)", "b1 -= lr * d1.sum(axis=0)",
    ]  # fmt: skip
    assert "that nothing takes which the network computes its output of" in found[0][1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("b1 -= lr * d1.sum(axis=0)", "pass"),  # there, and not trained
        ("b1 -= lr * d1.sum(axis=0)", "b1 += 0.1 * ((p - y) ** 2).sum() - 0.1 * b1"),
        ("b1 -= lr * d1.sum(axis=0)", "b1 = 0.9 * b1 + 0.1 * a1.mean(axis=0)"),  # a running mean
        ("x @ W1 + b1\n", "x @ W1 + b1\n"),
    ],
)
def test_what_is_not_trained_and_left_out_is_not_told(old, new, tmp_path):
    without = FLAT if old == "x @ W1 + b1\n" else FLAT.replace("x @ W1 + b1\n", "x @ W1\n")
    assert not told(tmp_path, without.replace(old, new))
