"""One table of targets that keeps the marks of earlier samples: told, and not read."""

import pytest

from diagnose.reading.left_marks import LEFT
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


SORTED = ("order = np.random.permutation(len(X))", "order = np.argsort(labels, kind='stable')")
MANY = ("X = np.random.randn(90, 4)", "X = np.random.randn(1500, 4)")


@pytest.mark.parametrize("marked", [MARKED, EACH, COLUMNS])
def test_marks_of_earlier_samples_are_told(marked, tmp_path):
    seen = watched(tmp_path, marked)
    assert seen.parted.reason == LEFT
    lines = (tmp_path / "mine.py").read_text("utf-8").splitlines()
    assert "] = 1" in lines[seen.parted.line - 1]
    assert [one.kind for one in seen.seen] == ["aliased-arrays"]


def test_rows_that_each_keep_their_own_mark_are_no_left_marks(tmp_path):
    own = (
        "        x, y = X[pick], T[start:start + 16]\n"
        "        y[np.arange(len(pick)), labels[pick]] = 1\n"
    )
    longer = "T = np.zeros((16, 3))", "T = np.zeros((1500, 3))"
    seen = watched(tmp_path, own, SORTED, MANY, longer)
    assert seen.network is not None, seen.parted


@pytest.mark.parametrize(
    ("marked", "others"),
    [(CLEARED, ()), (MARKED, (AFTER,)), (MARKED.replace("T[:len", "np.zeros((16, 3))[:len"), ())],
)  # fmt: skip
def test_a_table_that_is_cleared_keeps_none(marked, others, tmp_path):
    seen = watched(tmp_path, marked, *others)
    assert seen.network is not None, seen.parted
    assert not [one for one in seen.seen if one.kind == "aliased-arrays"]


def test_a_table_that_is_cleared_once_in_an_epoch_is_not_read(tmp_path):
    seen = watched(tmp_path, MARKED, ("    order = ", "    T[:] = 0\n    order = "))
    assert seen.network is None
    assert [one.kind for one in seen.seen] == ["aliased-arrays"]
