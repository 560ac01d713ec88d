"""The edits that a step is right with: written into the file, run, and measured where it says."""

import ast
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from diagnose.patching import base
from diagnose.patching.measured import Compared, patch_of_step, span_after
from diagnose.patching.measuring import HOOK, Measuring, Meetings
from diagnose.patching.said import UNMEASURED
from diagnose.patching.shown import sets_of, shown_edits
from diagnose.patching.source import Source, Splice, applied
from diagnose.render.patch_words import heading
from diagnose.telling.record import ShownEdit, Told
from diagnose.watching.script import watch

KINDS = Path(__file__).parents[2] / "benchmarks" / "kinds"
patched = partial(patch_of_step, arguments=(), seconds=60.0, at_once=1)

# Two gradients are wrong: what one edit mends does not mend the other.
STEP = """import numpy as np
rng = np.random.default_rng(3)
X = rng.standard_normal((40, 3))
Y = np.tanh(X @ rng.standard_normal((3, 4))) @ rng.standard_normal((4, 2))
W, b = rng.standard_normal((3, 8)) * .5, np.zeros(8)
V, c = rng.standard_normal((8, 2)) * .3, np.zeros(2)
for epoch in range(400):
    h = np.tanh(X @ W + b)
    out = h @ V + c
    d = (out - Y) / len(X)
    dh = d @ V.T * (1 + h ** 2)
    V -= .2 * h.T @ d
    c += .2 * d.sum(axis=0)
    W -= .2 * X.T @ dh
    b -= .2 * dh.sum(axis=0)
"""
MENDED = STEP.replace("1 + h", "1 - h").replace("c += ", "c -= ")


def shown(source, before, after, span=None, kind="wrong-gradient"):
    """What is told where writing one text for another was shown to mend a step."""
    at = source.encode().index(before.encode())
    edit = ShownEdit(
        file="/some/script.py", splices=[(at, at + len(before), after)], what="what it is",
        proof="all of it is exact", met=span and ("/some/script.py", span),
    )  # fmt: skip
    return Told(kind=kind, file="script.py", line=1, observed="", edit=edit)


def script(tmp_path, text):
    path = tmp_path / "script.py"
    path.write_bytes(text.encode())
    return path


def met_in(source, text):
    (node,) = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.expr)
               and ast.unparse(one) == text]  # fmt: skip
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def test_what_was_told_comes_back_from_json():
    told = shown(STEP, "1 + h", "1 - h", (10, 9, 10, 16))
    assert Told.of(json.loads(json.dumps(told.plain()))) == told
    plain = replace(told, edit=None)
    assert Told.of(json.loads(json.dumps(plain.plain()))) == plain


def test_several_edits_are_one_patch_and_the_error_is_measured(tmp_path):
    path, span = script(tmp_path, STEP), met_in(STEP, "out - Y")
    told = [shown(STEP, "1 + h", "1 - h", span), shown(STEP, "c += ", "c -= ", span)]
    made = patched(path, told)
    assert applied(path.read_bytes(), made["diff"]).decode() == MENDED
    assert made["tried"]["works_in"] == [5, 5]
    assert made["tried"]["patched"] < 0.1
    assert made["tried"]["found"] is None or made["tried"]["found"] > 10 * made["tried"]["patched"]
    assert "less with 5 of 5 seeds" in heading(made)
    assert "mean squared difference of outputs and targets where they meet, line 10" in heading(
        made
    )


def test_what_makes_nothing_better_is_no_patch(tmp_path):
    told = [shown(MENDED, "1 - h ** 2", "1 - h * h", met_in(MENDED, "out - Y"))]
    made = patched(script(tmp_path, MENDED), told)
    assert (made["diff"], made["tried"]) == ("", None)
    assert "is not noticeably less" in made["left"][0]


def test_an_edit_with_which_the_script_stops_is_no_patch(tmp_path):
    told = [shown(STEP, "(1 + h ** 2)", "(1 / 0)", met_in(STEP, "out - Y"))]
    made = patched(script(tmp_path, STEP), told)
    assert made["diff"] == ""
    assert "does not come to its end" in made["left"][0]


def test_where_nothing_can_be_measured_no_more_is_said_than_was_shown(tmp_path):
    made = patched(script(tmp_path, STEP), [shown(STEP, "1 + h", "1 - h")])
    assert "+    dh = d @ V.T * (1 - h ** 2)" in made["diff"]
    assert made["tried"] is None
    assert made["left"] == [UNMEASURED]
    assert heading(made) == "1 line in script.py; not run: what is known of it is below"
    assert made["hunks"][0]["why"] == "what it is: all of it is exact"


def test_nothing_told_is_no_patch(tmp_path):
    path = script(tmp_path, STEP)
    assert patched(path, []) is None
    assert patched(path, [replace(shown(STEP, "1 + h", "1 - h"), edit=None)]) is None


