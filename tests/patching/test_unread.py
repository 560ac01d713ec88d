"""Values that nothing reads, beside one that is taken twice."""

import pytest

from diagnose.patching.inplace import taken_twice
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("points.append([x, x])", "points.append([x, y])"),
        ("points.append((x, 1.0, x))", "points.append((x, 1.0, y))"),
        ("points.append([x, x, y])", None),
        ("points.append([x, x * x])", None),
        ("x, x = 1, 2", None),
    ],
)
def test_what_nothing_reads_takes_the_place_of_what_is_there_twice(line, wanted):
    made = script(f"x, y = r * cos(a), r * sin(a)\n{line}\n")
    assert ways(made, taken_twice) == ([[wanted]] if wanted else [])


def test_names_of_other_statements_are_none_of_its_kind():
    assert taken_twice(script("x = 1\ny = 2\np = [x, x]\n")) == []


def test_the_same_name_elsewhere_is_another_one():
    text = "def ring(a):\n    x, y = cos(a), sin(a)\n    return [x, x]\n"
    text += "for x, y in zip(X, Y):\n    fit(x, y)\n"
    assert ways(script(text), taken_twice) == [["return [x, y]"]]
