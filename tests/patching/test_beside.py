"""Lines as they should be are those of a patch that works with every seed, and no others."""

from dataclasses import replace

import pytest

from diagnose.patching.shown import beside_findings
from diagnose.report import PRESENT, Finding, Where
from tests.render.sample import healthy_report

FOUND = Finding(
    defect="wrong-gradient", status=PRESENT, observed="", expected="", advice="", numbers={},
    where=Where(file="net.py", line=9, text="db = d.sum()"), part="gradient",
)  # fmt: skip


def patch(works_in, **hunk):
    change = {"line": 9, "old": ["db = d.sum()"], "new": ["db = d.sum(axis=0)"]}
    common = {"file": "net.py", "part": "gradient", "defect": "", "why": ""}
    hunks = [common | {"changes": [change]} | hunk]
    return {"diff": "some", "hunks": hunks, "tried": {"works_in": works_in}}


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (patch([3, 3]), True),  # at its line
        (patch([2, 3]), False),
        (patch([3, 3], defect="wrong-gradient", part="step"), True),
        (patch([3, 3], part="step"), False),
        (patch([3, 3], file="layers.py"), False),  # there line 9 is another one
        (patch([3, 3]) | {"diff": "", "tried": None}, False),
    ],
)
def test_what_was_shown_to_work_stands_beside_the_finding_that_it_mends(made, shown):
    report = healthy_report()
    report = replace(report, findings={report.network.name: [FOUND]})
    pairs = beside_findings(report, made)
    assert bool(pairs) is shown
    for pair in pairs:
        assert pair.defect == "wrong-gradient"
        assert pair.found == [(9, "db = d.sum()")]
        assert pair.repaired == [(9, "db = d.sum(axis=0)")]
