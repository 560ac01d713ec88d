"""A rate that is handed to the function that steps is watched on where it may be another later."""

from __future__ import annotations

import pytest

from diagnose.watching.handed_rate import may_be_another
from diagnose.watching.script import watch

STEP = """
def step(W, dW, lr):
    return W - lr * dW

BEFORE
for epoch in range(9):
    for x in samples:
        W = step(W, gradient(W, x), GIVEN)
"""
SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]

def schedule(epoch):
    return 0.1 if epoch < 20 else 0.02

class Net:
    def __init__(self):
        self.W, self.b = rng.normal(size=(3, 2)), np.zeros(2)

    def step(self, dW, db, lr):
        self.W = self.W - lr * dW
        self.b = self.b - lr * db

net = Net()
for epoch in range(30):
    for i in rng.permutation(60):
        x = X[i:i + 1]
        e = np.exp(x @ net.W + net.b)
        d = e / e.sum() - T[i:i + 1]
        net.step(x.T @ d, d[0], schedule(epoch))
"""


@pytest.mark.parametrize(
    ("before", "given", "another"),
    [
        ("", "0.1", False),
        ("RATE = 0.1", "RATE", False),
        ("def rate(epoch):\n    return 0.1", "rate(epoch)", False),
        ("def rate(epoch):\n    'As it is.'\n    return RATE / 2", "rate(epoch)", False),
        ("def rate(epoch):\n    return 0.1 if epoch < 5 else 0.01", "rate(epoch)", True),
        ("def rate(epoch):\n    if epoch > 5: return 0.01\n    return 0.1", "rate(epoch)", True),
        ("", "0.1 * 0.9 ** epoch", True),
        ("", "lr=0.1 / (1 + epoch)", True),
        ("lr *= 0.9", "lr", True),
        ("", "math.exp(-epoch)", True),
        ("", "*passed(x), 0.1", False),
    ],
)
def test_a_handed_rate_may_be_another(before, given, another):
    text = STEP.replace("BEFORE", before).replace("GIVEN", given)
    assert may_be_another({"mine.py": text}, "mine.py", 3, "lr") is another


def test_through_another_function():
    text = STEP.replace("BEFORE", "def train(W, rate):\n    return step(W, W, rate)")
    text = text.replace("step(W, gradient(W, x), GIVEN)", "train(W, 0.1 / (epoch + 1))")
    assert may_be_another({"mine.py": text}, "mine.py", 3, "np.float32(lr)")
    assert not may_be_another({"mine.py": text}, "mine.py", 3, "W")


def test_a_rate_that_an_object_keeps_is_handed_to_none_of_its_methods():
    text = SCRIPT.replace("lr * dW", "self.lr * dW")
    line = 1 + text.splitlines().index("        self.W = self.W - self.lr * dW")
    assert may_be_another({"mine.py": text}, "mine.py", line, "lr")
    assert not may_be_another({"mine.py": text}, "mine.py", line, "self.lr")


def test_a_schedule_is_seen_to_its_end(tmp_path):
    (tmp_path / "mine.py").write_text(SCRIPT, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    assert network is not None
    rates = [network.learning_rate(epoch) for epoch in range(30)]
    assert rates == 20 * [0.1] + 10 * [0.02]
