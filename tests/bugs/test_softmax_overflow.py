"""The post's softmax takes exp of the logits as they are.

A latent fault: its dead network never makes a large logit. Repair the offset alone and it does.
"""

from diagnose.probes.softmax_overflow import DEFECT
from tests.bugs.stories import assert_found_alone_and_repaired, in_post, in_twin

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_it_is_latent(report):
    observed = in_post(report, NAME).observed
    assert "709.7" in observed
    assert "latent" in observed


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_harmless_here_but_uncovered_by_repairing_the_offset_alone(report):
    lattice = {tuple(one.repairs): one.value for one in report.causes["skew"].lattice}
    assert lattice[("initialization-offset",)] == 1.0  # nan
    assert lattice[("initialization-offset", NAME)] < 1.0
    for cause in report.causes.values():
        assert cause.verdicts[NAME].verdict == "harmless here"
