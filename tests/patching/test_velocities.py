"""What keeps all of what it was: velocities, and samples to which noise is added."""

import pytest

from diagnose.patching.inplace import kept_samples
from diagnose.patching.orders import of_order
from diagnose.patching.velocities import kept_in_part
from tests.patching.making import script, ways

STEP = "v += g  #: update\nw -= rate * v  #: update\n"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [("mu, rate = 0.9, 0.02\n", "v *= mu"), ("rate = 0.02\n", "v *= 0.9"), ("", "v *= 0.9")],
)
def test_a_velocity_keeps_a_share_of_what_it_was(before, wanted):
    assert ways(script(before + STEP), kept_in_part) == [[wanted]]


def test_a_velocity_that_is_made_anew_keeps_a_share_of_what_it_was():
    text = "mu = 0.8\nV[k] = V[k] + r * G[k]  #: update\nP[k] = P[k] - V[k]  #: update\n"
    assert ways(script(text), kept_in_part) == [["V[k] = mu * V[k] + r * G[k]"]]


@pytest.mark.parametrize(
    "text",
    ["v *= 0.9\n" + STEP, "w -= rate * g  #: update\n",
     "v = mu * v - r * g  #: update\nw -= vw  #: update\n"],
)  # fmt: skip
def test_what_keeps_a_share_already_or_is_none_stays(text):
    assert ways(script(text), kept_in_part) == []


LOOP = "for k in range(9):  #: training loop\n    {}\n    g += 0.3 * noise(g)\n    fit(g)\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("g = x", "g = x.copy()"),
        ("g = x[a:b]", "g = x[a:b].copy()"),
        ("g = x[order]", None),
        ("g = x.copy()", None),
        ("g = 0.0", None),
    ],
)
def test_what_is_added_to_a_copy_does_not_stay_in_the_samples(line, wanted):
    found = ways(script(LOOP.format(line)), lambda one: kept_samples(one, "input"))
    assert found == ([["g = g + (0.3 * noise(g))"], [wanted]] if wanted else [])
    masked = script(LOOP.format(line).replace("g += 0.3 * noise(g)", "g *= mask(g) < 0.7"))
    every = ways(masked, of_order)
    assert ([wanted] in every) is (["g = g * (mask(g) < 0.7)"] in every) is bool(wanted)
