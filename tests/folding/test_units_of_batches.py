"""Units as objects with a vector of weights each, which take all samples of a batch at once."""

import pytest

from diagnose.folding.folded import VECTORS

HEAD = """
import numpy as np
rng = np.random.RandomState(27)
P = rng.randn(60, 2)
y = (P[:, 0] * P[:, 1] > 0).astype(float)

class Neuron:
    def __init__(self, inputs, scale):
        self.w = rng.randn(inputs) * scale
        self.b = 0.0
"""
COLUMNS = (
    HEAD
    + """
    def sums(self, A):
        self.A = A
        return self.w @ A + self.b

    def adjust(self, delta):
        self.b -= 0.5 * delta.sum() / len(delta)
        self.w -= 0.5 * (self.A @ delta) / len(delta)

hidden, out = [Neuron(2, 1.0) for _ in range(5)], Neuron(5, 0.5)
for step in range(60):
    S = np.tanh(np.array([one.sums(P.T) for one in hidden]))
    d = 1 / (1 + np.exp(-out.sums(S))) - y
    back = np.outer(out.w, d) * (1 - S ** 2)
    out.adjust(d)
    for one, delta in zip(hidden, back):
        one.adjust(delta)
"""
)
ROWS = (
    HEAD
    + """
    def answers(self, X):
        self.X = X
        return np.tanh(X @ self.w + self.b)

    def adjust(self, delta):
        self.b -= 0.5 * delta.mean()
        self.w -= 0.5 * (self.X.T @ delta) / len(delta)

hidden = [Neuron(2, 1.0) for _ in range(5)]
w, b = rng.randn(5) * 0.5, 0.0
for step in range(60):
    A = np.column_stack([one.answers(P) for one in hidden])
    d = 1 / (1 + np.exp(-(A @ w + b))) - y
    back = np.outer(d, w) * (1 - A ** 2)
    w = w - 0.5 * (A.T @ d) / len(d)
    b = b - 0.5 * d.mean()
    for k, one in enumerate(hidden):
        one.adjust(back[:, k])
"""
)


@pytest.mark.parametrize("text", [COLUMNS, ROWS])
def test_units_that_take_a_whole_batch_are_not_read(read, text):
    seen = read(text)
    assert seen.network is None
    assert seen.parted.reason == VECTORS
