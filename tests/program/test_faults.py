"""Several faults in a step, factors, lost parts and sums: each told at its line, or not told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.program.verdict import less_those_stepped_again
from diagnose.watching.step_told import told
from tests.program import steps
from tests.program.test_step import HEAD, examined, step

TWO_LAYERS = """
G, g = rng.standard_normal((2, 3)), np.zeros(3)
Z = rng.standard_normal((12, 3))
for epoch in range(9):
    h = np.tanh(X @ W + b)
    k = np.tanh(h @ V + c)
    out = k @ G + g
    d = (out - Z) / len(X)
    dk = d @ G.T * (1 - k ** 2)
    dh = dk @ V.T * (1 - h ** 2)
    G -= .1 * k.T @ d
    g -= .1 * d.sum(axis=0)
    V -= .1 * h.T @ dk
    c -= .1 * dk.sum(axis=0)
    W -= .1 * X.T @ dh
    b -= .1 * dh.sum(axis=0)
"""


def three_layers(tmp_path, *edits):
    source = TWO_LAYERS
    for before, after in edits:
        assert before in source
        source = source.replace(before, after)
    return examined(tmp_path, HEAD + source)


def test_a_second_fault_behind_the_first_is_found(tmp_path):
    made = three_layers(
        tmp_path, ("dk = d @ G.T * (1 - k ** 2)", "dk = d @ G.T * (1 + k ** 2)"),
        ("* (1 - h ** 2)", "* (1 + h ** 2)"),
    )  # fmt: skip
    assert sorted(made.lines) == [15, 16]
    assert sorted(made.mended) == [
        "dh = dk @ V.T * (1 - h ** 2)", "dk = d @ G.T * (1 - k ** 2)"
    ]  # fmt: skip


def test_a_fault_that_is_mended_by_no_edit_hides_none_behind_it(tmp_path):
    made = three_layers(
        tmp_path, ("dk = d @ G.T * (1 - k ** 2)", "dk = np.flip(d @ G.T, axis=1)"),
        ("* (1 - h ** 2)", "* (1 + h ** 2)"),
    )  # fmt: skip
    assert sorted(made.lines) == [15, 16]
    assert made.mended == ["dh = dk @ V.T * (1 - h ** 2)"]


def test_the_gradient_of_another_parameter_is_no_right_one(tmp_path):
    made = examined(
        tmp_path,
        """import numpy as np
x = np.linspace(.5, 6, 40)
y = 2.3 * x - 6.2
slope, offset = 0., 0.
for _ in range(60):
    error = y - (slope * x + offset)
    d_slope = -2 * np.mean(error * x)
    d_offset = -2 * np.mean(error * x)
    slope -= .02 * d_slope
    offset -= .02 * d_offset
""",
    )
    assert made.lines == [8]
    assert made.mended == ["d_offset = -2 * np.mean(error)"]


def test_a_gradient_that_is_given_anew_for_each_sample(tmp_path):
    made = examined(
        tmp_path,
        """import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((3, 3)), rng.standard_normal((3, 2))
W, b = rng.standard_normal((3, 2)), np.zeros(2)
for _ in range(60):
    dW, db = np.zeros((3, 2)), np.zeros(2)
    for x, y in zip(X, Y):
        error = x @ W + b - y
        dW = np.outer(x, error)
        db = db + error
    W -= .1 * dW
    b -= .1 * db
""",
    )
    assert made.lines == [9]
    assert made.found.slips[0].shares


def test_a_gradient_that_goes_past_a_function_is_told_where_it_does(tmp_path):
    made = step(tmp_path, "dh = d @ V.T * (1 - h ** 2)", "dh = (d @ V.T) / (3 - h) ** 2")
    assert made.lines == [12]
    made = step(tmp_path, "dh = d @ V.T * (1 - h ** 2)", "dh = np.abs(d @ V.T)")
    assert made.lines == [12]
    assert len(made.found.slips) == 1


def test_a_mask_of_what_is_never_below_0(tmp_path):
    made = examined(
        tmp_path,
        HEAD
        + """
