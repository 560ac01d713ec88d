"""The step of a script as a program: run again to the bit, right where it is right, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from diagnose.program.graph import same_bits
from diagnose.program.slicing import sliced
from tests.program.steps import Seen, seen

XOR = Path(__file__).parents[1] / "xor"
CASES = json.loads((XOR / "cases.json").read_text(encoding="utf-8"))
# What is wrong in these is no gradient.
NO_GRADIENT = {"05.py", "06.py", "07.py"}


def written(tmp_path: Path, source: str) -> Path:
    """The script in a folder of its own."""
    path = tmp_path / "script.py"
    path.write_text(source, encoding="utf-8")
    return path


def examined(tmp_path: Path, source: str) -> Seen:
    """What is seen of the script that has this source."""
    return seen(written(tmp_path, source))


def xor(tmp_path, name):
    return examined(tmp_path, (XOR / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[one["file"] for one in CASES])
def test_the_line_of_the_slip_is_named_and_written(case, tmp_path):
    made = xor(tmp_path, case["file"])
    if case["file"] in NO_GRADIENT:
        assert not made.found.slips
        assert not made.found.turned
    elif case["file"] == "02.py":
        (turned,) = made.found.turned
        assert made.sites[turned.site].line == case["line"]
        assert "expected - predicted" in turned.splices[0].text
    else:
        assert made.lines == [case["line"]]
        assert made.mended == [case["mended"]]


@pytest.mark.parametrize("case", CASES, ids=[one["file"] for one in CASES])
def test_a_mended_line_leaves_nothing_to_find(case, tmp_path):
    lines = (XOR / case["file"]).read_text(encoding="utf-8").splitlines(keepends=True)
    at = case["line"] - 1
    lines[at] = lines[at].replace(lines[at].strip(), case["mended"])
    made = examined(tmp_path, "".join(lines))
    assert not made.found.slips
    assert not made.found.turned
    assert not made.found.kept
    judgement = made.found.judgement
    assert judgement is not None
    assert not judgement.wrong


@pytest.mark.parametrize("name", ["01.py", "08.py", "09.py", "10.py"])
def test_a_turn_run_again_makes_the_same_bits(name, tmp_path):
    made = xor(tmp_path, name)
    assert made.found.replayed == len(made.turns)
    graph = sliced(made.loop, made.turns[0], made.sites)
    values = graph.run(graph.given)
    for key, value in graph.results.items():
        number = made.loop.made(made.turns[0], key)
        kept = made.loop.tape.nodes[number].value
        if np.shape(kept) == np.shape(values[value]):
            assert same_bits(values[value], kept)


HEAD = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
W, b = rng.standard_normal((3, 4)), np.zeros(4)
V, c = rng.standard_normal((4, 2)), np.zeros(2)
"""
STEP = """
for epoch in range(9):
    h = np.tanh(X @ W + b)
    out = h @ V + c
    d = 2 * (out - Y) / len(X)
    dh = d @ V.T * (1 - h ** 2)
    V -= .1 * h.T @ d
    c -= .1 * d.sum(axis=0)
    W -= .1 * X.T @ dh
    b -= .1 * dh.sum(axis=0)
"""


def step(tmp_path, before="", after="", head=""):
    path = tmp_path / "script.py"
    assert before in STEP
    path.write_text(HEAD + head + STEP.replace(before, after), encoding="utf-8")
    return seen(path)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("d.sum(axis=0)\n    W", "d.sum()\n    W", 14),
        ("* (1 - h ** 2)", "* (1 + h ** 2)", 12),
        ("* (1 - h ** 2)", "* h", 12),
        ("b -= .1 * dh.sum(axis=0)", "b -= .1 * dh.mean(axis=None)", 16),
    ],
)
def test_one_change_is_told_at_its_line(before, after, line, tmp_path):
    made = step(tmp_path, before, after)
    assert made.lines == [line]
    assert len(made.found.slips) == 1


