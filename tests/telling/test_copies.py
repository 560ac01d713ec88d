"""Units that began as copies of each other and stay so are told; zeros that one step mends not."""

import pytest

from tests.telling.telling import kinds, told

EQUAL = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4))
Y = np.eye(3)[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
W1 = np.zeros((4, 6))
b1 = np.zeros(6)
W2 = np.zeros((6, 3))
for step in range(8):
    h = np.tanh(X @ W1 + b1)
    d = (h @ W2 - Y) / len(X)
    dz = d @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d
    W1 -= 0.1 * X.T @ dz
    b1 -= 0.1 * dz.sum(axis=0)
"""
DRAWN = "rng.normal(size=(4, 6))"
KIND = "symmetric-initialization"


COLUMNS = EQUAL.replace("X @ W1 + b1", "(W1 @ X.T).T + b1").replace("X.T @ dz", "dz.T @ X")


@pytest.mark.parametrize(
    "text",
    [
        EQUAL,
        EQUAL.replace("np.zeros((4, 6))", "np.ones((4, 6))"),
        COLUMNS.replace("np.zeros((4, 6))", "np.full((6, 4), 0.1)"),
    ],
)
def test_copies_are_told_in_the_line_that_multiplies_them(text):
    (found,) = [one for one in told(text) if one.kind == KIND]
    assert found.line == 10
    assert "the 6 units that" in found.observed
    assert "have the same weights" in found.observed


OFF = EQUAL.replace("np.zeros((4, 6))", DRAWN).replace("np.zeros(6)", "np.zeros(6) - 50")


@pytest.mark.parametrize(
    "text",
    [
        EQUAL.replace("np.zeros((4, 6))", DRAWN),  # the last layer is apart after one step
        # or nothing comes through to it
        OFF.replace("np.tanh(X @ W1 + b1)", "np.maximum(X @ W1 + b1, 0)").replace(
            "(1 - h ** 2)", "(h > 0)"
        ),
        # each feature has the same weight, and each unit another
        EQUAL.replace("np.zeros((4, 6))", "np.ones((4, 1)) * rng.normal(size=6)"),
    ],
)
def test_other_weights_are_not_told(text):
    assert KIND not in {kind for kind, *_ in kinds(text)}
