"""Batches that begin a row after the one before are told, and all samples are the network's."""

import numpy as np
import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

SHUFFLED = "    order = np.random.permutation(len(X))\n"
WALK = "    for start in range(0, len(X), 16):\n        pick = order[start:start + 16]\n"
TAKE = "        x, y = X[pick], Y[pick]\n"


def read(folder, batches):
    (folder / "mine.py").write_text(
        FLAT.replace(SHUFFLED, "").replace(WALK + TAKE, batches), encoding="utf-8"
    )
    seen = watch(folder / "mine.py", seconds=30)
    assert seen.parted is None
    return seen.network, [one for one in seen.seen if one.kind == "overlapping-batches"]


@pytest.mark.parametrize(
    ("batches", "stride", "reached"),
    [
        ("    for i in range(len(X) // 16):\n        x, y = X[i:i + 16], Y[i:i + 16]\n", 1, 20),
        (
            "    for i in range(0, 40, 4):\n        x = X[i:i + 16, :]\n        y = Y[i:i + 16]\n",
            4,
            52,
        ),
    ],
)
def test_they_are_told_with_what_is_never_shown(batches, stride, reached, tmp_path):
    network, (told,) = read(tmp_path, batches)
    assert f"begins {stride} sample" in told.observed
    assert f"reach to sample {reached} of 90, and {90 - reached} are never shown" in told.observed
    data = network.data()
    assert data.images.shape == (90, 4)
    order = network.order(data.labels, 0, 0)
    assert order[:17].tolist() == [*range(16), stride]
    assert int(order.max()) + 1 == reached
    assert np.array_equal(order, network.order(data.labels, 3, 1))


@pytest.mark.parametrize(
    "batches",
    [
        "    for i in np.random.permutation(len(X) // 16):\n"
        "        x, y = X[i:i + 16], Y[i:i + 16]\n",
        "    turns = list(range(5))\n    np.random.shuffle(turns)\n    for i in turns:\n"
        "        take = slice(i, i + 16)\n        x, y = X[take], Y[take]\n",
    ],
)
def test_their_numbers_may_be_mixed(batches, tmp_path):
    network, (told,) = read(tmp_path, batches)
    assert "reach to sample 20 of 90, and 70 are never shown" in told.observed
    labels = network.data().labels
    first, other = (network.order(labels, 0, seed) for seed in (0, 1))
    begins = [one.reshape(5, 16)[:, 0].tolist() for one in (first, other)]
    assert sorted(begins[0]) == sorted(begins[1]) == [0, 1, 2, 3, 4]
    assert begins[0] != begins[1]
    assert not np.array_equal(first, network.order(labels, 1, 0))


@pytest.mark.parametrize(
    "batches",
    [
        "    for i in range(0, len(X) - 15, 16):\n        x, y = X[i:i + 16], Y[i:i + 16]\n",
        "    for i in range(3):\n        x, y = X[:60], Y[:60]\n",
        "    for i in range(5):\n        pick = np.random.choice(90, 16)\n"
        "        x, y = X[pick], Y[pick]\n",
        "    for i in range(6):\n        at = np.random.randint(0, 74)\n"
        "        x, y = X[at:at + 16], Y[at:at + 16]\n",
        "    for i in np.random.permutation(np.arange(0, 64, 16)):\n"
        "        x, y = X[i:i + 16], Y[i:i + 16]\n",
        "    for i in np.random.permutation(75):\n        x, y = X[i:i + 16], Y[i:i + 16]\n",
    ],
    ids=[
        "one after the other",
        "the same rows",
        "with replacement",
        "from anywhere",
        "mixed",
        "windows to the end",
    ],
)
def test_others_are_not_told(batches, tmp_path):
    assert read(tmp_path, batches)[1] == []
