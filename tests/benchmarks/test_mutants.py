"""One change at one place: what is drawn, and what it is told to do."""

import ast
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import effects, mutants
from benchmarks.effects import Turns, effect, look
from benchmarks.mutation import OPERATORS, Site, Text
from benchmarks.seen import SIMPLE

KINDS = sorted((Path(mutants.HERE) / "kinds").glob("*.py"))
SMALL = """import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(40, 2))
y = (x[:, :1] * x[:, 1:] > 0).astype(float)
W = rng.normal(size=(2, 6))
b = np.zeros(6)
V = rng.normal(size=(6, 1))


def way_back(h, out, y):
    d = (out - y) / len(y)
    dh = d @ V.T * (1 - h ** 2)
    dV = h.T @ d
    dW = x.T @ dh
    db = dh.sum(axis=0)
    return dW, db, dV


for epoch in range(30):
    h = np.tanh(x @ W + b)
    out = 1 / (1 + np.exp(-(h @ V)))
    dW, db, dV = way_back(h, out, y)
    W -= 0.5 * dW
    b -= 0.5 * db
    V -= 0.5 * dV
print(np.mean((out > 0.5) == y))
"""
BACK = {12, 13, 14, 15, 16, 17, 23, 24, 25, 26}


@pytest.fixture
def script(tmp_path):
    file = tmp_path / "small.py"
    file.write_text(SMALL, encoding="utf-8")
    return file


def sites(source):
    """Every statement of a program, as if all names were arrays of one shape."""
    text = Text(source)
    names = sorted({one.id for one in ast.walk(text.tree) if isinstance(one, ast.Name)})
    shapes = {name: ["array", 3, 3] for name in names}
    simple = frozenset(at for at, one in enumerate(text.body) if isinstance(one, SIMPLE))
    for number in sorted(simple):
        for steps in (False, True):
            yield Site(text, number, shapes, steps, simple)


@pytest.mark.parametrize("program", KINDS, ids=lambda one: one.stem)
def test_an_edit_is_of_one_statement_and_compiles(program):
    source = program.read_text(encoding="utf-8")
    before = [ast.dump(one) for one in Text(source).body if isinstance(one, SIMPLE)]
    seen = 0
    for site in sites(source):
        for name, operator in OPERATORS.items():
            # other names are many, and all alike
            for edit in islice(operator(site), 3):
                changed = site.text.with_edit(edit)
                assert changed.encode()[: edit.start] == site.text.data[: edit.start]
                compile(changed, program.name, "exec")
                after = [ast.dump(one) for one in Text(changed).body if isinstance(one, SIMPLE)]
                differing = [at for at, pair in enumerate(zip(before, after, strict=True))
                             if pair[0] != pair[1]]  # fmt: skip
                if name == "moved":
                    assert sorted(before) == sorted(after)
                else:
                    assert len(differing) <= 1
                seen += bool(differing)
    assert seen > 100


def test_every_operator_has_edits():
    texts = [one.read_text(encoding="utf-8") for one in KINDS]
    found = {
        name for source in texts for site in sites(source)
        for name, operator in OPERATORS.items() if next(operator(site), None)
    }  # fmt: skip
    assert found == {*OPERATORS}


def test_the_way_back_is_found(script):
    assert effects.backward_lines(script) == BACK


@pytest.mark.parametrize(
    ("found", "changed", "kind"),
    [
        ("dh = d @ V.T", "dh = -d @ V.T", "fault"),
        ("dV = h.T @ d", "dV = h.T @ (out - y)", "fault"),
        ("db = dh.sum(axis=0)", "db = dh.sum()", "fault"),
        ("(out - y) / len(y)", "(out - y)", "scaled"),
        ("(out - y) / len(y)", "(y - out) / len(y)", "fault"),
        ("W -= 0.5", "W -= 1.5", "paced"),
        ("d @ V.T", "(d @ V.T)", "equivalent"),
        ("d @ V.T * (1 - h ** 2)", "(1 - h * h) * (d @ V.T)", "equivalent"),
        ("h = np.tanh(x", "h = np.tanh(2 * x", "forward"),
        ("dW = x.T @ dh", "dW = x @ dh", "crash"),
        ("(out > 0.5) == y", "(out > 0.5) != y", "printed"),
    ],
)
def test_what_a_change_does(script, found, changed, kind):
    assert found in SMALL
    turns = Turns(effects.look(script), frozenset(BACK))
    line = SMALL[: SMALL.index(found)].count("\n") + 1
    number = next(at for at, one in enumerate(turns.seen.body)
                  if one.lineno == line and isinstance(one, SIMPLE))  # fmt: skip
    script.write_text(SMALL.replace(found, changed), encoding="utf-8")
    assert effect(turns, look(script), number, {}) == kind


def test_a_draw_is_that_of_its_seed(script):
    one = mutants.draw([script], 1, 3)
    assert one == mutants.draw([script], 1, 3)
    assert one != mutants.draw([script], 2, 3)
    assert len({mutant.source for mutant in one}) == 3
    for mutant in one:
        first = next(at for at, pair in enumerate(zip(
            SMALL.splitlines(), mutant.source.splitlines(), strict=False), 1)
            if pair[0] != pair[1])  # fmt: skip
        assert mutant.line <= first <= mutant.last
        assert mutant.kind in mutants.KINDS


def test_other_lines_may_be_given(script):
    drawn = mutants.draw([script], 1, 2, lambda path: {16, 25})
    assert {mutant.line for mutant in drawn} <= {16, 25}
    assert drawn


def told(lines, entered=True):
    return mutants.Verdict(entered, findings=tuple({"line": one} for one in lines))


@pytest.mark.parametrize(
    ("verdict", "as_what"),
    [
        (told([10]), "named"),
        (told([11, 40]), "named"),
        (told([13]), "near"),
        (told([8, 10]), "near"),
        (told([40, 10]), "wrong line"),
        (told([]), "silent"),
        (told([], entered=False), "not entered"),
        (mutants.Verdict(True, parameters=({"verdict": "wrong"},)), "wrong line"),
    ],
)
def test_how_a_fault_is_told(verdict, as_what):
    fault = mutants.Mutant("p", "sign", 10, "", "fault", 11, "gradient")
    assert mutants.score(fault, verdict) == as_what


def test_what_has_no_fault_and_is_accused():
    of = [mutants.Mutant("p", "sign", 1, "", kind, 1, "step") for kind in mutants.KINDS]
    rows = mutants.accused([(one, told([3])) for one in of], [told([]), told([2])])
    assert [row[:3] for row in rows] == [
        ["scaled mutants", "1", "1"],
        ["equivalent mutants", "1", "1"],
        ["programs as they are", "2", "1"],
    ]
