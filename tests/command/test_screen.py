"""What a person reads of the twelve XOR scripts: the right line, what to write there, no other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diagnose.patching.source import applied

XOR = Path(__file__).parents[1] / "xor"
CASES = {one["file"]: one for one in json.loads((XOR / "cases.json").read_text(encoding="utf-8"))}
# What only trainings show, and one that the step shows as well.
PATCHED = ("12.py", "05.py", "06.py", "07.py")
# Their mends have other forms than that of the truth, and are run.
OTHERWISE = {"05.py", "06.py", "07.py"}
HEDGES = ("or in your", "No known mistake", "should be", "twin", "skew", "images", "or in another")


@pytest.fixture(scope="module")
def screens(tmp_path_factory):
    """The screen of a script, and the diff that was written; each run once."""
    known = {}

    def screen(name):
        if name not in known:
            diff = tmp_path_factory.mktemp("patch") / "fix.diff"
            asked = ["--patch", str(diff), "--seeds", "1"] if name in PATCHED else ["--probes-only"]
            command = [sys.executable, "-m", "diagnose", str(XOR / name), "--quiet", *asked]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            known[name] = done.stdout, diff.read_text("utf-8") if diff.exists() else ""
        return known[name]

    return screen


@pytest.mark.parametrize("name", CASES)
def test_the_line_that_is_wrong_is_the_only_one_that_is_shown(name, screens):
    shown, case = screens(name)[0], CASES[name]
    lines = [int(one) for one in re.findall(r"^ *(\d+) [|-] ", shown, re.M)]
    named = [int(one) for one in re.findall(rf"^{name}:(\d+)  ", shown, re.M)]
    assert named
    assert {*lines, *named} <= {case["line"], *case["also"]}
    assert name in OTHERWISE or (named, lines) == ([case["line"]], [case["line"]])


@pytest.mark.parametrize("name", CASES)
def test_what_to_write_there_is_its_mend(name, screens):
    shown, diff = screens(name)
    case = CASES[name]
    assert "write instead:" in shown
    if name not in OTHERWISE:
        assert f"| {case['found']}" in shown
        assert f"| {case['mended']}" in shown
        return
    for added in re.findall(r"^\+(?!\+)(.*)", diff, re.M):
        assert f"| {added.strip()}" in shown


@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_solves_it_and_the_screen_says_in_how_many_seeds(name, screens, tmp_path):
    shown, diff = screens(name)
    path = tmp_path / name
    path.write_bytes(applied((XOR / name).read_bytes(), diff))
    code = f"import runpy; print(*runpy.run_path({str(path)!r})[{ANSWER[name]!r}].ravel())"
    if name == "06.py":
        code = (
            f"import runpy; run = runpy.run_path({str(path)!r}); "
            "print(*run['forward'](run['p'], run['X'])[1].ravel())"
        )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    answers = np.array(printed.split()[-4:], float)
    middle = 0.0 if name == "07.py" else 0.5
    assert ((answers > middle) == [False, True, True, False]).all()
    assert "changed it works in 3 of 3 seeds: 100 % right on average" in " ".join(shown.split())


ANSWER = {"12.py": "answers", "05.py": "o", "06.py": "", "07.py": "output"}


@pytest.mark.parametrize("name", CASES)
def test_it_fits_a_terminal_and_hedges_nothing(name, screens):
    shown = screens(name)[0]
    lines = shown.splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(name)
    assert re.search(r"\d of 4 samples right \(by guessing: 2\)", " ".join(shown.split()))
    assert lines[-1].endswith("all that was measured: --full")
    assert [one for one in HEDGES if one in shown] == []
