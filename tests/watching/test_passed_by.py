"""A layer that the next one does not take is told of; a second output beside the first is not."""

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
