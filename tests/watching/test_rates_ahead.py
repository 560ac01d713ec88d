"""The rates of epochs that nobody waits for are those that the script would have had."""

import re
import sys

import pytest

from diagnose.recording.rewriting import Site
from diagnose.watching.rates_ahead import rates_ahead
from diagnose.watching.script import watch
from diagnose.watching.texts import Texts

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
    for epoch in range(2000):
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


@pytest.mark.parametrize(("before", "after"), BY_LINES)
def test_they_are_known_without_waiting_for_them(tmp_path, before, after):
    path = written(tmp_path, before, after)
    names = {}
    # the rates alone: the steps in between make no difference to them
    plain = re.sub(r"( +)(for i in range.*\n)(\1 +.*\n)+", "", path.read_text(encoding="utf-8"))
    exec(plain, names)
    seen = watch(path, seconds=60, longer=0.0)
    assert seen.parted is None
    assert seen.steps < 6 * 100
    pace = seen.network.learning_rate
    assert [pace(epoch) for epoch in range(2000)] == pytest.approx(names["made"], rel=1e-12)
    assert seen.roles["learning rate"]["text"].endswith("in the last of 2,000")


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_they_are_not_where_anything_else_has_a_say(tmp_path, before, after):
    seen = watch(written(tmp_path, before, after), seconds=60, longer=0.2)
    assert seen.parted is None
    assert not seen.roles["learning rate"]["text"].endswith("in the last of 2,000")


AT_MODULE = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X.sum(axis=1) > 0).astype(int)
W, b, lr = rng.normal(size=(3, 2)) / 10, np.zeros(2), 0.5

def tick():
    CHANGE

for epoch in range(1000):
    for i in range(0, 60, 10):
        z = X[i:i + 10] @ W + b
        e = np.exp(z - z.max(axis=1, keepdims=True))
        d = e / e.sum(axis=1, keepdims=True)
        d[np.arange(10), y[i:i + 10]] -= 1
        W -= lr * X[i:i + 10].T @ d
        b -= lr * d.sum(axis=0)
    if epoch % 3 == 0:
        lr = lr / 1.01
    tick()
"""


@pytest.mark.parametrize(
    ("change", "known"),
    [("pass", True), ("global lr\n    lr *= 0.99", False), ("globals()['lr'] *= 0.99", False)],
)
def test_a_function_may_change_a_number_of_the_module(tmp_path, change, known):
    path = tmp_path / "mine.py"
    path.write_text(AT_MODULE.replace("CHANGE", change), encoding="utf-8")
    seen = watch(path, seconds=60, longer=0.2)
    assert seen.parted is None
    assert seen.roles["learning rate"]["text"].endswith("of 1,000") == known


HANDED_ON_ONCE = """
def step(w, alpha):
    while True:
        w = w - alpha
        yield w

def train(w):
    lr = 0.5
    BEFORE
    for epoch in range(8):
        AT_FIRST
        for i in range(3):
            LOOK()
            w = next(made)
        if epoch % 4 == 3:
            lr = lr / 2

train(1.0)
"""


def told(before="pass", at_first="pass", taken="next(made)"):
    text = HANDED_ON_ONCE.replace("BEFORE", before).replace("AT_FIRST", at_first)
    text = text.replace("next(made)", taken)
    line = text[: text.index("for epoch")].count("\n") + 1
    loop, rate = Site(file="mine.py", line=line, text=""), Site(file="mine.py", line=4, text="")
    every = []

    def look():
        every.append(rates_ahead(Texts({"mine.py": text}), rate, "alpha", loop, sys._getframe()))

    exec(compile(text, "mine.py", "exec"), {"LOOK": look})
    return every


def test_a_number_that_was_handed_on_before_does_not_change_with_its_name():
    assert told(before="made = step(w, lr)")[0] is None
    # what stands before the steps is not seen to be theirs
    assert told(at_first="made = step(w, lr)")[0] is None


def test_a_number_that_is_handed_on_in_each_step_does():
    every = told(taken="next(step(w, lr))")
    assert every[0] == [0.5] * 4 + [0.25] * 4
    assert every[-1] == [0.25]


@pytest.mark.parametrize(("leaves", "known"), [("pass", True), ("continue", False)])
def test_what_stands_behind_a_loop_may_end_a_turn_of_that_around_it(leaves, known):
    taken = f"next(step(w, lr))\n        else:\n            {leaves}"
    assert (told(taken=taken)[0] is not None) == known