def test_places_are_those_of_a_file_whose_lines_end_in_two_bytes():
    told = shown(STEP, "1 + h", "1 - h")
    (one,) = shown_edits([Source(STEP.replace("\n", "\r\n").encode(), "script.py")], [told])
    source = Source(STEP.replace("\n", "\r\n").encode(), "script.py")
    assert source.in_place(one.edit.splices).decode() == STEP.replace("\n", "\r\n").replace(
        "1 + h", "1 - h"
    )


def test_edits_that_meet_are_tried_one_by_one():
    source = Source(STEP.encode(), "script.py")
    told = [shown(STEP, "1 + h", text) for text in ("1 - h", "2 - h")]
    told.append(shown(STEP, "c += ", "c -= "))
    first, second, third = shown_edits([source], told)
    assert list(sets_of([first, second, third])) == [[first, third], [first], [second], [third]]


def test_a_span_is_found_again_behind_and_within_an_edit():
    code = b"a = 1\nd = y - out\n"
    before, own = Splice(start=4, end=5, text="1\nb = 2"), Splice(start=10, end=17, text="out - yy")
    assert span_after(code, [before], (2, 4, 2, 11)) == (3, 4, 3, 11)
    assert span_after(code, [own], (2, 4, 2, 11)) == (2, 4, 2, 12)


@pytest.mark.parametrize(("line", "text"), [
    ("d = o - t", "o - t"), ("d = np.subtract(t, o)", "np.subtract(t, o)"), ("o -= t", ""),
    ("o[np.arange(2), k] -= 1", ""), ("d = o[np.arange(2), k]", "o[np.arange(2), k]"),
])  # fmt: skip
def test_wherever_both_meet_their_difference_is_measured(line, text):
    tree = ast.parse(line)
    node = ast.parse(text, mode="eval").body if text else None
    (own,) = [one for one in ast.walk(tree) if (isinstance(one, ast.stmt) and node is None) or (
        node is not None and isinstance(one, ast.expr) and ast.unparse(one) == text)]  # fmt: skip
    span = (own.lineno, own.col_offset, own.end_lineno, own.end_col_offset)
    measuring, meetings = Measuring(span), Meetings(60.0)
    program = ast.fix_missing_locations(measuring.visit(tree))
    outputs, k = np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([0, 1])
    names = {"np": np, HOOK: meetings, "o": outputs.copy(), "t": np.eye(2), "k": k}
    exec(compile(program, "line", "exec"), names)
    assert measuring.found
    (row,) = meetings.rows
    assert row[:2] == [0.5, 4.0]
    assert meetings.count == 1


def test_many_meetings_are_kept_as_few_sums():
    meetings = Meetings(60.0)
    for at in range(9000):
        meetings.takes(float(at % 2))
        meetings.meets(0.0)
    assert len(meetings.rows) * meetings.size >= meetings.count == 9000
    assert len(meetings.rows) <= 2000
    assert sum(row[0] for row in meetings.rows) == 4500


@pytest.mark.parametrize(("errors", "is_better"), [
    ([[0.5, 0.1], [0.5, 0.2]], True), ([[0.5, 0.45], [0.5, 0.55]], False),
    ([[1e-4, 4e-5], [1e-4, 1e-5]], True), ([[1e-4, 8e-5], [1e-4, 8e-5]], False),
    ([[np.inf, 0.3], [0.5, 0.1]], True), ([[0.5, np.inf], [0.5, 0.1]], False),
    ([[0.5, 0.05], [0.1, 0.3]], False),
])  # fmt: skip
def test_better_is_what_is_noticed_and_worse_with_no_seed(errors, is_better):
    made = Compared(
        errors=np.array(errors), spread=np.ones(2), meetings=100, printed=("", "")
    )  # fmt: skip
    assert made.is_better is is_better


def test_a_program_of_which_no_layers_are_read_is_mended_too(tmp_path):
    text = (KINDS / "attention.py").read_text(encoding="utf-8")
    broken = text.replace("dv = att[:, :, None]", "dv = datt[:, :, None]")
    path = script(tmp_path, broken)
    seen = watch(path, seconds=30)
    assert seen.network is None
    made = patched(path, seen.seen)
    assert applied(path.read_bytes(), made["diff"]).decode() == text
    assert made["tried"]["works_in"] == [5, 5]


@pytest.mark.parametrize(("noted", "said"), [
    ((), base.NO_YARDSTICK), (("a twin",), base.TOO_LONG),
])  # fmt: skip
def test_time_is_the_reason_only_where_it_was_lacking(noted, said):
    assert base.no_sound_network(None, noted).endswith(said)
    assert base.no_sound_network("a layer is another", noted).endswith("a layer is another")
