"""Samples beside those of each epoch are told, where they are left out of training and test."""

from __future__ import annotations

import numpy as np
import pytest

from diagnose.causes.exchange import exchanged, look_at
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(90, 3))
labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
XT = rng.normal(size=(60, 3))
yT = (XT[:, 0] > 0).astype(int) + (XT[:, 1] > 0)
T = np.eye(3)[labels]
W, b = rng.normal(size=(3, 3)) / 10, np.zeros(3)

def predict(x):
    z = x @ W + b
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

for epoch in range(30):
    for i in ORDER:
        x, t = X[i:i + 1], T[i:i + 1]
        d = predict(x) - t
        W -= 0.1 * x.T @ d
        b -= 0.1 * d[0]
print("accuracy", np.mean(predict(TESTED).argmax(axis=1) == ASKED))
"""
# The first rows, in another order in each epoch.
FEW = "rng.permutation(40)"


def read(folder, order, tested="XT", asked="yT", change=("", "")):
    text = SCRIPT.replace("ORDER", order).replace("TESTED", tested).replace("ASKED", asked)
    (folder / "mine.py").write_text(text.replace(*change), encoding="utf-8")
    seen = watch(folder / "mine.py", seconds=30, further=20.0)
    assert seen.network is not None
    return seen, [one for one in seen.seen if one.kind == "never-taken"]


def test_chosen_samples_are_meant(tmp_path):
    chosen = "rng.permutation([1, 2, 5, 7, 8, 12, 13, 21, 30, 34, 35, 36, 50, 61, 77, 80])"
    _, told = read(tmp_path, chosen)
    assert not told
    _, told = read(tmp_path, "rng.permutation(range(0, 90, 3))")
    assert told


@pytest.mark.parametrize(
    "change",
    [
        ("", ""),
        ("T = np.eye(3)[labels]", "T = np.eye(3)[labels]\ndel labels"),
        ("T = np.eye(3)[labels]", "T = np.eye(3)[labels]\nkept = [*X]\nnumbers = labels.tolist()"),
        # what else a program's names may stand for
        (
            "T = np.eye(3)[labels]",
            "T = np.eye(3)[labels]\nodd = [[1], [2, 3]] * 20, [None] * 40, [[]] * 40, ['a'] * 90\n"
            "class Odd:\n    __slots__ = ('a',)\nitems = [Odd()] * 90\n"
            "big = [10**400] * 90; o = Odd()",
        ),
    ],
)
def test_the_rest_of_the_array_is_told_and_a_sound_order_shows_it(tmp_path, change):
    seen, told = read(tmp_path, FEW, change=change)
    (one,) = told
    assert (one.numbers["taken"], one.numbers["left"]) == (40, 50)
    assert one.line == 1 + SCRIPT.split("\n").index("    for i in ORDER:") + change[1].count("\n")
    network, data = seen.network, seen.network.data()
    assert len(data.labels) == 90
    own = network.order(data.labels.copy(), 0, 0)
    assert {*own.tolist()} == {*range(40)}
    assert len(own) == 40
    author = look_at(network, Trainer(data=data, epochs=2), 0)
    sound = exchanged(author, {"order"}).order(data.labels.copy(), 0, 0)
    assert {*sound.tolist()} == {*range(90)}
    scope = {}
    exec(SCRIPT.split("for epoch")[0], scope)
    for row, label in zip(data.images, data.labels, strict=True):
        (at,) = np.flatnonzero((scope["X"] == row).all(axis=1))
        assert scope["labels"][at] == label


def test_samples_that_are_tested_on_are_left_out_for_a_reason(tmp_path):
    seen, told = read(tmp_path, FEW, tested="X[40:]", asked="labels[40:]")
    assert told == []
    assert len(seen.network.data().labels) == 40


def test_without_a_test_nothing_is_said(tmp_path):
    seen, told = read(tmp_path, FEW, tested="X[:40]", asked="labels[:40]")
    assert told == []
    assert len(seen.network.data().labels) == 40


@pytest.mark.parametrize(
    ("order", "change"),
    [
        ("rng.permutation(90)", ("", "")),
        # chosen before: of the array that is gone over, nothing is left
        ("rng.permutation(40)", ("T = np", "every = X\nX, labels = X[:40], labels[:40]\nT = np")),
        # others in each epoch
        ("rng.permutation(90)[:40]", ("", "")),
    ],
)
def test_what_is_gone_over_whole_is_let_alone(tmp_path, order, change):
    assert read(tmp_path, order, change=change)[1] == []


DRAWN = """
import numpy as np
np.random.seed(1)

def points(n):
    x = np.random.randn(2, n)
    return x, (x[0] > x[1]).astype(int)

X, y = points(300)
X_test, y_test = points(100)
W1, b1 = np.random.randn(4, 2), np.zeros((4, 1))
W2, b2 = np.random.randn(1, 4), np.zeros((1, 1))
for step in range(600):
    i = np.random.choice(len(X))
    x = X[:, [i]]
    h = np.tanh(W1 @ x + b1)
    p = 1 / (1 + np.exp(-(W2 @ h + b2)))
    d = p - y[i]
    g = (W2.T @ d) * (1 - h ** 2)
    W2 -= 0.1 * d @ h.T
    b2 -= 0.1 * d
    W1 -= 0.1 * g @ x.T
    b1 -= 0.1 * g
answers = 1 / (1 + np.exp(-(W2 @ np.tanh(W1 @ X_test + b1) + b2)))
print(np.mean((answers[0] > 0.5) == y_test))
"""


def drawn(folder, text):
    path = folder / "drawn.py"
    path.write_text(text, encoding="utf-8")
    return watch(path, further=20)


def test_samples_drawn_from_two_of_many_leave_the_others_aside(tmp_path):
    seen = drawn(tmp_path, DRAWN)
    assert "no step takes 298 more" in seen.roles["batches"]["text"]
    told = [one for one in seen.seen if one.kind == "never-taken"]
    assert [one.numbers for one in told] == [{"taken": 2, "left": 298}]
    labels = seen.network.data().labels
    assert len(labels) == 300
    assert {*labels.tolist()} == {0, 1}


def test_samples_drawn_from_all_leave_none_aside(tmp_path):
    seen = drawn(tmp_path, DRAWN.replace("len(X)", "len(y)"))
    assert "no step takes" not in seen.roles["batches"]["text"]
    assert not [one for one in seen.seen if one.kind == "never-taken"]
