"""What keeps all of what it was: velocities, and samples to which noise is added."""

import pytest

from diagnose.patching.orders import kept_samples, of_order
from tests.patching.making import script, ways

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
