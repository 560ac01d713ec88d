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
    found = in_post(report, NAME)
    by_factor = {one["factor"]: one for one in found.numbers["sweep"]}
    assert by_factor[1.0]["dead_units"] > by_factor[0.1]["dead_units"] + 0.1
    dead = f"hidden units dead on every image after training: {by_factor[1.0]['dead_units']:.0%}"
    assert f"{dead} at its own" in found.observed


def test_the_better_rate_goes_with_the_other_repairs(report):
    assert in_post(report, NAME).advice == "with the others repaired, start at about 0.005"


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_planted_it_costs_the_twin_accuracy():
    assert accuracy(planted(NAME)) < 0.6


def test_uncovered_by_the_other_repairs(report):
    verdict = report.causes["balanced_accuracy"].verdicts[NAME]
    assert verdict.verdict == "uncovered"
    assert verdict.alone == pytest.approx(0.1, abs=0.02)
    assert verdict.without < report.causes["balanced_accuracy"].repaired - 0.1
