"""Weights that each turn draws before it steps them are told; networks one after the other not."""

import pytest

from tests.telling.telling import told

BEGIN = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
def draw():
    return {'W': rng.normal(size=(3, 4)) * 0.5, 'V': rng.normal(size=(4, 2))}
def gradient(p, x, y):
    h = np.tanh(x @ p['W'])
    d = h @ p['V'] - y
    return {'V': h.T @ d, 'W': x.T @ (d @ p['V'].T * (1 - h ** 2))}
"""
BY_A_FUNCTION = f"""{BEGIN}
for e in range(12):
    p = draw()
    g = gradient(p, X, Y)
    for k in p:
        p[k] = p[k] - 0.1 * g[k]
"""
IN_PLACE = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = X.sum(axis=1)
for e in range(12):
    w = 0.1 * rng.normal(size=3)
    d = X @ w - y
    w -= 0.1 * X.T @ d
"""
FIRES = {
    "by a function": (BY_A_FUNCTION, "    p = draw()"),
    "and before it": (BY_A_FUNCTION.replace("for e in", "p = draw()\nfor e in"), "    p = draw()"),
    "in place": (IN_PLACE, "    w = 0.1"),
    "asked now and then": (
        f"{IN_PLACE}    if e % 3 == 0:\n        print(np.abs(X @ w - y).mean())\n",
        "    w = 0.1",
    ),
}
SILENT = {
    "drawn before the loop": BY_A_FUNCTION.replace("    p = draw()\n", "").replace(
        "for e in", "p = draw()\nfor e in"
    ),
    "one network after the other": f"""{BEGIN}
for trial in range(6):
    p = draw()
    for e in range(6):
        g = gradient(p, X, Y)
        for k in p:
            p[k] = p[k] - 0.1 * g[k]
""",
    "samples drawn anew": IN_PLACE.replace("    w = ", "    X = rng.normal(size=(12, 3))\n")
    .replace("0.1 * rng.normal(size=3)\n", "", 1)
    .replace("for e in", "w = np.zeros(3)\nfor e in"),
    "tried and not stepped": f"""{BEGIN}
for e in range(12):
    p = draw()
    print(np.abs(gradient(p, X, Y)['W']).max())
""",
    "the best of many, after a step each": IN_PLACE + "    print(np.abs(X @ w - y).mean())\n",
    "differences of losses": IN_PLACE.replace("    w -= 0.1 * X.T @ d", "    w = w - 1e-4"),
}


@pytest.mark.parametrize("case", FIRES)
def test_weights_that_each_turn_draws_anew_are_told_where_that_is_done(case):
    text, line = FIRES[case]
    (one,) = [one for one in told(text) if one.kind == "drawn-anew"]
    assert text.splitlines()[one.line - 1].startswith(line)
    assert "10 turns that were looked at no step was kept" in one.observed


@pytest.mark.parametrize("case", SILENT)
def test_what_is_carried_or_not_stepped_is_not_told(case):
    assert not [one for one in told(SILENT[case]) if one.kind == "drawn-anew"]
