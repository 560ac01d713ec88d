"""A rate that is multiplied with samples alone is the rate, and no mistake of a gradient."""

import pytest

from diagnose.calculus.convention import convention
from diagnose.training.loop import train
from diagnose.watching.script import watch
from tests.watching.scripts import NESTEROV, THERE_AND_BACK

LOGISTIC = """import numpy as np

rng = np.random.RandomState(0)
X = np.hstack([np.ones((60, 1)), rng.randn(60, 3)])
y = (X @ [0.5, 1.0, -2.0, 3.0] > 0).astype(float)
theta = np.zeros(4)
for i in range(40):
    h = 1 / (1 + np.exp(-X @ theta))
    theta = theta - 0.3 * X.T @ (h - y) / y.size
"""


@pytest.mark.parametrize("wrong", [False, True])
def test_a_rate_that_multiplies_samples_alone_is_read(wrong, tmp_path):
    path = tmp_path / "mine.py"
    # where the gradient is another, its length tells nothing of a rate
    path.write_text(LOGISTIC.replace("(h - y)", "(h - y) ** 3") if wrong else LOGISTIC)
    seen = watch(path, seconds=30)
    network, data = seen.network, seen.network.data()
    rate = 1 if wrong else 0.3
    assert network.learning_rate(0) == pytest.approx(rate)
    assert seen.roles["learning rate"]["text"].startswith(f"{rate}")
    # a rate that is written nowhere has no line: no number there is to be another one
    assert seen.roles["learning rate"]["line"] == (0 if wrong else 9)
    if not wrong:
        assert convention(network, data.images, data.labels).unit == 1
        trained = train(network, data.images, data.labels, 0).parameters["theta"]
        scope = {}
        exec(LOGISTIC, scope)
        assert trained.ravel() == pytest.approx(scope["theta"])


def test_a_rate_that_goes_into_a_velocity_alone_is_taken_out_of_it_and_put_back(read):
    one, other = (read(text.replace("0.1 * d", "0.07 * d")) for text in (NESTEROV, THERE_AND_BACK))
    assert other.roles["learning rate"]["text"] == "0.07, by which all gradients are multiplied"
    assert other.network.rate(0, 0) == pytest.approx(0.07)
    data = one.network.data()
    runs = [train(seen.network, data.images, data.labels, 0) for seen in (one, other)]
    for name, array in runs[0].parameters.items():
        assert runs[1].parameters[name] == pytest.approx(array, abs=1e-9), name
