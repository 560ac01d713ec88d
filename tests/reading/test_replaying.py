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

ONE_OTHER = f"""{DATA}
W, b = np.random.randn(4, 3) * 0.1, np.zeros(3)
for step in range(6):
    d = (1 / (1 + np.exp(-(X @ W + b))) - Y) / len(X)
    W -= 0.1 * X.T @ (d * (2.0 if step == {{other}} else 1.0))
    b -= 0.1 * d.sum(axis=0)
"""
ONE_BY_ONE = f"""{DATA}
X, Y = X[:12], Y[:12]
W, b = np.random.randn(3, 4) * 0.1, np.zeros(3)
for epoch in range({{epochs}}):
    gW, gb = np.zeros((3, 4)), np.zeros(3)
    for x, y in zip(X, Y):
        d = 1 / (1 + np.exp(-(W @ x + b))) - y
        gW += np.outer(d, x)
        gb += d
    W -= 0.1 * gW
    b -= 0.1 * gb
"""


def test_batches_that_come_only_once_are_one_epoch(tmp_path):
    seen = anew(tmp_path, EXHAUSTED)
    network = seen.network
    assert network is not None, seen.parted
    data = network.data()
    assert (network.epochs, network.batch_size, len(data.labels)) == (1, 9, 90)
    assert list(network.order(data.labels, 0, 0)) == list(range(90))
    assert len(data.test_labels) == 40


@pytest.mark.parametrize(("epochs", "size"), [(2, 2), (2, 16), (4, 16)])
def test_a_few_epochs_are_told_apart(epochs, size, tmp_path):
    text = FLAT.replace("range(12)", f"range({epochs})").replace("16", f"{size}")
    network = anew(tmp_path, text).network
    data = network.data()
    assert (network.epochs, network.batch_size, len(data.labels)) == (epochs, size, 90)
    assert sorted(network.order(data.labels, 1, 0)) == list(range(90))


@pytest.mark.parametrize("epochs", [10, 28])
def test_a_full_batch_is_one_however_few_epochs_there_are(epochs, tmp_path):
    network = anew(tmp_path, READ["columns"].replace("range(40)", f"range({epochs})")).network
    assert (network.epochs, network.batch_size, len(network.data().labels)) == (epochs, 90, 90)
    assert not np.array_equal(network.init(0)["W1"], network.init(1)["W1"])


@pytest.mark.parametrize("steps", [5, 6])
def test_a_training_of_very_few_steps_is_held_against_each_of_them(steps, tmp_path):
    seen = anew(tmp_path, READ["columns"].replace("range(40)", f"range({steps})"))
    assert seen.parted is None
    assert [one["at"] for one in seen.read.said["steps"]] == list(range(steps))
    assert seen.network.epochs == steps


@pytest.mark.parametrize("other", [0, 4, 5])
def test_one_step_of_six_that_does_something_else_keeps_it_from_being_read(other, tmp_path):
    seen = anew(tmp_path, ONE_OTHER.format(other=other))
    assert seen.network is None
    assert seen.parted.reason.startswith(f"step {other + 1}: W differs")


@pytest.mark.parametrize("epochs", [13, 20])
def test_samples_that_come_one_by_one_in_a_few_epochs_are_read(epochs, tmp_path):
    seen = anew(tmp_path, ONE_BY_ONE.format(epochs=epochs))
    assert seen.parted is None
    data = seen.network.data()
    assert (seen.network.epochs, seen.network.batch_size, len(data.labels)) == (epochs, 12, 12)


def test_a_short_training_that_overflows_is_read_up_to_there(tmp_path):
    text = FLAT.replace("np.random.randn(90, 4)", "np.random.randn(90, 4) * 1e4")
    text = text.replace("range(0, len(X), 16)", "range(1)").replace("[start:start + 16]", "")
    with_inf = text.replace("lr = 0.3", "lr = 1e3").replace("range(12)", "range(12)")
    seen = anew(tmp_path, with_inf)
    assert seen.parted is None
