"""A weight that shrinks by itself in each step has the rate of the others."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

STEP = "W2 -= lr * a1.T @ d2\n"


@pytest.mark.parametrize(
    "step",
    [
        "W2 = (1 - lr * 0.01) * W2 - lr * a1.T @ d2\n",
        "W2 = W2 * 0.997 - lr * (a1.T @ d2)\n",
        "W2 *= 1 - lr * 0.01\n        W2 -= lr * a1.T @ d2\n",
    ],
)
def test_the_rate_is_read(step, tmp_path):
    text = FLAT.replace(STEP, step)
    (tmp_path / "mine.py").write_text(text)
    network = watch(tmp_path / "mine.py", seconds=20).network
    assert network.learning_rate(0) == 0.3
