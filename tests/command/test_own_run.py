"""A report on a script is of the run that its user saw, and of the line that is wrong in it."""

import numpy as np
import pytest

from diagnose.command import cli
from diagnose.report import from_json
from diagnose.watching.contract import Begun

XOR = """import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - sigmoid(x))


np.random.seed(1)
W1 = 2 * np.random.random((2, 4)) - 1
W2 = 2 * np.random.random((4, 1)) - 1
lr = 0.5

for epoch in range(2000):
    hidden = sigmoid(np.dot(X, W1))
    output = sigmoid(np.dot(hidden, W2))
    error = y - output
    d_output = error * sigmoid_derivative(output)
    d_hidden = np.dot(d_output, W2.T) * sigmoid_derivative(hidden)
    W2 += lr * np.dot(hidden.T, d_output)
    W1 += lr * np.dot(X.T, d_hidden)

print(output)
"""
RIGHT = XOR.replace("return sigmoid(x) * (1 - sigmoid(x))", "return x * (1 - x)")
OTHERS = {
    "the derivative of what is sigmoided already": (XOR, "return sigmoid(x)"),
    "the update adds what it should take off": (RIGHT.replace("W2 +=", "W2 -="), "W2 -="),
    "the derivative left out": (
        RIGHT.replace(" * sigmoid_derivative(hidden)", ""), "d_hidden = np.dot",
    ),
}  # fmt: skip


def reported(tmp_path, text, capsys):
    path = tmp_path / "xor.py"
    path.write_text(text, encoding="utf-8")
    cli.main(["report", str(path), "--probes-only", "--quiet", "-o", str(tmp_path / "made.json")])
    cli.main(["report", str(path), "--probes-only", "--full", "--quiet"])
    return from_json((tmp_path / "made.json").read_text("utf-8")), capsys.readouterr().out


@pytest.mark.parametrize("case", OTHERS)
def test_the_wrong_line_is_named_in_the_run_that_was_seen(case, tmp_path, capsys):
    text, line = OTHERS[case]
    report, shown = reported(tmp_path, text, capsys)
    present = [one for one in report.findings["xor"] if one.status == "present"]
    assert [one.defect for one in present] == ["wrong-gradient"]
    assert present[0].where.text.startswith(line)
    space = {}
    exec(compile(text, "xor.py", "exec"), space)
    outputs = space["output"].ravel()
    right = np.array([np.mean(outputs[space["y"].ravel() == one] > 0.5) for one in (0, 1)])
    # the last step moves them a little more
    assert abs(np.diff(outputs - 0.5)).min() > 1e-5
    assert report.symptoms["xor"].balanced_accuracy == pytest.approx((1 - right[0] + right[1]) / 2)
    assert report.watched["whole"] != ("was not seen" in " ".join(shown.split()))


def test_nothing_is_wrong_with_a_right_one(tmp_path, capsys):
    report, shown = reported(tmp_path, RIGHT.replace("2000", "9000"), capsys)
    assert all(one.status != "present" for one in report.findings["xor"])
    assert "whatever is wrong" not in shown


def test_the_first_start_is_the_scripts_own():
    own = {"W": np.full((2, 3), 0.25)}
    begun = Begun(lambda seed: {"W": np.full((2, 3), float(seed))}, own)
    assert (begun(0)["W"] == 0.25).all()
    assert (begun(4)["W"] == 4).all()
    other = Begun(lambda seed: {"W": np.zeros(2)}, own)
    assert (other(0)["W"] == 0).all()


def test_its_plain_text_in_a_notebook_is_one_line(tmp_path, capsys):
    report, _ = reported(tmp_path, XOR, capsys)
    assert repr(report) == "<Report on xor, found: wrong-gradient; print() shows it>"
