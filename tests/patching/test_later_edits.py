"""Edits of how a network is asked, of optimizers, dropout, targets and batches."""

from types import SimpleNamespace

import pytest

from diagnose.patching.arithmetic import of_forward
from diagnose.patching.decays import of_decay
from diagnose.patching.orders import of_order
from diagnose.patching.pace import of_ends, of_schedule
from diagnose.patching.pairs import moved_labels, of_data
from diagnose.patching.predicting import of_prediction
from diagnose.patching.seen import of_sorted_split, of_whole_numbers, related
from diagnose.patching.source import Source, patched
from diagnose.patching.steps import of_step
from diagnose.patching.sums import sums_begun_anew
from diagnose.patching.targets import of_targets
from tests.patching.making import OneByOne, changed, script, ways


def at(line, defect="", numbers=None, text="", **more):
    """A script with a finding in one line."""
    made = script(text, found={defect or "x": numbers or {}}, **more)
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=line)
    return made


DROPOUT = (
    "def forward(x, w{switch}):\n"
    "    return drop(x @ w)  #: forward\n"
    "def predict(x):\n"
    "    return forward({predicted})\n"
    "for k in range(9):  #: training loop\n"
    "    w -= grad(forward({trained}))  #: update\n"
)


@pytest.mark.parametrize(
    ("switch", "trained", "predicted", "wanted"),
    [
        (", training=True", "x, w", "x, w", "return forward(x, w, training=False)"),
        (", keep_prob=0.5", "x, w", "x, w", "return forward(x, w, keep_prob=1.0)"),
        (", p=0.2", "x, w", "x, w, 0.2", "return forward(x, w, 0.0)"),
        (", train=False", "x, w, True", "x, w, train=True", "return forward(x, w, train=False)"),
        (", on", "x, w, True", "x, w, True", "return forward(x, w, False)"),
    ],
)
def test_dropout_is_left_off_when_predicting(switch, trained, predicted, wanted):
    made = script(DROPOUT.format(switch=switch, trained=trained, predicted=predicted))
    made.network.dropout = [object()]
    written = ways(made, of_prediction)
    assert [wanted] in written
    assert not any("w -= " in line for lines in written for line in lines)
    made.network.dropout = []
    assert of_prediction(made) == []


@pytest.mark.parametrize(
    ("text", "lines", "wanted"),
    [
        (  # the test has other numbers
            "x_train = a / 255\nx_test = b / 25\n", (2, 1), "x_test = b / 255",
        ),
        (  # the same name in two functions
            "x = row / 255 + 0.01\nx = (255 - row) / 255 + 0.01\n", (2, 1), "x = row / 255 + 0.01",
        ),
        (  # the test is not prepared at all
            "X_train, X_test = X[:9], X[9:]\nX_train = X_train / 255\n", (1, 2),
            "X_test = X_test / 255",
        ),
        ("Xtr, Xte = X[:9], X[9:]\nXtr /= 255\n", (1, 2), "Xte /= 255"),
    ],
)  # fmt: skip
def test_test_samples_are_prepared_as_those_of_the_training(text, lines, wanted):
    test, trained = lines
    made = at(test, "test-preparation", {"trained_line": trained}, text)
    made.network.dropout = []
    after = [patched(made.source, [one]).decode().splitlines() for one in of_prediction(made)]
    assert any(wanted in lines and len(lines) <= 3 for lines in after)


def test_a_preparation_that_a_training_alone_has_told_has_no_line_to_copy():
    made = at(2, "test-preparation", {"score": 0.1}, "x_train = a / 255\nx_test = b / 25\n")
    made.network.dropout = []
    assert of_prediction(made) == []


