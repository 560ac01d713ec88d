"""``--patch`` and ``--apply``: what is refused, what is written, and that nothing else is."""

import math
import os
import sys
import time
from dataclasses import replace
from difflib import unified_diff
from types import SimpleNamespace

import pytest

from diagnose.command import report_command
from diagnose.command.cli import main
from diagnose.command.output import NOT_READ
from diagnose.command.patching_options import Clock, give_patch
from diagnose.errors import BadInputError
from diagnose.patching.source import lines_of
from diagnose.watching.handover import Handover

SCRIPT = "import numpy as np\nrate = 0.5\n"
DIFF = (
    "--- a/net.py\n+++ b/net.py\n@@ -1,2 +1,2 @@\n import numpy as np\n-rate = 0.5\n+rate = 0.1\n"
)


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_bytes(SCRIPT.encode())
    return path


def made(diff=DIFF, *left):
    return SimpleNamespace(patch={"diff": diff, "left": [*left]})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["net.py", "--yes"], "--yes goes with --apply"),
        (["net.py", "--patch", "fix.diff", "--probes-only"], "--probes-only leaves out"),
        (["net.py", "--patch-all"], "--patch-all goes with --patch or --apply"),
        (["net.py", "--patch", "fix.diff", "--images", "9"], "the script's own samples"),
        (["net.py", "--patch", "net.py"], "would write over the script"),
        (["net.py", "--patch", "no/fix.diff"], "does not exist"),
        (["net.py", "--apply"], "give --yes"),
        (["buggy_reference", "--patch", "fix.diff"], "need a script"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_run(script, capsys, arguments, said):
    assert main(["report", *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert script.read_bytes() == SCRIPT.encode()


def test_an_original_that_is_kept_already_is_not_written_over(script, capsys):
    (script.parent / "net.py.orig").write_text("older")
    assert main(["report", "net.py", "--apply", "--yes"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_the_diff_is_written_and_the_script_left_alone(script):
    give_patch(made(), script, script.parent / "fix.diff", apply_it=False, yes=False)
    assert (script.parent / "fix.diff").read_bytes() == DIFF.encode()
    assert script.read_bytes() == SCRIPT.encode()


def test_without_a_patch_no_file_is_written(script, capsys):
    give_patch(made(""), script, script.parent / "fix.diff", apply_it=True, yes=True)
    assert [one.name for one in script.parent.iterdir()] == ["net.py"]
    assert "no patch was written" in capsys.readouterr().err


def test_why_there_is_no_patch_is_said_where_one_was_asked_for(script, capsys):
    report = made("", "no patch: the script changes a file by its whole path")
    give_patch(report, script, script.parent / "fix.diff", apply_it=False, yes=False)
    assert "no patch was written: the script changes a file" in capsys.readouterr().err


def test_quiet_says_nothing(script, capsys):
    give_patch(made(), script, script.parent / "fix.diff", True, True, quiet=True)
    give_patch(made(""), script, None, True, True, quiet=True)
    assert capsys.readouterr().err == ""


def test_apply_edits_the_script_and_keeps_the_original(script):
    give_patch(made(), script, None, apply_it=True, yes=True)
    assert script.read_bytes() == SCRIPT.replace("0.5", "0.1").encode()
    assert (script.parent / "net.py.orig").read_bytes() == SCRIPT.encode()


@pytest.mark.parametrize(
    "before",
    [
        b"# gr\xc3\xb6\xc3\x9fe\r\nrate = 0.5\r\n\tprint()",
        b"\xef\xbb\xbfrate = 0.5\n",
        b'{"cells": [{"cell_type": "code", "source": ["rate = 0.5"]}], "a":  1.00}',
    ],
    ids=["CRLF, tabs, no newline at the end", "BOM", "cells"],
)
def test_apply_changes_no_other_byte(tmp_path, before):
    path = tmp_path / ("net.ipynb" if before.startswith(b"{") else "net.py")
    lines = [before, before.replace(b"0.5", b"0.1")]
    sides = [f"{side}/{path.name}" for side in "ab"]
    diff = "".join(unified_diff(*map(lines_of, lines), *sides))
    if not before.endswith(b"\n"):
        diff = diff.replace("print()", "print()\n\\ No newline at end of file\n")
        diff = diff.replace("1.00}", "1.00}\n\\ No newline at end of file\n")
    path.write_bytes(before)
    give_patch(made(diff), path, None, apply_it=True, yes=True)
    assert path.read_bytes() == lines[1]
    assert path.with_name(f"{path.name}.orig").read_bytes() == before


@pytest.mark.parametrize(("answer", "edited"), [("y\n", True), ("n\n", False)])
def test_apply_asks(script, monkeypatch, answer, edited):
    asked = []
    monkeypatch.setattr("click.confirm", lambda text, err: asked.append(text) or answer == "y\n")
    give_patch(made(), script, None, apply_it=True, yes=False)
    assert asked == [f"Edit {script}?"]
    assert (script.read_bytes() != SCRIPT.encode()) is edited
    assert (script.parent / "net.py.orig").exists() is edited


def test_a_script_that_was_changed_meanwhile_is_not_edited(script):
    script.write_bytes(SCRIPT.replace("0.5", "0.4").encode())
    with pytest.raises(BadInputError, match="changed meanwhile"):
        give_patch(made(), script, None, apply_it=True, yes=True)
    assert [one.name for one in script.parent.iterdir()] == ["net.py"]


def test_what_is_saved_while_it_is_asked_is_kept(script, monkeypatch):
    saved = f"{SCRIPT}print(rate)\n"
    monkeypatch.setattr("click.confirm", lambda *_, **__: bool(script.write_text(saved, "utf-8")))
    give_patch(made(), script, None, apply_it=True, yes=False)
    assert script.read_bytes() == saved.replace("0.5", "0.1").encode()
    assert (script.parent / "net.py.orig").read_bytes() == saved.encode()


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_what_is_saved_while_it_is_written_stays(script, monkeypatch, links):
    own = os.link

    def saving(*names):
        script.write_bytes(b"saved")
        if not links:
            raise PermissionError
        own(*names)

    monkeypatch.setattr(os, "link", saving)
    with pytest.raises(BadInputError, match="changed meanwhile; nothing was edited"):
        give_patch(made(), script, None, apply_it=True, yes=True)
    assert {one.name: one.read_bytes() for one in script.parent.iterdir()} == {"net.py": b"saved"}


def test_where_a_disk_knows_no_links_the_original_is_copied(script, monkeypatch):
    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    script.chmod(0o751)
    give_patch(made(), script, None, apply_it=True, yes=True)
    assert script.read_bytes() == SCRIPT.replace("0.5", "0.1").encode()
    kept = script.parent / "net.py.orig"
    assert kept.read_bytes() == SCRIPT.encode()
    assert kept.stat().st_mode == script.stat().st_mode


def test_of_a_script_that_could_not_be_read_the_diff_is_written_too(script, monkeypatch):
    watched = {"script": "net.py", "steps": 0, "certified": False, "parted": None, "roles": {}}
    seen = SimpleNamespace(
        network=None, seen=(), told=lambda: watched, read=Handover(), interrupted=False
    )
    patch = {"file": "net.py", "diff": DIFF, "lines": 1, "hunks": [], "tried": None, "left": []}
    monkeypatch.setattr(report_command, "read_script", lambda *given: seen)
    monkeypatch.setattr(
        report_command, "with_patch", lambda report, *given: replace(report, patch=patch)
    )
    assert main(["report", "net.py", "--patch", "fix.diff", "--quiet"]) == NOT_READ
    assert (script.parent / "fix.diff").read_bytes() == DIFF.encode()


def test_edits_have_what_is_left_of_the_time_that_was_asked_for():
    began = time.monotonic() - 10.0
    assert 45.0 < Clock(began, 60.0).left <= 50.0
    assert Clock(began, 5.0).left == 0.0
    assert Clock(began, None).left == math.inf


@pytest.mark.parametrize(("within", "limit"), [((), 300.0), (("--within", "80s"), 80.0)])
def test_the_time_that_there_is_holds_for_report_and_edits_together(
    script, monkeypatch, within, limit
):
    watched = {"script": "net.py", "steps": 0, "certified": False, "parted": None, "roles": {}}
    seen = SimpleNamespace(
        network=None, seen=(), told=lambda: watched, read=Handover(), interrupted=False
    )
    given = []

    def read_script(target, arguments, patience, *others):
        given.append(patience[0])
        return seen

    def with_patch(report, *others):
        given.append(others[-1])
        patch = {"file": "net.py", "diff": "", "lines": 0, "hunks": [], "tried": None, "left": []}
        return replace(report, patch=patch)

    monkeypatch.setattr(report_command, "read_script", read_script)
    monkeypatch.setattr(report_command, "with_patch", with_patch)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert main(["report", "net.py", "--patch", "fix.diff", "--quiet", *within]) == NOT_READ
    patience, clock = given
    assert patience <= limit / 4  # of the half of the report, half is for watching
    assert clock.seconds == limit
