"""Thresholds, which are subtracted, are biases with the other sign."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.probes import wrong_gradient
from diagnose.report import PRESENT
from diagnose.watching.script import watch
from tests.folding.number_scripts import DICTS, ROWS
from tests.networks import bench
from tests.reading.test_parts import KINDS, THETA
from tests.watching.scripts import COLUMNS, FLAT

LESS = (
    FLAT.replace("W1 + b1", "W1 - b1")
    .replace("W2 + b2", "W2 - b2")
    .replace("b2 -= lr * d2.sum(axis=0)", "b2 += lr * d2.sum(axis=0)")
)
SOUND = LESS.replace("b1 -= lr * d1.sum(axis=0)", "b1 = b1 + lr * d1.sum(axis=0)")
MINUS_ONES = THETA.replace("STEP", "v = 0.5 * v - 0.3 * gradient; theta = theta + v").replace(
    "for step", "v = 0\nfor step"
)
for word, meant in ({"TARGETS": "Y"} | KINDS["last column"]).items():
    MINUS_ONES = MINUS_ONES.replace(word, meant.replace("np.ones((90, 1))", "-np.ones((90, 1))"))
MINUS = "total = -unit['weights'][-1]"
NUMBERS = DICTS.replace("total = unit['weights'][-1]", MINUS).replace(
    "unit['weights'][-1] -= rate", "unit['weights'][-1] += rate"
)
BY_UNIT = (
    ROWS.replace("x) + b[j]", "x) - b[j]")
    .replace("h) + c", "h) - c")
    .replace("b[j] -= 0.5 * g", "m[j] = 0.3 * m[j] + 0.5 * g\n            b[j] += m[j]")
    .replace("c -= 0.5 * d", "c += 0.5 * d")
    .replace("v, c =", "m = [0.0] * 4\nv, c =")
)
READ = {
    "rows": SOUND,
    "columns": COLUMNS.replace("a) + p['b'", "a) - p['b'").replace("= np.sum(d", "= -np.sum(d"),
    "in a weight": MINUS_ONES,
    "single numbers": NUMBERS,
    "unit by unit, with momentum": BY_UNIT,
}


def read(text, folder):
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    seen = watch(file, seconds=60)
    assert seen.parted is None, seen.parted
    return seen


def ratios(network):
    """What the gradients are of those that are right."""
    parameters, data = network.init(0), network.data()
    images, labels = network.prepare(data.images), data.labels
    rows = network.lay_out(images)
    found = network.backward(parameters, network.forward(parameters, rows), rows, labels)
    exact = exact_gradients(network, parameters, images, labels)
    pairs = {name: (np.ravel(found[name]), np.ravel(one)) for name, one in exact.items()}
    made = {name: float(one @ right / (right @ right)) for name, (one, right) in pairs.items()}
    assert all(one == pytest.approx(made[n] * right) for n, (one, right) in pairs.items())
    return made


@pytest.mark.parametrize("style", READ)
def test_a_threshold_is_a_bias_of_the_other_sign(style, tmp_path):
    network = read(READ[style], tmp_path).network
    found = ratios(network)
    # what momentum makes of the gradient is added there, and it is the negative one
    added = {"b": -1} if "momentum" in style else {}
    assert found == pytest.approx(dict.fromkeys(found, 1) | added)
    assert all(one.bias for one in network.layers[1:])
    numbers = wrong_gradient.DEFECT.measure(bench(network, data=network.data()))
    assert wrong_gradient.DEFECT.judge(numbers).status != PRESENT


def test_a_threshold_that_is_stepped_as_a_bias_is_found_to_be_wrong(tmp_path):
    network = read(LESS, tmp_path).network
    found = ratios(network)
    assert found == pytest.approx({"W1": 1, "b1": -1, "W2": 1, "b2": 1})
    numbers = wrong_gradient.DEFECT.measure(bench(network, data=network.data()))
    assert wrong_gradient.DEFECT.judge(numbers).status == PRESENT


def test_thresholds_of_a_test_are_known_to_be_subtracted(tmp_path):
    tested = SOUND.replace("for epoch", "T = np.random.randn(50, 4)\nfor epoch")
    tested = tested.replace("np.maximum(X @ W1 - b1, 0)", "np.maximum(T @ W1 - b1, 0)")
    tested = tested.replace("axis=1) == labels", "axis=1) == (T[:, 0] > 0) + 0 + (T[:, 1] > 0)")
    assert len(read(tested, tmp_path).network.data().test_images) == 50


def test_a_running_mean_is_no_threshold(tmp_path):
    text = FLAT.replace("z1 = x @ W1 + b1", "u = x @ W1\n        z1 = u - b1").replace(
        "b1 -= lr * d1.sum(axis=0)", "b1 = 0.9 * b1 + 0.1 * u.mean(axis=0)"
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    assert "as a running mean is" in watch(tmp_path / "mine.py", seconds=30).parted.reason


def test_biases_of_which_some_are_added_and_some_subtracted_are_not_read(tmp_path):
    text = DICTS.replace(
        "total = unit['weights'][-1]", f"{MINUS} if unit is layer[0] else unit['weights'][-1]"
    )
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    assert "those of others subtracted" in watch(file, seconds=60).parted.reason
