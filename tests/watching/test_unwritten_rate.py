"""A rate that is multiplied with samples alone is the rate, and no mistake of a gradient."""

import pytest

from diagnose.calculus.convention import convention
from diagnose.training.loop import train
from diagnose.watching.script import watch

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
    if not wrong:
        assert convention(network, data.images, data.labels).unit == 1
        trained = train(network, data.images, data.labels, 0).parameters["theta"]
        scope = {}
        exec(LOGISTIC, scope)
        assert trained.ravel() == pytest.approx(scope["theta"])
