"""The first screen of a report on a script: that it fits, and says one thing of each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample import broken_report, healthy_report, post_report, probes_only_report, watched_report

from diagnose.render import screen
from diagnose.render.answer import Change, answer
from diagnose.render.screen import _code, changed
from diagnose.report import CodePair, Finding, Report, Where

WATCHED = watched_report().watched


def on_script(report: Report, **more) -> Report:
    return replace(report, against=None, watched={**WATCHED, "whole": True, **more})


UNREAD = on_script(
    replace(probes_only_report(), symptoms={}, findings={}),
    certified=False, printed=["loss 0.25"],
    parted={
        "file": "mine.py", "line": 12, "reason": "no loop multiplies what it steps", "of_run": True
    },
)  # fmt: skip
REPORTS = {
    "mended": on_script(post_report()),
    "not mended": on_script(probes_only_report()),
    "nothing wrong": on_script(healthy_report()),
    "no answer": on_script(broken_report()),
    "not read": UNREAD,
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
def test_it_fits_a_terminal(report, unicode):
    text = screen.render(report, unicode=unicode)
    lines = text.splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith("--full")
    assert unicode or text.isascii()


def test_of_nothing_wrong_it_says_so():
    said = screen.render(REPORTS["nothing wrong"])
    assert "Nothing wrong was found" in said
    assert "write instead" not in said


def test_of_what_was_not_read_it_says_where_and_what_the_run_printed():
    said = " ".join(screen.render(UNREAD).split())
    assert "no loop multiplies what it steps (mine.py:12)" in said
    assert "`loss 0.25`" in said


def test_what_its_layers_were_thought_to_be_is_no_answer():
    parted = {"file": "mine.py", "line": 12, "reason": "a layer does not feed the next"}
    unread = replace(UNREAD, watched={**(UNREAD.watched or {}), "parted": parted})
    said = " ".join(screen.render(unread).split())
    assert "its layers were not made out" in said
    assert parted["reason"] not in said


@pytest.mark.parametrize(
    ("printed", "behind"),
    [("correct sums: 0.375", True), ("correct sums: 1.0", False), ("done", False)],
)
def test_a_patch_with_which_the_script_counts_as_few_right_does_not_make_it_work(printed, behind):
    tried = {
        "found": 0.2, "patched": 0.99, "works_in": [5, 5], "printed": ["correct sums: 0.1", printed]
    }  # fmt: skip
    change = {"line": 7, "old": ["a = b7"], "new": ["a = -b7"]}
    hunk = {"part": "gradient", "defect": "wrong-gradient", "why": "", "changes": [change]}
    patch = {**PATCH, "diff": "...", "lines": 1, "hunks": [hunk], "tried": tried}
    said = " ".join(screen.render(with_findings(found(7), patch=patch)).split())
    assert ("something else is wrong as well" in said) is behind
    assert ("it works in 5 of 5 seeds" in said) is not behind


def found(line: int, defect: str = "wrong-gradient") -> Finding:
    return Finding(
        defect=defect, status="present", observed="it is turned round (cosine -1)",
        expected="", where=Where(file="mine.py", line=line, text=f"a = b{line}"), advice="",
        severity="error",
    )  # fmt: skip


def with_findings(*several: Finding, **more) -> Report:
    report = on_script(probes_only_report())
    return replace(report, findings={report.network.name: list(several)}, **more)


PAIR = CodePair(defect="wrong-gradient", found=[(7, "a = b7")], repaired=[(7, "a = -b7")])
PATCH = {
    "file": "mine.py", "diff": "", "lines": 1, "hunks": [], "tried": None,
    "left": ["no patch: nothing was better"],
}  # fmt: skip


def test_what_has_a_shown_mend_stands_first():
    said = screen.render(with_findings(found(3, "saturation"), found(7), code=[PAIR]))
    assert said.index("mine.py:7") < said.index("mine.py:3")
    assert "    7 | a = b7\n      |     ^ write instead:\n      | a = -b7\n" in said
    assert "why: it is turned round\n" in said


def test_what_changes_nothing_is_not_called_wrong():
    beside = answer(on_script(post_report())).beside
    assert [one.split(":")[0] for one in beside if "inplace-mutation" in one] == [
        "also seen, without a difference in trainings here"
    ]


def test_what_the_step_was_shown_right_with_stands_there_where_no_patch_does():
    said = screen.render(with_findings(found(7), code=[PAIR], patch=PATCH))
    assert "No edit of your lines was shown to mend all of it" in said
    assert "-b7" in said
    assert "No edit of your lines was shown to mend it." in screen.render(
        with_findings(found(7), code=[], patch=PATCH)
    )


def test_all_that_a_patch_changes_is_shown_as_a_diff_where_it_is_long():
    several = [found(line, f"defect-{line}") for line in range(10, 70, 10)]
    hunks = [
        {"part": "gradient", "defect": one.defect, "why": "so it goes down",
         "changes": [{"line": one.where.line, "old": [one.where.text], "new": ["a = 0"]}]}
        for one in several[:4]
    ]  # fmt: skip
    tried = {"found": 0.1, "patched": 0.9, "works_in": [9, 10]}
    patch = {**PATCH, "diff": "...", "lines": 4, "hunks": hunks, "tried": tried}
    said = screen.render(with_findings(*several, patch=patch))
    assert "With 4 lines changed it works in 9 of 10 seeds" in said
    assert [f"{line} - a = b{line}" in said for line in (10, 20, 30, 40)] == [True] * 4
    assert not any(f"defect-{line}" in said for line in (50, 60))  # no training has shown them


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("return s(x) * (1 - s(x))", "return x * (1 - x)", "s(x) * (1 - s(x))"),
        ("W -= lr * dW", "W += lr * dW", "-"),
        ("lr = 0.001", "lr = 0.25", "0.001"),
        ("d = e.dot(w.T)", "d = e.dot(w.T) * h", ""),
    ],
)
def test_the_mark_is_under_what_changes(old, new, marked):
    start, end = changed(old, new)
    assert old[start:end] == marked
    assert end > start


def test_of_a_long_line_the_place_that_changes_is_shown():
    start = "parameters['W' + str(layer)] = np.random.randn(sizes[layer], sizes[layer - 1])"
    pair = CodePair(
        defect="initialization-scale",
        found=[(7, f"{start} / np.sqrt(2. / sizes[layer - 1])")],
        repaired=[(7, f"{start} * np.sqrt(2. / sizes[layer - 1])")],
    )  # fmt: skip
    report = with_findings(found(7, "initialization-scale"), code=[pair])
    said = screen.render(report).splitlines()
    assert max(map(len, said)) <= 80
    assert any(one.count("/ np.sqrt(2") == 1 for one in said)
    assert any(one.count("* np.sqrt(2") == 1 for one in said)
    assert any(one.endswith("^ write instead:") for one in said)


@pytest.mark.parametrize(
    ("share", "said"), [(0.9, "your run counts otherwise"), (None, "in your run")]
)
def test_where_a_script_counts_otherwise_that_is_said(share, said):
    report = on_script(probes_only_report())
    seen = report.symptoms[report.network.name]
    even = [1 / len(seen.class_shares)] * len(seen.class_shares)
    right = seen.balanced_accuracy if share is None else share
    report = replace(
        report, symptoms={report.network.name: replace(seen, class_shares=even)},
        watched={**report.watched, "printed": [f"accuracy {right}"]},
        settings={**report.settings, "seed": 0},
    )  # fmt: skip
    assert said in " ".join(screen.render(report).split())
    trained = replace(report, data={**report.data, "tested_on_training_images": True})
    assert "counts otherwise" not in screen.render(trained)  # what is printed may be of a test


@pytest.mark.parametrize("line", [14, 2014], ids=["script", "cell"])
def test_bars_stand_below_each_other_whatever_the_lines_are_called(line):
    file = "mine.ipynb" if line > 1000 else "mine.py"
    for change in (
        Change(found=[(line, "x = f(y)")], repaired=[(line, "x = y")]),
        Change(found=[], repaired=[(line, "x = y")]),
    ):
        lines = ["".join(text for text, _ in one) for one in _code(file, change, True, 80)]
        assert len({one.index("|") for one in lines}) == 1
        assert line < 1000 or not any("2014" in one for one in lines)
