"""Classes that come one after the other come so also beside samples that are not theirs."""

import numpy as np
import pytest

from diagnose.reading.samples import _are_class_by_class
from diagnose.watching.contract import Ordered
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

ORDER = "    order = np.random.permutation(len(X))\n"
BY_CLASS = """    order = np.concatenate(
        [np.random.permutation(np.flatnonzero(labels == one)) for one in range(3)])
"""
ALONE = "W1 = np.random", "np.random.shuffle(X)\nW1 = np.random"


@pytest.mark.parametrize(("order", "how"), [(BY_CLASS, "class by class"), (ORDER, "shuffled")])
def test_the_order_of_labels_that_have_lost_their_samples_is_read(order, how, tmp_path):
    assert ORDER in FLAT
    text = FLAT.replace(ORDER, order).replace(*ALONE, 1)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=60)
    assert seen.network is not None, seen.parted
    assert (seen.read.said["apart"], seen.read.said["order"]) == ("once", how)
    lines = text.splitlines()
    assert "shuffle(X)" in lines[seen.network.where("pairs")[1] - 1]
    assert lines[seen.network.where("order")[1] - 1].startswith("    for start in range")
    labels = seen.network.data().labels.copy()
    shown = labels[seen.network.order(labels, 0, 0)]
    assert np.array_equal(shown, np.sort(labels)) == (how == "class by class")


@pytest.mark.parametrize("apart", ["", "once", "again"])
def test_each_epoch_takes_each_sample_once_and_another_one_of_the_class_first(apart):
    order, labels = Ordered(how="class by class", shown=60, apart=apart), np.arange(60) % 3
    first, second = (order(labels, epoch, 0) for epoch in (0, 1))
    assert sorted(first) == sorted(second) == [*range(60)]
    assert not np.array_equal(first, second)
    assert np.array_equal(labels[second], np.sort(labels))


@pytest.mark.parametrize(
    ("met", "again", "are"),
    [
        ([2, 2, 0, 1], [2, 2, 0, 1], True),
        ([2, 2, 0, 1], [2, 2], True),
        ([2, 0, 2, 1], [2, 0, 2, 1], False),
        ([2, 2, 0, 1], [0, 2, 2, 1], False),
        ([1, 1, 1], [1, 1, 1], False),
    ],
)
def test_classes_come_one_by_one_where_each_comes_in_one_run_both_times(met, again, are):
    assert _are_class_by_class(np.array(met), np.array(again)) is are
