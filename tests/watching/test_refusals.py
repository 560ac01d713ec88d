"""What cannot be read with certainty is refused, with the line and the reason."""

import pytest

from diagnose.command import cli
from diagnose.errors import BadInputError
from diagnose.instruments import admission
from diagnose.report import from_json
from diagnose.watching import script
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT, LISTS, THETA

NOISE = FLAT.replace(
    "a1 = np.maximum(z1, 0)", "a1 = np.maximum(z1, 0) + 0.1 * np.random.randn(*z1.shape)"
)
STEP = FLAT.replace("np.maximum(z1, 0)", "1.0 * (z1 > 0)")
BRANCH = FLAT.replace(
    "d1 = (d2 @ W2.T) * (z1 > 0)",
    "if p[0, 0] > p[0, 1]:\n            d2 = d2 - abs(d2)\n        d1 = (d2 @ W2.T) * (z1 > 0)",
)
# Shuffled as a list of numbers that nobody sees being drawn.
UNPAIRED = FLAT.replace(
    "order = np.random.permutation(len(X))",
    "order = [n for _, n in sorted((__import__('random').random(), n) for n in range(90))]",
).replace("Y[pick]", "Y[start:start + 16]")
UNEVEN = (
    FLAT.replace("for start in range(0, len(X), 16)", "for a, b in CUTS")
    .replace("order[start:start + 16]", "order[a:b]")
    .replace("lr = 0.3", "lr = 0.3; CUTS = [(0, 10), (10, 40), (40, 60), (60, 90)]")
)
CARRIED = FLAT.replace(
    "W2 -= lr * a1.T @ d2",
    "g = 0\n        for a, d in zip(a1, d2):\n            g = 0.5 * g + np.outer(a, d)\n"
    "        W2 -= lr * g",
).replace("randn(90", "randn(96")
APART = FLAT.replace(
    "d2 = (p - y) / len(x)",
    "d2 = (p - y) / len(x)\n        for i in range(len(x)):\n"
    "            if p[i, 0] > p[i, 1]:\n                d2[i] = d2[i] * 1.5",
)
CONVOLUTION = """
import numpy as np
np.random.seed(0)
X = np.random.randn(40, 9)
y = X[:, 1:-1] - X[:, :-2]
k = np.random.randn(3)
for epoch in range(5):
    for x, t in zip(X, y):
        e = np.convolve(x, k, mode='valid') - t
        k -= 0.01 * np.convolve(x, e[::-1], mode='valid')[::-1]
"""
# Only samples that are answered wrongly make a step.
PERCEPTRON = """
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 4)
y = np.where(X[:, 0] + X[:, 1] > 0, 1, -1)
W, v = np.random.randn(4, 5), np.random.randn(5)
for epoch in range(20):
    for i in range(60):
        h = np.tanh(X[i] @ W)
        if y[i] * (h @ v) <= 0:
            d = -y[i] * v * (1 - h * h)
            v -= 0.05 * -y[i] * h
            W -= 0.05 * np.outer(X[i], d)
"""
# Five numbers of the vector are left over.
PARTLY = THETA.replace("+ 3) * 0.5", "+ 3 + 5) * 0.5").replace("t[40:]", "t[40:43]")
PARTLY = PARTLY.replace("d.sum(0))])", "d.sum(0), np.zeros(5))])")
TWICE = THETA.replace("t[:20].reshape(4, 5), t[20:25]", "t[:20].reshape(4, 5), t[:5]")
# As many samples as units: a bias without a second axis goes to the samples.
ALONG = """
import numpy as np
np.random.seed(0)
X = np.random.randn(4, 30)
Y = np.eye(3)[(X[0] > 0).astype(int) + (X[1] > 0)].T
W, V, b, c = np.random.randn(30, 4), np.random.randn(3, 30), np.zeros(30), np.zeros((3, 1))
for epoch in range(30):
    h = np.tanh(W @ X + b)
    o = np.tanh(V @ h + c)
    do = (o - Y) * (1 - o ** 2) / 30
    dh = (V.T @ do) * (1 - h ** 2)
    V -= 0.1 * do @ h.T
    c -= 0.1 * do.sum(axis=1, keepdims=True)
    W -= 0.1 * dh @ X.T
    b -= 0.1 * dh.sum(axis=0)
"""
# A bias as a list of numbers, which `+` takes as an array.
BIASES = FLAT.replace("np.zeros(6)", "[0.0] * 6").replace(
    "b1 -= lr * d1.sum(axis=0)",
    "g1 = d1.sum(axis=0)\n        for j in range(6): b1[j] -= lr * g1[j]",
)
REFUSED = {
    "a bias along the samples": (ALONG, "(30,) is added to (30, 30), whose columns are samples"),
    "some numbers of an array": (PARTLY, "do not take each of its numbers once"),
    "numbers taken twice": (TWICE, "do not take each of its numbers once"),
    "no training": ("print(sum(range(10)))", "no training was found"),
    "noise": (NOISE, "random numbers are drawn in each step, and are no mask"),
    "activation": (STEP, "this layer's activation is not read (step)"),
    "branch": (BRANCH, "not every step does the same"),
    "unpaired": (UNPAIRED, "samples are shuffled without their targets"),
    "perceptron": (PERCEPTRON, "a step is made where an answer is wrong"),
    "batches": (UNEVEN, "batches have different sizes within an epoch"),
    "from sample to sample": (CARRIED, "a loop over the samples within a step"),
    "samples unlike others": (APART, "a loop over the samples within a step"),
    "a list with an item for each sample": (LISTS, "a loop over the samples within a step"),
    "numbers of a list": (BIASES, "numbers of a list that are stepped one by one"),
    "convolution": (CONVOLUTION, "a convolution; only dense layers are read"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_refused(kind, tmp_path):
    text, reason = REFUSED[kind]
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.network is None
    assert reason in seen.parted.reason
    assert seen.parted.file == "mine.py"


STOPPED = {
    "input": ("name = input('file? ')", "asks for input (input()), and nobody is there to answer"),
    "library": ("import no_such_library", "No module named 'no_such_library'"),
    "data": ("import numpy as np\nx = np.load('missing.npz')", "missing.npz"),
    "syntax": ("def (", "SyntaxError"),
}


@pytest.mark.parametrize("kind", STOPPED)
def test_a_script_that_stops_before_it_trains_is_bad_input(kind, tmp_path):
    text, reason = STOPPED[kind]
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"mine\.py stopped before it trained: ") as error:
        watch(tmp_path / "mine.py", seconds=30)
    assert reason in str(error.value)


# Each step takes its time, so that only some samples of the first pass through them are seen.
SLOW = FLAT.replace("randn(90, 4)", "randn(9000, 4)").replace(
    "x, y =", "__import__('time').sleep(0.02); x, y ="
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("np.random.permutation(len(X))", "np.arange(len(X))"),
        ("np.arange(len(X))", "np.random.permutation(len(X))"),
        ("in range(0, len(X), 16)", "in (16 * n for n in range(len(X) // 16))"),
    ],
)
def test_a_part_of_the_samples_is_not_taken_for_all(old, new, tmp_path):
    text = SLOW.replace(old, new)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=3)
    assert seen.network is None
    assert "steps of the first pass through the samples were seen" in seen.parted.reason