for epoch in range(9):
    h = np.maximum(X @ W + b, 0)
    d = (h @ V + c - Y) / len(X)
    dh = d @ V.T
    dh[h < 0] = 0
    V -= .1 * h.T @ d
    c -= .1 * d.sum(axis=0)
    W -= .1 * X.T @ dh
    b -= .1 * dh.sum(axis=0)
""",
    )
    assert made.lines == [12]
    assert made.mended == ["dh[h <= 0] = 0"]


def test_a_gradient_summed_up_to_one_number_moves_all_alike(tmp_path):
    made = step(tmp_path, "    c -= .1 * d.sum(axis=0)", "    c -= .1 * d.sum(axis=0).sum()")
    assert made.lines == [14]
    assert made.mended == ["c -= .1 * d.sum(axis=0)"]


SOFTMAX = """
labels = np.arange(12) % 2
for epoch in range(9):
    scores = X @ W[:, :2] + c
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = p.copy()
    d[np.arange(12), labels] -= 1
    W[:, :2] -= .1 * X.T @ d
    c -= .1 * d.sum(axis=0)
"""


@pytest.mark.parametrize("axis", ["axis=0, keepdims=True", "axis=0", ""])
def test_a_softmax_along_a_wrong_axis(axis, tmp_path):
    made = examined(
        tmp_path, HEAD + SOFTMAX.replace("e.sum(axis=1, keepdims=True)", f"e.sum({axis})")
    )
    found = made.found.unlinked
    assert made.sites[found.site].line == 12
    assert found.splices[0].text == "(axis=1, keepdims=True)"


@pytest.mark.parametrize(
    "last",
    [
        "e / e.sum(axis=1, keepdims=True)", "1 / (1 + np.exp(-scores))", "np.tanh(scores)",
        "np.maximum(scores, 0)", "scores / np.sqrt((scores ** 2).mean(axis=0))",
    ],
)  # fmt: skip
def test_another_last_function_is_no_softmax_along_a_wrong_axis(last, tmp_path):
    made = examined(tmp_path, HEAD + SOFTMAX.replace("e / e.sum(axis=1, keepdims=True)", last))
    assert made.found.unlinked is None


@pytest.mark.parametrize(
    ("before", "after", "line", "factor", "extra"),
    [
        ("c -= .1 * d.sum(axis=0)", "c -= .1 * d.mean(axis=0)", 14, 1 / 12, True),
        ("dh = d @ V.T * (1 - h ** 2)\n    V -= .1 * h.T @ d",
         "dh = d @ V.T * (1 - h ** 2)\n    V -= .1 * h.T @ (d * 12)", 13, 12, True),
    ],
)  # fmt: skip
def test_a_step_that_is_longer_than_the_others(before, after, line, factor, extra, tmp_path):
    made = step(tmp_path, before, after)
    assert not made.found.slips
    (uneven,) = made.found.uneven
    assert made.sites[uneven.site].line == line
    assert uneven.factor == pytest.approx(factor)
    assert uneven.extra == extra


def test_a_step_that_lacks_what_the_others_have(tmp_path):
    made = three_layers(
        tmp_path, ("(out - Z) / len(X)", "out - Z"),
        *((f".1 * {one}", f".1 * {one} / len(X)") for one in (
            "k.T @ d", "d.sum(axis=0)", "h.T @ dk", "dk.sum(axis=0)", "dh.sum(axis=0)")),
    )  # fmt: skip
    (uneven,) = made.found.uneven
    assert made.sites[uneven.site].line == 21
    assert not uneven.extra


def test_rates_that_somebody_chose_for_each_are_no_mistake(tmp_path):
    assert not step(tmp_path, "V -= .1", "V -= .05").found.uneven


def test_a_sum_that_adam_takes_and_no_step_begins_anew(tmp_path):
    made = step(
        tmp_path, "    W -= .1 * X.T @ dh\n",
        "    gW += X.T @ dh\n    m, v = .9 * m + .1 * gW, .99 * v + .01 * gW ** 2\n"
        "    W -= .1 * m / (np.sqrt(v) + 1e-8)\n",
        head="gW, m, v = np.zeros((3, 3, 4))",
    )  # fmt: skip
    (kept,) = made.found.kept
    assert made.sites[kept.site].text.startswith("gW += ")


def test_adagrad_keeps_no_gradients(tmp_path):
    made = step(
        tmp_path, "    W -= .1 * X.T @ dh\n",
        "    gW = X.T @ dh\n    s += gW ** 2\n    W -= .1 * gW / np.sqrt(s)\n",
        head="s = np.zeros((3, 4))",
    )  # fmt: skip
    assert not made.found.kept


def test_what_few_of_the_parameters_make_is_no_output(tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "ENOUGH", 400)
    # the error is a sign, by a branch: the numbers of the step do not hold the target
    made = examined(
        tmp_path,
        """import random
