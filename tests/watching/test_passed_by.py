"""Layers that the next one does not take are told of, and biases that no unit gets."""

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
Y = np.sin(X[:, :1])
Z = X[:, 1:2] ** 2
W1, b1 = rng.normal(size=(4, 6)) / 2, np.zeros(6)
W2, b2 = rng.normal(size=(6, 6)) / 2, np.zeros(6)
W3, b3 = rng.normal(size=(6, 1)) / 2, np.zeros(1)
W4, b4 = rng.normal(size=(6, 1)) / 2, np.zeros(1)
for step in range(40):
    h = np.tanh(X @ W1 + b1)
STEP
    W1 -= 0.1 * X.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
"""
PASSED_BY = """
    g = np.tanh(h @ W2 + b2)
    out = h @ W3 + b3
    d3 = (out - Y) / 60
    d2 = d3 @ W3.T * (1 - g * g)
    d1 = d2 @ W2.T * (1 - h * h)
    W3 -= 0.1 * g.T @ d3
    b3 -= 0.1 * d3.sum(axis=0)
    W2 -= 0.1 * h.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
"""
BESIDE = """
    one = h @ W3 + b3
    two = h @ W4 + b4
    d3, d4 = (one - Y) / 60, (two - Z) / 60
    d1 = (d3 @ W3.T + d4 @ W4.T) * (1 - h * h)
    W3 -= 0.1 * h.T @ d3
    b3 -= 0.1 * d3.sum(axis=0)
    W4 -= 0.1 * h.T @ d4
    b4 -= 0.1 * d4.sum(axis=0)
"""

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


def told(folder, step):
    text = SCRIPT.replace("STEP", step.strip("\n"))
    (folder / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(folder / "mine.py", seconds=20)
    assert seen.network is None
    found = [one for one in seen.seen if one.kind == "layer-passed-by"]
    return [text.splitlines()[one.line - 1].strip() for one in found]


def test_a_layer_that_nothing_takes_is_told_where_the_next_one_is_computed(tmp_path):
    assert told(tmp_path, PASSED_BY) == ["out = h @ W3 + b3"]


def test_a_second_output_is_no_layer_that_is_passed_by(tmp_path):
    assert told(tmp_path, BESIDE) == []


def test_a_bias_that_is_added_along_the_samples_is_told_where_it_is_added(tmp_path):
    (tmp_path / "mine.py").write_text(COLUMNS, encoding="utf-8")
    (one,) = (
        one for one in watch(tmp_path / "mine.py", seconds=20).seen if one.kind == "broadcast-shape"
    )
    assert COLUMNS.splitlines()[one.line - 1].strip() == "h = np.tanh(W1 @ x + b1)"
    assert "(6,) is added to (6, 6)" in one.observed
