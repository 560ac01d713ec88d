"""The post shows all zeros, then all ones, and so on to the nines, and then it says nine.

What it says is the memory of the last class seen: with the classes in the opposite order the same
code says zero. Shuffling, which is what the accepted answer advises, takes the skew away and leaves
the accuracy at chance, because three other defects keep the network blind.
"""

from dataclasses import replace

import pytest

from diagnose.probes.class_order import DEFECT, Reversed
from tests.bugs.stories import (
    FIXED,
    POST,
    assert_found_alone_and_repaired,
    in_post,
    in_twin,
    trainer,
)

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_the_runs_are_counted_against_shuffling(report):
    numbers = in_post(report, NAME).numbers
    assert numbers["runs"] == 10
    assert numbers["expected_runs"] == pytest.approx(4500, abs=5)
    assert numbers["p_value"] < 1e-300


def test_the_favoured_class_is_the_last_one_seen_and_turns_with_the_order(report):
    numbers = in_post(report, NAME).numbers
    assert numbers["forwards"]["last_class_seen"] == numbers["forwards"]["favoured_class"] == 9
    assert numbers["backwards"]["last_class_seen"] == numbers["backwards"]["favoured_class"] == 0
    assert numbers["forwards"]["favoured_share"] == numbers["backwards"]["favoured_share"] == 1.0


def test_reversed_really_trains_on_the_same_samples_backwards():
    labels = trainer().data.labels
    backwards = replace(POST, order=Reversed(POST.order))
    assert list(backwards.order(labels, 3, 0)) == list(POST.order(labels, 3, 0))[::-1]


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_it_alone_causes_the_skew(report):
    skew = report.causes["skew"]
    assert skew.minimal_repairs == [[NAME]]
    assert skew.verdicts[NAME].verdict == "cause"
    assert skew.verdicts[NAME].share.low > 0.8


def test_the_accepted_answer_is_not_enough(report):
    accuracy = report.causes["balanced_accuracy"]
    assert accuracy.verdicts[NAME].alone == pytest.approx(0.1, abs=0.02)
    assert accuracy.verdicts[NAME].without < 0.6 < accuracy.repaired


def test_planted_it_makes_the_twin_say_its_last_class():
    sorted_twin = DEFECT.inject(FIXED)
    seen = trainer().symptoms(sorted_twin, trainer().run(sorted_twin, 0))
    assert seen.skew is not None
    assert seen.skew > 0.3
