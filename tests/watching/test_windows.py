"""Windows of a series."""

import pytest

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
