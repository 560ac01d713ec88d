"""Whatever a process has begun, and its folders, are gone once it has ended, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diagnose.network import other_process, temporary
from diagnose.network.other_process import bind, exit_code, guarded

ROOT = Path(__file__).parents[2]
# A script that begins another process, and says the numbers of both.
SCRIPT = """
import subprocess, sys, os, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(100)"])
with open(sys.argv[1], "w") as file:
    file.write(f"{os.getpid()} {child.pid} ")
time.sleep(float(sys.argv[2]))
"""
# Who begins it: with a folder, in which both write.
TOOL = """
import subprocess, sys, time
from pathlib import Path
from diagnose.network.script_process import begin_script
from diagnose.network.temporary import temporary_folder
folder = temporary_folder()
begin_script(sys.argv[1:], Path(folder.name), Path(folder.name, "printed"))
print(folder.name, flush=True)
time.sleep(100)
"""
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def lives(process: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def until(is_so, seconds=10.0) -> bool:
    ends = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < ends:
        time.sleep(0.02)
    return so


def numbers(said: Path) -> list[int]:
    """What a script has said of its processes."""
    assert until(lambda: said.exists() and said.read_text().endswith(" "))
    return [*map(int, said.read_text().split())]


@posix
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_outlives_a_process_that_is_ended(tmp_path, way):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    tool = subprocess.Popen(
        [sys.executable, "-c", TOOL, str(tmp_path / "script.py"), str(tmp_path / "said"), "100"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with tool:
        folder = Path(tool.stdout.readline().decode().strip())
        assert folder.is_dir()
        every = numbers(tmp_path / "said")
        assert all(map(lives, every))
        tool.send_signal(way)
        tool.wait()
    assert until(lambda: not any(map(lives, every)))
    assert until(lambda: not folder.parent.exists())


@posix
@pytest.mark.parametrize("sleeps", ["0", "100"])
def test_what_a_script_has_begun_ends_with_it(tmp_path, sleeps):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "said"), sleeps]
    command, known = guarded(command)
    process = subprocess.Popen(command, **known)
    bind(process)
    every = numbers(tmp_path / "said")
    assert process.pid == every[0]
    assert exit_code(process, 20.0 if sleeps == "0" else 0.1) == (0 if sleeps == "0" else None)
    assert until(lambda: not any(map(lives, every)))


@posix
def test_folders_that_were_left_are_taken_away_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary, "tell_guard", lambda *_: None)
    left, new, other = (tmp_path / f"{temporary.BEGINNING}{one}" for one in ("1", "2", "3"))
    for one in (left, new, other):
        one.mkdir()
        (one / "data").touch()
    (left / temporary.LOCK).touch()
    used = temporary._own.__wrapped__()
    with used[1]:
        assert not left.exists()
        assert new.exists(), "another process has only just made it"
        temporary._clear()
        assert used[0].exists()
    temporary._clear()
    assert not used[0].exists()


def test_where_no_guard_can_be_begun_all_goes_on(monkeypatch):
    def refused(*_, **__):
        raise BlockingIOError

    if hasattr(os, "posix_spawn"):
        monkeypatch.setattr(os, "posix_spawn", refused)
        monkeypatch.setattr(other_process, "_guard", other_process._guard.__wrapped__)
    assert guarded(["python"]) == (["python"], {})
    other_process.tell_guard(b"+", b"1")
