"""What a run tells by itself: each kind on a program that has it, and silence on its traps."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.command import cli
from diagnose.recording.nodes import Ref
from diagnose.recording.sites import Site
from diagnose.telling.record import KINDS
from diagnose.telling.shapes import Broadcasts
from diagnose.telling.steps import _fractions_lost
from diagnose.watching.script import watch
from tests.telling.telling import kinds, told
from tests.watching.scripts import COLUMNS, FLAT

COLUMN = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = X[:, 0] * 0.5
W = rng.normal(size=(3, 1)) * 0.1
for step in range(6):
    out = X @ W
    gap = out - y.reshape(-1, 1)
    W = W - 0.1 * X.T @ gap / len(X)
"""
TABLE = COLUMN.replace(
    "gap = out - y.reshape(-1, 1)", "gap = (out - y).mean(axis=1, keepdims=True)"
)
ACCURACY = f"{COLUMN}\nlabels = y > 0\nprint(np.mean((X @ W > 0) == labels))\n"
SIGMOID = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3))
y = np.where(X[:, :1] > 0, 1, -1)
W = rng.normal(size=(3, 1)) * 0.1
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for step in range(6):
    out = sigmoid(X @ W)
    W = W - 0.1 * X.T @ (out - y)
print(np.mean(np.sign(sigmoid(X @ W)) == y))
"""
DROPOUT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W1 = rng.normal(size=(3, 8))
W2 = rng.normal(size=(8, 2))
def forward(x, training=True):
    h = np.maximum(x @ W1, 0)
    if training:
        h = h * (rng.random(h.shape) < 0.5) / 0.5
    return h, h @ W2
for step in range(6):
    h, z = forward(X)
    d = (z - Y) / len(X)
    dh = d @ W2.T * (h > 0)
    W2 -= 0.1 * h.T @ d
    W1 -= 0.1 * X.T @ dh
print(np.mean(forward(X)[1].argmax(axis=1) == Y.argmax(axis=1)))
"""
DEEP = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
W1, W2, W3 = (rng.normal(size=size) * 0.1 for size in ((3, 8), (8, 8), (8, 2)))
for step in range(6):
    m2, m1 = rng.random((20, 8)) < 0.5, rng.random((20, 8)) < 0.5
    h1 = np.tanh(X @ W1) * m1
    h2 = np.tanh(h1 @ W2) * m2
    d3 = (h2 @ W3 - Y) / len(X)
    d2 = d3 @ W3.T * m2 * (1 - h2 ** 2)
    d1 = d2 @ W2.T * m1 * (1 - h1 ** 2)
    W3 -= 0.1 * h2.T @ d3
    W2 -= 0.1 * h1.T @ d2
    W1 -= 0.1 * X.T @ d1
"""
EVERYTHING = "def softmax(z):\n    e = np.exp(z)\n    return e / np.sum(e)\n"
EVERYTHING += COLUMNS.replace("1 / (1 + np.exp(-z))", "softmax(z)")
PICTURES = """
import numpy as np
rng = np.random.default_rng(0)
P = rng.integers(0, 256, size=(20, 2, 3))
X = P.reshape(6, -1) / 255
Y = np.eye(2)[:, np.arange(20) % 2]
W = rng.normal(size=(2, 6)) * 0.1
for step in range(6):
    W = W - 0.1 * (W @ X - Y) @ X.T / 20
"""
UNITS = """
import numpy as np
rng = np.random.default_rng(0)
T = rng.normal(size=(30, 3)) * np.array([1, 50, 2000])
X = T - T.mean(axis=1, keepdims=True)
y = rng.normal(size=(30, 1))
W = np.zeros((3, 1))
for step in range(6):
    W -= 1e-8 * X.T @ (X @ W - y)
"""
REBOUND = """
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
W, b = rng.normal(size=(3, 1)), np.zeros(1)
for step in range(6):
    g = X.T @ (X @ W + b - y)
    for p, its in ((W, g), (b, g.sum(axis=0))):
        p = p - 0.01 * its
