"""A copy whose rate begins as that of the script is not watched until it has come to its end."""

import pytest

from diagnose.patching.trial import continued
from diagnose.reading.pacing import Rates, StepRates

FALLING = Rates(rates=tuple(0.5 * 0.9**epoch for epoch in range(20)))
STEPS = StepRates(steps=tuple((0.1 / (1 + 2 * at), 0.1 / (2 + 2 * at)) for at in range(9)))


@pytest.mark.parametrize(("seen", "whole"), [
    (Rates(rates=tuple(0.2 * 0.9**epoch for epoch in range(4))), FALLING),
    (StepRates(steps=(*STEPS.steps[:2], STEPS.steps[2][:1])), STEPS),
])  # fmt: skip
def test_a_course_that_was_seen_goes_on_from_another_rate(seen, whole):
    course = continued(seen, whole)
    assert course is not None
    assert course(0) == pytest.approx(seen(0))
    assert course(8) / course(0) == pytest.approx(whole(8) / whole(0))
    assert course(8) < 0.6 * course(0)


@pytest.mark.parametrize("seen", [
    Rates(rates=(0.2, 0.2 * 0.9)),  # too few
    Rates(rates=(0.2, 0.2, 0.2, 0.2)),  # another
    Rates(rates=tuple(0.2 * 0.8**epoch for epoch in range(4))),
    StepRates(steps=((0.2, 0.18), (0.162,))),
    FALLING,  # and nothing goes on from its end
])  # fmt: skip
def test_another_course_stays_what_it_is(seen):
    assert continued(seen, FALLING) is None