random.seed(1)
w, v = [[random.gauss(0, 1) for _ in range(3)] for _ in range(3)], [.5, -.5, .3, .1]
for n in range(30):
    x = [random.random(), random.random(), 1.0]
    h = [sum(a * b for a, b in zip(row, x)) for row in w] + [1.0]
    out = 0.0
    for i in range(4):
        out += v[i] * h[i]
    d = 1.0 if out > x[0] - x[1] else -1.0
    for i in range(3):
        for j in range(3):
            w[i][j] -= .1 * d * v[i] * x[j]
    for i in range(4):
        v[i] -= .1 * d * h[i]
""",
    )
    assert not made.found.slips


def test_what_meets_no_target_of_its_size_is_no_slope(tmp_path):
    # a rival chosen by a branch: the numbers of the step do not hold the label
    made = examined(
        tmp_path,
        """import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.standard_normal((12, 9)), np.arange(12) % 3
A, a = rng.standard_normal((5, 9)), np.zeros(5)
B, b = rng.standard_normal((3, 5)), np.zeros(3)
def take(n):
    x, c = X[n], int(labels[n])
    u = A @ x + a
    h = np.where(u > 0, u, .02 * u)
    r = int((B @ h + b + np.eye(3)[2 - c]).argmax())
    d = np.zeros(3)
    d[r], d[c] = 1, -1
    dh = B.T @ d
    dh[u <= 0] *= .02
    B[:] -= .1 * np.outer(d, h)
    b[:] -= .1 * d
    A[:] -= .1 * np.outer(dh, x)
    a[:] -= .1 * dh
for epoch in range(30):
    take(0), take(1), take(2)
""",
    )
    assert not [*told(made.found, made.sites, made.texts)]


MIXTURE = """
import numpy as np
rng = np.random.default_rng(3)
x, y = rng.uniform(-2, 2, 60), rng.standard_normal(60)
A, F = rng.standard_normal((4, 3)), np.stack([np.ones(60), x, x**2, x**3], axis=1)
log_s, log_g = np.zeros(3), np.log(np.ones(3) / 3)
for it in range(12):
    r = y[:, None] - F @ A
    each = log_g - 0.5 * (r * np.exp(-log_s)) ** 2 - log_s
    total = np.logaddexp.reduce(each, axis=1, keepdims=True)
    share = np.exp(each - total)
    A -= 0.05 * (F.T @ (-share * r * np.exp(-2 * log_s)) / 60)
    log_s -= 0.05 * -np.sum(share * ((r * np.exp(-log_s)) ** 2 - 1), axis=0) / 60
    loss = -total.mean()
"""


def test_the_gradient_of_a_loss_that_the_step_computes_is_right_whatever_it_is(tmp_path):
    """The likelihood of a mixture is no usual loss: its slope was taken for a wrong one."""
    made = examined(tmp_path, MIXTURE)
    assert made.found.judgement is not None
    assert made.lines == []
    assert steps_told(made) == []


def steps_told(made):
    return [one.line for one in told(made.found, made.sites, made.texts)]


SOFTMAX_OF_LABELS = """
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.standard_normal((30, 4)), rng.integers(3, size=30)
W, b = rng.standard_normal((4, 3)), np.zeros(3)
for it in range(12):
    e = np.exp(X @ W + b)
    d = e / e.sum(axis=1, keepdims=True)
    d[np.arange(30), labels] -= 1
    gW, gb = X.T @ d, d.sum(axis=0)
    W, b = W - .1 * gW, b - .1 * gb
