"""Noise that is added to the samples in each step: they are read with it, and known without."""

import numpy as np

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

ONCE = FLAT[: FLAT.index("    print(epoch")]
CUT = "x, y = X[pick], Y[pick]"
NOISE = "0.1 * np.random.standard_normal((len(pick), 4))"
NOISY = ONCE.replace(CUT, f"x, y = X[pick] + {NOISE}, Y[pick]")
WHOLE = """
import numpy as np
np.random.seed(1)
X = np.random.randn(60, 4)
Y = np.eye(3)[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
W, b = np.random.randn(4, 3) * 0.1, np.zeros(3)
for epoch in range(40):
    x = X + np.random.normal(0, 0.1, X.shape)
    e = np.exp(x @ W + b)
    d = e / e.sum(axis=1, keepdims=True) - Y
    W -= 0.5 * x.T @ d / len(x)
    b -= 0.5 * d.mean(axis=0)
"""
FACTORS = NOISY.replace("X[pick] + 0.1 *", "X[pick] *")


def test_samples_of_batches_are_known_by_their_targets(read):
    seen = read(NOISY)
    assert seen.parted is None
    plain = read(ONCE)
    mine, its = seen.network.data(), plain.network.data()
    assert (len(mine.images), seen.network.batch_size) == (90, plain.network.batch_size)
    assert seen.read.said["epochs"] == plain.read.said["epochs"]
    assert seen.read.said["order"] == "shuffled"
    near = np.abs(mine.images[:, None] - its.images[None]).mean(axis=2)
    assert 0.05 < near.min(axis=1).mean() < 0.12
    assert (mine.labels == its.labels[near.argmin(axis=1)]).mean() > 0.95
    assert "with the noise that it had first" in seen.roles["batches"]["text"]


def test_a_full_batch_with_noise_is_a_full_batch(read):
    seen = read(WHOLE)
    assert seen.parted is None
    assert len(seen.network.data().images) == seen.network.batch_size == 60
    assert seen.read.said["epochs"] == 40


def test_noise_that_is_a_factor_is_read_likewise(read):
    seen = read(FACTORS)
    assert seen.parted is None
    assert len(seen.network.data().images) == 90


REPEATED = """
import numpy as np
np.random.seed(2)
c = np.repeat(np.arange(3), 40)
X = np.eye(3)[c] + 0.5 * np.random.randn(120, 3)
Y = np.zeros((120, 3))
Y[np.arange(120), c] = 1
W, b, keep = np.random.randn(3, 3) * 0.1, np.zeros(3), 0.8
for epoch in range(40):
    order = np.random.permutation(120)
    for s in range(0, 120, 10):
        pick = order[s:s + 10]
        x = X[pick] * (np.random.rand(10, 3) < keep) / keep
        d = (1 / (1 + np.exp(-(x @ W + b))) - Y[pick]) / 10
        W -= 0.5 * x.T @ d
        b -= 0.5 * d.sum(axis=0)
"""


def test_a_mask_on_the_samples_is_noise_of_them(read):
    seen = read(REPEATED)
    assert seen.parted is None
    assert seen.network.batch_size == 10
    # known by their targets, as these stood beside them: not by the class of which these were made
    assert len(seen.network.data().images) == 120
    assert "with the noise that it had first" in seen.roles["batches"]["text"]


def test_a_test_without_noise_is_not_prepared_otherwise(tmp_path):
    test = "Xt = np.random.randn(50, 4)\nyt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)\n"
    said = "print(((np.maximum(Xt @ W1 + b1, 0) @ W2 + b2).argmax(1) == yt).mean())\n"
    file = tmp_path / "mine.py"
    file.write_text(NOISY.replace("lr = 0.3", f"{test}lr = 0.3") + said)
    seen = watch(file, seconds=30, further=60.0)
    assert seen.network.data().test_images.shape == (50, 4)
    assert not [one for one in seen.seen if one.kind == "test-preparation"]
