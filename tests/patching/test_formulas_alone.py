"""Edits that are told by the source alone: formulas, draws, and shapes."""

from types import SimpleNamespace

import libcst as cst
import pytest

from diagnose.patching.as_if_read import as_if_read
from diagnose.patching.formulas import FORMULAS
from diagnose.patching.only_told import only_told, without_told
from diagnose.patching.orders import OF_DRAWS
from diagnose.patching.seen import kept_in_floats
from diagnose.patching.shaped import SHAPES, undivided
from diagnose.patching.slips import of_slips
from diagnose.patching.source import Source, patched
from diagnose.patching.starting import lists_of_one_number
from diagnose.patching.told_alone import mended_by_print
from tests.patching.making import trials_of

REPORT = SimpleNamespace(network=SimpleNamespace(name="s"), findings={}, twin=None, data={})


def texts(makers, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for maker in makers for one in maker(source)]


@pytest.mark.parametrize(
    ("makers", "text", "wanted"),
    [
        (FORMULAS, "a = 1 / (1 + np.exp(z))\n", "a = 1 / (1 + np.exp(-z))\n"),
        (FORMULAS, "e = np.exp(-z)\np = e / e.sum()\n", "e = np.exp(z)\np = e / e.sum()\n"),
        (FORMULAS, "a = np.minimum(0, z)\n", "a = np.maximum(0, z)\n"),
        (FORMULAS, "g = np.clip(g, 0, 5)\n", "g = np.clip(g, -5, 5)\n"),
        (FORMULAS, "g = np.clip(g, 0, 5)\n", ""),
        (FORMULAS, "g = (a * b).clip(-1, 1)\n", "g = (a * b)\n"),
        (
            FORMULAS,
            "for t in range(9):\n    h = m / (1 - beta1)\n",
            "for t in range(9):\n    h = m / (1 - beta1 ** (t + 1))\n",
        ),
        (FORMULAS, "d.append(-y / (p[k] + 1e-3))\n", "d.append((p[k] - y))\n"),
        (FORMULAS, "d = -(y / np.clip(p, 1e-9, 1))\n", "d = (p - y)\n"),
        (FORMULAS, "s = h\ns[s > 0] = 1\n", "s = h.copy()\ns[s > 0] = 1\n"),
        (FORMULAS, "m = b * m + (1 - b) * g[k] ** 2\n", "m = b * m + (1 - b) * g[k]\n"),
        (FORMULAS, "v = b * v + (1 - b) * g[k]\n", "v = b * v + (1 - b) * g[k] ** 2\n"),
        (FORMULAS, "h = m / (1 - b1 ** t)\n", "h = m / (1 - b1 ** (t + 1))\n"),
        (FORMULAS, "h = m / (1 - b1 * t)\n", "h = m / (1 - b1 ** t)\n"),
        (FORMULAS, "s = np.sum(p == yt) / len(X)\n", "s = np.sum(p == yt) / len(yt)\n"),
        (FORMULAS, "d = e * (h**2 - 1)\n", "d = e * (1 - h**2)\n"),
        (OF_DRAWS, "for e in E:\n    np.random.seed(1)\n    go()\n", "for e in E:\n    go()\n"),
        (
            OF_DRAWS,
            "for e in E:\n    r = np.random.default_rng(1)\n    go(r)\n",
            "r = np.random.default_rng(1)\nfor e in E:\n    go(r)\n",
        ),
        (
            OF_DRAWS,
            "i = np.random.choice(len(X))\nstep(X[:, i])\n",
            "i = np.random.choice(X.shape[1])\nstep(X[:, i])\n",
        ),
        (
            OF_DRAWS,
            "i = np.random.randint(0, 10)\nstep(X[i])\n",
            "i = np.random.randint(0, len(X))\nstep(X[i])\n",
        ),
        (
            OF_DRAWS,
            "for i in range(9):\n    step(X[i])\n",
            "for i in range(len(X)):\n    step(X[i])\n",
        ),
        (
            OF_DRAWS,
            "i = np.argsort(y)\nstep(x[i])\n",
            "i = np.random.permutation(len(y))\nstep(x[i])\n",
        ),
        (SHAPES, "x = d.reshape(8, len(d)) / 255\n", "x = d.reshape(len(d), 8).T / 255\n"),
        (SHAPES, "x = np.array([a, b]).reshape(-1, 2)\n", "x = np.array([a, b]).T\n"),
        (SHAPES, "x = np.stack((f(a), b)).reshape(n, 2) / 9\n", "x = np.stack((f(a), b)).T / 9\n"),
        (SHAPES, "x = d.astype(float)\n", "x = d.astype(float) / 255\n"),
        (SHAPES, "x = d.reshape(784, -1) / 9\n", "x = d.reshape(-1, 784).T / 9\n"),
        (SHAPES, "x = d.reshape(784, -1).T / 9\n", "x = d.reshape(-1, 784) / 9\n"),
        (SHAPES, "y = f(x)\nd = o - y\n", "y = f(x).reshape(-1, 1)\nd = o - y\n"),
        (SHAPES, "x = d['images'] - 128\n", "x = d['images'] - 128.0\n"),
        (
            (of_slips,),
            "x.append([int(p) // 16 for p in r])\n",
            "x.append([int(p) / 16 for p in r])\n",
        ),
        (
            (lists_of_one_number,),
            "w = [[0.1 for _ in range(n)] for _ in range(m)]\nv = w[0]\nv[i] -= 2 * g\n",
            "w = [[random.uniform(-1, 1) / n ** 0.5 for _ in range(n)] for _ in range(m)]\n"
            "v = w[0]\nv[i] -= 2 * g\n",
        ),
        (
            (lists_of_one_number,),
            "w = [[0.0] * n for _ in range(m)]\nw[i][j] -= 2 * g\n",
            "w = [[random.uniform(-1, 1) / n ** 0.5 for _ in range(n)] for _ in range(m)]\n"
            "w[i][j] -= 2 * g\n",
        ),
        (
            (of_slips,),
            "w = [a - 0.1 * g for a, g in zip(w, gs)]\n",
            "w = [a + 0.1 * g for a, g in zip(w, gs)]\n",
        ),
        (
            (of_slips,),
            "p = {k: p[k] + 0.1 * g[k] for k in p}\n",
            "p = {k: p[k] - 0.1 * g[k] for k in p}\n",
        ),
        (
            (of_slips,),
            "p = np.empty_like(c)\np[:, 0] = (c[:, 0] - m) / s\n",
            "p = np.empty_like(c, dtype=float)\np[:, 0] = (c[:, 0] - m) / s\n",
        ),
        (
            (of_slips,),
            "p = np.zeros(9, dtype=int)\np[0] = c / s\n",
            "p = np.zeros(9, dtype=float)\np[0] = c / s\n",
        ),
        ((of_slips,), "lr = 1e-5\nw -= lr * g\n", "lr = 0.1\nw -= lr * g\n"),
        (
            (of_slips,),
            "def error(o, t):\n    return t - o\n",
            "def error(o, t):\n    return o - t\n",
        ),
    ],
)
def test_what_learners_get_wrong_is_tried_otherwise(makers, text, wanted):
    assert wanted in texts(makers, text)