def test_a_weight_that_is_stepped_before_the_error_goes_back_through_it(tmp_path):
    before = "    dh = d @ V.T * (1 - h ** 2)\n    V -= .1 * h.T @ d\n"
    after = "    V -= .1 * h.T @ d\n    dh = d @ V.T * (1 - h ** 2)\n"
    made = step(tmp_path, before, after)
    assert made.found.early is not None
    assert [made.sites[one].line for one in made.found.early.sites] == [13]
    assert made.lines == []


def test_a_step_that_goes_up(tmp_path):
    made = step(tmp_path, "W -= .1", "W += .1")
    (turned,) = made.found.turned
    assert made.sites[turned.site].line == 15
    assert turned.splices[0].text.strip() == "-="


def test_a_sign_is_turned_where_it_comes_in(tmp_path):
    made = step(tmp_path, "dh = d @ V.T * (1 - h ** 2)", "dh = -(d @ V.T * (1 - h ** 2))")
    (turned,) = made.found.turned
    assert made.sites[turned.site].line == 12
    assert turned.splices[0].text == "d @ V.T * (1 - h ** 2)"


def test_a_decay_of_the_other_sign_makes_a_parameter_longer(tmp_path):
    made = step(tmp_path, "W -= .1 * X.T @ dh", "W -= .1 * (X.T @ dh - .01 * W)")
    (grown,) = made.found.grown
    assert made.sites[grown.site].text == "0.01 * W"


def test_a_harmless_step_on_the_way_is_not_to_blame(tmp_path):
    # -Y / out + (1 - Y) / (1 - out) is no gradient part by part; the slip is in line 15 alone
    made = examined(
        tmp_path,
        """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
W, V = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
for _ in range(60):
    h = np.tanh(X @ W)
    out = 1 / (1 + np.exp(-(h @ V)))
    ratio = np.divide(Y, out)
    rest = np.divide(1 - Y, 1 - out)
    da = rest - ratio
    dz = da * out * (1 - out)
    dV = h.T @ dz / 20
    dh = dz @ V.T * (1 - h**2)
    dW = X.T @ (dh * h) / 20
    W, V = W - 0.1 * dW, V - 0.1 * dV
""",
    )
    assert made.lines == [15]


def test_samples_whose_gradients_are_lost(tmp_path):
    made = examined(
        tmp_path,
        """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(3, 3))
Y = X @ rng.normal(size=(3, 2))
W = rng.normal(size=(3, 2))
for _ in range(60):
    for i in range(3):
        error = X[i] @ W - Y[i]
        gradient = np.outer(X[i], error)
    W = W - 0.1 * gradient
""",
    )
    (lost,) = made.found.lost
    assert lost.count == 2
    assert made.sites[lost.site].line == 9


def test_a_sum_of_gradients_that_no_step_begins_anew(tmp_path):
    made = step(
        tmp_path, "    W -= .1 * X.T @ dh\n", "    gW += X.T @ dh\n    W -= .1 * gW\n",
        head="gW = np.zeros((3, 4))",
    )  # fmt: skip
    (kept,) = made.found.kept
    assert made.sites[kept.site].text.startswith("gW += ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("d = 2 * (out - Y) / len(X)", "d = np.clip(out - Y, -1, 1)"),
        ("W -= .1 * X.T @ dh", "W -= .1 * (X.T @ dh + .01 * W)"),
        ("W -= .1 * X.T @ dh", "m = .9 * m + X.T @ dh\n    W = W - .1 * m"),
        ("W -= .1 * X.T @ dh", "q += (X.T @ dh) ** 2\n    W -= .1 * (X.T @ dh) / np.sqrt(q)"),
    ],
)
def test_nothing_is_told_of_what_is_right(before, after, tmp_path):
    head = "m, q = np.zeros((3, 4)), np.full((3, 4), 1e-3)\n"
    made = step(tmp_path, before, after, head=head)
    assert not made.found.slips
    assert not made.found.turned
    assert not made.found.kept
