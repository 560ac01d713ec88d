"""Answers that are right but for the numbers of the classes, and the sets of parts that mend it."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.causes.renumbered import either_mends, fixed_numbers
from diagnose.report import Parts, Where

SURE = 40 * np.eye(4, dtype=int) + 1
PARTS = Parts(
    found=0.1, twin=0.9, best=0.9, minimal=[], rates=[], epochs=[], alone={}, without={},
    shares={}, places={}, given_up=0, gradients={},
)  # fmt: skip


@pytest.mark.parametrize("numbers", [[3, 0, 1, 2], [0, 2, 1, 3], [1, 0, 3, 2]])
def test_numbers_that_are_answered_instead_of_others_are_found(numbers):
    assert fixed_numbers(SURE[:, np.argsort(numbers)], 0.6) == numbers


@pytest.mark.parametrize(
    "counts",
    [
        SURE,
        SURE[[0, 0, 2, 3]],  # one class is taken for another, and nothing for it
        np.ones((4, 4), int),
        SURE[::-1] // 40,  # eight answers may fall so by chance
        SURE[::-1] + 25,  # too many are wrong even so
    ],
)
def test_what_is_no_fixed_renumbering_is_none(counts):
    assert fixed_numbers(counts, 0.6) == []


def test_a_class_without_samples_has_the_number_that_is_left_over():
    counts = np.roll(SURE, 1, axis=1)
    counts[2] = 0
    assert fixed_numbers(counts, 0.6) == [1, 2, 3, 0]
    counts[1] = 0
    assert fixed_numbers(counts, 0.6) == []


def test_either_of_two_parts_joins_each_smallest_set():
    place = Where(file="mine.py", line=3)
    either = {"targets": place, "answer": None}
    made = either_mends(PARTS, either)
    assert made.minimal == [["targets"], ["answer"]]
    assert made.rates == [None, None]
    assert made.places == {"targets": place}
    parts = replace(
        PARTS, minimal=[["pace"], ["targets", "start"]], rates=[0.1, None], epochs=[9, None]
    )
    made = either_mends(parts, either)
    assert made.minimal == [["targets", "pace"], ["targets", "start"], ["pace", "answer"]]
    assert made.rates == [0.1, None, 0.1]
    assert made.epochs == [9, None, 9]
