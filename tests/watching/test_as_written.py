"""Where nobody looks, a statement is done as it was written; what it does is the same."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Sites
from diagnose.recording.threads import NONE
from diagnose.watching.looking_away import LookingAway

LOOP = "for i in range(8):\n    here()\n    {}\n"


def statements(body: str) -> list[frozenset[int]]:
    sites = Sites()
    rewritten(LOOP.format(body), "script.py", sites)
    return sites.statements[1:]  # the first one is the call of here


@pytest.mark.parametrize(
    "body",
    ["a = b * c", "a -= 0.1 * f(b)", "a[i] = b.T", "a[i] += b", "f(-a)", "a = b.sum(axis=0)"],
)
def test_a_statement_of_operations_stands_there_twice(body):
    assert len(statements(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "f = lambda one: one * 2",
        "a = sum(one * 2 for one in b)",
        "a = [one * 2 for one in b]",
        "a = b = c * 2",
        "a = b if c < d else e",
        "a.fill(b * 2)",
        "np.add(b, c, out=a)",
        "a = f(**b)",
        "a = (b := c * 2)",
        "a = [b, 0.5]",
        "a = b",
    ],
)
def test_what_may_be_done_later_or_is_asked_of_each_time_does_not(body):
    assert not statements(body)


RUN = """
import numpy as np
w, first = np.ones(3), np.arange(3.0)
for i in range(12):
    x = first + i
    w -= 0.1 * np.multiply(x, w.sum())
    seen.append(__watch__.plain)
"""


def run(followed=()):
    """What each turn did with nobody looking, and what was noted of it by the tape."""
    tape = Recorder(lambda site: None, {"script.py"})
    sites = Sites()
    code = compile(rewritten(RUN, "script.py", sites), "script.py", "exec")
    away = LookingAway(tape, lambda *_: None, sites.statements)
    tape.recording, tape.followed = False, {*followed}
    tape.at_turn = lambda _: away.step()
    seen = []
    scope = {HOOK: tape, "seen": seen}
    exec(code, scope)
    return scope["w"], seen, tape, sites


def test_usual_statements_are_done_as_they_were_written_once_nobody_looks():
    w, seen, tape, sites = run()
    assert seen[0] == seen[1] == NONE
    for plain in seen[3:]:
        assert {len(sites.statements[one]) for one in plain} >= {1, 4}
    scope = SimpleNamespace(seen=[])
    own = {"seen": scope.seen, HOOK: tape}
    exec(compile(ast.parse(RUN), "script.py", "exec"), own)
    np.testing.assert_array_equal(w, own["w"])


def test_a_statement_in_which_something_is_followed_is_seen():
    *_, sites = run()
    step = next(one for one in sites.statements if len(one) == 4)
    _, seen, _tape, sites = run(followed=[max(step)])
    at = sites.statements.index(step)
    assert all(at not in plain for plain in seen)
    assert any(seen)
