"""Lines as they should be are one part of a report, and no more than that."""

from dataclasses import replace
from pathlib import Path

from diagnose.command.report_command import with_lines
from diagnose.patching import mended_lines
from diagnose.watching.script import Watched
from tests.render.sample import healthy_report


def test_a_report_without_its_lines_says_that_they_are_left_out(monkeypatch, capsys):
    def fails(*_):
        raise KeyError("a node")

    monkeypatch.setattr(mended_lines, "mended_lines", fails)
    made = replace(healthy_report(), code=[])
    unread = Watched(
        script="net.py", network=None, parted=None, roles={}, steps=0, output="", read=[]
    )  # fmt: skip
    with_them = with_lines(made, Path("net.py"), unread, (), 5.0, 1, lambda *_: None)
    assert with_them == made
    assert capsys.readouterr().err == (
        "net.py: no lines are shown as they should be, by KeyError('a node') in diagnose\n"
    )
