"""Edits of labels, targets, answers, sums and what was seen: the source in, the lines out."""

from types import SimpleNamespace

import pytest

from diagnose.patching.pace import of_rate, of_schedule
from diagnose.patching.pairs import of_data
from diagnose.patching.samples import chain
from diagnose.patching.seen import (
    of_mixed_samples,
    of_scaled_by_sample,
    of_unscaled_targets,
    of_whole_numbers,
    unseen,
)
from diagnose.patching.source import patched
from diagnose.patching.steps import of_step
from diagnose.patching.sums import sums_begun_anew
from diagnose.patching.targets import of_targets
from tests.patching.making import OneByOne, changed, script, ways


class Copies(OneByOne):
    """Trials whose outcome is told by what the patched source says."""

    def __init__(self, source, watched=None, printed=None):
        self.source, self._watched, self._printed, self.runs = source, watched, printed, 0

    def _text(self, edits):
        self.runs += 1
        return patched(self.source, edits).decode()

    def run(self, edits):
        return self._watched(self._text(edits))

    def printed(self, edits):
        return self._printed(self._text(edits))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (  # only the samples are put into the order
            "p = np.random.permutation(m)\nsx = X[:, p]\nsy = Y\n"
            "h = W @ sx - sy  #: samples, targets\n",
            "sy = Y[:, p]",
        ),
        (  # the labels of a batch are taken by the plain slice
            "p = np.random.permutation(m)\nsx, sy = X[p[k:k + 8]], Y[k:k + 8]\n"
            "h = sx @ W - sy  #: samples, targets\n",
            "sx, sy = X[p[k:k + 8]], Y[p[k:k + 8]]",
        ),
        (  # two orders
            "p, q = np.random.permutation(m), np.random.permutation(m)\nsx = X[p]\nsy = Y[q]\n"
            "h = sx @ W - sy  #: samples, targets\n",
            "sy = Y[p]",
        ),
        (  # they are taken where a function is called
            "def back(sx, sy):\n    return sx @ W - sy  #: samples, targets\n"
            "p = np.random.permutation(m)\nsel = p[k:k + 8]\nback(X[sel], Y[k:k + 8])\n",
            "back(X[sel], Y[sel])",
        ),
        (  # a function hands both back, in a list
            "def batches(X, Y):\n    p = np.random.permutation(m)\n    sx = X[p]\n    sy = Y\n"
            "    out = []\n    out.append((sx, sy))\n    return out\n"
            "for bx, by in batches(X, Y):\n    h = bx @ W - by  #: samples, targets\n",
            "sy = Y[p]",
        ),
    ],
)
def test_labels_are_taken_as_their_samples_are(text, wanted):
    made = script("import numpy as np\n" + text)
    made.roles["samples"]["text"], made.roles["targets"]["text"] = (
        ("bx", "by") if "bx" in text else ("sx", "sy")
    )
    assert [wanted] in ways(made, of_data)


def test_labels_stay_where_no_order_is_random():
    made = script("x = X[:300]\nt = Y[300:]\nh = x @ W - t  #: samples, targets\n")
    assert ways(made, of_data) == []


def test_pictures_become_columns_one_by_one_for_training_and_test_alike():
    made = script(
        "train = a.reshape(28 * 28, -1) / 255.\n"
        "test = b.reshape(28 * 28, -1) / 255.\n"
        "x = train\n"
        "h = W @ x  #: samples\n",
        layout="columns",
    )
    assert ways(made, of_mixed_samples) == [
        ["train = a.reshape(len(a), -1).T / 255.", "test = b.reshape(len(b), -1).T / 255."]
    ]


def test_pictures_become_columns_in_the_function_that_prepares_them():
    made = script(
        "def prepare(a):\n    m = len(a)\n    return a.reshape(784, m) / 255\n"
        "x = prepare(d)\nh = W @ x  #: samples\n",
        layout="columns", found={"mixed-samples": {}},
    )  # fmt: skip
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=3)
    assert ways(made, of_mixed_samples) == [["return a.reshape(len(a), -1).T / 255"]]


def test_a_spread_that_is_written_as_1_is_measured():
    made = script("m = Y.mean()\ns = 1\nt = (Y - m) / s\nd = out - t  #: targets\n")
    assert ways(made, of_unscaled_targets) == [["s = (Y - m).std()"]]


def test_samples_scaled_by_themselves_are_scaled_by_columns():
    made = script(
        "x = (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)\n"
        "h = x @ W  #: samples\n"
    )
    (edit,) = of_scaled_by_sample(made)
    assert edit.defect == "scaled-by-sample"
    assert changed(made, edit) == [
        "x = (X - X.mean(axis=0, keepdims=True)) / X.std(axis=0, keepdims=True)"
    ]


def test_a_division_keeps_its_fractions_for_training_and_test_alike():
    text = "x = a['x'] // 255\ny = a['y'] // 255\nhalf = n // 2\n"
    made = script(text, found={"integer-dtype": {}})
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=1)
    (edit,) = of_whole_numbers(made)
    assert changed(made, edit) == ["x = a['x'] / 255", "y = a['y'] / 255"]


def test_what_is_seen_no_more_is_kept_and_nothing_else():
    text = (
        "m = Y.mean()\ns = 1\nt = (Y - m) / s\n"
        "x = X - X.mean(axis=1)\n"
        "h = x @ W - t  #: samples, targets\n"
    )
    made = script(text, found={"unscaled-targets": {}, "scaled-by-sample": {}})

    def watched(copy):
        return SimpleNamespace(told={"scaled-by-sample"} if ".std()" in copy else {
            "scaled-by-sample", "unscaled-targets"})  # fmt: skip

    kept = unseen(made, Copies(made.source, watched), ())
    assert [one.defect for one in kept] == ["unscaled-targets"]