def test_a_pass_that_is_left_early_is_one(tmp_path):
    text = FLAT.replace("range(12)", "range(1)").replace(
        "range(0, len(X), 16)", "range(0, 9000, 2)"
    )
    text = text.replace("start + 16", "start + 2")
    text = text.replace(
        "    print(epoch", "        if start > 80:\n            break\n    print(epoch"
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.network is not None, seen.parted


def test_a_script_that_does_not_end_is_stopped(tmp_path):
    (tmp_path / "mine.py").write_text("while True:\n    pass\n", encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=1)
    assert "in the 1 s that there were to watch it" in seen.parted.reason


def test_the_command_says_where_it_parted(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(STEP, encoding="utf-8")
    files = [part for kind in ("json", "html", "md") for part in ("-o", f"made.{kind}")]
    assert cli.main(["report", "mine.py", "--full", *files]) == 3
    report = from_json((tmp_path / "made.json").read_text("utf-8"))
    line = STEP.splitlines().index("        a1 = 1.0 * (z1 > 0)") + 1
    assert report.watched["parted"]["line"] == line
    assert not report.watched["certified"]
    told = f"mine.py:{line}: this layer's activation is not read (step)."
    assert told in capsys.readouterr().out


MIXED = FLAT.replace(
    "e = np.exp(z2 - z2.max(axis=1, keepdims=True))", "z2 -= z2.max(1, keepdims=True)\n"
    "        e = np.exp(z2)",
).replace("p = e / e.sum(axis=1, keepdims=True)", "p = e / e.sum(axis=0)")  # fmt: skip


def test_each_row_less_its_largest_number_and_a_sum_over_the_samples_is_told_of(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(MIXED, encoding="utf-8")
    asked = ["report", str(tmp_path / "mine.py"), "--no-cache", "--quiet", "--probes-only"]
    assert cli.main(asked) == 0
    assert "softmax-axis" in capsys.readouterr().out


def test_what_is_read_and_cannot_be_diagnosed_is_no_bad_input(tmp_path, capsys, monkeypatch):
    def refuses(*_):
        raise BadInputError("its layer is declared a softmax")

    monkeypatch.setattr(admission, "admit", refuses)
    (tmp_path / "mine.py").write_text(FLAT, encoding="utf-8")
    asked = ["report", str(tmp_path / "mine.py"), "--no-cache", "--quiet", "--full"]
    assert cli.main(asked) == 3
    assert "its layer is declared a softmax" in " ".join(capsys.readouterr().out.split())


def test_what_was_read_and_stops_when_it_is_run_again_is_not_certified(tmp_path, monkeypatch):
    def stops(*_):
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr(script, "certify", stops)
    (tmp_path / "mine.py").write_text(FLAT, encoding="utf-8")
    seen = script.watch(tmp_path / "mine.py", seconds=30)
    assert seen.network is None
    assert "what was read, run again, stops with" in seen.parted.reason
    assert "ValueError: operands could not be broadcast" in seen.parted.reason
    assert "for start in" in FLAT.splitlines()[seen.parted.line - 1]


def test_a_copy_that_is_not_read_does_not_run_on(tmp_path):
    """It ran as long as the script takes until its test, and nothing that it told was asked for."""
    path = tmp_path / "mine.py"
    end = "import time\ntime.sleep(2)\nprint('the end')\n"
    path.write_text(STEP + end, encoding="utf-8")
    itself, copy = watch(path, further=20), watch(path, further=20, longer=0.1)
    assert itself.parted == copy.parted is not None
    assert "the end" in itself.output
    assert "the end" not in copy.output
