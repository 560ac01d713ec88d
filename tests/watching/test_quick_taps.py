"""What passes a tap on ``left + right`` the short way is what passes it the long way."""

from __future__ import annotations

import pytest

from tests.watching.two_readings import are_the_same, two_readings

START = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(260, 4))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(4, 2)) / 10, np.zeros(2)
V, c = rng.normal(size=(2, 2)), np.zeros(2)
lr = RATE
def stepped(value, rate, slope):
    return value - rate * slope
for epoch in range(3):
    for i in range(260):
        x, y = np.array(X[i].tolist()), Y[i]
        h = np.tanh(x @ W + b)
        p = 1 / (1 + np.exp(-(h @ V + c)))
        d = (p - y) * p * (1 - p)
        e = (V @ d) * (1 - h * h)
"""
# Each at a place of its own, all four at one, so that it is counted which one it is, and with a
# rate that is another in each step.
APART = """
        W = W - lr * np.outer(x, e)
        b = b - lr * e
        V = V - lr * np.outer(h, d)
        c = c - lr * d
"""
TOGETHER = """
        W, b = stepped(W, lr, np.outer(x, e)), stepped(b, lr, e)
        V, c = stepped(V, lr, np.outer(h, d)), stepped(c, lr, d)
"""
CHANGING = f"{APART}        lr = lr * 0.999\n"
CHILD = """
import os, sys
from diagnose.reading import collecting
from diagnose.watching.child import main
quick_taps, left, count, way = collecting.quick_taps, os._exit, [], sys.argv[1]
def counted(tap):
    return lambda *given: (count.append(1), tap(*given))
def made(seen):
    return {at: counted(one) for at, one in quick_taps(seen).items()} if way == "1" else {}
collecting.quick_taps = made
os._exit = lambda code: (print(len(count), flush=True), left(code))
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("step", "rate"),
    [(APART, "0.1"), (APART, "np.array([0.1])"), (TOGETHER, "0.1"), (CHANGING, "0.1")],
)
def test_what_is_read_is_the_same(tmp_path, step, rate):
    script = START.replace("RATE", rate) + step
    (none, slow), (many, quick) = two_readings(tmp_path, script, CHILD, (0, 1))
    assert none == 0
    assert many > 500  # of 260 steps, half of which are looked at
    are_the_same(slow, quick)