def test_a_parameter_without_a_step_gets_that_of_its_sibling():
    made = script("b1 = np.zeros(3)\nb2 = np.zeros(2)\nb2 -= lr * db2.sum(axis=0)  #: update\n")
    assert ["b1 -= lr * db1.sum(axis=0)"] in ways(made, of_step)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("mask = np.random.rand(3) < p", "mask = np.random.rand(3) >= p"),
        ("mask = np.random.rand(3) < p", "mask = (np.random.rand(3) < p) / p"),
        ("mask = np.random.rand(3) > p", "mask = (np.random.rand(3) > p) / (1 - p)"),
        ("D = (np.random.rand(3) < p)", "D = (np.random.rand(3) >= p)"),
    ],
)
def test_dropout_keeps_the_mean(line, wanted):
    assert [wanted] in ways(script(f"{line}  #: forward\n"), of_forward)


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        ("x = np.zeros(9, dtype=np.uint8)\nx[0] = 0.5\n", 2, ["x = np.zeros(9, dtype=float)"]),
        ("x = np.zeros_like(a)\nx[0] += 0.5\n", 2, ["x = np.zeros_like(a, dtype=float)"]),
        ("x = (a * 1.7).astype('int8')\n", 1, ["x = (a * 1.7).astype(float)"]),
        ("x = np.array(a / 2, dtype=np.int64)\n", 1, ["x = np.array(a / 2, dtype=float)"]),
        ("x = a.astype(int) // 58\n", 1, ["x = a.astype(float) / 58"]),
    ],
)  # fmt: skip
def test_numbers_are_kept_as_floats(text, line, wanted):
    assert wanted in ways(at(line, "integer-dtype", text=text), of_whole_numbers)


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        ("p = np.arange(len(X))\nx, t = X[p[:9]], Y[p[:9]]\nh = x @ W - t  #: samples, targets\n",
         2, ["p = np.random.permutation(len(X))"]),
        ("x = X[:9]\nt = Y[:9]\nh = x @ W - t  #: samples, targets\n",
         1, ["order = np.random.permutation(len(X))", "X, Y = X[order], Y[order]"]),
        ("X = [1]\nx = X[:9]\nt = Y[:9]\nh = x @ W - t  #: samples, targets\n",
         2, ["order = np.random.permutation(len(X))", "X, Y = [X[i] for i in order], Y[order]"]),
    ],
)  # fmt: skip
def test_samples_are_shuffled_before_they_are_split(text, line, wanted):
    made = at(line + 1, "sorted-split", text="import numpy as np\n" + text)
    assert wanted in ways(made, of_sorted_split)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t = prices\n", ["t = (t - t.mean()) / t.std()"]),
        ("t_train, t_test = y[:9], y[9:]\nt = t_train\n",
         ["mean, spread = t_train.mean(), t_train.std()",
          "t_train, t_test = (t_train - mean) / spread, (t_test - mean) / spread"]),
    ],
)  # fmt: skip
def test_targets_are_about_as_large_as_1(text, wanted):
    made = script(text + "d = h @ W - t  #: targets\n", activations=("linear",), outputs=1)
    made.network.classes = 0
    assert wanted in ways(made, of_targets)


def test_batches_follow_each_other():
    made = script(
        "for e in range(9):\n"
        "    for i in range(n // size):  #: training loop\n"
        "        x, t = X[i:i + size], Y[i:i + size]\n"
        "        h = x @ W - t  #: samples, targets\n"
    )
    assert ["x, t = X[i * size:(i + 1) * size], Y[i * size:(i + 1) * size]"] in ways(made, of_order)


def test_a_training_goes_on_to_its_end():
    made = script(
        "for e in range(9):  #: training loop\n"
        "    w -= g  #: update\n"
        "    if wait > 3:\n"
        "        break\n"
    )
    (edit,) = of_ends(made)
    assert patched(made.source, [edit]).decode().splitlines()[-1].startswith("    w -= g")


KEPT = "\ufeffμ = 2\r\nif μ:\r\n\tv = v + b * g  #: update"


