"""What a script prints last: one number that a word names, and what is a worse one."""

import pytest

from diagnose.instruments.labelled import (
    is_another_share,
    is_larger_share,
    is_worse,
    last_result,
    stays_behind,
)


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("epoch 1 loss 0.4\ntest accuracy: 94.2%\n", "test accuracy: 94.2%"),
        ("test_acc = 0.91\ntook 3.2 s\n", "test_acc = 0.91"),
        ("R2: 0.93", "R2: 0.93"),
        ("final loss 0.03", "final loss 0.03"),
        ("error: nan", "error: nan"),
        ("[[0.03]\n [0.97]\n [0.94]]", ""),  # answers
        ("accuracy [0.9]", ""),
        ("0.94", ""),  # who knows of what
        ("loss 0.03 accuracy 0.9", ""),
        ("prediction: 0.94", ""),
        ("right: 9 of 10", ""),
        ("accuracy 0.9\nprediction: 3", ""),
        ("done", ""),
    ],
)
def test_one_number_that_a_word_names_is_a_result(printed, line):
    assert last_result(printed) == line


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("accuracy 0.9", "accuracy 0.5", True),
        ("accuracy 0.9", "accuracy 0.88", False),
        ("accuracy: 90.0%", "accuracy: 88.0%", False),
        ("accuracy: 90.0%", "accuracy: 60.0%", True),
        ("mse 0.2", "mse 0.9", True),
        ("mse 0.2", "mse 0.1", False),
        ("R2: 0.9", "R2: -2.9", True),
        ("accuracy 0.9", "accuracy nan", True),
        ("mse nan", "mse 0.9", False),  # that was no measure
        ("loss 0.2", "loss 0.9", False),  # which another formula may have made
        ("accuracy 0.9", "error 0.1", False),
        ("", "accuracy 0.1", False),
    ],
)
def test_what_is_worse_by_more_than_other_numbers_drawn(before, after, worse):
    assert is_worse(before, after) is worse


@pytest.mark.parametrize(
    ("before", "after", "larger"),
    [
        ("R2: -3.1", "R2: 0.9", True),
        ("accuracy 0.35", "accuracy 0.35", False),
        ("rmse 90", "rmse 0.9", False),  # of targets in another unit so is their error
        ("loss 90", "loss 0.9", False),
        ("", "accuracy 0.9", False),
    ],
)
def test_a_share_has_no_unit(before, after, larger):
    assert is_larger_share(before, after) is larger


@pytest.mark.parametrize(
    ("printed", "otherwise"),
    [
        ("correct: 7/16", True),
        ("correct: 11 of 16", False),
        ("accuracy 0.44", True),
        ("accuracy 0.69", False),
        ("accuracy: 68.75 %", False),
        ("right: 11", False),
        ("right: 7", True),
        ("loss 0.2", False),
        ("R2: 0.2", False),
        ("[[0.1] [0.9]]", False),
        ("0.2", False),
    ],
)
def test_another_share_of_right_answers_is_heard(printed, otherwise):
    assert is_another_share(printed, 11 / 16, 16) is otherwise


@pytest.mark.parametrize(
    ("before", "after", "behind"),
    [
        ("correct: 1/16", "correct: 6/16", True),
        ("correct: 1/16", "correct: 16/16", False),
        ("accuracy 12 %", "accuracy 97 %", False),
        ("average error in euro: 315.7", "average error in euro: 297.1", True),
        ("average error in euro: 315.7", "average error in euro: 45.2", False),
        ("final loss: nan", "final loss: 0.009", False),
        ("[0.1 0.9]", "[0.1 0.2]", False),
    ],
)
def test_what_is_printed_may_stay_behind_what_a_network_has_learned(before, after, behind):
    assert stays_behind(before, after, 0.98) is behind