"""
LAYERS_IN_A_LOOP = """
sizes = [3, 6, 5, 4]
Ws = [rng.standard_normal((m, n)) / 2 for m, n in zip(sizes, sizes[1:])]
T = rng.standard_normal((12, 4))
for it in range(12):
    hs = [X]
    for W in Ws:
        hs.append(np.tanh(hs[-1] @ W))
    d = (hs[-1] - T) * (1 - hs[-1] ** 2) / len(X)
    grads = [None] * 3
    for k in reversed(range(3)):
        below = hs[k]
        grads[k] = below.T @ d
        d = d @ Ws[k].T
    Ws = [W - .1 * g for W, g in zip(Ws, grads)]
"""


def test_a_name_in_a_loop_stands_for_what_it_was_in_that_turn(tmp_path):
    made = examined(tmp_path, HEAD + LAYERS_IN_A_LOOP)
    assert made.mended == ["d = d @ Ws[k].T * (1 - below ** 2)"]


def test_steps_that_all_go_up_by_signs_of_their_own_are_turned_at_once(tmp_path):
    source = SOFTMAX_OF_LABELS.replace(
        "W, b = W - .1 * gW, b - .1 * gb", "W, b = W + .1 * gW, b + .1 * gb"
    )
    made = examined(tmp_path, source)
    (turned,) = made.found.turned
    assert len(turned.parameters) == 2
    assert len(turned.splices) == 2


ROWS = """
import numpy as np
rng = np.random.default_rng(1)
E, V = rng.standard_normal((5, 3)), rng.standard_normal((3, 2))
which, T = np.array([0, 1, 1, 2, 4, 4, 4, 3]), rng.standard_normal((8, 2))
for it in range(12):
    h = E[which]
    d = (h @ V - T) / 8
    dh = d @ V.T
    V -= .1 * h.T @ d
    E[which] -= .1 * dh
"""


def test_rows_that_are_met_twice_are_stepped_by_all_that_they_got(tmp_path):
    made = examined(tmp_path, ROWS)
    assert (made.lines, made.mended) == ([11], ["np.subtract.at(E, which, .1 * dh)"])
    sound = examined(tmp_path, ROWS.replace("E[which] -= .1 * dh", "np.add.at(E, which, -.1 * dh)"))
    assert sound.lines == []
    assert len(sound.found.judgement.right) == 2


SCALED = """
s = np.linspace(.5, 2, 4)
for epoch in range(9):
    h = np.tanh(X @ W) * s
    d = (h @ V + c - Y) / len(X)
    {}
    V -= .1 * h.T @ d
    c -= .1 * d.sum(axis=0)
    W -= .1 * X.T @ dh
"""


def test_what_is_divided_where_it_should_be_multiplied(tmp_path):
    slip = "dh = d @ V.T / s * (1 - np.tanh(X @ W) ** 2)"
    made = examined(tmp_path, HEAD + SCALED.format(slip))
    assert made.mended == ["dh = d @ V.T * s * (1 - np.tanh(X @ W) ** 2)"]


def test_targets_that_are_all_alike_are_targets(tmp_path):
    source = SCALED.format("dh = d @ V.T * (1 + np.tanh(X @ W) ** 2) * s")
    made = examined(tmp_path, HEAD + "Y = np.zeros((12, 2))\n" + source)
    assert made.mended == ["dh = d @ V.T * (1 - np.tanh(X @ W) ** 2) * s"]


PAIRS_IN_A_TURN = """
import numpy as np
rng = np.random.default_rng(12)
E, V = rng.standard_normal((9, 3)), np.zeros((9, 3))
def pair(word, other):
    which = np.array([other, (other + 4) % 9, other])
    d = 1 / (1 + np.exp(-(V[which] @ E[word]))) - np.array([1., 0., 0.])
    step, rows = .08 * d @ V[which], .08 * np.outer(d, E[word])
    E[word] -= step
    np.subtract.at(V, which, rows)
for word in rng.integers(9, size=40):
    pair(word, 1), pair(word, 3), pair(word, 6), pair(word, 8)