def test_what_is_not_edited_stays_to_the_byte():
    source = Source(KEPT.encode(), "s.py")
    made = SimpleNamespace(
        source=source, named=frozenset(), network=SimpleNamespace(layers=[]),
        inside=lambda role, kind: [*source.of_type(kind)], lines=lambda role: frozenset({3}),
        operations=lambda role, *kinds: [*source.operations(*kinds)],
    )  # fmt: skip
    edits = [one for one in of_step(made) if "v + g" in patched(source, [one]).decode()]
    assert edits
    for one in edits:
        assert patched(source, [one]).decode().replace("v + g", "v + b * g") == KEPT
    assert changed(SimpleNamespace(source=source), edits[0])


def test_labels_that_say_nothing_are_put_beside_their_samples():
    text = (
        "import numpy as np\np = np.random.permutation(9)\nx = X[p]\nt = Y\n"
        "h = x @ W - t  #: samples, targets\n"
    )
    made = script(text)

    class Copies(OneByOne):
        is_late = False

        seed = 0

        def run(self, edits):
            copy = patched(made.source, edits).decode()
            outcome = 0.9 if "t = Y[p]" in copy else 0.1
            return SimpleNamespace(with_the_rest_sound=lambda *asked: outcome)

    made.report.data = {}
    assert related(made, Copies(), [], 0.1, 0.5) == []
    made.report.data = {"unlike_test": {"lost": True}}
    assert [changed(made, one) for one in related(made, Copies(), [], 0.1, 0.5)] == [["t = Y[p]"]]
    # it takes more units than these to learn such labels by heart
    made.report.data, made.report.twin = {}, SimpleNamespace(lacks="32 hidden units", fails=False)
    assert [changed(made, one) for one in related(made, Copies(), [], 0.1, 0.5)] == [["t = Y[p]"]]
    made.report.twin = SimpleNamespace(lacks="", fails=True)  # nor does a sound network learn them
    assert [changed(made, one) for one in related(made, Copies(), [], 0.1, 0.5)] == [["t = Y[p]"]]
    made.report.twin = SimpleNamespace(lacks="", fails=False)
    assert related(made, Copies(), [], 0.1, 0.5) == []


def test_what_pulls_weights_to_0_is_weakened_on_all_lines():
    made = script(
        "dV = e.T @ h / m + c * W2  #: backward\ndW = d.T @ x / m + c * W1  #: backward\n",
        activations=("relu", "linear"),
    )
    assert ways(made, of_decay) == [
        ["dV = e.T @ h / m + c * W2 / m", "dW = d.T @ x / m + c * W1 / m"],
        ["dV = e.T @ h / m", "dW = d.T @ x / m"],
    ]
    assert of_decay(script("W1 = W1 - rate * dW1  #: update\n")) == []


@pytest.mark.parametrize("made", ["X = X[p]", "p = permutation(9)\n    X = X[p]"])
def test_labels_are_mixed_beside_samples_that_are_mixed_in_each_epoch(made):
    """Of samples mixed again and again, the order of one epoch is not that of the labels."""
    text = (
        "p = permutation(9)\nfor epoch in range(9):\n"
        f"    {made}\n"
        "    for i in range(0, 9, 3):  #: training loop\n"
        "        x, t = X[i:i + 3], Y[i:i + 3]\n        d = x @ w  #: samples\n"
        "        d -= t  #: targets, update\n"
    )
    assert ["Y = Y[p]"] in ways(script(text), of_data)


@pytest.mark.parametrize(
    ("made", "meant"),
    [
        ("Y = np.repeat(np.arange(3), 30)", "Y = np.tile(np.arange(3), 30)"),
        ("Y = heights.flatten(order='F')", "Y = heights.flatten()"),
        ("Y = heights.ravel()", "Y = heights.T.ravel()"),
        ("Y = counted\nY.sort()", "Y = counted.copy()"),
    ],
)
def test_labels_are_put_in_the_order_of_their_samples(made, meant):
    text = (
        f"{made}\nfor epoch in range(9):  #: training loop\n"
        "    x, t = X, Y\n    d = x @ w  #: samples\n    d -= t  #: targets, update\n"
    )
    assert [meant] in ways(script(text), of_data)