"""
OVERFLOW = """
import numpy as np
W = np.full((2, 2), 3.0)
x = np.ones((4, 2))
for step in range(12):
    z = x @ W
    p = z ** 40
    W = W + x.T @ p
"""
WHOLE = """
import numpy as np
W = np.zeros((2, 3), dtype=int)
for i in range(2):
    for j in range(3):
        W[i, j] = 0.3 * i + j
print(np.ones((4, 2)) @ W)
"""
NOTHING = """
import numpy as np
X = np.ones((12, 3))
W, b = np.ones((3, 1)), np.zeros(1)
order = np.arange(12)
for i in range(0, 12, 4):
    pick = order[i:4]
    g = X[pick] @ W + b - 1
    b = b + g.mean(axis=0)
    W = W - 0.1 * X[pick].T @ g
print((X + b) @ W)
"""
MORE = NOTHING.replace("12", "16")
SPENT = f"""{COLUMN[: COLUMN.index("for step")]}
def cut():
    for at in range(0, 12, 2):
        yield X[at:at + 2], y[at:at + 2, None]
batches = cut()
for epoch in range(4):
    for x, y in batches:
        W = W - 0.1 * x.T @ (x @ W - y)
"""
LEFT = """
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 5)), np.arange(12) % 3
W, T = rng.normal(size=(5, 3)), np.zeros((12, 3))
for i in (0, 1, 4, 8):
    x = X[i:i + 4]
    t = y[i:i + 4]
    T[:4][np.arange(4), t] = 1
    W -= 0.1 * x.T @ (x @ W - T[:4])
"""
MASKED = """
import numpy as np
rng = np.random.default_rng(0)
X, W = rng.normal(size=(12, 20)), rng.normal(size=(20, 3))
for i in (0, 6, 0, 6):
    x = X[i:i + 6]
    x *= rng.random(x.shape) < 0.7
    W -= 0.1 * x.T @ (x @ W)
