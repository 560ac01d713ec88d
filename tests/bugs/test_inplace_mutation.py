"""``ReLU_deriv`` of the post writes ones and zeros into the pre-activations that it is handed.

A real defect that causes nothing here: nothing reads ``z1`` and ``z2`` afterwards.
"""

from diagnose.probes.inplace_mutation import DEFECT
from tests.bugs.stories import assert_found_alone_and_repaired, in_post, in_twin

NAME = DEFECT.name


def test_found_in_the_post_and_not_in_its_twin(report):
    assert in_post(report, NAME).status == "present"
    assert in_twin(report, NAME).status == "absent"


def test_which_arrays_how_much_and_the_writing_line(report):
    found = in_post(report, NAME)
    assert "z1" in found.observed
    assert "z2" in found.observed
    assert found.where is not None
    assert (found.where.file, found.where.line) == ("buggy_reference/post.py", 48)


def test_nothing_reads_them_afterwards(report):
    equal = in_post(report, NAME).numbers["gradients_equal"]
    assert equal == {"own": True, "sane": True}


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_harmless_here(report):
    for cause in report.causes.values():
        assert cause.verdicts[NAME].verdict == "harmless here"
        assert cause.verdicts[NAME].share.low == cause.verdicts[NAME].share.high == 0.0
