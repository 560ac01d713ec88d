"""Which lines a report on a script may show."""

from dataclasses import replace

import pytest

from diagnose.command.shown_places import shown_place, statement_at, with_shown_places
from diagnose.report import Finding, Report, Subject, Where

SCRIPT = '''import numpy as np


def sigmoid(x):
    """Squash."""
    return 1 / (1 + np.exp(-x))


@np.vectorize
def step(x):
    y = x + 1
    return y


class Net:
    def forward(self, x):
        # goes through
        self.z = (x @
                  self.w)
        return sigmoid(self.z)


for epoch in range(3):
    step(epoch)
'''


def sources(file: str) -> str | None:
    return {"a.py": SCRIPT}.get(file)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (1, 1),
        (4, 6),  # a function of one statement: that one
        (5, 6),
        (9, None),  # a decorator
        (10, None),  # a function of several statements
        (11, 11),
        (15, None),
        (17, None),  # a comment
        (19, 19),  # the second line of a statement
        (20, 20),
        (23, 23),  # a loop's head is a statement
        (25, None),  # beyond the file
        (999, None),
    ],
)
def test_a_line_is_a_statement(line, shown):
    assert statement_at(SCRIPT, line) == shown


def test_a_line_reads_as_it_did_where_it_was_seen_or_is_not_shown():
    assert shown_place(Where(file="a.py", line=6, text="return 1 / (1 + np.exp(-x))"), sources)
    assert shown_place(Where(file="a.py", line=6, text="self.w1 += lr * x.T @ d"), sources) is None
    assert shown_place(Where(file="other.py", line=6), sources) is None


def finding(**changes: object) -> Finding:
    made = Finding(
        defect="wrong-gradient", status="present", observed="", expected="", where=None, advice=""
    )
    return replace(made, **changes)


def report(*findings: Finding) -> Report:
    watched = {
        "script": "a.py", "steps": 9, "certified": True,
        "roles": {"loop": {"line": 99, "text": ""}},
        "parted": {"file": "a.py", "line": 15, "reason": "it stops"},
    }  # fmt: skip
    return Report(
        network=Subject(name="a", source="a.py", parameters={}), against=None, data={},
        settings={}, symptoms={}, findings={"a": [*findings]}, causes={}, code=[], runs={},
        watched=watched,
    )  # fmt: skip


def test_no_softmax_is_found_in_a_sigmoid():
    at = Where(file="a.py", line=6)
    made = with_shown_places(report(finding(defect="softmax-overflow", where=at)), sources)
    assert made.findings["a"][0].where is None


def test_names_are_the_authors():
    said = "the derivative is taken at the activation, v5 and v10, where y is right; v7 is not"
    made = with_shown_places(report(finding(observed=said)), sources).findings["a"][0]
    assert "v5" not in made.observed
    assert "v7" not in made.observed
    assert "where y is right" in made.observed


def test_what_was_read_stands_at_statements_too():
    watched = with_shown_places(report(), sources).watched
    assert watched is not None
    assert watched["roles"]["loop"]["line"] == watched["parted"]["line"] == 0


def test_lines_of_many_terms_are_looked_through_however_deep_these_are_nested():
    terms = " + ".join(["x"] * 2_000)
    assert statement_at(f"x = 1\ny = {terms}\nif y:\n    z = 2\n", 4) == 4
