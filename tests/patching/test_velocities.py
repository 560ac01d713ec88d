"""Velocities that keep all of what they were."""

import pytest

from diagnose.patching.velocities import kept_in_part
from tests.patching.making import script, ways

STEP = "v += g  #: update\nw -= rate * v  #: update\n"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [("mu, rate = 0.9, 0.02\n", "v *= mu"), ("rate = 0.02\n", "v *= 0.9"), ("", "v *= 0.9")],
)
def test_a_velocity_keeps_a_share_of_what_it_was(before, wanted):
    assert ways(script(before + STEP), kept_in_part) == [[wanted]]


@pytest.mark.parametrize("text", ["v *= 0.9\n" + STEP, "w -= rate * g  #: update\n"])
def test_what_keeps_a_share_already_or_is_none_stays(text):
    assert ways(script(text), kept_in_part) == []
