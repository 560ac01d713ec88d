"""The post divides one gradient by the length of the one-hot vector.

``m = 1/Y.size`` is meant to be one over the number of samples, and ``Y.size`` is 10. Five gradients
are right and that of ``w3`` is a tenth. At the post's own starting point a gradient check sees
none of this in the lower layers: all units are dead, and 0 = 0.
"""

import pytest

from diagnose.probes.wrong_gradient import DEFECT
from tests.bugs.stories import assert_found_alone_and_repaired, in_post, in_twin

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_which_parameter_and_by_which_factor(report):
    seen = in_post(report, NAME).numbers["sane"]["parameters"]
    assert seen["w3"]["factor"] == pytest.approx(0.1, rel=1e-6)
    for name in ("w1", "b1", "w2", "b2", "b3"):
        assert seen[name]["relative_error"] < 1e-7


def test_masked_at_the_own_point(report):
    assert "masked for w1, b1, w2" in in_post(report, NAME).observed


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_harmless_here(report):
    for cause in report.causes.values():
        assert cause.verdicts[NAME].verdict == "harmless here"
