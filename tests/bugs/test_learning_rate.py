"""The post's rate is 0.05, not the 0.5 that it names, and still ten times too large.

As found that does nothing, because nothing trains. Once the rest is repaired, right gradients at
that rate kill a third of the units: a defect that the others hide.
"""

import pytest

from diagnose.probes.learning_rate import DEFECT
from tests.bugs.stories import accuracy, assert_found_alone_and_repaired, in_post, in_twin, planted

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_the_rate_written_down_is_never_used(report):
    found = in_post(report, NAME)
    assert found.numbers["written_rate"] == 0.5
    assert found.numbers["rates"][0] == pytest.approx(0.05)
    assert "0.5, is never used" in found.observed


def test_units_die_during_training(report):
    numbers = in_post(report, NAME).numbers
    own = next(one for one in numbers["sweep"] if one["factor"] == 1.0)
    assert own["dead_units"] > numbers["dead_units_at_start"] + 0.1


def test_update_to_weight_ratio_of_each_layer(report):
    ratios = in_post(report, NAME).numbers["update_to_weight"]
    assert set(ratios) == {"w1", "w2", "w3"}
    assert all(ratio > 3e-3 for ratio in ratios.values())


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_planted_it_costs_the_twin_accuracy():
    assert accuracy(planted(NAME)) < 0.6


def test_uncovered_by_the_other_repairs(report):
    verdict = report.causes["balanced_accuracy"].verdicts[NAME]
    assert verdict.verdict == "uncovered"
    assert verdict.alone == pytest.approx(0.1, abs=0.02)
    assert verdict.without < report.causes["balanced_accuracy"].repaired - 0.1
