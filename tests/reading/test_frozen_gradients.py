"""The gradient of a parameter that no step changes: what the program makes of it, less the rate."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.watching.handover import KNOWN
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT


@pytest.mark.parametrize(
    ("made", "factor"),
    [
        ("lr * d1.sum(axis=0)", 1.0),
        ("d1.sum(axis=0)", 1.0),
        ("0.5 * d1.sum(axis=0)", 0.5),  # a number of its own
        ("float('0.3') * d1.sum(axis=0)", 0.3),  # only as large as the rate
    ],
)
def test_a_gradient_that_is_not_used_has_no_factor_of_the_rate(made, factor, tmp_path):
    text = FLAT.replace("b1 -= lr * d1.sum(axis=0)", f"unused = {made}")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    data, start = network.data(), network.init(1)
    rows, labels = data.images[:20], data.labels[:20]
    mine = network.backward(start, dict(network.forward(start, rows)), rows, labels)["b1"]
    exact = exact_gradients(network, start, rows, labels)["b1"]
    np.testing.assert_allclose(mine, factor * exact, rtol=1e-6)


def test_a_rate_that_multiplies_what_is_not_used_changes_no_steps(tmp_path):
    text = FLAT.replace("    order =", "    lr = 0.3 if epoch < 9 else 0.1\n    order =")
    text = text.replace("b1 -= lr * d1.sum(axis=0)", "unused = lr * d1.sum(axis=0)")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.read.said[KNOWN] is None
    assert [seen.network.learning_rate(at) for at in (0, 8, 9, 11)] == [0.3, 0.3, 0.1, 0.1]
