"""Steps under a condition that seldom holds are told; sums, and gradients for a reason, are not."""

import pytest

from tests.telling.telling import told

BEGIN = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W = rng.normal(size=(3, 4))
V = rng.normal(size=(4, 2))
def step(p, g):
    for one, its in zip(p, g):
        one -= 0.1 * its
"""
PASS = """
for e in range(60):
    h = np.tanh(X @ W)
    d = h @ V - T
    g = X.T @ (d @ V.T * (1 - h ** 2)), h.T @ d
"""
UNDER = (
    f"{BEGIN}{PASS}    if e % 15 == 0:\n        print(np.mean(d ** 2))\n        step((W, V), g)\n"
)
ANEW = UNDER.replace("step((W, V), g)", "W = W - 0.1 * g[0]\n        V = V - 0.1 * g[1]")
FIRES = {"in place": (UNDER, "        step("), "anew": (ANEW, "        W = W -")}
SUMS = f"{BEGIN}G = [np.zeros((3, 4)), np.zeros((4, 2))]{PASS}"
SILENT = {
    "in each turn": UNDER.replace("        step(", "    step("),
    "in every fifth": UNDER.replace("e % 15", "e % 5"),
    "sums of all": f"{SUMS}    for k in range(2):\n        G[k] += g[k]\n    if e % 15 == 0:\n"
    "        step((W, V), G)\n        G = [0 * one for one in G]\n",
    "sums bound anew": f"{SUMS}    G = [a + b for a, b in zip(G, g)]\n    if e % 15 == 0:\n"
    "        step((W, V), G)\n        G = [0 * one for one in G]\n",
    "a perceptron that is seldom wrong": """
import numpy as np
rng = np.random.default_rng(0)
R, w = rng.normal(size=(3, 5)), np.zeros(5)
X = rng.normal(size=(200, 3))
for x in X:
    h = np.maximum(x @ R, 0)
    o = h @ w
    if o * x[0] < -3 or w[0] == 0:
        w += 0.1 * h * np.sign(x[0])
""",
    "of mistakes only": UNDER.replace("e % 15 == 0", "(d ** 2).mean() > 0 and e % 15 == 0"),
    "of a large error only": UNDER.replace(
        "    if e", "    large = d.max() > 0\n    if large and e"
    ),
    "of some samples": UNDER.replace("e % 15 == 0", "T[e, 0] >= 0 and e % 15 == 0"),
    "a gradient for that reason": UNDER.replace("    g = X", "    if e % 15 == 0:\n        g = X"),
}


@pytest.mark.parametrize("case", FIRES)
def test_steps_of_few_turns_are_told_where_they_are_called(case):
    text, line = FIRES[case]
    (one,) = [one for one in told(text) if one.kind == "step-behind-loop"]
    assert text.splitlines()[one.line - 1].startswith(line)
    assert "was computed 58 times in what was looked at" in one.observed
    assert "stepped by 3 of these gradients" in one.observed


@pytest.mark.parametrize("case", SILENT)
def test_what_takes_the_gradients_of_all_turns_or_few_is_not_told(case):
    assert not [one for one in told(SILENT[case]) if one.kind == "step-behind-loop"]
