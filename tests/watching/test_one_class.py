"""A training that shows one class alone, or one number alone, is read, and told of."""

import pytest

from diagnose.command import cli
from tests.watching.test_own_test import read

SPLIT = """
import numpy as np
np.random.seed(0)
X = np.random.randn(100, 4)
y = np.r_[np.zeros(50), np.ones(50)]
X[:50, 0] -= 3
x, t, X_test, t_test = X[:-50], y[:-50], X[-50:], y[-50:]
W, b = np.random.randn(4, 5) * 0.3, np.zeros(5)
v, c = np.random.randn(5, 1) * 0.3, 0.0

def answer(x):
    h = np.tanh(x @ W + b)
    return h, 1 / (1 + np.exp(-(h @ v + c)))

for epoch in range(60):
    h, p = answer(x)
    d = (p - t[:, None]) / len(x)
    dh = (d @ v.T) * (1 - h ** 2)
    v -= 0.5 * h.T @ d
    c -= 0.5 * d.sum()
    W -= 0.5 * x.T @ dh
    b -= 0.5 * dh.sum(axis=0)
print(np.mean((answer(X_test)[1][:, 0] > 0.5).astype(int) == t_test))
"""
NUMBERS = SPLIT.replace("t[:, None]", "3.5 * np.ones((50, 1))").replace(
    "1 / (1 + np.exp(-(h @ v + c)))", "h @ v + c"
)


def test_a_split_that_trains_on_one_class_and_tests_on_the_other_is_told(tmp_path):
    seen = read(tmp_path, SPLIT)
    assert seen.network.classes == 2
    (told,) = [one for one in seen.seen if one.kind == "sorted-split"]
    assert told.numbers == {"class": 1, "tested": 50, "trained": 0}
    assert "X[:-50]" in SPLIT.splitlines()[told.line - 1]


@pytest.mark.parametrize(("value", "told"), [("3.5", True), ("3.5 + x[:, :1]", False)])
def test_numbers_that_are_all_the_same_are_told(value, told, tmp_path, capsys):
    text = NUMBERS.replace("3.5 * np.ones((50, 1))", "goal").replace(
        "W, b =", f"goal = np.ones((50, 1)) * ({value})\nW, b ="
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    asked = ["report", str(tmp_path / "mine.py"), "--no-cache", "--probes-only", "--full"]
    assert cli.main(asked) == 0
    assert ("nothing was trained" in " ".join(capsys.readouterr().out.split())) == told
