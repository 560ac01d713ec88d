"""The rates of all epochs are those that the script had, whatever makes them."""

import re

import pytest

from diagnose.watching.script import watch

SCRIPT = """
import math
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X.sum(axis=1) > 0).astype(int)
W, b = rng.normal(size=(3, 2)) / 10, np.zeros(2)
made = []

def halved(rate, at):
    return rate / 2 if at % 4 == 3 else rate

def step(W, b, x, d, alpha):
    W = W - alpha * x.T @ d
    b = b - alpha * d.sum(axis=0)
    return W, b

def train(W, b):
    lr, decay = 0.5, 0.9
    for epoch in range(300):
        BEFORE
        made.append(lr)
        for i in range(0, 60, 10):
            z = X[i:i + 10] @ W + b
            e = np.exp(z - z.max(axis=1, keepdims=True))
            d = e / e.sum(axis=1, keepdims=True)
            d[np.arange(10), y[i:i + 10]] -= 1
            W, b = step(W, b, X[i:i + 10], d / 10, lr)
        AFTER
    return W, b

train(W, b)
"""
BY_LINES = [
    ("if epoch % 30 == 0:\n            lr = lr / 1.01", "pass"),
    ("pass", "lr *= decay ** 0.01"),
    ("lr = 0.5 / (1 + 0.01 * epoch)", "pass"),
    ("lr = max(0.5 * math.exp(-0.002 * epoch), 0.01)", "pass"),
    (
        "now = epoch + 1\n        if now < 50:\n            lr = 0.1 * now\n        else:\n"
        "            lr = 1 / np.sqrt(now)",
        "pass",
    ),
]
OTHERWISE = [
    ("lr = halved(lr, epoch)", "pass"),  # a function may do anything
    ("pass", "lr *= 0.99 if np.abs(W).max() > 0 else 1"),
    ("pass", "lr *= 0.99\n        if np.abs(b).max() > 100:\n            break"),
    ("pass", "for _ in range(2):\n            lr *= 0.99"),
    ("pass", "try:\n            lr *= 0.99\n        except ValueError:\n            pass"),
]


def written(folder, before, after, text=SCRIPT):
    path = folder / "mine.py"
    path.write_text(text.replace("BEFORE", before).replace("AFTER", after), encoding="utf-8")
    return path


@pytest.mark.parametrize(("before", "after"), BY_LINES + OTHERWISE)
def test_they_are_seen_to_the_last(tmp_path, before, after):
    path = written(tmp_path, before, after)
    names = {}
    # the rates alone: the steps in between make no difference to them
    plain = re.sub(r"( +)(for i in range.*\n)(\1 +.*\n)+", "", path.read_text(encoding="utf-8"))
    exec(plain, names)
    seen = watch(path, seconds=60)
    assert seen.parted is None
    pace = seen.network.learning_rate
    assert [pace(epoch) for epoch in range(300)] == pytest.approx(names["made"], rel=1e-12)
    assert seen.roles["learning rate"]["text"].endswith("in the last of 300")
