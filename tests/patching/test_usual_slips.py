"""Edits of usual slips, told by the source alone: what each writes, and where none is written."""

import pytest

from diagnose.patching.answer import of_answer
from diagnose.patching.as_if_read import guesses
from diagnose.patching.biases import left_out, stepped_biases
from diagnose.patching.compared import handed_together, labels_compared, stage_by_stage
from diagnose.patching.derivatives import written_out
from diagnose.patching.formulas import FORMULAS
from diagnose.patching.indices import (
    back_to_the_first,
    names_alike,
    of_places,
    parts_of_batches,
    thresholds,
)
from diagnose.patching.placed import (
    begun_before,
    ended_later,
    left_later,
    out_of_an_inner_loop,
    out_of_what_prints,
)
from diagnose.patching.shaped import SHAPES, in_brackets, once_only
from diagnose.patching.signs import signs
from diagnose.patching.source import Source, patched
from diagnose.patching.told_alone import FAR, OF_STEPS, is_far_better, mended_by_print, mended_first
from diagnose.patching.velocities import steps_counted
from tests.patching.making import Printing
from tests.patching.test_formulas_alone import REPORT

ADAM = """\
t = 0
for x in batches:
    for i, (p, g) in enumerate(zip(ps, gs)):
        m[i] = b1 * m[i] + (1 - b1) * g
        p -= rate * m[i] / (1 - b1 ** t)
"""
COUNTED = ADAM.replace("    for i", "    t += 1\n    for i")
OF_A_CLASS = """\
class Adam:
    def __init__(self):
        self.t = 0
    def step(self, ps, gs):
        for k in ps:
            self.m[k] = b * self.m[k] + (1 - b) * gs[k]
            ps[k] -= rate * self.m[k] / (1 - b ** self.t)
"""


def texts(makers, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for maker in makers for one in maker(source)]


def of_scripts(maker, text):
    """What an edit of a script writes of which nothing was read."""
    source = Source(text.encode(), "mine.py")
    return [
        patched(source, [one]).decode()
        for script in guesses(source, REPORT) for one in maker(script)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ADAM, COUNTED),
        (ADAM.replace("    for i", "    for i", 1).replace("t = 0", "t = 1"), "    t += 1"),
        (COUNTED.replace("    t += 1\n", "").replace("    m[i] =", "    t += 1\n        m[i] ="),
         COUNTED),
        (OF_A_CLASS, OF_A_CLASS.replace("        for k", "        self.t += 1\n        for k")),
    ],
)  # fmt: skip
def test_the_steps_of_an_optimizer_are_counted(text, wanted):
    assert any(wanted in one for one in texts([steps_counted], text))


@pytest.mark.parametrize(
    "text",
    [
        COUNTED,
        # counted by the loop itself, handed over, and no mean of gradients
        "for t in range(9):\n    for k in p:\n        p[k] -= m[k] / (1 - b ** t)\n",
        "def step(p, m, t):\n    p -= m / (1 - b ** t)\n",
        "k = 2\nfor x in X:\n    W -= (1 - h ** k) * x\n    k += 1\n",
    ],
)
def test_steps_that_are_counted_stay_so(text):
    assert texts([steps_counted], text) == []


