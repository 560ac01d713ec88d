"""Probabilities that are divided by the number of samples before labels meet them."""

import pytest

from diagnose.causes.exchange import look_at
from diagnose.training.trainer import Trainer
from tests.watching.scripts import FLAT

DIVIDED = FLAT.replace("X[pick], Y[pick]", "X[pick], labels[pick]").replace(
    "        d2 = (p - y) / len(x)\n",
    "        n = len(x)\n        d2 = p / n\n        d2[np.arange(n), y] -= 1 / n\n",
)
COLUMNS = DIVIDED.replace(
    "        d2 = p / n\n        d2[np.arange(n), y] -= 1 / n\n",
    "        d2 = p.T / float(n)\n        d2[y, range(n)] -= 1 / n\n        d2 = d2.T\n",
)
UNDIVIDED = DIVIDED.replace("-= 1 / n", "-= 1")


@pytest.mark.parametrize("text", [DIVIDED, COLUMNS], ids=["rows", "turned"])
def test_the_division_is_one_of_the_gradient(text, read):
    seen = read(text)
    assert seen.parted is None
    network = seen.network
    assert network.layers[-1].activation == "softmax"
    assert "gradient" not in look_at(network, Trainer(data=network.data(), epochs=1), 0).differing


def test_labels_that_are_not_divided_are_a_mistake_of_the_gradient(read):
    network = read(UNDIVIDED).network
    assert "gradient" in look_at(network, Trainer(data=network.data(), epochs=1), 0).differing
