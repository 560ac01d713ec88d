"""A script runs on after its reading only where a test of its network may be to come."""

import sys

import pytest

from diagnose.recording.rewriting import Site
from diagnose.watching.left_to_do import left_to_do
from diagnose.watching.texts import Texts

SCRIPT = """
import numpy as np

def forward(x, W):
    z = x @ W
    e = np.exp(z - z.max())
    return e / e.sum()

def right(x, W, y):
    return np.mean(forward(x, W).argmax(axis=1) == y)

def stop():
    LOOK()

def train(W, y):
    for epoch in range(3):
        for i in range(4):
            d = forward(y, W) - y
            W = W - 0.1 * d
            stop()
        AGAIN
    THEN
    return W

if __name__ == "__main__":
    W = train(np.eye(3), np.eye(3))
    LAST
"""


def left(again="pass", then="pass", last="pass", call="W = train("):
    text = SCRIPT.replace("AGAIN", again).replace("THEN", then).replace("LAST", last)
    text = text.replace("W = train(", call)
    line = text[: text.index("for epoch")].count("\n") + 1
    loop = Site(file="mine.py", line=line, text="range(3)")
    found = []

    def look():
        found.append(left_to_do(Texts({"mine.py": text}), sys._getframe(), loop))

    exec(compile(text, "mine.py", "exec"), {"LOOK": look, "__name__": "__main__"})
    return found[0]


def test_nothing_is_to_come_where_one_image_is_shown_to_it():
    assert left() == (False, False)
    shown = "p = forward(np.eye(3)[:1], W)\n    print('it says', np.argmax(p))"
    assert left(last=shown) == (False, False)
    assert left(again="if epoch % 2:\n            print('still at it')") == (False, False)


@pytest.mark.parametrize(
    "last",
    [
        "print(right(np.eye(3), W, np.arange(3)))",
        "print(np.mean(forward(np.eye(3), W) - np.eye(3)))",
        "print(np.sum(np.eye(3) * np.log(forward(np.eye(3), W))))",
        "print(forward(np.eye(3), W)[np.arange(3), np.arange(3)])",
        "print(np.equal(forward(np.eye(3), W), np.eye(3)))",
        "from statistics import mean",
        "look = right\n    print(look(np.eye(3), W, np.arange(3)))",
    ],
)
def test_a_test_may_follow_the_training(last):
    assert left(last=last) == (False, True)
    assert left(then=last) == (False, True)


def test_so_it_may_in_the_statement_that_trains():
    assert left(call="W = 1 + train(") == (True, True)


@pytest.mark.parametrize(
    "again",
    [
        "if epoch == 2:\n            print(right(y, W, np.arange(3)))",
        "if epoch == 2:\n            break",
        "print(epoch == 2 and right(y, W, np.arange(3)))",
        "while epoch == 2:\n            break",
        "print([right(y, W, np.arange(3)) for one in [1] if epoch == 2])",
    ],
)
def test_a_test_may_come_in_some_epochs(again):
    assert left(again=again).within


def test_what_comes_in_every_epoch_was_seen():
    assert left(again="print(right(y, W, np.arange(3)))") == (False, False)


def test_of_a_file_that_is_not_known_nothing_is_said():
    loop = Site(file="mine.py", line=1, text="")
    assert left_to_do(Texts({}), sys._getframe(), loop) == (True, True)