@pytest.mark.parametrize(
    ("makers", "text", "wanted"),
    [
        (FORMULAS, "e = np.exp(z.max(1) - z)\n", "e = np.exp(z - z.max(1))\n"),
        (FORMULAS, "z = np.abs(z)\ne = np.exp(z)\n", "e = np.exp(z)\n"),
        (FORMULAS, "m[i] = (1 - beta) * g\n", "m[i] = beta * m[i] + (1 - beta) * g\n"),
        ([labels_compared], "print(a == y[:300])\n", "print(a == y[300:])\n"),
        (
            [labels_compared],
            "y_test = y[9:]\nprint(a == y[:len(a)])\n",
            "y_test = y[9:]\nprint(a == y_test)\n",
        ),
        (
            [labels_compared],
            "y_train, y_test = f()\nprint(a == y_train)\n",
            "y_train, y_test = f()\nprint(a == y_test)\n",
        ),
        (
            [handed_together],
            "y_test = 0\nfit(X_train, y_train)\nprint(share(net, X_test, y_train))\n",
            "y_test = 0\nfit(X_train, y_train)\nprint(share(net, X_test, y_test))\n",
        ),
        (
            [in_brackets],
            "mu = x.mean(0)\nx = x - mu / x.std(0)\n",
            "mu = x.mean(0)\nx = (x - mu) / x.std(0)\n",
        ),
        ([once_only], "x = (x - m) / s\nx = (x - m) / s\n", "x = (x - m) / s\n"),
        ([left_out], "b1 = f()\na = g(x @ W1)\n", "b1 = f()\na = g(x @ W1 + b1)\n"),
        ([left_out], "B1 = f()\na = x.dot(W1)\n", "B1 = f()\na = x.dot(W1) + B1\n"),
        (
            [left_out],
            "z = sum(w[j] * h[j] for j in J)\nb = 0.0\n",
            "z = sum(w[j] * h[j] for j in J) + b\nb = 0.0\n",
        ),
        (
            [left_out],
            "z = sum(u * v for u, v in zip(n.w, x))\nn.b = 0.0\n",
            "z = sum(u * v for u, v in zip(n.w, x)) + n.b\nn.b = 0.0\n",
        ),
        (
            [stage_by_stage],
            "# rows\nx_train = x_train.transpose(0, 2, 1).reshape(9, -1)\n"
            "x_test = x_test.reshape(len(x_test), -1)\n",
            "# rows\nx_train = x_train.transpose(0, 2, 1).reshape(9, -1)\n"
            "x_test = x_test.transpose(0, 2, 1).reshape(9, -1)\n",
        ),
        (
            [stage_by_stage],
            "X_test = load()\nmu = X_train.mean(0)\nX_train = X_train - mu\n",
            "X_test = load()\nmu = X_train.mean(0)\nX_train = X_train - mu\nX_test = X_test - mu\n",
        ),
        (SHAPES, "x = d.T.reshape(len(d), 64)\n", "x = d.reshape(len(d), 64)\n"),
        (SHAPES, "e = d @ W.reshape(4, 9)\n", "e = d @ W.T\n"),
        (
            [parts_of_batches],
            "for k in range(0, n, 9):\n    x, y = X[k:9], Y[k:9]\n",
            "for k in range(0, n, 9):\n    x, y = X[k:k + 9], Y[k:k + 9]\n",
        ),
        (
            [parts_of_batches],
            "n = len(X) // s\nfor k in range(n):\n    x, y = X[k:k + s], Y[:s]\n",
            "n = len(X) // s\nfor k in range(n):\n"
            "    x, y = X[k * s:(k + 1) * s], Y[k * s:(k + 1) * s]\n",
        ),
        (
            [back_to_the_first],
            "for l in range(n - 1, 0, -1):\n    f(l)\n",
            "for l in range(n - 1, -1, -1):\n    f(l)\n",
        ),
        ([thresholds], "n = (o > 0) == (t == 1)\n", "n = (o > 0.5) == (t == 1)\n"),
        (
            [out_of_an_inner_loop],
            "def f():\n    for i in I:\n        s += w[i]\n        h.append(tanh(s))\n",
            "def f():\n    for i in I:\n        s += w[i]\n    h.append(tanh(s))\n",
        ),
        (
            [ended_later],
            "for x in X:\n    step(x)\n    break\n",
            "for x in X:\n    step(x)\n",
        ),
        (
            [out_of_an_inner_loop],
            "for x in X:\n    for j in J:\n        w[j] -= d * h[j]\n        b -= r * d\n",
            "for x in X:\n    for j in J:\n        w[j] -= d * h[j]\n    b -= r * d\n",
        ),
    ],
)
def test_a_slip_is_mended(makers, text, wanted):
    assert wanted in texts(makers, text)


