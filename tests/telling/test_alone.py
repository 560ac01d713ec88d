"""The largest of one number is told where it is compared as an answer; others are not."""

import pytest

from tests.telling.telling import told

TEXT = """
import numpy as np
rng = np.random.default_rng(0)
W = rng.normal(size=(4, 3))
X = rng.normal(size=(20, 3))
y = rng.integers(0, 4, 20)
hits = 0
for x, t in zip(X, y):
    p = W @ x.reshape(3, 1)
    if ASKED == t:
        hits += 1
"""
SAID = ["np.argmax(p, axis=1)[0]", "p.argmax(1)[0]", "int(p.argmax(axis=1)[0])"]
RIGHT = ["np.argmax(p, axis=0)[0]", "np.argmax(p)", "p.T.argmax(axis=1)[0]"]


def found(text):
    return [one for one in told(text) if "the largest of one number" in one.observed]


@pytest.mark.parametrize("asked", SAID)
def test_the_largest_of_one_number_is_told(asked):
    (one,) = found(TEXT.replace("ASKED", asked))
    assert (one.kind, one.line) == ("misleading-metric", 10)
    assert "table (4, 1)" in one.observed
    assert "0 was compared 20 times" in one.observed


@pytest.mark.parametrize("asked", RIGHT)
def test_the_largest_of_several_is_not(asked):
    assert not found(TEXT.replace("ASKED", asked))


def test_nor_are_few_nor_what_is_not_compared_nor_a_number_that_is_written():
    assert not found(TEXT.replace("ASKED", SAID[0]).replace("zip(X, y)", "zip(X[:9], y)"))
    assert not found(TEXT.replace("if ASKED == t", f"q = {SAID[0]}\n    if len(X) == 20"))
    assert not found(TEXT.replace("if ASKED == t", f"q = {SAID[0]}\n    if hits == 0"))
