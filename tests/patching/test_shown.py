"""What is first in a patch: the edit that the step of a training was shown right with."""

import json
from pathlib import Path

import pytest

from diagnose.patching.notebooks import read
from diagnose.patching.shown import shown_edits
from diagnose.patching.source import patched
from diagnose.watching.script import watch

XOR = Path(__file__).parents[1] / "xor"
CASES = json.loads((XOR / "cases.json").read_text(encoding="utf-8"))
# A start that is alike, a rate, and targets that no output reaches: their gradients are right.
OTHERWISE = {"05.py", "06.py", "07.py"}


def shown(path):
    """The script with the edits that its step was shown right with."""
    source = read(path)
    edits = [one.edit for one in shown_edits([source], watch(path, seconds=30).seen)]
    return patched(source, edits).decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_the_step_of_a_script_that_learns_xor_is_mended_at_its_line_alone(case, tmp_path):
    text = (XOR / case["file"]).read_text(encoding="utf-8")
    mended = text.replace(case["found"], case["mended"])
    after = text if case["file"] in OTHERWISE else mended
    assert shown(XOR / case["file"]) == after
    path = tmp_path / case["file"]
    path.write_text(mended, encoding="utf-8")
    assert shown(path) == mended
