"""Edits that are told by the source alone: lines in another loop, axes, arrays that go together."""

import pytest

from diagnose.patching.script import random_of
from diagnose.patching.source import Source, patched
from diagnose.patching.steps import (
    into_their_loop,
)

ONE_STEP = """\
for e in range(9):
    for x, t in zip(X, T):
        d = net(x) - t
        total += d
    # the step
    W -= rate * d * x
    b -= rate * d
    print(e)
"""
IN_THE_LOOP = ONE_STEP.replace("    W -=", "        W -=").replace("    b -=", "        b -=")


def texts(maker, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in maker(source)]


def test_steps_behind_a_loop_go_into_it_together():
    assert texts(into_their_loop, ONE_STEP)[0] == IN_THE_LOOP
    assert texts(into_their_loop, IN_THE_LOOP) == []


@pytest.mark.parametrize(
    "text",
    [
        # a sum over the samples is stepped by once
        "for x in X:\n    g += d(x)\nW -= rate * g\n",
        # the step goes over parameters by itself
        "for k in p:\n    g = f(k)\nfor k in p:\n    p[k] -= rate * q[k]\n",
        "for x in X:\n    d = f(x)\nprint(d)\n",
        # what is filled layer by layer is whole behind the loop
        "for k in back:\n    g[k] = d @ a[k]\nfor k in p:\n    p[k] -= rate * g[k]\n",
    ],
)
def test_a_step_that_stands_where_it_belongs_stays(text):
    assert texts(into_their_loop, text) == []


def test_velocities_and_what_steps_by_them_go_into_the_loop_together():
    text = "for x in X:\n    g = f(x)\nv = mu * v - rate * g\nw -= v\nprint(w)\n"
    wanted = "for x in X:\n    g = f(x)\n    v = mu * v - rate * g\n    w -= v\nprint(w)\n"
    assert texts(into_their_loop, text)[0] == wanted


def test_a_step_over_parameters_goes_into_the_loop_with_its_lines():
    text = "for x in X:\n    g = f(x)\nfor k in p:\n    h = g[k]\n    p[k] -= 0.1 * h\n"
    moved = (
        "for x in X:\n    g = f(x)\n    for k in p:\n        h = g[k]\n        p[k] -= 0.1 * h\n"
    )
    assert texts(into_their_loop, text) == [moved]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import numpy as np\nrng = np.random.default_rng(0)\nx = 1\n", "rng"),
        ("import numpy as np\nx = 1\nrng = np.random.default_rng(0)\n", "np.random"),
        ("import numpy\nx = 1\n", "numpy.random"),
    ],
)
def test_a_script_that_has_a_generator_of_its_own_draws_by_it(text, wanted):
    source = Source(text.encode(), "mine.py")
    node = next(
        one for one in source.nodes if source.line(one) == text.splitlines().index("x = 1") + 1
    )
    assert random_of(source, node) == wanted
