"""The post feeds the bytes as they are, 0 to 255.

784 such numbers times weights around -0.8 put every first pre-activation near -20,000. Divided by
255 they are still all negative, since the offset is there as well: one repair shows nothing.
"""

import pytest

from diagnose.probes.unnormalized_input import DEFECT
from tests.bugs.stories import accuracy, assert_found_alone_and_repaired, in_post, in_twin, planted

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_range_mean_and_what_it_does_to_the_first_layer(report):
    numbers = in_post(report, NAME).numbers
    assert (numbers["minimum"], numbers["maximum"], numbers["divisors"]) == (0, 255, [255])
    assert numbers["mean"] == pytest.approx(33, abs=1)
    assert numbers["pre_activation"]["mean"] == pytest.approx(-20_000, rel=0.1)
    ratio = numbers["pre_activation"]["mean"] / numbers["pre_activation_rescaled"]["mean"]
    assert ratio == pytest.approx(255, rel=0.01)


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_planted_it_blinds_the_twin():
    assert accuracy(planted(NAME)) < 0.3


def test_a_cause_of_the_blindness_and_not_of_the_skew(report):
    assert report.causes["balanced_accuracy"].verdicts[NAME].verdict == "cause"
    assert report.causes["balanced_accuracy"].verdicts[NAME].without < 0.2
    assert report.causes["skew"].verdicts[NAME].verdict == "harmless here"
