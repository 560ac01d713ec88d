"""Steps that stand behind the loop in whose turns they belong."""

import pytest

from .telling import told

BEGIN = (
    "import numpy as np\nrng = np.random.default_rng(0)\nX = rng.normal(size=(20, 3))\n"
    "T = np.zeros((20, 2))\nfor i, row in enumerate(X):\n    T[i, int(row[0] > 0)] = 1\n"
    "W = rng.normal(size=(3, 2))\nV = rng.normal(size=(2, 2))\n"
)
BACK = "(V @ d) * (1 - h ** 2)"
BY_SAMPLE = (
    f"{BEGIN}for e in range(6):\n    for x, t in zip(X, T):\n        h = np.tanh(x @ W)\n"
    f"        d = h @ V - t\n        dh = {BACK}\n    V -= 0.1 * np.outer(h, d)\n"
    "    W -= 0.1 * np.outer(x, dh)\n"
)
ONCE = (
    f"{BEGIN}for e in range(30):\n    h = np.tanh(X @ W)\n    d = h @ V - T\n"
    "    gV = h.T @ d\n    gW = X.T @ ((d @ V.T) * (1 - h ** 2))\n"
    "V -= 0.1 * gV\nW -= 0.1 * gW\n"
)
GRADIENTS = (
    f"{BEGIN}def grads(x, t):\n    h = np.tanh(x @ W)\n    d = h @ V - t\n"
    f"    return {{'V': h[:, None] * d, 'W': x[:, None] * {BACK}}}\nP = {{'V': V, 'W': W}}\n"
)
WITH_A_FUNCTION = (
    f"{GRADIENTS}for e in range(6):\n    for i in rng.permutation(20):\n"
    "        g = grads(X[i], T[i])\n    for k in P:\n        P[k] -= 0.1 * g[k]\n"
)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (BY_SAMPLE, "    V -=", "computes a gradient 20 times"),
        (ONCE, "V -=", "computes a gradient 30 times"),
        (WITH_A_FUNCTION, "        P[k]", "computes a gradient 20 times"),
    ],
    ids=["of each sample", "of each epoch", "by a function"],
)
def test_a_step_behind_the_loop_is_told_at_its_line(text: str, line: str, words: str) -> None:
    (one,) = [one for one in told(text) if one.kind == "step-behind-loop"]
    at = [number for number, each in enumerate(text.splitlines(), 1) if each.startswith(line)]
    assert one.line == at[0]
    assert words in one.observed


@pytest.mark.parametrize(
    "text",
    [
        BY_SAMPLE.replace("    V -=", "        V -=").replace("    W -=", "        W -="),
        f"{BEGIN}for e in range(6):\n    gV, gW = 0 * V, 0 * W\n    for x, t in zip(X, T):\n"
        f"        h = np.tanh(x @ W)\n        d = h @ V - t\n        gV += np.outer(h, d)\n"
        f"        gW += np.outer(x, {BACK})\n    V -= 0.1 * gV\n    W -= 0.1 * gW\n",
        f"{GRADIENTS}for e in range(6):\n    loss = 0\n    for x, t in zip(X, T):\n"
        "        loss += grads(x, t)['V'].sum()\n    g = grads(X[e], T[e])\n"
        "    for k in P:\n        P[k] -= 0.1 * g[k]\n",
        f"{BEGIN}def out(x):\n    h = np.tanh(x @ W)\n    return h, h @ V\n"
        "for e in range(6):\n    for i in range(20):\n        out(X[i])\n    h, o = out(X)\n"
        "    d = o - T\n    gW = X.T @ ((d @ V.T) * (1 - h ** 2))\n    V -= 0.1 * h.T @ d\n"
        "    W -= 0.1 * gW\n",
    ],
    ids=["in the loop", "summed", "after a look at all samples", "after a look at all answers"],
)
def test_silent_where_each_gradient_is_taken(text: str) -> None:
    assert not [one for one in told(text) if one.kind == "step-behind-loop"]
