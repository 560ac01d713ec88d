"""The post draws weights of spread 1 for layers of 784 and of 10 inputs.

A first layer with a gain of 28 answers with tens where it should answer with ones, and the first
steps kill its units.
"""

import pytest

from diagnose.probes import initialization_offset
from diagnose.probes.initialization_scale import DEFECT
from tests.bugs.stories import (
    POST,
    accuracy,
    assert_found_alone_and_repaired,
    in_post,
    in_twin,
    planted,
)

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_gain_against_fan_in(report):
    layers = in_post(report, NAME).numbers["layers"]
    assert [one["fan_in"] for one in layers] == [784, 10, 10]
    assert layers[0]["gain"] == pytest.approx(28, rel=0.02)
    assert layers[1]["gain"] == pytest.approx(10**0.5, rel=0.05)
    assert layers[0]["growth"] == pytest.approx(layers[0]["gain"], rel=0.3)


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_planted_it_costs_the_twin_accuracy():
    assert accuracy(planted(NAME)) < 0.7


def test_a_cause_of_the_blindness(report):
    verdict = report.causes["balanced_accuracy"].verdicts[NAME]
    assert verdict.verdict == "cause"
    assert verdict.without < 0.4


def test_offset_and_scale_repairs_commute(report):
    both = DEFECT.repair(
        initialization_offset.DEFECT.repair(POST, in_post(report, "initialization-offset").numbers),
        in_post(report, NAME).numbers,
    )
    other = initialization_offset.DEFECT.repair(
        DEFECT.repair(POST, in_post(report, NAME).numbers),
        # the offsets of the stretched draw are those of the draw: a stretch is about the mean
        in_post(report, "initialization-offset").numbers,
    )
    for name, array in both.init(3).items():
        assert other.init(3)[name] == pytest.approx(array, abs=1e-12)
