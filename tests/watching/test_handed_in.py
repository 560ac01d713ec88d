"""Functions that write into what they are handed are told, as a risk; those that need not, not."""

import pytest

from diagnose.command.told import findings_told
from diagnose.report import RISK
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

RELU = "    a1 = np.maximum(z1, 0)\n"
OWN = "    d1 = (d2 @ W2.T) * (z1 > 0)\n"
CLIPPED = "    W1 -= lr * x.T @ d1\n"
ACTIVE = "def active(z):\n    z[z < 0] = 0\n    return z\n"
COPIED = "def active(z):\n    z = z.copy()\n    z[z < 0] = 0\n    return z\n"
SCALED = "def scaled(g):\n    g *= 0.5\n    return g\n"


# Of one sample, what the first layer computes has the shape of its bias.
ONE = """
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 2)
labels = (X[:, 0] * X[:, 1] > 0).astype(int)
w1, b1 = np.random.randn(8, 2), np.zeros(8)
w2, b2 = np.random.randn(2, 8), np.zeros(2)

def active(z):
    z[z < 0] *= 0.1
    return z

for epoch in range(10):
    for i in range(60):
        h = active(w1 @ X[i] + b1)
        e = np.exp(w2 @ h + b2)
        d2 = e / e.sum() - np.eye(2)[labels[i]]
        d1 = w2.T @ d2 * np.where(h > 0, 1.0, 0.1)
        w2 -= 0.03 * np.outer(d2, h)
        b2 -= 0.03 * d2
        w1 -= 0.03 * np.outer(d1, X[i])
        b1 -= 0.03 * d1
"""
DECAYED = ONE.replace("    z[z < 0] *= 0.1\n    return z", "    return np.where(z > 0, z, 0.1 * z)")
DECAYED = DECAYED.replace(
    "for epoch", "def scaled(g):\n    g *= 0.5\n    return g\n\nfor epoch"
).replace("b1 -= 0.03 * d1", "b1 -= 0.03 * scaled(d1 * 2)")


@pytest.mark.parametrize(("text", "line"), [(ONE, "z[z < 0] *= 0.1"), (DECAYED, "")])
def test_of_one_sample_it_is_told_too_and_no_gradient_is(text, line, tmp_path):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=20)
    assert seen.network is not None, seen.parted
    found = [one for one in seen.seen if one.kind == "inplace-mutation"]
    lines = text.splitlines()
    assert [lines[one.line - 1].strip() for one in found] == [line] * bool(line)


@pytest.mark.parametrize(
    ("functions", "old", "new", "line"),
    [
        (ACTIVE, RELU, "    a1 = active(z1)\n", "z[z < 0] = 0"),
        (COPIED, RELU, "    a1 = active(z1)\n", ""),
        # what is written into in the function that made it, and a gradient that is scaled
        ("", OWN, "    d1 = d2 @ W2.T\n        d1[z1 <= 0] = 0\n", ""),
        (SCALED, CLIPPED, "    W1 -= lr * scaled(x.T @ d1)\n", ""),
        # a weight, which the step has looked at before
        (
            "def stepped(w, g):\n    w -= lr * g\n",
            "    W2 -= lr * a1.T @ d2\n",
            "    stepped(W2, a1.T @ d2)\n",
            "",
        ),
    ],
)
def test_a_write_into_what_was_handed_in_is_told(functions, old, new, line, tmp_path):
    assert old in FLAT
    text = FLAT.replace(old, new).replace("W1 = np.random", f"{functions}W1 = np.random", 1)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=20)
    assert seen.network is not None, seen.parted
    found = [one for one in seen.seen if one.kind == "inplace-mutation"]
    lines = [None, *text.splitlines()]
    assert [lines[one.line].strip() for one in found] == [line] * bool(line)
    assert all(one.severity == RISK for one in findings_told(found))