@pytest.mark.parametrize(
    ("makers", "text"),
    [
        ([left_out], "b1 = f()\nz = x @ W1\nz = z + b1\n"),
        ([left_out], "b1 = f()\nz = x @ W1 + b1\n"),
        ([left_out], "b1 = f()\ne = d @ W1.T\n"),
        ([handed_together], "y_test = 0\nfit(X_test, y_train)\n"),
        ([handed_together], "fit(X_train, y_train, X_test, y_test)\nask(X_test, y_test)\n"),
        ([left_out], "b1 = f()\nB1 = f()\nz = x.dot(W1)[0] + B1\n"),
        ([left_out], "gb = f()\nw -= rate * gw / 9\n"),
        ([labels_compared], "y_test = y[9:]\nY = np.arange(9) == y[:, None]\n"),
        ([labels_compared], "y_test = y[9:]\nY = np.arange(9)[:, None] == y\n"),
        ([in_brackets], "x = (x - x.mean()) / x.std()\n"),
        ([in_brackets], "loss = y - t / n\n"),
        # a part of what went through it, in a random order, as vectors, and alike already
        ([stage_by_stage], "x_train = x_train / 9\nx_test = x_train[:9]\n"),
        ([stage_by_stage], "x_test = f()\nx_train = x_train[order]\nrandom.shuffle(x_train)\n"),
        ([stage_by_stage], "y_test = f()\ny_train = np.eye(9)[y_train]\n"),
        ([stage_by_stage], "x_train = x_train / 9\nx_test = x_test / 9\n"),
        ([once_only], "x = x / 255\ny = y / 255\n"),
        ([labels_compared], "print(a == 3)\n"),
        ([thresholds], "d = e * (z > 0)\n"),
        # what makes labels, and the other side: so right answers are made of wrong ones
        ([thresholds], "y = (s > 0.5).astype(int)\nt = 1 if s > 0 else 0\n"),
        ([thresholds], "n = (o < 0.5) == t\n"),
        ([labels_compared], "p = f(y, x)\nq = g(y)\nprint(p == y)\n"),
        ([out_of_an_inner_loop], "for c in C:\n    for i in I:\n        f(i)\n        n += 1\n"),
        ([ended_later], "for x in X:\n    if x:\n        break\n"),
        ([out_of_an_inner_loop], "for x in X:\n    for j in J:\n        f()\n        w -= g[j]\n"),
        ([parts_of_batches], "for k in range(0, n, 9):\n    x = X[k:k + 9]\n"),
        ([parts_of_batches], "for k in range(n // s):\n    x = X[k * s:(k + 1) * s]\n"),
        ([parts_of_batches], "for k in range(len(X)):\n    x = X[k:k + s]\n"),
    ],
)
def test_what_is_right_has_no_edit(makers, text):
    assert texts(makers, text) == []


LAYERS = """\
def train(ws, acts, d, rate):
    for l in range(2, 0, -1):
        g = d @ acts[l - 1].T
        d = ws[l - 1].T @ d * acts[l] * (1 - acts[l])
        ws[l] -= rate * g
for e in range(9):
    train(ws, acts, y - acts[-1], rate)
"""
LISTS = """\
b = [0.0] * n
for x in X:
    d = out - t
    for j in range(n):
        dh = d * v[j] * h[j] * (1 - h[j])
        for i in range(m):
            w[j][i] -= rate * d * x[0]
    t = math.tanh(s)
"""


@pytest.mark.parametrize(
    ("maker", "text", "old", "new"),
    [
        (of_places, LAYERS, "acts[l - 1].T", "acts[l].T"),
        (of_places, LAYERS, "ws[l - 1].T", "ws[l].T"),
        (of_places, LAYERS, "acts[l] * (1 - acts[l])", "acts[l - 1] * (1 - acts[l - 1])"),
        (of_places, LISTS, "x[0]", "x[i]"),
        (names_alike, LISTS, "rate * d *", "rate * dh *"),
        (written_out, LISTS, "h[j] * (1 - h[j])", "(1 - h[j]**2)"),
        (stepped_biases, LISTS, "    t =", "        b[j] -= rate * d\n    t ="),
        (lambda one: signs(one, "backward"), LAYERS, "y - acts[-1]", "acts[-1] - y"),
    ],
)
def test_a_slip_in_the_training_is_mended(maker, text, old, new):
    assert text.replace(old, new) in of_scripts(maker, text)