@pytest.mark.parametrize(
    ("makers", "text"),
    [
        (FORMULAS, "a = 1 / (1 + np.exp(-z))\ne = np.exp(z - m)\n"),
        (FORMULAS, "a = np.maximum(0, z)\nb = np.minimum(z, 5)\n"),
        (FORMULAS, "h = m / (1 - p)\n"),
        (OF_DRAWS, "np.random.seed(1)\nfor e in E:\n    go()\n"),
        (OF_DRAWS, "i = np.random.choice(len(X))\nprint(i)\n"),
        # by rows, so that there are as many as rows, and not as columns
        (OF_DRAWS, "i = np.random.permutation(len(X))\nX = X[i]\n"),
        # so many right answers are divided by 9 behind the loop
        (OF_DRAWS, "for i in range(9):\n    right += ask(x[i]) == t[i]\nprint(right / 9)\n"),
        (OF_DRAWS, "for i in range(9):\n    if ask(x[i]) == t[i]:\n        right += 1\n"),
        (SHAPES, "x = d.reshape(-1, 784) / 255\nz = x + 1\n"),
        ((undivided,), "for i in range(n // 8):\n    step(x[n // 2 + i])\n"),
        # labels, of which all would be below a half
        (SHAPES, "y = (a > b).astype(float).reshape(-1, 1)\n"),
        (SHAPES, "y = d.reshape(-1)\nt = y[80:]\nprint(((p > 0.5) == (t > 0.5)).mean())\n"),
        (SHAPES, "y = d.reshape(-1)\nfor x, t in zip(X, y):\n    n += ask(x) == t\n"),
        (FORMULAS, "g = [None] * (n - 1)\n"),
        (
            (lambda source: [one for one in of_slips(source) if one.part == "step"],),
            "s = [a - b for a, b in zip(ts, us)]\n",
        ),
        ((kept_in_floats,), "p = np.empty_like(c)\np[0] = 3\nq = np.zeros(9)\nq[0] = c / s\n"),
        # sums that are begun in each turn, and weights that are drawn
        (
            (lists_of_one_number,),
            "for e in E:\n    s = [[0.0] * n for _ in range(m)]\n    s[i][j] += g\n",
        ),
        (
            (lists_of_one_number,),
            "w = [[draw() for _ in range(n)] for _ in range(m)]\nw[i][j] -= g\n",
        ),
    ],
)
def test_what_is_written_as_it_should_be_stays(makers, text):
    assert texts(makers, text) == []


