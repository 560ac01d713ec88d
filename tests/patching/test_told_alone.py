"""A script that cannot be read, with a fault that was told: what it prints decides."""

import pytest

from diagnose.patching.source import Source, patched
from diagnose.patching.told_alone import is_far_better, mended_by_print
from diagnose.patching.trial import Trials

# One row, eight times: what is printed is the share of places that hold what was put there.
ONE_ROW = (
    "rows = [[0] * 8] * 8\n"
    "for i in range(8):\n"
    "    rows[i][i] = 1\n"
    "right = sum(rows[i][j] == (i == j) for i in range(8) for j in range(8))\n"
    "print('{words}', right / {of})\n"
)


def mended(tmp_path, text, seen=(("aliased-arrays", 1),)):
    source = Source(text.encode(), "mine.py")
    trials = Trials(
        source=source, folder=tmp_path, arguments=(), seconds=30.0, found=None, seed=0,
        show=lambda done, total: None,
    )  # fmt: skip
    return patched(source, mended_by_print(source, seen, trials)).decode()


def test_an_edit_with_which_a_far_better_result_is_printed_is_kept(tmp_path):
    found = mended(tmp_path, ONE_ROW.format(words="right answers:", of=64))
    assert found.splitlines()[0] == "rows = [[0] * 8 for _ in range(8)]"


@pytest.mark.parametrize(("words", "of"), [("the answer is", 64), ("right answers:", 640)])
def test_what_is_printed_must_be_a_result_and_a_good_one(words, of, tmp_path):
    text = ONE_ROW.format(words=words, of=of)
    assert mended(tmp_path, text) == text


def test_of_what_was_not_told_nothing_is_tried(tmp_path):
    text = ONE_ROW.format(words="right answers:", of=64)
    assert mended(tmp_path, text, seen=()) == text


@pytest.mark.parametrize(
    ("before", "after", "far"),
    [
        ("accuracy: 0.12", "accuracy: 0.93", True),
        ("accuracy: 12.0", "accuracy: 93.0", True),
        ("accuracy: 0.50", "accuracy: 0.70", False),
        ("accuracy: 0.10", "accuracy: 0.45", False),
        ("accuracy: 0.12", "epoch 3 accuracy: 0.93", False),
        ("test mse 2.0", "test mse 0.4", True),
        ("test mse 2.0", "test mse 1.2", False),
        ("answer 0.1", "answer 0.9", False),
        ("accuracy", "accuracy", False),
    ],
)
def test_a_result_is_far_better_by_more_than_seeds_do(before, after, far):
    assert is_far_better(before, after) is far
