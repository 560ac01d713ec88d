"""The line that counts right answers, where that is wrong: it is to print what is counted here."""

from __future__ import annotations

from contextlib import closing

import pytest

from diagnose.patching.counted import counted_rightly
from diagnose.patching.source import Source
from diagnose.patching.trial import copied_folder
from diagnose.report import Finding, Report, Subject, Symptoms, Where
from tests.patching.making import trials_of

HEAD = """import numpy as np
y = np.array([0, 1] * 10)
out = np.where(np.arange(20) < 18, y, 1 - y) * .8 + .1
trained = 50
"""
LINES = {
    "print('accuracy', (out[:, None].round() == y).mean())":
        "print('accuracy', (out[:, None].round().ravel() == y).mean())",
    "print('accuracy', np.mean((out > 0) == y))": "print('accuracy', np.mean((out > 0.5) == y))",
    "print('correct:', np.sum((out > .5) == y) / trained)":
        "print('correct:', np.sum((out > .5) == y) / 20)",
    "print('right:', sum((out > .5) == y) / trained, len(y))": None,  # two numbers, and no result
    "print('accuracy', np.mean((out > .5) == y))": None,  # as it should be
}  # fmt: skip


def report(line: int) -> Report:
    seen = Symptoms(
        skew=0, favoured_class=0, favoured_share=0.5, input_dependence=1, balanced_accuracy=0.9,
        mean_probabilities=[0.5, 0.5], class_shares=[0.5, 0.5], images=20, overflowed=0,
    )  # fmt: skip
    finding = Finding(
        defect="misleading-metric", status="present", observed="", expected="", advice="",
        where=Where(file="net.py", line=line, text=""), part="answer",
    )  # fmt: skip
    return Report(
        network=Subject(name="net", source="net.py", parameters={}), against=None, data={},
        settings={}, symptoms={"net": seen}, findings={"net": [finding]}, causes={}, code=[],
        runs={},
    )  # fmt: skip


@pytest.mark.parametrize(("line", "wanted"), LINES.items())
def test_the_edit_is_that_by_which_it_prints_what_is_counted(tmp_path, line, wanted):
    path = tmp_path / "net.py"
    path.write_text(f"{HEAD}{line}\n", encoding="utf-8")
    source = Source(path.read_bytes(), "net.py")
    with copied_folder(path) as folder, closing(trials_of(source, folder)) as trials:
        edit = counted_rightly(trials, (), report(HEAD.count("\n") + 1), 0.9)
        written = source.runs_as(edit.splices)[1].decode() if edit is not None else ""
    assert (written.splitlines()[-1] if edit is not None else None) == wanted
