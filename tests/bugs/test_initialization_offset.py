"""The post draws every weight and bias and then subtracts 0.8.

A mean that is not zero does not average out over 784 positive pixels: all units of the first layer
are dead on every image. Repaired alone, the logits overflow and the network says nan: one repair
uncovers the next defect.
"""

import pytest

from diagnose.probes.initialization_offset import DEFECT
from tests.bugs.stories import accuracy, assert_found_alone_and_repaired, in_post, in_twin, planted
from tests.networks import bench, correct_networks, images

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_means_in_standard_errors(report):
    numbers = in_post(report, NAME).numbers
    for name in ("w1", "w2", "w3", "b2", "b3"):
        assert numbers["offsets"][name] == pytest.approx(-0.8, abs=0.1)
    assert numbers["offsets"]["b1"] == pytest.approx(-0.3, abs=0.05)  # rand - 0.8, not randn
    assert numbers["parameters"]["w1"]["standard_errors"] < -100


def test_predicted_shift_and_dead_units_with_and_without(report):
    first, second, _ = in_post(report, NAME).numbers["layers"]
    # the prediction leaves the unit's own draw out, whose part over ten units is about a tenth
    assert first["predicted_shift"] == pytest.approx(first["observed_mean"], rel=0.1)
    assert first["dead"] == 1.0
    assert first["dead_without"] < 0.3
    assert second["shift_in_spreads"] > 0.5


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_planted_it_blinds_the_twin():
    assert accuracy(planted(NAME)) == pytest.approx(0.1, abs=0.02)


def test_repaired_alone_the_logits_overflow(report):
    alone = next(one for one in report.causes["skew"].lattice if one.repairs == [NAME])
    assert alone.value == 1.0  # nothing but nan: all probability is misplaced


def test_a_cause_of_the_blindness(report):
    verdict = report.causes["balanced_accuracy"].verdicts[NAME]
    assert verdict.verdict == "cause"
    assert verdict.without < 0.2


@pytest.mark.parametrize("network", correct_networks(), ids=lambda one: one.name)
def test_inputs_around_zero_do_not_hide_it(network):
    """A shift that cancels over the images moves all units alike for each of them."""
    data = images()
    assert DEFECT.probe(bench(network, data=data)).status == "absent"
    broken = DEFECT.inject(network)
    finding = DEFECT.probe(bench(broken, data=data))
    assert finding.status == "present"
    assert finding.numbers["layers"][0]["size_of_shift"] > 1
    mended = DEFECT.repair(broken, finding.numbers)
    assert DEFECT.probe(bench(mended, data=data)).status == "absent"
