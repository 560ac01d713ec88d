"""Steps whose targets, or loss, are not where they usually are; and edits of whole expressions."""

from __future__ import annotations

import ast

import pytest

from diagnose.program.stepping import rising
from diagnose.program.writing import Text, regrouped, swapped
from diagnose.watching.step_told import told
from tests.program.test_faults import three_layers
from tests.program.test_step import HEAD, examined

LINE = """
x = X[:, 0]
y = (2 * x + .1 * rng.standard_normal(12)){shape}
w, e = 0., 0.
for epoch in range(9):
    out = w * x + e
    error = out - y
    w = w - .1 * np.mean(error * x)
    e = e - .1 * np.mean(error)
"""
WORDS = """
first, second = rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
words = rng.integers(0, 5, (90, 2))
for start in range(0, 90, 9):
    one, other = words[start:start + 9].T
    u, v = first[one], second[other]
    p = 1 / (1 + np.exp(-(u * v).sum(axis=1)))
    loss = -np.log(p + 1e-10).mean() + (u ** 2).sum() / 900
    d = (p - 1)[:, None] / 9
    {step}
    np.subtract.at(second, other, .5 * d * u)
"""
ADDED = "np.subtract.at(first, one, .5 * (d * v + u / 450))"
MADE_IN_A_STEP = """
for epoch in range(9):
    x = rng.standard_normal((12, 3))
    y = x[:, :2] * 2 + .1 * rng.standard_normal((12, 2))
    h = np.tanh(x @ W + b)
    out = h @ V + c
    d = (out - y) / len(x)
    dh = d @ V.T * {slope}
    V -= .1 * h.T @ d
    c -= .1 * d.sum(axis=0)
    W -= .1 * x.T @ dh
    b -= .1 * dh.sum(axis=0)
"""
GATED = """
S, U = rng.standard_normal((12, 4)), rng.standard_normal((4, 4)) * .5
R, Q, Y = rng.standard_normal((3, 4)), rng.standard_normal((3, 4)), rng.standard_normal((12, 2))
for epoch in range(9):
    s = np.tanh(X @ Q)
    z = 1 / (1 + np.exp(-(X @ W + s @ U + b)))
    g = np.tanh(X @ R)
    h = z * g + (1 - z) * s
    d = (h @ V + c - Y) / len(X)
    dh = d @ V.T
    dz = dh * {slope} * z * (1 - z)
    ds = (dh * (1 - z) + dz @ U.T) * (1 - s ** 2)
    V -= .1 * h.T @ d
    c -= .1 * d.sum(axis=0)
    R -= .1 * X.T @ (dh * z * (1 - g ** 2))
    W -= .1 * X.T @ dz
    b -= .1 * dz.sum(axis=0)
    U -= .1 * s.T @ dz
    Q -= .1 * X.T @ ds
"""


def findings(made):
    return [*told(made.found, made.sites, made.texts)]


def test_each_output_that_meets_all_targets_is_told_with_the_shape_that_is_meant(tmp_path):
    made = examined(tmp_path, HEAD + LINE.format(shape=".reshape(-1, 1)"))
    (one,) = findings(made)
    assert (one.kind, one.line) == ("broadcast-shape", made.sites[made.found.crossed.site].line)
    assert "`error = out - y.ravel()`" in one.advice


def test_outputs_that_meet_their_own_targets_make_no_table(tmp_path):
    made = examined(tmp_path, HEAD + LINE.format(shape=""))
    assert made.found.crossed is None
    assert findings(made) == []


