"""The gradient of a network with dropout is held against the one of the units that stay."""

import pytest

from diagnose.probes.wrong_gradient import DEFECT
from diagnose.report import ABSENT, PRESENT
from tests.networks import bench
from tests.watching.scripts import FLAT, INVERTED, LEFT_OUT_OF_EACH
from tests.watching.test_own_test import read

# A constant divides what the mask left: right where it left some out, and nowhere else.
BINOMIAL = FLAT.replace(
    "a1 = np.maximum(z1, 0)",
    "a1 = np.maximum(z1, 0)\n        a1 *= np.random.binomial([np.ones(z1.shape)], 0.8)[0] / 0.8",
).replace("(z1 > 0)", "(a1 > 0) / 0.8")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (BINOMIAL, ABSENT),
        (INVERTED, ABSENT),
        (LEFT_OUT_OF_EACH, ABSENT),
        (INVERTED.replace("m1 * (z1 > 0)", "(z1 > 0)"), PRESENT),
        (BINOMIAL.replace("(a1 > 0) / 0.8", "(a1 > 0)"), PRESENT),
    ],
    ids=[
        "divided by a constant",
        "by the mask",
        "of one sample",
        "mask forgotten",
        "constant forgotten",
    ],
)
def test_it_is_that_of_the_units_that_stay(text, status, tmp_path):
    seen = read(tmp_path, text)
    assert seen.roles["dropout 1"]["text"].startswith("0.8 of its outputs stay")
    made = bench(seen.network, data=seen.network.data())
    numbers = DEFECT.measure(made)
    finding = DEFECT.judge(numbers)
    assert finding.status == status
    if (
        "m1" in BINOMIAL and status == PRESENT and "m1 *" not in text
    ):  # where the error is handed down
        assert text.splitlines()[finding.where.line - 1].strip().startswith("d1 = ")
