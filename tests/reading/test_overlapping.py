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
        "    for i in range(0, len(X) - 15, 16):\n        x, y = X[i:i + 16], Y[i:i + 16]\n",
        "    for i in range(3):\n        x, y = X[:60], Y[:60]\n",
        "    for i in range(5):\n        pick = np.random.choice(90, 16)\n"
        "        x, y = X[pick], Y[pick]\n",
        "    for i in range(6):\n        at = np.random.randint(0, 74)\n"
        "        x, y = X[at:at + 16], Y[at:at + 16]\n",
    ],
    ids=["one after the other", "the same rows", "with replacement", "from anywhere"],
)
def test_others_are_not_told(batches, tmp_path):
    assert read(tmp_path, batches)[1] == []
