"""A copy whose rate begins as that of the script is not watched until it has come to its end."""

from dataclasses import dataclass

import pytest

from diagnose.patching.pace import hangs_on_results
from diagnose.patching.trial import continued
from diagnose.reading.pacing import Rates, StepRates
from tests.patching.making import script, trials_of

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


@pytest.mark.parametrize(("text", "hangs"), [
    ("    if loss > best:\n        rate *= 0.5\n    best = min(best, loss)\n", True),
    ("    if loss > best:\n        wait += 1\n    else:\n        wait = 0\n"
     "    if wait > 3:\n        rate = rate * 0.5\n", True),
    ("    if epoch % 30 == 0:\n        rate *= 0.5\n", False),
    ("    if epoch > epochs // 2 and rate > 0.01:\n        rate = rate * 0.5\n", False),
    ("    rate *= 0.9\n", False),
])  # fmt: skip
def test_a_rate_that_falls_where_the_loss_does_not_takes_another_course_in_each_copy(text, hangs):
    made = script(
        "rate, best, epochs = 0.5, 9.0, 100\nfor epoch in range(epochs):  #: training loop\n"
        f"    loss = step()\n    w -= rate * g  #: update, learning rate\n{text}"
    )  # fmt: skip
    assert hangs_on_results(made) is hangs


@dataclass(frozen=True)
class Paced:
    """A network of which nothing but the rate is looked at."""

    learning_rate: Rates


@pytest.mark.parametrize("steady", [True, False])
def test_only_a_course_that_is_the_same_in_each_copy_goes_on(steady):
    trials = trials_of(None, None, seconds=1.0, found=Paced(FALLING), steady=steady)
    copy = Paced(FALLING.beginning(0.2))
    copy = Paced(Rates(rates=copy.learning_rate.rates[:4]))
    assert (trials._on_course(copy) is copy) is not steady