"""


@pytest.mark.parametrize(
    ("source", "judged"), [(PAIRS_IN_A_TURN, False), (HEAD + TWO_LAYERS, True)]
)
def test_what_a_turn_steps_several_times_is_the_gradient_of_no_one_error(source, judged, tmp_path):
    made = examined(tmp_path, source)
    every = frozenset(made.found.parameters)
    doubted = replace(made.found.judgement, right={}, wrong=every, level=frozenset())
    left = less_those_stepped_again(doubted, made.found.parameters)
    assert left.wrong == (every if judged else frozenset())
    assert steps_told(made) == []


def test_two_faults_are_each_mended_beside_the_other(tmp_path):
    # alone, a slope put where the error is taken would mend one, and spoil what the other needs
    source = """
for epoch in range(9):
    h = sigmoid(X @ W + b)
    out = sigmoid(h @ V + c)
    error = Y - out
    d_out = error * slope(out)
    error_h = d_out @ V.T
    d_h = error_h * slope(h)
    V += h.T @ d_out * .1
    c += d_out.sum(axis=0) * .1
    W += X.T @ error_h * .1
    b += d_h.sum(axis=0) * .1
"""
    functions = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def slope(x):
    return sigmoid(x) * (1 - sigmoid(x))
"""
    made = examined(tmp_path, f"{HEAD}Y = rng.random((12, 2)){functions}{source}")
    assert sorted(made.mended) == ["W += X.T @ d_h * .1", "return x * (1 - x)"]


@pytest.mark.parametrize("error", ["out - Y", "Y - out"])
def test_a_slope_with_the_other_sign_is_turned_and_not_the_error(tmp_path, error):
    sign = "-" if error == "out - Y" else "+"
    source = f"""
for epoch in range(9):
    h = np.tanh(X @ W + b)
    out = 1 / (1 + np.exp(-(h @ V + c)))
    d = ({error}) * (out * (out - 1))
    dh = d @ V.T * (1 - h ** 2)
    V {sign}= h.T @ d * .1
    c {sign}= d.sum(axis=0) * .1
    W {sign}= X.T @ dh * .1
    b {sign}= dh.sum(axis=0) * .1
"""
    made = examined(tmp_path, f"{HEAD}Y = rng.random((12, 2)){source}")
    (turned,) = made.found.turned
    assert [one.text for one in turned.splices] == ["1 - out"]


def test_a_step_at_the_rate_of_the_others_that_takes_nothing_of_the_error(tmp_path):
    made = three_layers(tmp_path, ("b -= .1 * dh.sum(axis=0)", "b -= .1 * h.sum(axis=0)"))
    assert made.lines == [22]
    assert made.mended == ["b -= .1 * dh.sum(axis=0)"]


def test_what_is_carried_on_without_the_rate_is_no_parameter(tmp_path):
    source = TWO_LAYERS.replace("    h = np.tanh(X @ W + b)", "    h = np.tanh(X @ W + b + s)")
    source = source.replace("    d = (out", "    s = .9 * s + .01 * h.mean(axis=0)\n    d = (out")
    made = examined(tmp_path, f"{HEAD}s = np.zeros(4)\n{source}")
    assert made.lines == []


def test_a_sum_that_is_overwritten_for_each_sample_of_a_loop(tmp_path):
    made = examined(
        tmp_path,
        """import numpy as np
x = np.linspace(-1, 1, 3)
y = 3 * x - 2
m, b = 0., 0.
for step in range(60):
    grad_m = grad_b = 0
    for i in range(3):
        error = m * x[i] + b - y[i]
        grad_m += 2 * error * x[i] / 3
        grad_b = 2 * error / 3
    m = m - .1 * grad_m
    b = b - .1 * grad_b
""",
    )
    assert made.mended == ["grad_b += 2 * error / 3"]


UNPACKED = """
def forward(x):
    z = x @ W + b
    a = np.tanh(z)
    return z, a, np.tanh(z) @ V + c
V, c = rng.standard_normal((W.shape[1], 1)), np.zeros(1)
Z = rng.standard_normal((12, 1))
for epoch in range(9):
    z, a, out = forward(X)
    d = (out - Z) / len(X)
    dh = d @ V.T * (1 - np.tanh(z) ** 2)
    V -= .1 * z.T @ d
    c -= .1 * d.sum(axis=0)
    W -= .1 * X.T @ dh
    b -= .1 * dh.sum(axis=0)
"""


