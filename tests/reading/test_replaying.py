"""A training of a few steps is read from half of them, and its samples are all those it took."""

import numpy as np
import pytest

from tests.watching.scripts import DATA, FLAT, READ
from tests.watching.test_reading import anew

EXHAUSTED = f"""{DATA}
W, b = np.random.randn(4, 3) * 0.1, np.zeros(3)

def batches(size):
    for start in range(0, len(X), size):
        yield X[start:start + size], Y[start:start + size]

once = batches(9)
for epoch in range(70):
    for x, y in once:
        e = np.exp(x @ W + b)
        d = (e / e.sum(axis=1, keepdims=True) - y) / len(x)
        W -= 0.1 * x.T @ d
        b -= 0.1 * d.sum(axis=0)
tests = np.random.randn(40, 4)
wanted = (tests[:, 0] > 0).astype(int) + (tests[:, 1] > 0)
print(np.mean((tests @ W + b).argmax(axis=1) == wanted))
"""


def test_batches_that_come_only_once_are_one_epoch(tmp_path):
    seen = anew(tmp_path, EXHAUSTED)
    network = seen.network
    assert network is not None, seen.parted
    data = network.data()
    assert (network.epochs, network.batch_size, len(data.labels)) == (1, 9, 90)
    assert list(network.order(data.labels, 0, 0)) == list(range(90))
    assert len(data.test_labels) == 40


def test_two_epochs_are_told_apart(tmp_path):
    network = anew(tmp_path, FLAT.replace("range(12)", "range(2)")).network
    data = network.data()
    assert (network.epochs, network.batch_size, len(data.labels)) == (2, 16, 90)
    assert sorted(network.order(data.labels, 1, 0)) == list(range(90))


@pytest.mark.parametrize("epochs", [10, 28])
def test_a_full_batch_is_one_however_few_epochs_there_are(epochs, tmp_path):
    network = anew(tmp_path, READ["columns"].replace("range(40)", f"range({epochs})")).network
    assert (network.epochs, network.batch_size, len(network.data().labels)) == (epochs, 90, 90)
    assert not np.array_equal(network.init(0)["W1"], network.init(1)["W1"])