def test_what_is_made_of_as_many_arrays_as_it_gets_columns_is_turned_and_nothing_else():
    for made in ("[[0, 1], [1, 0]]", "[a, b, c]", "points"):
        text = f"x = np.array({made}).reshape(-1, 2)\n"
        assert not any(".T" in one for one in texts(SHAPES, text))


# A network of one hidden layer, whose derivative is that of another activation.
SLOPE = """\
import numpy as np
rng = np.random.default_rng(0)
X = np.c_[rng.normal(size=(60, 2)), np.ones(60)]
t = (X[:, 0] * X[:, 1] > 0) * 1.0
W, v = rng.normal(size=(3, 12)), rng.normal(size=12) * 0.5
for e in range(40):
    for x, y in zip(X, t):
        h = np.tanh(x @ W)
        d = 1 / (1 + np.exp(-h @ v)) - y
        W -= 0.3 * np.outer(x, d * v * (1 - v**2))
        v -= 0.3 * d * h
right = np.mean((np.tanh(X @ W) @ v > 0) == t)
print("test", right)
"""


def test_of_a_script_that_was_not_read_all_lines_of_the_training_are_tried(tmp_path):
    source = Source(SLOPE.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    before = float(trials.printed(())[1].split()[1])
    chosen = mended_by_print(as_if_read(source, REPORT), trials, 2)
    after = float(trials.printed(chosen)[1].split()[1])
    assert after > 0.9 > 0.75 > before


MAKES_SAMPLES = """\
import numpy as np
X, y = [], []
for c in range(2):
    X.append(c * 2 + np.arange(9) * c)
    y += [c] * 9
for e in range(9):
    for x, t in zip(np.array(X), y):
        d[t] = 2 * np.outer(x, e)
        w = [a - 0.1 * g for a, g in zip(w, d)]
"""


def test_of_a_script_that_was_not_read_samples_stay_as_they_are_made():
    source = Source(MAKES_SAMPLES.encode(), "mine.py")
    edits = as_if_read(source, REPORT)
    assert "        d[t] = -2 * np.outer(x, e)\n" in "".join(
        patched(source, [one]).decode() for one in edits
    )
    assert not [one for one in edits if source.written(one) & {2, 3, 4, 5}]


# Its rate is far too small; the error is added up for what is printed, and for nothing else.
SUMMED = """\
w, b = 0.1, 0.0
for e in range(20):
    total = 0.0
    for x, t in data:
        total = total  # so that there is a line to begin with
        o = w * x + b
        d = o - t
        w -= 1e-9 * d * x
        b -= 1e-9 * d
        error = abs(d)
        total += error
print("error", total / 60)
"""


def test_what_only_tells_of_a_training_is_not_edited_in_its_place():
    source = Source(SUMMED.encode(), "mine.py")
    assert only_told(source) == {"e", "total", "error"}
    every = as_if_read(source, REPORT)
    kept = without_told(source, every)
    texts = [patched(source, [one]).decode() for one in every if one not in kept]
    assert any("error = d\n" in one for one in texts)
    assert not any("error = d\n" in patched(source, [one]).decode() for one in kept)
    assert any("w += 1e-9" in patched(source, [one]).decode() for one in kept)
    told = next(one for one in source.of_type(cst.Assign) if source.text(one) == "error = abs(d)")
    for name, others in (("w", 1), ("e", 0)):  # under the name of a weight it would step that
        renamed = source.edit(told.targets[0].target, name, "step", "")
        assert len(without_told(source, [renamed])) == others


@pytest.mark.parametrize(
    "text",
    [
        # a parameter has another name where it is stepped
        "P = [W]\nfor e in E:\n    g = x @ (W @ x - t)\n    for p in P:\n        p -= g\n",
        "for e in E:\n    g = x @ (W @ x - t)\n    W[:] = W - 0.1 * g\n",
        "def slope(a):\n    return a * (a - 1)\nfor e in E:\n    W -= slope(W @ x)\n",
        "for e in E:\n    g = x * (W @ x - t)\n    opt.step(g)\n",
        "for e in E:\n    g = x * (W @ x - t)\n    if g > 9:\n        break\n    W -= x\n",
    ],
)
def test_what_may_go_into_a_step_is_edited(text):
    assert not only_told(Source(text.encode(), "mine.py")) & {"g", "a", "slope", "p", "W"}
