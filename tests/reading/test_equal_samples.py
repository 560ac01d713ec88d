"""Samples that stand in the data several times, and are taken one at a time, in order."""

AGAIN = """
import numpy as np
np.random.seed(1)
base = np.random.randn(5, 4)
X = np.vstack([base] * 9)[:43]
Y = np.eye(3)[np.arange(5) % 3][np.arange(43) % 5]
W, b = np.random.randn(4, 3) * 0.1, np.zeros(3)
for epoch in range(8):
    for i in range(43):
        x, t = X[i:i + 1], Y[i:i + 1]
        e = np.exp(x @ W + b)
        d = e / e.sum(axis=1, keepdims=True) - t
        W -= 0.5 * x.T @ d
        b -= 0.5 * d.sum(axis=0)
"""


def test_an_epoch_is_all_of_the_data_and_not_the_different_ones_among_them(read):
    seen = read(AGAIN)
    assert seen.parted is None
    assert (len(seen.network.data().images), seen.network.epochs) == (43, 8)


def test_without_a_loop_over_epochs_they_are_taken_in_turn(read):
    loops = "for epoch in range(8):\n    for i in range(43):\n"
    one = "for k in range(344):\n    for _ in (0,):\n        i = k % 5\n"
    flat = AGAIN.replace(loops, one)
    seen = read(flat)
    assert seen.parted is None
    assert len(seen.network.data().images) == 5


def test_samples_of_one_place_each_are_taken_in_turn_within_another_loop_too(read):
    loops = "for epoch in range(8):\n    for i in range(43):\n"
    again = "for report in range(3):\n    for k in range(410):\n        i = k % 41\n"
    apart = AGAIN.replace(loops, again).replace(
        "np.vstack([base] * 9)[:43]", "np.random.randn(43, 4)"
    )
    seen = read(apart)
    assert seen.parted is None
    assert len(seen.network.data().images) == 41