def test_what_is_unpacked_and_nowhere_taken_may_be_what_belongs_there(tmp_path):
    made = examined(tmp_path, HEAD + UNPACKED)
    assert made.mended == ["V -= .1 * a.T @ d"]


BY_SINGLE_NUMBERS = """
import math
a, v, r = [.5, -.3, .8, .2], [.1, .4, -.2, .3], 0.
xs = [math.sin(k + 1.) for k in range(6)]
ys = [math.exp(-x) for x in xs]
for epoch in range(9):
    s = 0.
    for i in range(6):
        h, o = [0.] * 4, r
        for UNIT in range(4):
            h[UNIT] = math.tanh(a[UNIT] * xs[i])
            o = o + v[UNIT] * h[UNIT]
        e = o - ys[i]
        s = s + e * e
        for j in range(4):
            q = e * v[j] * (1 - h[j] ** 2)
            v[j] = v[j] - .1 * e * h[j]
            a[j] = a[j] - .1 * q * xs[i]
        r = r - .1 * e
"""


@pytest.mark.parametrize(("unit", "unsure"), [("k", 0), ("i", 3)])
def test_single_numbers_that_are_right_up_to_factors_of_their_own_are_not_judged(
    tmp_path, unit, unsure
):
    made = examined(tmp_path, BY_SINGLE_NUMBERS.replace("UNIT", unit))
    assert len(made.found.by_any_factor) == unsure


THROUGH_A_FUNCTION = """
import math, random
random.seed(1)
def draw(n, m):
    return [[random.uniform(-1, 1) for _ in range(m)] for _ in range(n)]
def layer(M, b, v):
    return [1 / (1 + math.exp(-(row[0] * v[0] + row[1] * v[1] + one))) for row, one in zip(M, b)]
def back(M, v):
    found = [0.] * len(M[0])
    for row, x in zip(M, v):
        for c in range(len(row)):
            found[c] += row[c] * x
    return found
M, b, N, c = draw(2, 2), draw(1, 2)[0], draw(2, 2), draw(1, 2)[0]
for k in range(30):
    x = math.sin(k), math.cos(3 * k)
    y = float(x[0] > x[1]), float(x[0] + x[1] > 0)
    h = layer(M, b, x)
    o = layer(N, c, h)
    d = [two - one for one, two in zip(y, o)]
    e = back(N, d)
    for i in range(2):
        for j in range(2):
            N[i][j] -= .3 * d[i] * h[j]
        c[i] -= .3 * d[i]
    for i in range(2):
        for j in range(2):
            M[i][j] -= .3 * e[i] * x[j]
        b[i] -= .3 * e[i]
"""


