"""The gradient of a network with dropout is held against the one of the units that stay."""

import pytest

from diagnose.probes.wrong_gradient import DEFECT
from diagnose.report import ABSENT, PRESENT
from tests.networks import bench
from tests.watching.scripts import FLAT, INVERTED
from tests.watching.test_own_test import read

# A constant divides what the mask left: right where it left some out, and nowhere else.
BINOMIAL = FLAT.replace(
    "a1 = np.maximum(z1, 0)",
    "a1 = np.maximum(z1, 0)\n        a1 *= np.random.binomial([np.ones(z1.shape)], 0.8)[0] / 0.8",
).replace("(z1 > 0)", "(a1 > 0) / 0.8")


@pytest.mark.parametrize(
    ("text", "status", "names"),
    [
        (BINOMIAL, ABSENT, set()),
        (INVERTED, ABSENT, set()),
        (INVERTED.replace("m1 * (z1 > 0)", "(z1 > 0)"), PRESENT, {"W1", "b1"}),
        (BINOMIAL.replace("(a1 > 0) / 0.8", "(a1 > 0)"), PRESENT, {"W1", "b1"}),
    ],
    ids=["divided by a constant", "by the mask", "mask forgotten", "constant forgotten"],
)
def test_it_is_that_of_the_units_that_stay(text, status, names, tmp_path):
    seen = read(tmp_path, text)
    assert seen.roles["dropout 1"]["text"].startswith("0.8 of its outputs stay")
    made = bench(seen.network, data=seen.network.data())
    numbers = DEFECT.measure(made)
    finding = DEFECT.judge(numbers)
    assert finding.status == status
    assert {name for name in ("W1", "b1", "W2", "b2") if f"of {name}" in finding.observed} <= names
