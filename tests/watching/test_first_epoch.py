"""A long epoch counts from its first step on: what is read is as if the next had been watched."""

from __future__ import annotations

import numpy as np
import pytest

from diagnose.watching.certificate import certify
from diagnose.watching.contract import network_of
from diagnose.watching.handover import Handover
from tests.watching.two_readings import run_beside

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(150, 2))
y = (X.sum(axis=1) > 0.3).astype(float)
W, b = rng.normal(size=(2, 1)) / 10, np.zeros(1)
for epoch in range(6):
    # here
    for i in rng.permutation(150):
        x = X[[i]]
        p = 1 / (1 + np.exp(-(x @ W + b)))
        d = p - y[i]
        W -= 0.1 * x.T @ d
        b -= 0.1 * d[0]
"""
CHILD = """
import sys
from diagnose.reading import first_epoch
from diagnose.watching.child import main
first_epoch.LONG = int(sys.argv[1])
main(sys.argv[2:])
"""


def read(tmp_path, text, *, first, holds=True):
    """What is handed over of a script: whether its first epoch counts, or is too short for that."""
    path, place = tmp_path / "script.py", tmp_path / str(first)
    path.write_text(text, encoding="utf-8")
    place.mkdir()
    run_beside(CHILD, [60 if first else 100_000, path, place, 60, 0, 15, 1, 0, 0], tmp_path)
    found = Handover.read(place)
    if found.parted is None:
        assert (certify(network_of(found, path), found, path) is None) == holds
    return found


def both(tmp_path, text, *, holds=True):
    return [read(tmp_path, text, first=one, holds=holds) for one in (True, False)]


def samples(read):
    return sorted(map(bytes, np.column_stack([read.arrays["rows"], read.arrays["labels"]])))


def test_the_samples_of_the_first_epoch_are_those_of_the_second(tmp_path):
    once, again = both(tmp_path, SCRIPT)
    assert once.steps < again.steps - 100
    assert samples(once) == samples(again)
    assert once.said["order"] == again.said["order"] == "shuffled"
    assert once.said["rates"][0] == again.said["rates"][0]
    assert once.said["shown"] == again.said["shown"] == 150
    assert once.said["epochs"] == again.said["epochs"] == 6


CASES = {
    "as given": ("for i in rng.permutation(150)", "for i in range(150)"),
    "changed": ("# here", "X *= 0.9"),
    "apart": ("# here", "rng.shuffle(y)"),
    "slower": ("0.1 * ", "0.1 / (1 + epoch) * "),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_of_order_targets_and_rate_is_the_same(tmp_path, case):
    once, again = both(tmp_path, SCRIPT.replace(*CASES[case]))
    assert once.parted == again.parted
    if once.parted is None:
        names = ("order", "apart", "coding", "batch_size")
        assert [once.said[one] for one in names] == [again.said[one] for one in names]
        rates, more = once.said["rates"], again.said["rates"]
        assert all(one == other for one, other in zip(rates, more, strict=False))


def test_an_epoch_of_several_loops_counts_as_a_whole(tmp_path):
    text = SCRIPT.replace(
        "    for i in rng.permutation(150):\n",
        "    for part in range(3):\n      for i in range(part, 150, 3):\n",
    )
    once, again = both(tmp_path, text)
    assert once.steps < again.steps - 100
    assert once.said["order"] == again.said["order"] == "as given"
    np.testing.assert_array_equal(once.arrays["rows"], again.arrays["rows"])


FILLED = {"before": "buffer = bytearray(16)\nx = np.frombuffer(buffer).reshape(1, 2)\n", "amid": ""}


@pytest.mark.parametrize("case", FILLED)
def test_samples_that_are_filled_out_of_sight_are_those_that_were_there(tmp_path, case):
    filled = "memoryview(x).cast('B')[:] = X[i].tobytes()"
    if case == "amid":
        filled = f"x = np.zeros((1, 2))\n        {filled}"
    text = SCRIPT.replace("x = X[[i]]", filled).replace("W, b =", f"{FILLED[case]}W, b =")
    # the steps on the tape do not hold, and none of them counts
    once, again = both(tmp_path, text, holds=False)
    assert once.steps == again.steps
    assert samples(once) == samples(again)


def test_where_a_sample_was_written_into_the_second_epoch_is_watched(tmp_path):
    text = SCRIPT.replace("W, b =", "x = np.zeros((1, 2))\nW, b =").replace(
        "x = X[[i]]", "x[0] = X[i]"
    )
    once, again = both(tmp_path, text)
    assert once.steps == again.steps
    assert samples(once) == samples(again)


FILLING = (
    SCRIPT.replace("astype(float)", "astype(int)")
    .replace("size=(2, 1)) / 10, np.zeros(1)", "size=(2, 2)) / 10, np.zeros(2)")
    .replace("x = X[[i]]", "x = X[[i]]\n        t = np.zeros((1, 2))\n        t[0, y[i]] = 1")
    .replace("p - y[i]", "p - t")
)


def test_targets_that_are_filled_in_each_step_count_from_the_first(tmp_path):
    once, again = both(tmp_path, FILLING)
    assert once.steps < again.steps - 100
    assert samples(once) == samples(again)
    names = ("order", "apart", "coding", "batch_size")
    assert [once.said[one] for one in names] == [again.said[one] for one in names]


def test_targets_that_changed_out_of_sight_since_they_were_kept_do_not_count(tmp_path):
    text = FILLING.replace(
        "= 1\n", "= 1\n        t.sum()\n        memoryview(t).cast('B')[:] = t[:, ::-1].tobytes()\n"
    )
    once, again = both(tmp_path, text, holds=False)
    assert once.steps == again.steps
    assert samples(once) == samples(again)


def test_targets_that_a_sum_rounds_away_do_not_count(tmp_path):
    once, again = both(tmp_path, FILLING.replace("p - t", "(p + 1e12) - t"), holds=False)
    assert once.steps == again.steps
