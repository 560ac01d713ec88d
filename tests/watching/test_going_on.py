"""A training whose loop is followed by another one, with the same parameters, is more than that."""

from __future__ import annotations

import pytest

from diagnose.watching.script import watch

HEAD = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for lr in (0.3, 0.01):
    ANEW
    for epoch in range(8):
        for i in range(0, 60, 10):
"""
SCRIPT = f"""{HEAD}            x = X[i:i + 10]
            e = np.exp(x @ W + b)
            d = e / e.sum(axis=1, keepdims=True) - T[i:i + 10]
            W -= lr * x.T @ d / 10
            b -= lr * d.mean(axis=0)
"""


def test_only_the_training_as_a_whole_is_certified(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.replace("ANEW", "pass"), encoding="utf-8")
    seen = watch(path, seconds=30)
    assert seen.network is None
    assert (
        "the training goes on after this loop with the weights that it leaves" in seen.parted.reason
    )
    assert "--line 9" in seen.parted.reason
    assert watch(path, seconds=30, line=9).network is not None
    anew = "W, b = rng.normal(size=(3, 2)), np.zeros(2)"
    path.write_text(SCRIPT.replace("ANEW", anew), encoding="utf-8")
    assert watch(path, seconds=30).network is not None


ONE_BY_ONE = f"""{HEAD}            gW, gb = np.zeros((3, 2)), np.zeros(2)
            for k in range(i, i + 10):
                e = np.exp(X[k] @ W + b)
                d = e / e.sum() - T[k]
                gW += np.outer(X[k], d)
                gb += d
            W = W - lr * gW / 10
            b = b - lr * gb / 10
"""


@pytest.mark.parametrize("anew", ["pass", "W, b = rng.normal(size=(3, 2)), np.zeros(2)"])
def test_so_it_is_of_steps_that_take_their_samples_one_by_one(read, anew):
    seen = read(ONE_BY_ONE.replace("ANEW", anew))
    assert (seen.network is None) == (anew == "pass"), seen.parted
    if anew == "pass":
        assert "the training goes on after this loop" in seen.parted.reason


# Every step takes all samples, in two loops of which the outer one says the rate.
ALL_AT_ONCE = """
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for part in range(5):
    ANEW
    for turn in range(20):
        e = np.exp(X @ W + b)
        d = e / e.sum(axis=1, keepdims=True) - T
        W -= 0.5 * 0.8 ** part * X.T @ d / 60
        b -= 0.5 * 0.8 ** part * d.mean(axis=0)
"""


def test_a_loop_around_steps_that_take_all_samples_is_part_of_the_training(read):
    seen = read(ALL_AT_ONCE.replace("ANEW", "print(part)"))
    assert seen.parted is None
    network = seen.network
    assert (network.epochs, network.batch_size, len(network.data().images)) == (100, 60, 60)
    assert [network.learning_rate(at) for at in (0, 19, 20, 99)] == pytest.approx(
        [0.5, 0.5, 0.4, 0.5 * 0.8**4]
    )


def test_where_that_loop_puts_other_weights_in_nothing_is_certified(read):
    assert read(ALL_AT_ONCE.replace("ANEW", "W[:], b[:] = 0.5, 0")).network is None
