"""One table of targets that keeps the marks of earlier samples: read, with what each step met."""

import numpy as np
import pytest

from diagnose.instruments.kept_targets import kept
from diagnose.network.kept_marks import KeptMarks
from diagnose.training.loop import train
from diagnose.watching.contract import OneOutput
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

ONCE = "T = np.zeros((16, 3))\nW1 = np.random"
TAKEN = "        x, y = X[pick], Y[pick]\n"
MARKED = (
    "        x, y = X[pick], T[:len(pick)]\n        y[np.arange(len(pick)), labels[pick]] = 1\n"
)
CLEARED = MARKED.replace("        y[", "        y[:] = 0\n        y[")
AFTER = ("        b1 -= lr", "        y[np.arange(len(pick)), labels[pick]] = 0\n        b1 -= lr")
EACH = """        x, y = X[pick], T[:len(pick)]
        for row, label in zip(y, labels[pick]):
            row[label] = 1
"""
COLUMNS = MARKED.replace("T[:len(pick)]", "T.T[:, :len(pick)]").replace(
    "y[np.arange(len(pick)), labels[pick]] = 1",
    "y[labels[pick], np.arange(len(pick))] = 1\n        y = y.T",
)


def watched(tmp_path, marked, *others):
    assert TAKEN in FLAT
    text = FLAT.replace("W1 = np.random", ONCE, 1).replace(TAKEN, marked)
    for old, new in others:
        text = text.replace(old, new)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return watch(tmp_path / "mine.py", seconds=20)


@pytest.mark.parametrize("marked", [MARKED, EACH, COLUMNS])
def test_marks_of_earlier_samples_are_read(marked, tmp_path):
    seen = watched(tmp_path, marked)
    assert seen.network is not None, seen.parted
    encode = seen.network.encode
    assert isinstance(encode, KeptMarks)
    assert kept(encode, np.array([0, 1, 2]), np.array([1, 1, 1])) > 0
    assert sorted(np.unique(seen.network.data().labels)) == [0, 1, 2]
    data = seen.network.data()
    rows = seen.network.prepare(data.images)
    first, again = (train(seen.network, rows, data.labels, 0, 1).parameters for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert (
        "] = 1"
        in (tmp_path / "mine.py").read_text().splitlines()[seen.network.where("encode")[1] - 1]
    )


SORTED = ("order = np.random.permutation(len(X))", "order = np.argsort(labels, kind='stable')")


@pytest.mark.parametrize("marked", [MARKED, EACH])
def test_marks_of_earlier_samples_are_read_where_classes_come_one_after_the_other(marked, tmp_path):
    more = "X = np.random.randn(90, 4)", "X = np.random.randn(1500, 4)"
    seen = watched(tmp_path, marked, SORTED, more)
    assert seen.network is not None, seen.parted
    assert isinstance(seen.network.encode, KeptMarks)
    labels = seen.network.data().labels
    assert np.array_equal(labels, np.sort(labels))
    assert sorted(np.unique(labels)) == [0, 1, 2]


def test_rows_that_each_keep_their_own_mark_are_no_left_marks(tmp_path):
    own = (
        "        x, y = X[pick], T[start:start + 16]\n"
        "        y[np.arange(len(pick)), labels[pick]] = 1\n"
    )
    more = "X = np.random.randn(90, 4)", "X = np.random.randn(1500, 4)"
    longer = "T = np.zeros((16, 3))", "T = np.zeros((1500, 3))"
    seen = watched(tmp_path, own, SORTED, more, longer)
    assert seen.network is not None, seen.parted
    assert not isinstance(seen.network.encode, KeptMarks)


def test_answers_are_read_by_targets_without_marks(tmp_path):
    network = watched(tmp_path, MARKED).network
    network.encode(np.array([2, 1, 0]))
    assert network.targets(np.arange(3)).sum() > 3
    assert np.array_equal(network.with_targets_meant().targets(np.arange(3)), np.eye(3))


@pytest.mark.parametrize(
    ("marked", "others"),
    [(CLEARED, ()), (MARKED, (AFTER,)), (MARKED.replace("T[:len", "np.zeros((16, 3))[:len"), ())],
)  # fmt: skip
def test_a_table_that_is_cleared_keeps_none(marked, others, tmp_path):
    seen = watched(tmp_path, marked, *others)
    assert seen.network is not None, seen.parted
    assert not isinstance(seen.network.encode, KeptMarks)
    assert not [one for one in seen.seen if one.kind == "aliased-arrays"]


def test_a_table_that_is_cleared_once_in_an_epoch_is_not_read(tmp_path):
    seen = watched(tmp_path, MARKED, ("    order = ", "    T[:] = 0\n    order = "))
    assert seen.network is None
    assert [one.kind for one in seen.seen] == ["aliased-arrays"]


def test_the_table_is_as_long_as_the_longest_labels_and_keeps_what_it_had():
    encode = KeptMarks(OneOutput(low=0, high=1, classes=3, single=False))
    encode(np.array([2]))
    assert encode(np.array([0, 1])).tolist() == [[1, 0, 1], [0, 1, 0]]
    encode.hold(np.array([[0.0, 1.0, 0.0]]))
    assert encode(np.array([0])).tolist() == [[1, 1, 0]]
