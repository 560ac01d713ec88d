"""What the step of a script shows is on the screen as soon as it is known, and stays there."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose.command.progress_bar import showing

XOR = Path(__file__).parents[1] / "xor" / "01.py"
START = (
    "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('diagnose', run_name='__main__', alter_sys=True)"
)
MEND = "return x * (1 - x)"


def started(script: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(script)], cwd=script.parent,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process there")
def test_what_to_write_is_said_while_the_script_still_runs_and_ctrl_c_keeps_it(tmp_path):
    script = tmp_path / "slow.py"
    head, loop, body = XOR.read_text(encoding="utf-8").partition("range(10000):\n")
    slow = f"import time\n{head}{loop}    time.sleep(0.02)\n{body}"
    script.write_text(slow, encoding="utf-8")  # its run takes 200 s
    process = started(script)
    said = [process.stderr.readline()]
    while said[-1] and not said[-1].startswith("why:"):
        said.append(process.stderr.readline())
    assert f"| {MEND}" in "".join(said)
    assert "slow.py:15  wrong-gradient" in "".join(said)
    process.send_signal(signal.SIGINT)
    screen, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted while slow.py was watched" in screen
    assert f"| {MEND}" in screen
    assert "could not be read" not in screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_what_is_known_stays_above_the_bar():
    stream = Terminal()
    with showing(stream, quiet=False, known="a.py:3  known\n") as stages:
        stages("training", 1, 2)
        before = stream.getvalue()
        stages.say_known("a.py:4  known better")
    assert "a.py:3  known" in before
    assert "a.py:4  known better" in stream.getvalue()
