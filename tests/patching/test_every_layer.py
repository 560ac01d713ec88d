"""Steps that leave out a layer, divide twice, or take two means in each other's places."""

import pytest

from diagnose.patching.pace import divided_once, of_schedule, only_slow
from diagnose.patching.source import Edit
from tests.patching.making import script, ways

MEAN = "d = (p - t) / len(x)  #: backward\n"
STEPS = "W -= eta / bs * x.T @ d  #: update\nb -= eta / bs * d.sum(0)  #: update\n"


def test_a_mean_is_not_divided_once_more_by_the_samples():
    once = ["W -= eta * x.T @ d", "b -= eta * d.sum(0)"]
    assert ways(script(MEAN + STEPS), divided_once) == [once]
    assert once in ways(script(MEAN + STEPS), of_schedule)


@pytest.mark.parametrize(
    "text",
    [
        MEAN.replace(" / len(x)", "") + STEPS,  # a sum
        MEAN + STEPS.replace("/ bs", "/ np.sqrt(v)"),
        MEAN + STEPS.replace(" / bs", ""),
    ],
)
def test_what_is_divided_once_stays(text):
    assert ways(script(text), divided_once) == []


@pytest.mark.parametrize(
    ("parts", "gained", "slow"),
    [
        (["pace"], 0.07, True),
        (["size", "pace"], 0.07, True),
        (["pace", "gradient"], 0.07, False),
        (["pace"], 0.3, False),
    ],
)
def test_what_only_lets_it_get_a_little_further_is_no_patch(parts, gained, slow):
    edits = [Edit(splices=(), part=part, why="") for part in parts]
    assert only_slow(edits, gained) is slow