BATCHES = """\
x = (x - m) / s
q = q / s
for e in E:
    for k in range(0, n, size):  #: training loop
        b = x[:size]  #: samples
        w -= f(b)  #: update
"""


@pytest.mark.parametrize(
    ("kind", "line", "wanted"),
    [
        ("test-preparation", 2, ["q = (q - m) / s"]),
        ("never-taken", 4, ["b = x[k:k + size]"]),
    ],
)
def test_samples_of_the_test_and_those_never_taken_are_mended_before_twins_are_made(
    kind, line, wanted
):
    made = script(BATCHES, found={kind: {"trained_line": 1}})
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=line)

    def watched(copy):
        return SimpleNamespace(told={kind} - ({kind} if wanted[0] in copy else set()))

    kept = unseen(made, Copies(made.source, watched), ())
    assert [changed(made, one) for one in kept] == [wanted]
    assert unseen(script(BATCHES), Copies(made.source, watched), ()) == []


OUTPUT = (
    "def sigmoid(z):\n"
    "    return 1 / (1 + np.exp(-z))  #: forward\n"
    "h = np.tanh(x @ V)  #: forward\n"
    "out = sigmoid(h @ W)\n"
    "{slope}  #: backward\n"
)


@pytest.mark.parametrize(
    ("classes", "slope", "wanted"),
    [
        (0, "slope = out * (1 - out)", ["out = (h @ W)", "slope = 1"]),
        (0, "d = (out - t) * out * (1 - out)", ["out = (h @ W)", "d = (out - t)"]),
        (2, "d = (out - t) * out * (1.0 - out)",
         ["out = np.tanh(h @ W)", "d = (out - t) * (1 - out**2)"]),
        (0, "d = out - t", ["out = (h @ W)"]),
    ],
)  # fmt: skip
def test_an_output_that_can_reach_its_targets(classes, slope, wanted):
    made = script(
        "import numpy as np\n" + OUTPUT.format(slope=slope), activations=("tanh", "sigmoid")
    )
    made.network.classes = classes
    assert wanted in ways(made, of_targets)


def test_an_output_that_is_not_squeezed_is_not_behind_the_training_either():
    made = script(
        "h = np.tanh(x @ W1)  #: forward\nout = np.tanh(h @ W2)  #: forward\n"
        "d = (out - t) * (1 - out**2)  #: backward\n"
        "answer = np.tanh(np.tanh(test @ W1) @ W2)\n",
        activations=("tanh", "tanh"),
    )
    made.network.classes = 0
    wanted = ["out = (h @ W2)", "d = (out - t)", "answer = (np.tanh(test @ W1) @ W2)"]
    assert wanted in ways(made, of_targets)


def test_an_output_without_bounds_needs_no_other():
    made = script("out = h @ W  #: forward\n", activations=("linear",))
    assert of_targets(made) == []


LOOP = (
    "g = np.zeros(3)\n"
    "for k in range(9):\n"
    "    for x in batch:\n"
    "        g += grad(x)  #: backward\n"
    "    w -= rate * g  #: update\n"
)
METHOD = (
    "class Net:\n"
    "    def __init__(self):\n"
    "        self.zero_grad()\n"
    "    def zero_grad(self):\n"
    "        self.g = [0.0]\n"
    "    def backward(self, t):\n"
    "        '''The gradients.'''\n"
    "        for i in range(2):\n"
    "            self.g[i] += t  #: backward\n"
)


def test_sums_are_set_back_where_the_outermost_turn_begins():
    made = script(LOOP)
    first = patched(made.source, [sums_begun_anew(made)[0]]).decode()
    assert "for k in range(9):\n    g = np.zeros(3)\n    for x in batch:\n" in first
    assert ["g = grad(x)"] in ways(made, sums_begun_anew)
    text = made.source.code.decode().replace("g += grad(x)", "g = [a + b for a, b in zip(g, h)]")
    added = script(text)
    (edit, *_) = sums_begun_anew(added)
    assert "\n    g = np.zeros(3)\n    for x" in patched(added.source, [edit]).decode()
    assert not any(one == ["g = h"] for one in ways(added, sums_begun_anew))


def test_a_method_that_sets_sums_back_is_called():
    made = script(METHOD)
    first = patched(made.source, [sums_begun_anew(made)[0]]).decode()
    assert "        '''The gradients.'''\n        self.zero_grad()\n" in first


def test_a_rate_stays_as_it_is_written():
    made = script(
        "class N:\n    def __init__(self, lr=0.2):\n        self.lr = lr\n"
        "    def fit(self):\n        for s in range(9):\n"
        "            self.w -= self.lr * g  #: learning rate, update\n"
        "            self.lr = self.lr * self.decay\n"
    )
    (edit,) = of_schedule(made)
    assert "decay" not in patched(made.source, [edit]).decode()
    assert ["def __init__(self, lr=0.5):"] in [changed(made, one) for one in of_rate(made, 0.5)]
    assert of_schedule(script("w -= 0.1 * g  #: learning rate, update\n")) == []


def test_targets_that_are_met_on_the_way_are_no_samples():
    """As where the name of a batch is that of the answers, later on."""
    made = script(
        "X = load()\nT = make()\nfor k in range(9):  #: training loop\n    x = X[k]  #: samples\n"
        "    t = T[k]  #: targets\n    x = step(x) - T\n"
    )
    assert {one.name for one in chain(made)} >= {"X"}
    assert "T" not in {one.name for one in chain(made)}


def test_a_rate_that_is_taken_twice_is_taken_once():
    assert ["W1 -= lr * g"] in ways(script("W1 -= lr * lr * g  #: update\n"), of_step)
