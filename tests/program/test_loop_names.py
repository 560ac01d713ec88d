"""Loops that have the variable of a loop around them, by which something is taken behind them."""

import pytest

from diagnose.program.loop_names import reused
from diagnose.program.writing import Text

SCRIPT = """for i in range(n):
    o = 0.0
    for i in range(m):
        h[i] = a[i] * x[i]
        o += h[i]
    r = o - y[i]
    for j in range(m):
        a[j] -= r * x[i]
"""
OF_A_WHILE = """while n < count:
    p = order[n]
    s = sum(pattern[p])
    for p in range(3):
        s += hid[p]
    e = target[p] - s
    n += 1
"""


def written(script):
    text = Text(script)
    return [(one.lines, text.edited(one.splices)) for one in reused(text)]


def test_the_inner_loop_gets_a_variable_but_for_arrays_of_the_outer_one():
    ((lines, code),) = written(SCRIPT)
    assert lines == (3, 1, 6)
    assert "    for k in range(m):\n        h[k] = a[k] * x[i]\n        o += h[k]\n    r" in code


def test_the_variable_of_a_while_loop_is_what_a_turn_gives_it():
    ((lines, code),) = written(OF_A_WHILE)
    assert lines == (4, 2, 6)
    assert "    for j in range(3):\n        s += hid[j]\n    e = target[p] - s\n" in code


@pytest.mark.parametrize(
    "script",
    [
        SCRIPT.replace("for i in range(m)", "for k in range(m)"),
        SCRIPT.replace("y[i]", "y[0]").replace("a[j] -= r * x[i]", "a[j] -= r"),  # taken no more
        SCRIPT.replace("        o += h[i]", "        if o > 1: break"),  # it looks for a place
        OF_A_WHILE.replace("    e = ", "    p = order[n]\n    e = "),  # given anew
        OF_A_WHILE.replace("sum(pattern[p])", "0").replace("p = order[n]", "p = 0"),
    ],
)
def test_nothing_is_said_where_the_variable_is_its_own_or_is_meant(script):
    assert written(script) == []
