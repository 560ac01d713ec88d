"""A derivative that is written for the output of a unit, and taken at its sum, or the other way."""

from types import SimpleNamespace

import pytest

from diagnose.patching.derivatives import of_arguments
from diagnose.patching.holding import held
from diagnose.patching.source import Source, patched
from tests.patching.making import OneByOne, changed, script

PASSES = """\
def sig(z): return 1 / (1 + np.exp(-z))
def prime({of}): return {slope}
def step(x, t):
    s = x @ w
    o = sig(s)
    d = (o - t) * prime({at})
"""
BY_OUTPUT = {"of": "v", "slope": "v * (1 - v)"}


def texts(text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in of_arguments(source)]


@pytest.mark.parametrize(
    ("slope", "at", "wanted"),
    [
        ("v * (1 - v)", "s", "o"),
        ("(1.0 - v) * v", "s", "o"),
        ("1 - v**2", "s", "o"),
        ("1 - np.square(v)", "s", "o"),
        ("sig(v) * (1 - sig(v))", "o", "s"),
        ("1 - np.tanh(v)**2", "o", "s"),
    ],
)
def test_a_derivative_is_taken_at_what_it_is_written_for(slope, at, wanted):
    text = PASSES.format(of="v", slope=slope, at=at)
    assert texts(text) == [PASSES.format(of="v", slope=slope, at=wanted)]


def test_of_what_an_object_keeps_all_are_mended_at_once_and_each():
    text = (
        "class Net:\n    def prime(self, v): return v * (1 - v)\n    def go(self, x):\n"
        "        self.a = self.act(self.z)\n        self.b = self.act(self.y)\n"
        "    def back(self, d):\n        e = d * self.prime(self.y)\n"
        "        f = e * self.prime(self.z)\n"
    )
    one = text.replace("prime(self.y)", "prime(self.b)")
    other = text.replace("prime(self.z)", "prime(self.a)")
    assert texts(text) == [one.replace("prime(self.z)", "prime(self.a)"), one, other]


@pytest.mark.parametrize(
    "text",
    [
        PASSES.format(at="o", **BY_OUTPUT),
        PASSES.format(at="s", of="v", slope="sig(v) * (1 - sig(v))"),
        PASSES.format(at="s", of="v", slope="v > 0"),  # both are right
        PASSES.format(at="s", of="v", slope="1 - v"),
        # the output is not known there, or is not one
        PASSES.format(at="s", **BY_OUTPUT).replace("    d = ", "def back(s, t):\n    d = "),
        PASSES.format(at="s", **BY_OUTPUT).replace("    d = ", "    q = tanh(s)\n    d = "),
    ],
)
def test_what_is_taken_where_it_belongs_or_may_be_stays(text):
    assert texts(text) == []


def test_a_gradient_is_held_with_it_before_the_lines_that_findings_name():
    text = PASSES.format(at="s", **BY_OUTPUT)
    made = script(text + "e = d.T  #: backward\n", found={"wrong-gradient": {}})
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=7)
    tried = []

    class Copies(OneByOne):
        def run(self, edits):
            tried.append([changed(made, one) for one in edits])
            right = tried[-1] == [["d = (o - t) * prime(o)"]]
            off = frozenset() if right else frozenset({"gradient"})
            return SimpleNamespace(off=off, wrong=off, uphill=frozenset(), astray=off)

    chosen, does = held(made, Copies(), "gradient", [])
    assert does
    assert [changed(made, one) for one in chosen] == [["d = (o - t) * prime(o)"]]
    assert len(tried) == 2
