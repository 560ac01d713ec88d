"""Steps that are made for a reason are read as steps of a gradient that is 0 without it."""

import numpy as np
import pytest

from diagnose.causes.exchange import look_at
from diagnose.causes.sound_parts import sound_targets
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch

MARGIN = """
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 4)
y = np.where(X[:, 0] + X[:, 1] > 0, 1, -1)
W, v, c = np.random.randn(4, 5), np.random.randn(5), 0.0
for epoch in range(20):
    for i in range(60):
        h = np.tanh(X[i] @ W)
        s = h @ v + c
        if y[i] * s < 1:
            d = -y[i] * v * (1 - h * h)
            v -= 0.05 * -y[i] * h
            c = c + 0.05 * y[i]
            W -= 0.05 * np.outer(X[i], d)
"""
ZEROS = MARGIN.replace("1, -1)", "1, 0)")


def read(tmp_path, text):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return watch(tmp_path / "mine.py", seconds=30)


def test_a_hinge_that_asks_for_its_margin_is_read(tmp_path):
    network = read(tmp_path, MARGIN).network
    data = network.data()
    assert (network.loss, network.batch_size, len(data.labels)) == ("hinge", 1, 60)
    assert list(network.order(data.labels, 1, 0)) == list(range(60))
    author = look_at(network, Trainer(data=data, epochs=1), 0)
    assert not {"gradient", "step", "forward", "targets"} & {*author.differing}


def test_of_targets_0_and_1_a_hinge_is_told(tmp_path):
    network = read(tmp_path, ZEROS).network
    labels = network.data().labels
    odd, encode = sound_targets(network, labels)
    assert (network.loss, odd) == ("hinge", True)
    assert np.array_equal(np.unique(encode(labels)), [-1, 1])


@pytest.mark.parametrize(
    "text",
    [
        MARGIN.replace("y[i] * s < 1", "y[i] * s <= 0"),
        MARGIN.replace("            W -=", "        W -="),
    ],
    ids=["perceptron", "one step for no reason"],
)
def test_what_is_no_such_step_is_refused(text, tmp_path):
    seen = read(tmp_path, text)
    assert seen.network is None