@pytest.mark.parametrize(
    ("made", "meant"),
    [
        ("Y = [c for a in B for c in a]", "Y = np.asarray([c for a in B for c in a]).reshape(4, -1)"
                                          ".T.ravel()"),
        ("Y = np.array(B).reshape(-1, 1)", "Y = np.array(B).reshape(4, -1).T.ravel()"
                                           ".reshape(-1, 1)"),
        ("Y = B[:, None]", "Y = np.asarray(B).reshape(4, -1).T.ravel()[:, None]"),
    ],
)  # fmt: skip
def test_labels_are_moved_before_a_column_is_made_of_them(made, meant):
    text = (
        f"import numpy as np\n{made}\nfor epoch in range(9):  #: training loop\n"
        "    x, t = X, Y\n    d = x @ w  #: samples\n    d -= t  #: targets, update\n"
    )
    order = "labels.reshape(4, -1).T.ravel()"
    assert [meant] in ways(script(text), lambda made: moved_labels(made, order))


def test_a_rate_that_fades_with_the_steps_stays():
    made = script(
        "class Adam:\n    def __init__(self, rate=0.02, decay=0.0):\n"
        "        self.rate, self.decay = rate, decay\n"
        "    def step(self, w, g, n):\n"
        "        now = self.rate / (1 + self.decay * n)\n"
        "        w -= now * g  #: learning rate, update\n"
        "adam = Adam(rate=0.02, decay=5.0)\n"
    )
    written = [changed(made, one) for one in of_schedule(made)]
    assert ["adam = Adam(rate=0.02, decay=0.0)"] in written
    assert all("decay" in line for lines in written for line in lines)


def test_sums_are_set_back_within_a_loop_over_tasks():
    made = script(
        "for task in tasks:\n"
        "    g = h = [0] * 3\n"
        "    for epoch in range(9):\n"
        "        for x in batch:\n"
        "            for i in range(3):\n"
        "                g[i] += grad(x)  #: backward\n"
        "                h[i] += grad(x)  #: backward\n"
        "        w -= rate * g  #: update\n"
    )
    first = patched(made.source, [sums_begun_anew(made)[0]]).decode()
    assert "    for epoch in range(9):\n        g, h = [0] * 3, [0] * 3\n        for x" in first


def test_sums_are_set_back_before_a_sum_on_a_named_line_is_none_any_more():
    text = "g = 0\nfor k in range(9):\n    for x in batch:\n        g += grad(x)  #: backward\n"
    made = at(4, "update-direction", text=text)
    first, second, *_ = made.named_first(of_step(made))
    assert "for k in range(9):\n    g = 0\n" in patched(made.source, [first]).decode()
    assert "g = grad(x)" not in patched(made.source, [second]).decode()


STEPS = [
    ("v = b * v + (1 - b) * g  #: update", "v = b * v + g"),
    ("W1 -= lr * m / (v + eps)  #: update", "W1 -= lr * m / (np.sqrt(v) + eps)"),
    ("v = b * v + (1 - b) * g  #: update", "v = b * v + (1 - b) * g**2"),
    ("v = b * v + b * g  #: update", "v = b * v + (1 - b) * g"),
    ("W1 -= lr * lr * g  #: update", "W1 -= lr * g"),
]


@pytest.mark.parametrize(("line", "wanted"), STEPS)
def test_slips_of_optimizers(line, wanted):
    assert [wanted] in ways(script(f"import numpy as np\n{line}\n"), of_step)


def test_a_root_is_taken_once():
    made = script("W1 -= lr * m / (np.sqrt(v) + eps)  #: update\n")
    assert not any("sqrt(np.sqrt" in line for lines in ways(made, of_step) for line in lines)