def test_what_a_function_hands_back_for_another_value_is_told_where_it_is_called(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(steps, "ENOUGH", 200)  # of loops within a step
    made = examined(tmp_path, THROUGH_A_FUNCTION)
    place = [at for at, line in enumerate(THROUGH_A_FUNCTION.splitlines(), 1)
             if "e = back(N, d)" in line]  # fmt: skip
    assert made.lines == place


LISTS = """import math
import random
random.seed(2)
rows = [(random.uniform(-1, 1), random.random()) for _ in range(6)]
w, v = [.3, -.7, .5], [.2, .9, -.4]
rate, signals = .3, []
for epoch in range(4):
    for x, t in rows:
        h = [math.tanh(x * w[0]), math.tanh(x * w[1]), math.tanh(x * w[2])]
        out = h[0] * v[0] + h[1] * v[1] + h[2] * v[2]
        d = out - t
        signals = []
        for j in range(3):
            signals.append(d * v[j] * (1 - h[j] ** 2))
        for j in range(3):
            v[j] -= rate * d * h[j]
        for j in range(3):
            w[j] -= rate * signals[j] * x
"""


@pytest.mark.parametrize("anew", [True, False])
def test_what_is_stepped_with_signals_of_an_earlier_sample_takes_none_of_its_own(tmp_path, anew):
    text = LISTS if anew else LISTS.replace("        signals = []\n", "")
    made = examined(tmp_path, text)
    assert len(made.found.judgement.right) == (6 if anew else 3)
    observed = [one.observed for one in told(made.found, made.sites, {})]
    if anew:
        assert observed == []
    else:
        (said,) = observed
        assert "takes nothing that is made of the error" in said
        assert len(made.found.judgement.wrong) == 3


NEGATED = """import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(30, 2))
y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
w, v = rng.normal(size=(2, 5)), rng.normal(size=(5, 3))
for epoch in range(10):
    h = np.tanh(x @ w)
    e = np.exp(h @ v)
    d = -(e / e.sum(1, keepdims=True))
    d[np.arange(30), y] += 1
    back = d @ v.T * (1 - h**2)
    v += .01 * h.T @ d
    w += .01 * x.T @ back
"""


@pytest.mark.parametrize(("mark", "is_right"), [("+= 1", True), ("-= 1", False)])
def test_a_softmax_that_is_negated_before_its_label_is_marked(tmp_path, mark, is_right):
    made = examined(tmp_path, NEGATED.replace("+= 1", mark))
    observed = [one.observed for one in told(made.found, made.sites, made.texts)]
    assert (len(made.found.judgement.right) == 2 and not observed) == is_right


SPARSE = """import math
import random
random.seed(1)
samples = [([0, 1], 1.), ([2, 1], 0.), ([0, 3], 1.), ([3, 4], 0.), ([0, 4], 1.), ([2, 3], 0.)]
v = [[random.uniform(-.5, .5) for _ in range(3)] for _ in range(5)]
u = [random.uniform(-.5, .5) for _ in range(3)]
for epoch in range(9):
    for words, label in samples:
        h = [0.] * 3
        for w in words:
            for k in range(3):
                h[k] += v[w][k]
        a = [math.tanh(one) for one in h]
        d = a[0] * u[0] + a[1] * u[1] + a[2] * u[2] - label
        g = [d * u[k] * (1 - a[k] * a[k]) for k in range(3)]
        for k in range(3):
            u[k] -= .1 * d * a[k]
        for w in words:
            for k in range(3):
                v[w][k] -= .1 * g[k]
"""


@pytest.mark.parametrize(("slope", "wrong"), [("(1 - a[k] * a[k])", 0), ("a[k] * (1 - a[k])", 3)])
def test_single_numbers_of_which_each_sample_steps_some(tmp_path, monkeypatch, slope, wrong):
    monkeypatch.setattr(steps, "ENOUGH", 200)  # of loops within a step
    made = examined(tmp_path, SPARSE.replace("(1 - a[k] * a[k])", slope))
    assert len(made.found.judgement.right) >= 3
    assert len(made.found.judgement.wrong) >= wrong
    assert bool([*told(made.found, made.sites, {})]) == bool(wrong)
    assert made.found.replayed == steps.TURNS


PLAIN = """import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3))
y = rng.normal(size=(20, 5))
w, v, loss = rng.normal(size=(3, 5)), rng.normal(size=(5, 5)), 0.0
for epoch in range(10):
    h = np.tanh(x @ w)
    d = h @ v - y
    loss = loss + np.sum(d**2)
    back = d @ v.T * (1 - h**2)
    v -= .01 * h.T @ d
    w -= .01 * x.T @ back
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("w =- .01 * x.T @ back", "w -= .01 * x.T @ back"),
        ("w = .01 * x.T @ back", "w -= .01 * x.T @ back"),
        ("w = -(.01 * x.T @ back)", "w += -(.01 * x.T @ back)"),
    ],
)
def test_a_parameter_that_becomes_its_step(tmp_path, written, meant):
    made = examined(tmp_path, PLAIN.replace("w -= .01 * x.T @ back", written))
    (said,) = told(made.found, made.sites, made.texts)
    assert said.line == 12
    assert f"write `{meant}`" in said.advice


@pytest.mark.parametrize("sums", ["g += x.T @ back", "g = .9 * g + x.T @ back"])
def test_a_parameter_that_is_given_what_a_sum_of_gradients_comes_to(tmp_path, sums):
    text = PLAIN.replace("w -= .01 * x.T @ back", f"{sums}\n    w = -.01 * g")
    made = examined(tmp_path, text.replace("for epoch", "g = 0 * w\nfor epoch"))
    assert not made.found.overwritten


def test_an_adjoint_is_wrong_where_it_is_multiplied_and_not_where_the_factor_was_made(tmp_path):
    made = examined(tmp_path, PLAIN.replace("d @ v.T *", "d.dot(loss) *"))
    (said,) = told(made.found, made.sites, {})
    assert said.line == 10


def test_the_sign_with_which_a_label_is_marked(tmp_path):
    text = NEGATED.replace("d = -(e", "d = (e")
    text = text.replace("v += ", "v -= ").replace("w += ", "w -= ")
    made = examined(tmp_path, text)
    (said,) = told(made.found, made.sites, made.texts)
    assert "write `d[np.arange(30), y] -= 1`" in said.advice


MOVED = """import math
import random
random.seed(1)
data = [([random.random(), random.random(), 1], random.random()) for _ in range(40)]
v = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)]
u, rate = [random.uniform(-1, 1) for _ in range(3)], 0.3
for epoch in range(9):
    error = 0
    for x, y in data:
        h = [math.tanh(sum(v[k][i] * x[i] for i in range(3))) for k in range(2)] + [1]
        out = 1 / (1 + math.exp(-sum(u[k] * h[k] for k in range(3))))
        error += (y - out) ** 2
        d = (y - out) * out * (1 - out)
        for k in range(3):
            u[k] += rate * d * h[k]
        back = [d * u[k] * (1 - h[k] ** 2) for k in range(2)]
        for k in range(2):
            for i in range(3):
                v[k][i] += rate * back[k] * x[i]
