"""A target that is one of the numbers of its own window is told; one after them is not."""

import numpy as np
import pytest

from diagnose.watching.script import watch
from tests.watching.test_own_test import read

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
s = np.sin(np.arange(80) / 3) + 0.1 * rng.normal(size=80)
X = np.array([s[i:i + 4] for i in range(70)])
y = np.array([TARGET for i in range(70)]).reshape(-1, 1)
W1, b1 = rng.normal(size=(4, 5)) / 2, np.zeros(5)
W2, b2 = rng.normal(size=(5, 1)) / 2, np.zeros(1)
for step in range(60):
    h = np.tanh(X @ W1 + b1)
    d = (h @ W2 + b2 - y) / len(X)
    e = d @ W2.T * (1 - h * h)
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(axis=0)
    W1 -= 0.1 * X.T @ e
    b1 -= 0.1 * e.sum(axis=0)
"""
TABLE = "X = np.array([s[i:i + 4] for i in range(70)])"


def told(folder, target, table=TABLE):
    text = SCRIPT.replace("TARGET", target).replace(TABLE, table)
    (folder / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(folder / "mine.py", seconds=30)
    assert seen.network is not None
    return [one for one in seen.seen if one.kind == "target-in-window"]


@pytest.mark.parametrize(
    ("target", "place", "words"),
    [("s[i + 3]", 4, "is number 4"), ("2 * s[i] + 1", 1, "on a line with number 1")],
)
def test_a_number_of_the_window_is_no_forecast(tmp_path, target, place, words):
    (one,) = told(tmp_path, target)
    assert one.numbers["place"] == place
    assert words in one.observed
    assert one.line == 6


@pytest.mark.parametrize(
    ("target", "table"),
    [
        ("s[i + 4]", TABLE),
        ("s[i + 3] + 0.2 * s[i + 4]", TABLE),
        # a table, whose rows go on nowhere: that a feature is what is asked for may be meant
        ("X[i, 0]", "X = rng.normal(size=(70, 4))"),
    ],
)
def test_a_forecast_is_let_alone(tmp_path, target, table):
    assert told(tmp_path, target, table) == []


def test_a_series_that_repeats_itself_is_one(tmp_path):
    """Of a period of three, what follows is the number of three before."""
    table = "s = np.tile([0.0, 1.0, 3.0], 30)[:80]\n" + TABLE
    text = SCRIPT.replace(TABLE, table)
    scope = {}
    exec(text.replace("TARGET", "s[i + 4]").split("W1,")[0], scope)
    assert np.array_equal(scope["X"][:, 1], scope["y"][:, 0])
    assert told(tmp_path, "s[i + 4]", table) == []


@pytest.mark.parametrize("count", [70, 600])  # the second makes a list that is not looked into
def test_windows_of_a_test_series_that_is_scaled_otherwise_are_told(count, tmp_path):
    scaled = "s = np.sin(np.arange(1000) / 3) + 0.1 * rng.normal(size=1000) + 3\na = s[:900]\n"
    windows = f"b = (a - 3) / 2\nX = np.array([b[i:i + 4] for i in range({count})])"
    tested = """
c = s[900:]
z = c / 2
Xt = np.array([z[i:i + 4] for i in range(90)])
print(np.mean((np.tanh(Xt @ W1 + b1) @ W2 + b2 - c[4:94].reshape(-1, 1)) ** 2))
"""
    text = SCRIPT.replace(TABLE, scaled + windows).replace("TARGET", "s[i + 4]")
    text = text.replace("range(70)", f"range({count})") + tested
    (one,) = (one for one in read(tmp_path, text).seen if one.kind == "test-preparation")
    assert text.splitlines()[one.line - 1] == "z = c / 2"
    assert "`c / 2`" in one.observed
