"""A training of few steps is watched again from the first, whatever was made before it."""

import numpy as np

from diagnose.recording.keeping import WRITTEN, Keeping
from diagnose.watching.script import watch

# A table of targets that is filled place by place, and 60 steps of samples that are large.
ONE_EPOCH = """import numpy as np

rng = np.random.RandomState(1)
X = rng.randn(200, 3000)
labels = (X[0] > 0) + 2 * (X[1] > 0)
Y = np.zeros((10, 3000))
for at, label in enumerate(labels):
    Y[label, at] = 1
W1, b1 = 0.1 * rng.randn(8, 200), np.zeros((8, 1))
W2, b2 = 0.1 * rng.randn(10, 8), np.zeros((10, 1))
for epoch in range(1):
    order = rng.permutation(3000)
    for i in range(0, 3000, 50):
        x, y = X[:, order[i : i + 50]], Y[:, order[i : i + 50]]
        a = np.tanh(W1 @ x + b1)
        z = W2 @ a + b2
        e = np.exp(z - z.max(axis=0))
        d2 = (e / e.sum(axis=0) - y) / 50
        d1 = W2.T @ d2 * (1 - a**2)
        W2 -= 0.1 * d2 @ a.T
        b2 -= 0.1 * d2.sum(axis=1, keepdims=True)
        W1 -= 0.1 * d1 @ x.T
        b1 -= 0.1 * d1.sum(axis=1, keepdims=True)
"""


def test_a_table_that_is_filled_before_leaves_room_for_the_steps(tmp_path):
    (tmp_path / "mine.py").write_text(ONE_EPOCH)
    seen = watch(tmp_path / "mine.py", seconds=60)
    assert seen.parted is None
    assert (seen.network.batch_size, seen.network.epochs) == (50, 1)


def test_before_any_step_little_is_kept_of_what_is_written_into():
    keeping, table = Keeping(), np.zeros((10, 3000))
    keeping.always = True
    kept = [keeping.written_into(table) for _ in range(2 * WRITTEN // table.nbytes)]
    assert kept[0] is not None
    assert kept[-1] is None
    assert keeping.bytes <= WRITTEN
    keeping.begin(1, {(0, "call"): 1})
    assert keeping.written_into(table) is not None
