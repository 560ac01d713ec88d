"""A parameter that was left out of the list that a loop steps."""

import pytest

from diagnose.patching.listed import listed_as_well
from diagnose.patching.placed import every_one
from diagnose.patching.steps import of_step
from tests.patching.making import script, ways

DICTS = """\
p = {"V": draw(3, 4), "c": zeros(4), "U": draw(4, 1), "d": zeros(1)}
def back(x, e):
    s = {}
    s["U"] = h.T @ e
    s["d"] = e.sum(0)
    s["V"] = x.T @ q
    s["c"] = q.sum(0)
    s["q"] = q
    return s
for step in range(9):
    s = back(x, e)
    for k in ["V", "U"]:
        p[k] -= r * s[k]
"""
NAMES = """\
V1, c1, V2, c2 = draw(3, 4), zeros(4), draw(4, 1), zeros(1)
for step in range(9):
    z1 = x @ V1 + c1
    dz1 = e @ V2.T
    dV1, dc1, dV2, dc2 = slopes(dz1)
    {}
        p -= r * g
"""
PAIRS = "for p, g in ((V1, dV1), (V2, dV2)):"
ZIPPED = "for p, g in zip([V1, V2], [dV1, dV2]):"
OBJECTS = """\
class Dense:
    pass
one, two, three = Dense(3), Dense(4), Dense(1)
other = Table(3)
for step in range(9):
    for layer in (one, three):
        layer.step(0.1)
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (DICTS, ['for k in ["V", "U", "c", "d"]:']),
        (DICTS.replace('["V", "U"]', "('V', 'U', 'c')"), ["for k in ('V', 'U', 'c', 'd'):"]),
        (NAMES.format(PAIRS), ["for p, g in ((V1, dV1), (V2, dV2), (c1, dc1), (c2, dc2)):"]),
        (NAMES.format(ZIPPED), ["for p, g in zip([V1, V2, c1, c2], [dV1, dV2, dc1, dc2]):"]),
        (NAMES.format("ps, gs = [V1, V2], [dV1, dV2]\n    for p, g in zip(ps, gs):"),
         ["ps, gs = [V1, V2, c1, c2], [dV1, dV2, dc1, dc2]"]),
        (OBJECTS, ["for layer in (one, three, two):"]),
    ],
)  # fmt: skip
def test_what_was_left_out_of_a_list_is_stepped_as_well(text, wanted):
    made = script(text)
    assert ways(made, listed_as_well)[0] == wanted
    assert wanted in ways(made, of_step)


@pytest.mark.parametrize(
    "text",
    [
        DICTS.replace('["V", "U"]', '["V", "U", "c", "d"]'),
        # what is pulled to 0, and stepped with all others beside that
        DICTS.replace("-= r * s[k]", "-= l * p[k]") + "    for k in p:\n        p[k] -= r * s[k]\n"
        '    for k in ("V", "U", "c", "d"):\n        p[k] -= r * s[k]\n',
        DICTS + '    p["c"] -= r * s["c"]\n    p["d"] = p["d"] - r * s["d"]\n',
        NAMES.format(ZIPPED) + "    c1 -= r * dc1\n    c2 -= r * dc2\n",
        NAMES.format("for p, g in zip(ps, gs):"),
        DICTS.replace("p[k] -= r * s[k]", "print(k)"),
    ],
)
def test_what_is_stepped_elsewhere_stays_out_of_a_list(text):
    assert ways(script(text), listed_as_well) == []


def test_layers_that_are_called_by_their_numbers_are_counted_to_the_last():
    made = script("for l in range(1, L):\n    p[f'W{l}'] -= r * g[f'W{l}']\n")
    assert ["for l in range(1, L + 1):"] in ways(made, every_one)