"""
MARKS = "import numpy as np\nT = np.eye(4)[np.arange(12) % 4]\nP = T[::-1] * 0.5 + 0.1\n"
BYTES = "import numpy as np\nP = np.arange(200, dtype=np.uint8)\nx = (P - 128) / 128.0\n"
SPEAKS = {
    "bytes that wrap around": (BYTES, "integer-dtype", "x = (P - 128)"),
    "a table in a step": (TABLE, "broadcast-shape", "y = X[:, 0] * 0.5"),
    "a table of rows that are taken in each step": (
        TABLE.replace("X @ W", "X[at] @ W").replace("out - y", "out - y[at]")
        .replace("    out =", "    at = rng.permutation(12)\n    out ="),
        "broadcast-shape", "y = X[:, 0] * 0.5",
    ),
    "a table in an accuracy": (ACCURACY, "broadcast-shape", "print(np.mean((X @ W > 0) =="),
    "sign of a sigmoid": (SIGMOID, "misleading-metric", "print(np.mean(np.sign(sigmoid(X @ W)) =="),
    "targets below a sigmoid": (SIGMOID, "output-range", "    W = W - 0.1 * X.T @ (out - y)"),
    "the largest of each column": (
        DROPOUT.replace("argmax(axis=1)", "argmax(axis=0)"), "misleading-metric",
        "print(np.mean(forward(X)",
    ),
    "the largest of each column, one by one": (
        DROPOUT.replace(
            "print(np.mean(forward(X)[1].argmax(axis=1) == Y.argmax(axis=1)))",
            "said = forward(X)[1].argmax(axis=0)\n"
            "print(sum(int(a) == int(t) for a, t in zip(said, Y.argmax(axis=1))))",
        ),
        "misleading-metric", "said = forward(X)",
    ),
    "dropout when predicting": (DROPOUT, "dropout-when-predicting", "print(np.mean(forward(X)[1]"),
    "units scaled by the wrong share": (
        DROPOUT.replace("< 0.5) / 0.5", "< 0.2) / 0.8"), "dropout-scale", "        h = h * (rng",
    ),
    "targets in thousands": (
        COLUMN.replace("* 0.5", "* 5000"), "unscaled-targets", "y = X[:, 0] * 5000",
    ),
    "pictures mixed": (PICTURES, "mixed-samples", "X = P.reshape(6, -1) / 255"),
    "only the brightest left": (
        PICTURES.replace("P.reshape(6, -1) / 255", "(P.reshape(20, 6) // 255).T * 1.0"),
        "integer-dtype", "X = (P.reshape(20, 6) // 255).T",
    ),
    "scaled along a sample": (UNITS, "scaled-by-sample", "X = T - T.mean(axis=1, keepdims=True)"),
    "fractions of samples lost": (
        UNITS.replace("T - T.mean(axis=1, keepdims=True)", "(T / T.std(axis=0)).astype(int) * 1.0"),
        "integer-dtype", "X = (T / T.std",
    ),
    "samples divided without remainder": (
        UNITS.replace("T - T.mean(axis=1, keepdims=True)", "(T[:, :2] // 60) * 1.0").replace(
            "(3, 1)", "(2, 1)"
        ),
        "integer-dtype", "X = (T[:, :2] // 60)",
    ),
    "whole numbers of samples divided without remainder": (
        UNITS.replace(
            "T - T.mean(axis=1, keepdims=True)", "((T[:, :2].astype(int) - 5) // 60) * 1.0"
        ).replace("(3, 1)", "(2, 1)"),
        "integer-dtype", "X = ((T[:, :2].astype(int)",
    ),
    "scaled by one mean of all": (
        UNITS.replace("axis=1, keepdims=True", ""), "scaled-as-one", "X = T - T.mean()",
    ),
    "a softmax over the samples": (FLAT.replace("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"),
        "softmax-axis", "        p = e / e.sum(axis=0)"),
    "a softmax over everything": (EVERYTHING, "softmax-axis", "    return e / np.sum(e)"),
    "a name bound anew": (REBOUND, "frozen-parameter", "        p = p - 0.01 * its"),
    "an overflow": (OVERFLOW, "not-finite", "    p = z ** 40"),
    "a mean of nothing": (NOTHING, "not-finite", "    b = b + g.mean(axis=0)"),
    "batches without samples": (MORE, "empty-batches", "    pick = order[i:4]"),
    "batches without samples in columns": (
        MORE.replace("order = np.arange(16)", "C = X.T").replace("order[i:4]", "C[:, i:4].T")
        .replace("X[pick]", "pick"),
        "empty-batches", "    pick = C[:, i:4].T",
    ),
    "batches without samples that are passed over": (
        MORE.replace("    g = X", "    if not len(pick):\n        continue\n    g = X"),
        "empty-batches", "    pick = order[i:4]",
    ),
    "a generator that is at its end": (
        SPENT, "spent-generator", "    for x, y in batches",
    ),
    "fractions lost": (WHOLE, "integer-dtype", "        W[i, j] = 0.3 * i + j"),
    "fractions lost of rows that are put in an order": (
        WHOLE.replace("@ W)", "@ W[[1, 0]])"), "integer-dtype", "        W[i, j] = 0.3 * i + j",
    ),
    "one array in a list": (
        "import numpy as np\nb = [np.zeros(3)] * 2\nb[0] -= 1.0\n", "aliased-arrays", "b = [np",
    ),
    "one object in a list": (
        "class Unit:\n    def __init__(self):\n        self.w = [0.0]\nu = [Unit()] * 2\n"
        "u[0].w[0] += 1.0\n", "aliased-arrays", "u = [Unit()]",
    ),
    "marks that are left in a table": (LEFT, "aliased-arrays", "    T[:4][np.arange(4), t] = 1"),
    "marks that are left, sample by sample": (
        LEFT.replace("T[:4][np.arange(4), t]", "T[0][t[0]]").replace("T[:4])", "T[0])")
        .replace("y[i:i + 4]", "y[i:i + 1]").replace("x = X[i:i + 4]", "x = X[i]")
        .replace("x.T @ (", "np.outer(x, ").replace("(T[0]))", "T[0])"),
        "aliased-arrays", "    T[0][t[0]] = 1",
    ),
    "two names": ("a = b = [0] * 3\na[0] += 1\nb[0] += 2\n", "aliased-arrays", "a = b"),
    "both moments in one dict": (
        "m = v = {k: 0.0 for k in 'WU'}\nfor k in m:\n    m[k] = 0.9 * m[k] + 0.1\n"
        "    v[k] = 0.9 * v[k] + 0.01\n", "aliased-arrays", "m = v",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPEAKS)
def test_what_a_run_shows_is_told_with_its_line(case):
    text, kind, line = SPEAKS[case]
    lines = [at for at, one in enumerate(text.splitlines(), 1) if one.startswith(line)]
    assert (kind, lines[0]) in kinds(text)


STAY_SILENT = {
    "two names of a dict, each for keys of its own": (
        "import numpy as np\nwords = counts = {}\nfor k in 'ab':\n    words[k] = k\n"
        "    counts[k + 'n'] = 1\n"
    ),
    "sizes of errors, and then their mean": (
        f"{MARKS}print(100 - np.mean(np.abs(P[:, 0] - T[:, 0])) * 100)\n"
    ),
    "marks in a table that is cleared": LEFT.replace("    T[:4][np", "    T[:] = 0\n    T[:4][np"),
    "samples of which a copy is masked": MASKED.replace("6]", "6].copy()"),
    "an array that is filled before each mask": MASKED.replace("for", "A = X[:6].copy()\nfor")
    .replace("x = X[i:i + 6]", "x = A[:]\n    x[...] = X[i:i + 6]"),
    "a few of whom nearly all are 0": MASKED.replace("for", "X *= np.arange(20) < 1\nfor"),
    "weights that one mask keeps at 0": MASKED.replace("for", "M = rng.random((6, 20)) < 0.5\nfor")
    .replace("rng.random(x.shape) < 0.7", "M"),
    "a weight that is moved to measure its slope": (
        "import numpy as np\nX, y = np.eye(4)[:, :3] + 0.1, np.arange(4.0)\nt = np.ones(3)\n"
        "for step in range(4):\n    g = np.zeros(3)\n    for i in range(3):\n"
        "        keep = t[i]\n        t[i] = keep + 1e-5\n        up = ((X @ t - y) ** 2).mean()\n"
        "        t[i] = keep\n        g[i] = (up - ((X @ t - y) ** 2).mean()) / 1e-5\n"
        "    t = t - 0.1 * g\nprint(t - y[:3])\n"
    ),
    "marks in a table of each step": LEFT.replace(
        "    T[:4][np", "    T = np.zeros((4, 3))\n    T[:4][np"
    ),
    "several marks for a sample, made before": LEFT.replace(
        "for i in", "T[np.arange(12), y] = 1\nT[np.arange(12), 0] = 1\nfor i in"
    ).replace("    T[:4][np.arange(4), t] = 1\n", ""),
    "all numbers of an answer": f"{MARKS}print(np.mean((np.round(P) == T).all(axis=1)))\n",
    "numbers of two classes": (
        f"{MARKS}p, t = P[:, :1] > 0.5, T[:, :1]\n"
        "p, t = np.hstack([p, ~p]), np.hstack([t, 1 - t])\nprint(np.mean(p == t))\n"
    ),
    "several labels for a sample": f"{MARKS}T[:, 0] = 1\nprint(np.mean(np.round(0.9 * T) == T))\n",
    "all units are kept when predicting": (
        DROPOUT.replace("training=True", "keep=0.5")
        .replace("if training:", "if keep:")
        .replace("< 0.5) / 0.5", "< keep) / keep")
        .replace("forward(X)[1]", "forward(X, keep=1.0)[1]")
    ),
    "one shape": COLUMN,
    "fine whole numbers": UNITS.replace(
        "T - T.mean(axis=1, keepdims=True)", "(20 * T / T.std(axis=0)).astype(int) / 20"
    ),
    "a generator for each epoch": SPENT.replace("in batches", "in cut()").replace(
        "x, y in", "x, t in").replace("- y)", "- t)"),
    "what a generator has left": SPENT.replace("    for x, y in batches:\n", "").replace(
        "for epoch in range(4):", "for x, y in batches:\n    break\nfor x, y in batches:"
    ),
    "a rest that is empty": NOTHING.replace("i:4", "i:i + 4").replace("12, 4)", "13, 4)")
    .replace("g.mean(axis=0)", "g.sum(axis=0)"),
    "a softmax over the classes": FLAT,
    "samples in columns": COLUMNS,
    "a table that is asked for": f"{COLUMN}\nprint(np.mean(y[:, None] == np.round(y)))\n",
    "distances within one array": f"{COLUMN}\nc = y.reshape(-1, 1)\nprint(np.mean(c - y))\n",
    "a kernel that goes into a product": (
        f"{COLUMN}\nc = rng.normal(size=(12, 1))\nprint(np.exp(-(c - y) ** 2) @ y)\n"
    ),
    "sign of what may be negative": SIGMOID.replace("np.sign(sigmoid(X @ W))", "np.sign(X @ W)")
    .replace("1, -1)", "1, 0)"),
    "inputs that are dropped too, in training alone": DROPOUT.replace(
        "def forward", "def mask(x):\n    return (rng.random(x.shape) < 0.5) / 0.5\ndef forward"
    )
    .replace("    h = np", "    x = x * mask(x) if training else x\n    h = np")
    .replace("(rng.random(h.shape) < 0.5) / 0.5", "mask(h)")
    .replace("h, h @", "x, h, h @").replace("h, z =", "x, h, z =").replace("* X.T", "* x.T")
    .replace("forward(X)[1]", "forward(X, False)[2]"),
    "dropout in training alone": DROPOUT.replace("forward(X)[1]", "forward(X, False)[1]"),
    "two masks, each where it belongs": DEEP,
    "units that are kept and not scaled": DROPOUT.replace("< 0.5) / 0.5", "< 0.2)").replace(
        "forward(X)[1]", "forward(X, False)[1]"
    ),
    "noise on the samples": DROPOUT.replace(
        "h = h * (rng.random(h.shape) < 0.5) / 0.5", "h = h + rng.normal(size=h.shape)"
    ),
    "turned as it should be": PICTURES.replace("reshape(6, -1)", "reshape(20, -1).T"),
    "a threshold": PICTURES.replace("P.reshape(6, -1) / 255", "(P.reshape(20, 6) // 128).T * 1.0"),
    "scaled along the samples": UNITS.replace("axis=1", "axis=0"),
    "windows less their own mean": UNITS.replace("[1, 50, 2000]", "[1, 2, 3]"),
    "noise that is thrown away": REBOUND.replace(
        "p = p - 0.01 * its", "p = p - rng.normal(size=p.shape)"
    ),
    "written into": REBOUND.replace("p = p - 0.01 * its", "p -= 0.01 * its"),
    "an inf that was meant": "best = float('inf')\nbest = min(best, 2.0)\nprint(best - 1.0)\n",
    "a sigmoid that overflows": (
        "import numpy as np\nz = np.array([-800.0, 1.0])\n"
        "print(np.ones((2, 2)) @ (1 / (1 + np.exp(-z))))\n"
    ),
    "counts that are halved": "n = 9\nm = n // 2\nhalves = [k // 2 for k in range(5)]\n",
    "bytes taken off what holds them": BYTES.replace("P - 128", "P - 128.0"),
    "bytes that stay bytes": BYTES.replace("P - 128", "255 - P"),
    "pictures kept as whole numbers": (
        "import numpy as np\np = np.zeros((2, 3), np.uint8)\np[0] = 2.5\nprint(p.sum())\n"
    ),
    "new arrays in the places": (
        "import numpy as np\nb = [np.zeros(3)] * 2\nfor k in range(2):\n    b[k] = b[k] - 1.0\n"
    ),
    "a name for short": (
        "class Net:\n    def __init__(self):\n        w = self.w = [0] * 3\n        w[0] += 1\n"
        "        self.w[1] += 2\nNet()\n"
    ),
    "one-hot rows of as many samples as classes": (
        "import numpy as np\nlabels = np.arange(4).reshape(-1, 1)\n"
        "print(np.sum((labels == np.arange(4)) * np.log(np.full((4, 4), 0.25))))\n"
    ),
    "numbers in a list": "h = [0] * 3\nh[1] = 0.5\n",
    "two names for the same": "a = b = [0] * 3\na[0] += 1\na[1] += 2\nprint(b)\n",
}  # fmt: skip


@pytest.mark.parametrize("case", STAY_SILENT)
def test_what_is_meant_is_not_told(case):
    assert kinds(STAY_SILENT[case]) == set()


@pytest.mark.parametrize(
    "rest", ["print(-np.log(p))", "print(np.ones((1, 2)) @ np.log(p).reshape(2, 1))"]
)
def test_an_inf_that_reaches_the_loss_alone_is_not_told(rest):
    assert not told(f"import numpy as np\np = np.array([0.5, 0])\n{rest}\n")


def test_predictions_that_are_averaged_are_a_risk():
    text = DROPOUT.replace(
        "print(np.mean(forward(X)[1]", "print(np.mean(sum(forward(X)[1] for _ in range(20))"
    )
    assert [(one.kind, one.severity) for one in told(text)] == [("dropout-when-predicting", "risk")]


def test_one_that_stops_looks_no_more(monkeypatch):
    """A program must run as if nobody looked."""

    def stops(*_):
        raise TypeError("not thought of")

    monkeypatch.setattr(Broadcasts, "see", stops)
    with pytest.raises(TypeError, match="not thought of"):
        told(COLUMN)


def test_a_script_tells_what_it_does_after_its_training(tmp_path):
    text = FLAT + (
        "\npicked = (np.maximum(X @ W1 + b1, 0) @ W2 + b2)[:, :1] > 0\n"
        "print((picked == (labels > 0)).mean())\n"
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30, further=10)
    assert seen.network is not None
    assert [(one.kind, one.file, one.line) for one in seen.seen] == [
        ("broadcast-shape", "mine.py", len(text.splitlines()))
    ]


def test_a_report_without_a_network_holds_what_was_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(DROPOUT, encoding="utf-8")
    files = [part for kind in ("json", "html", "md") for part in ("-o", f"made.{kind}")]
    assert cli.main(["report", "mine.py", *files]) == 3
    (one,) = json.loads((tmp_path / "made.json").read_text("utf-8"))["findings"]["mine"]
    line = len(DROPOUT.splitlines())
    assert one["defect"] == "dropout-when-predicting"
    assert (one["status"], one["severity"], one["part"]) == ("present", "error", "answer")
    assert one["where"] == {
        "file": "mine.py", "line": line, "text": DROPOUT.splitlines()[line - 1],
    }  # fmt: skip
    said = f"mine.py:{line}"
    for text in (
        capsys.readouterr().out,
        *((tmp_path / f"made.{k}").read_text("utf-8") for k in ("html", "md")),
    ):
        assert "dropout-when-predicting" in text
        assert said in text


def test_every_kind_says_what_to_do():
    for name, kind in KINDS.items():
        assert name == kind.name
        assert kind.expected
        assert kind.advice
        assert kind.severity in ("error", "risk", "note")


def test_samples_are_copied_only_for_what_may_lose_their_fractions():
    class Large(np.ndarray):
        def astype(self, *_, **__):
            raise MemoryError

    before = np.ones((4, 2)).view(Large)
    step = SimpleNamespace(value=lambda _: before)
    node = SimpleNamespace(
        kind="binary", done="Div", args=[Ref(0, 0)], kw={}, value=np.ones(4), whole=False
    )
    assert _fractions_lost(step, node, Site(file="", line=0, text="")) is None