STEPS = """\
def init(n):
    return {"W": np.random.randn(n)}
def update(p, g):
    for k in p:
        p[k] -= rate * g[k]
for e in range(9):
    p = init(3)
    g = slopes(p)
    update(p, g)
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # stepped by a function that it is handed to, or place by place
        (STEPS, STEPS.replace("    p = init(3)\n", "").replace("for e", "p = init(3)\nfor e")),
        (
            "p = init(3)\nfor e in E:\n    p = init(3)\n    for k in p:\n        p[k] = p[k] - g\n",
            "p = init(3)\nfor e in E:\n    for k in p:\n        p[k] = p[k] - g\n",
        ),
    ],
)
def test_parameters_are_drawn_once(text, wanted):
    assert texts([begun_before], text) == [wanted]


class Runs(Printing):
    """Copies that print a share, another one in each run; the third edit's is far better."""

    left, as_found = 1e9, 0.75

    def __init__(self, source, better, runs=3):
        self.source, self.better, self.runs = source, better, runs

    def show(self, *_):
        pass

    def printed(self, edits):
        return True, f"accuracy {(0.95 if self.better in edits else self.as_found):.3f}"

    def printed_again(self, edits):
        return [self.printed(edits)[1]] * self.runs


BELOW = """\
for e in range(9):
    g = slopes(W)
    if e % 3 == 0:
        print(e)
        W -= rate * g
"""


@pytest.mark.parametrize(("defect", "runs", "kept"), [
    ("frozen-parameter", 3, True), ("frozen-parameter", 1, False), ("learning-rate", 3, False),
])  # fmt: skip
def test_a_step_that_is_hardly_made_needs_less_of_a_gain_in_three_runs(defect, runs, kept):
    source = Source(BELOW.encode(), "mine.py")
    (node,) = [one for one in source.nodes if type(one).__name__ == "AugAssign"]
    edit = source.edit(node, "W -= g", "step", "", defect)
    assert OF_STEPS < 0.2 < FAR
    assert not is_far_better("accuracy 0.750", "accuracy 0.950")
    found = mended_by_print([edit], Runs(source, edit, runs), 10)
    assert found == ([edit] if kept else [])


COUNTED_ONCE = """\
def share(X, y):
    for x, t in zip(X, y):
        hits += ask(x) == t
        return hits / len(y)
rate = 0.001
other = 1
"""


class Asked(Printing):
    """Copies that print more by each of two edits; those that are run are written down."""

    left = 1e9

    def __init__(self, source, gains):
        self.source, self.gains, self.asked = source, gains, []

    def show(self, *_):
        pass

    def printed(self, edits):
        self.asked.append(tuple(edits))
        return True, f"accuracy {sum(self.gains.get(one, 0) for one in edits):.3f}"


def test_beside_a_loop_that_is_left_at_once_no_other_edit_is_tried_in_its_place():
    source = Source(COUNTED_ONCE.encode(), "mine.py")
    (later,) = left_later(source)
    numbers = [one for one in source.nodes if type(one).__name__ in ("Float", "Integer")]
    rate, other = (source.edit(one, "9", "pace", "") for one in numbers)
    trials = Asked(source, {later: 0.2, rate: 0.75})
    assert mended_by_print([later, other, rate], trials, 10) == [later, rate]
    assert (rate,) not in trials.asked[: trials.asked.index((later, other))]


@pytest.mark.parametrize(("as_found", "kept"), [(0.85, True), (0.92, False)])
def test_a_step_below_a_print_need_only_be_better_in_each_run(as_found, kept):
    source = Source(BELOW.encode(), "mine.py")
    (edit,) = out_of_what_prints(source)
    trials = Runs(source, edit)
    trials.as_found = as_found
    assert mended_first([], [], trials, 10) == ([edit] if kept else [])


LABELS_MADE = """\
def make(n):
    return [(x, 1 if x < 0.5 else 0) for x in range(n)]
def ask(x):
    return 1 if net(x) > 0.5 else 0
def main():
    rows = make(9)
    y = (rows > 0.5) == 1
    for e in range(9):
        w -= rate * g(w)
    print(sum((ask(x) > 0.5) == t for x, t in rows))
main()
"""


def test_no_threshold_is_moved_where_labels_are_made():
    made = of_scripts(of_answer, LABELS_MADE)
    head = LABELS_MADE.partition("def ask")[0]
    assert made
    assert all(one.startswith(head) and "rows > 0.5" in one for one in made)


def test_what_is_taken_off_before_an_exponential_is_no_step():
    text = (
        "def f(z):\n    z = z - np.max(z)\n    return np.exp(z)\nfor e in E:\n    W -= r * f(z)\n"
    )
    assert not any("z + np.max" in one for one in of_scripts(lambda s: signs(s, "update"), text))