@pytest.mark.parametrize("outputs", [1, 2])
def test_outputs_that_are_the_same_whatever_the_parameters_are(tmp_path, outputs):
    source = f"""
R, q, Y = rng.standard_normal((4, {outputs})), np.zeros({outputs}), np.eye(2)[:, :{outputs}]
Y = Y[(X[:, 0] > 0).astype(int)]
for epoch in range(9):
    h = np.tanh(X @ W + b)
    e = np.exp(h @ R + q)
    out = e / e.sum(axis=1, keepdims=True)
    d = (out - Y) / len(X)
    dh = d @ R.T * (1 - h ** 2)
    R -= .1 * h.T @ d
    q -= .1 * d.sum(axis=0)
    W -= .1 * X.T @ dh
    b -= .1 * dh.sum(axis=0)
"""
    found = findings(examined(tmp_path, HEAD + source))
    assert [(one.kind, one.line) for one in found] == [("softmax-axis", 13)] * (outputs == 1)


def test_a_loss_that_the_step_computes_says_what_is_meant_where_no_target_joins(tmp_path):
    made = examined(tmp_path, HEAD + WORDS.format(step=ADDED))
    assert len(made.found.judgement.right) == 2
    assert findings(made) == []


def test_rows_that_are_stepped_once_of_all_times_that_they_are_met(tmp_path):
    step = "first[one] -= .5 * (d * v + u / 450)"
    made = examined(tmp_path, HEAD + WORDS.format(step=step))
    assert made.mended == [ADDED]


def test_samples_that_are_drawn_in_each_step_are_samples(tmp_path):
    made = examined(tmp_path, HEAD + MADE_IN_A_STEP.format(slope="(1 - h ** 2)"))
    assert len(made.found.judgement.right) == 4
    made = examined(tmp_path, HEAD + MADE_IN_A_STEP.format(slope="(1 - h)"))
    assert made.mended == ["dh = d @ V.T * (1 - h ** 2)"]


def test_steps_that_go_up_once_what_is_wrong_is_mended_are_turned_as_well(tmp_path):
    edits = [("(1 - h ** 2)", "(1 - h)"), ("V -= .1", "V += .1"), ("c -= .1", "c += .1"),
             ("W -= .1", "W += .1"), ("b -= .1", "b += .1"), ("G -= .1", "G += .1"),
             ("g -= .1", "g += .1")]  # fmt: skip
    made = three_layers(tmp_path, *edits)
    assert made.mended == ["dh = dk @ V.T * (1 - h ** 2)"]
    (turned,) = made.found.turned
    assert len(turned.parameters) == 6


def test_a_sign_is_mended_where_it_turns_and_not_where_it_is_added(tmp_path):
    assert not examined(tmp_path, HEAD + GATED.format(slope="(g - s)")).lines
    made = examined(tmp_path, HEAD + GATED.format(slope="(s - g)"))
    assert made.mended == ["dz = dh * (g - s) * z * (1 - z)"]
    assert len(rising(made.found.mends[0].judgement, made.found.parameters)) == 0


def test_brackets_that_are_missing_are_written(tmp_path):
    made = three_layers(tmp_path, ("* (1 - h ** 2)", "* 1 - h ** 2"))
    assert made.mended == ["dh = dk @ V.T * (1 - h ** 2)"]


@pytest.mark.parametrize(
    ("before", "side", "after"),
    [
        ("a * h * 1 - h", 0, "a * h * (1 - h)"),
        ("1 - a * b", 1, "(1 - a) * b"),
        ("x / 2 * n", 0, "x / (2 * n)"),
        ("a * (b + c) - (d + e)", 0, "a * ((b + c) - (d + e))"),
        ("(a * b) - c", 0, "(a * b) - c"),
    ],
)
def test_brackets_around_the_other_two_of_three(before, side, after):
    text = Text(before)
    node = ast.parse(before).body[0].value
    assert text.edited(regrouped(text, node, side)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(a + b) - c", "(c) - (a + b)"),
        ("a - b * c", "b * c - a"),
        ("np.outer(d, x)", "np.outer(x, d)"),
        ("a @ (b + c)", "((b + c)) @ a"),
    ],
)
def test_operands_that_change_places_are_still_what_they_were(before, after):
    text = Text(before)
    node = ast.parse(before).body[0].value
    new = text.edited([swapped(text, node)])
    assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(after))