"""


def test_weights_that_are_moved_before_they_are_taken_where_a_step_computes_its_loss(
    tmp_path, monkeypatch
):  # fmt: skip
    monkeypatch.setattr(steps, "ENOUGH", 200)  # of loops within a step
    made = examined(tmp_path, MOVED)
    (said,) = told(made.found, made.sites, made.texts)
    assert "weights that the same step has moved" in said.observed
    assert said.line == 16


MASKED = """import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(20, 3))
y = np.eye(2)[(x[:, 0] > 0).astype(int)]
u, v, w = (rng.normal(size=size) for size in ((3, 8), (8, 8), (8, 2)))
for epoch in range(20):
    m, n = rng.random((20, 8)) < .5, rng.random((20, 8)) < .5
    g = np.tanh(x @ u) * m
    h = np.tanh(g @ v) * n
    d = (h @ w - y) / len(x)
    dh = d @ w.T * n * (1 - h**2)
    dg = dh @ v.T * m * (1 - g**2)
    w -= .1 * h.T @ d
    v -= .1 * g.T @ dh
    u -= .1 * x.T @ dg
"""


@pytest.mark.parametrize(
    ("slip", "lines"),
    [("w.T * n", []), ("w.T * m", [11]), ("w.T", [11])],
)
def test_a_mask_goes_back_as_it_went_forward(tmp_path, slip, lines):
    made = examined(tmp_path, MASKED.replace("w.T * n", slip))
    found = [one.line for one in told(made.found, made.sites, made.texts)]
    assert found == lines


def test_what_takes_nothing_of_the_error_is_named_where_it_is_made(tmp_path):
    text = PLAIN.replace("    loss = loss + np.sum(d**2)\n", "").replace(
        "5)), 0.0", "5)), np.ones(5)"
    )
    text = text.replace("h @ v - y", "h @ v + loss - y") + "    loss -= .01 * d.sum(0)\n"
    text = text.replace("    v -= .01 * h.T @ d\n", "    dv = h.T @ (h @ v)\n    v -= .01 * dv\n")
    made = examined(tmp_path, text.replace("loss", "b"))
    (said,) = told(made.found, made.sites, made.texts)
    assert said.line == 10
    assert "`h.T @ (h @ v)` takes nothing that is made of the error" in said.observed


def test_a_gradient_that_a_product_takes_with_weights_is_none_any_more(tmp_path):
    made = examined(tmp_path, PLAIN.replace("v -= .01 * h.T @ d", "v -= .01 * h.T @ d @ v"))
    (said,) = told(made.found, made.sites, made.texts)
    assert said.line == 11
    assert "write `v -= .01 * h.T @ d`:" in said.advice
