"""Biases that no unit gets are told."""

from diagnose.watching.script import watch

COLUMNS = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(4, 60))
Y = np.sin(X[:1])
W1, b1 = rng.normal(size=(6, 4)) / 2, np.zeros(6)
W2, b2 = rng.normal(size=(1, 6)) / 2, np.zeros((1, 1))
for epoch in range(20):
    for k in range(0, 60, 6):
        x, y = X[:, k:k + 6], Y[:, k:k + 6]
        h = np.tanh(W1 @ x + b1)
        d = (W2 @ h + b2 - y) / 6
        e = W2.T @ d * (1 - h * h)
        W2 -= 0.1 * d @ h.T
        b2 -= 0.1 * d.sum(axis=1, keepdims=True)
        W1 -= 0.1 * e @ x.T
        b1 -= 0.1 * e.sum(axis=1)
"""


def test_a_bias_that_is_added_along_the_samples_is_told_where_it_is_added(tmp_path):
    (tmp_path / "mine.py").write_text(COLUMNS, encoding="utf-8")
    (one,) = (
        one for one in watch(tmp_path / "mine.py", seconds=20).seen if one.kind == "broadcast-shape"
    )
    assert COLUMNS.splitlines()[one.line - 1].strip() == "h = np.tanh(W1 @ x + b1)"
    assert "(6,) is added to (6, 6)" in one.observed
