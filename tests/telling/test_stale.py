"""A forward pass that is not run again is told; what is kept of a first one on purpose is not."""

import pytest

from tests.telling.telling import kinds

HEAD = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = (X[:, 0] > 0).astype(float)
w = rng.normal(size=3) * 0.1
def answers(x):
    return 1 / (1 + np.exp(-(x @ w)))
"""
LAYERS = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W1 = rng.normal(size=(3, 8))
W2 = rng.normal(size=(8, 2))
h = np.tanh(X @ W1)
p = 1 / (1 + np.exp(-(h @ W2)))
for step in range(6):
    d = p - Y
    dh = d @ W2.T * (1 - h ** 2)
    W2 = W2 - 0.1 * h.T @ d
    W1 = W1 - 0.1 * X.T @ dh
"""
IN_PLACE = LAYERS.replace("W2 = W2 - ", "W2 -= ").replace("W1 = W1 - ", "W1 -= ")
ALONE = f"""{HEAD}
p = answers(X)
for step in range(6):
    w -= 0.1 * X.T @ (p - y)
"""
FIRES = {"layers": (LAYERS, 8), "in place": (IN_PLACE, 8), "by a call": (ALONE, 10)}
SILENT = {
    "run in each turn": ALONE.replace("range(6):", "range(6):\n    p = answers(X)"),
    "first answers are held against later ones": f"""{HEAD}
first = answers(X)
for step in range(6):
    p = answers(X)
    w -= 0.1 * X.T @ (p - y + 0.1 * (p - first))
""",
    "features of weights that stay": IN_PLACE.replace("W1 -= 0.1 * X.T @ dh", "pass").replace(
        "    d = p - Y", "    p = 1 / (1 + np.exp(-(h @ W2)))\n    d = p - Y"
    ),
    "weights drawn as a product": HEAD.replace("size=3) * 0.1", "size=(3, 3)) @ [0.1, 0.2, 0.1]")
    + """
for step in range(6):
    w -= 0.1 * X.T @ (answers(X) - y)
""",
}


@pytest.mark.parametrize("case", FIRES)
def test_one_that_runs_before_the_loop_alone_is_told(case):
    text, line = FIRES[case]
    assert ("stale-forward", line) in kinds(text)


@pytest.mark.parametrize("case", SILENT)
def test_what_is_meant_is_not(case):
    assert "stale-forward" not in {kind for kind, _ in kinds(SILENT[case])}
