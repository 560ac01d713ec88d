"""What can only be seen from outside: streams that are closed, signals, ends of processes."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.report import Report, from_json
from tests.hostile.networks import ASKED, source

ROOT = Path(__file__).parents[2]
SECONDS = 20
NAMES = ("bad_network.py", *ASKED)
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and devices")


def environment(**more: str) -> dict[str, str]:
    kept = {name: one for name, one in os.environ.items() if not name.endswith("_NUM_THREADS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def started(*args: str, python: tuple[str, ...] = (), **named) -> subprocess.Popen[bytes]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()}
    command = [sys.executable, *python, "-m", "diagnose", *args]
    return subprocess.Popen(command, **{**streams, **named})


def run(*args: str, **named) -> tuple[str, str, int]:
    """Output, errors, exit code; within the time that every bad input has."""
    process = started(*args, **named)
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return (out or b"").decode(), (err or b"").decode(), process.returncode


@pytest.fixture
def network(tmp_path, monkeypatch):
    """A function that writes a network, one of whose functions misbehaves."""
    monkeypatch.chdir(tmp_path)

    def write(*args, **named):
        (tmp_path / "bad_network.py").write_text(source(*args, **named), encoding="utf-8")

    return write


@posix
@pytest.mark.hostile
class TestStreams:
    """The report was made: it is said what of it is lost, and what can be kept is kept."""

    def test_stdout_that_is_full_keeps_the_report_elsewhere(self, network, tmp_path):
        network()
        with Path("/dev/full").open("w") as full:
            _, err, code = run(
                "report", *NAMES, "--quiet", stdout=full, env=environment(TMPDIR=str(tmp_path))
            )
        assert code == 4
        assert err.startswith("error: the report was made, but stdout: cannot be written (No space")
        assert err.count("\n") == 1
        kept = Path(err.rpartition("it is kept in ")[2].strip())
        assert kept.parent == tmp_path
        assert from_json(kept.read_text(encoding="utf-8")).network.name == "small"

    def test_stdout_that_is_full_and_a_file(self, network, tmp_path):
        network()
        with Path("/dev/full").open("w") as full:
            _, err, code = run("report", *NAMES, "--quiet", "-o", "out.json", stdout=full)
        assert (err, code) == ("", 0), "with --quiet and a file nothing goes to stdout"
        with Path("/dev/full").open("w") as full:
            _, err, code = run("report", *NAMES, "-o", "out.json", stdout=full)
        assert code == 4
        assert err.splitlines()[-1].endswith("; what else was asked for is written")
        assert from_json((tmp_path / "out.json").read_text(encoding="utf-8"))

    def test_stdout_that_is_closed(self, network):
        network()
        program = f"exec {sys.executable} -m diagnose report {' '.join(NAMES)} --quiet >&-"
        done = subprocess.run(
            ["sh", "-c", program], stderr=subprocess.PIPE, env=environment(), timeout=SECONDS
        )
        assert done.returncode == 4
        assert done.stderr.count(b"\n") == 1
        assert b"it is kept in " in done.stderr

    @pytest.mark.parametrize("way", ["full", "closed"])
    def test_stderr_is_not_needed(self, network, way, tmp_path):
        network()
        to = "2>/dev/full" if way == "full" else "2>&-"
        program = f"exec {sys.executable} -m diagnose report {' '.join(NAMES)} -o out.md {to}"
        done = subprocess.run(
            ["sh", "-c", program], stdout=subprocess.PIPE, env=environment(), timeout=SECONDS
        )
        assert done.returncode == 0
        assert done.stdout.startswith(b"small")
        assert (tmp_path / "out.md").exists()

    def test_bad_input_without_stderr_still_fails(self, tmp_path):
        program = f"exec {sys.executable} -m diagnose report no_such.py 2>&-"
        done = subprocess.run(["sh", "-c", program], env=environment(), timeout=SECONDS)
        assert done.returncode == 2

    def test_help_and_lists_onto_what_is_full(self):
        for args in (["list"], ["explain", "class-order"]):
            with Path("/dev/full").open("w") as full:
                _, err, code = run(*args, stdout=full)
            assert (err.count("\n"), code) == (1, 4)
            assert "stdout: cannot be written" in err

    def test_a_network_that_closes_stdout(self, network):
        network("accuracy", "sys.stdout.close()")
        out, err, code = run("report", *NAMES, "--quiet")
        assert (err, code) == ("", 0)
        assert out.startswith("small")

    def test_a_network_that_closes_the_numbers_of_both(self, network):
        network("accuracy", "os.close(1); os.close(2)")
        assert run("report", *NAMES, "--quiet")[2] == 4

    @pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252", "utf-16"])
    def test_names_that_an_encoding_lacks(self, network, encoding):
        network(top="NAME = 'нейросеть'")
        path = Path("bad_network.py")
        text = path.read_text(encoding="utf-8").replace('name="small"', "name=NAME")
        path.write_text(text, encoding="utf-8")
        process = started("report", *NAMES, "--quiet", env=environment(PYTHONIOENCODING=encoding))
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err


@pytest.mark.hostile
class TestEnds:
    """Where its own process ends, or never does."""

    def test_threads_that_never_end(self, network):
        network("accuracy", "threading.Thread(target=threading.Event().wait).start()")
        out, err, code = run("report", *NAMES, "--quiet")
        assert (err, code) == ("", 0)
        assert out.startswith("small")

    @posix
    def test_the_current_folder_is_gone(self, tmp_path):
        gone = tmp_path / "gone"
        gone.mkdir()
        network = tmp_path / "bad_network.py"
        network.write_text(source(), encoding="utf-8")
        shell = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m diagnose "
        for args in (f"report {network}", "report bad_network", "report bad_network.py", "-o x.md"):
            done = subprocess.run(
                ["sh", "-c", shell + args + " --probes-only --quiet"],
                capture_output=True,
                env=environment(),
                timeout=SECONDS,
            )
            assert b"Traceback" not in done.stderr
            if done.returncode:
                assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), done.stderr

    @posix
    def test_ctrl_c_that_is_swallowed_while_it_is_loaded(self, network):
        network(
            top="import time\nprint('loading', flush=True)\nwhile True:\n    try:\n"
            "        time.sleep(60)\n    except KeyboardInterrupt:\n"
            "        print('swallowed', flush=True)\n"
        )
        process = started("report", *NAMES, "--quiet")
        assert process.stdout.readline() == b"loading\n"
        time.sleep(0.5)  # until it sleeps
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"swallowed\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        process.communicate()

    @pytest.mark.parametrize("statement", ["os._exit(0)", "sys.exit(0)", "os.abort()"])
    def test_scripts_that_end_themselves(self, tmp_path, monkeypatch, statement):
        monkeypatch.chdir(tmp_path)
        text = f"import os, sys\nfor i in range(3):\n    x = i\n{statement}\n"
        (tmp_path / "script.py").write_text(text, encoding="utf-8")
        _, err, code = run("script.py", "--quiet")
        if statement == "sys.exit(0)":
            assert code == 3
        else:
            assert code == 2
            assert err.startswith("error: script.py ended its own process (exit code ")

    @pytest.mark.parametrize("level", ["-O", "-OO"])
    def test_python_that_leaves_docstrings_and_assertions_out(self, level):
        out, err, code = run("explain", "class-order", python=(level,))
        assert (err, code) == ("", 0)
        assert "What it looks at" in out
        assert run("list", python=(level,))[2] == 0

    def test_threads_of_the_linear_algebra_change_no_digit(self, network, tmp_path):
        """Products of this size are shared out among threads, and then added in another order."""
        network()
        path = Path("bad_network.py")
        text = path.read_text(encoding="utf-8")
        text = text.replace("size=(6, 5)", "size=(300, 99)").replace("np.zeros(5)", "np.zeros(99)")
        text = text.replace("size=(5, 3)", "size=(99, 3)").replace("(60, 6)", "(200, 300)")
        text = text.replace("arange(60)", "arange(200)").replace("eye(3, 6)", "eye(3, 300)")
        path.write_text(text.replace("batch_size=10", "batch_size=200"), encoding="utf-8")
        made = []
        for threads in ("1", "2"):
            args = ["report", "bad_network.py", "--probes-only", "--select", "update-direction",
                    "--no-cache", "--quiet", "-o", f"out{threads}.json"]  # fmt: skip
            assert run(*args, env=environment(OMP_NUM_THREADS=threads))[2] == 0
            made.append(without_time(from_json(Path(f"out{threads}.json").read_text("utf-8"))))
        assert made[0] == made[1]


def without_time(report: Report) -> Report:
    return replace(report, runs={**report.runs, "seconds": 0})


@posix
@pytest.mark.hostile
class TestKills:
    """Killed at any moment, it leaves nothing that spoils the next time."""

    KILLS = 30
    ARGS = ("report", "buggy_reference", "--images", "300", "--epochs", "2", "--seeds", "2",
            "--select", "class-order", "--select", "unnormalized-input", "--quiet")  # fmt: skip

    def test_the_next_time_gives_the_same_and_nothing_is_left(self, tmp_path):
        reference = self.made(tmp_path, tmp_path / "cache", "reference.json")
        dice = random.Random(0)
        begun = time.monotonic()
        self.made(tmp_path, tmp_path / "again", "again.json")
        whole = time.monotonic() - begun
        cache = tmp_path / "killed"
        for kill in range(self.KILLS):
            out = tmp_path / f"{kill}.json"
            process = started(
                *self.ARGS,
                "--cache",
                str(cache),
                "-o",
                str(out),
                cwd=tmp_path,
                start_new_session=True,
            )
            time.sleep(dice.uniform(0.05, 1.2) * whole)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if out.exists():
                assert self.without(from_json(out.read_text(encoding="utf-8"))) == reference
            if kill % 5 == 4:
                again = self.made(tmp_path, cache, f"after-{kill}.json")
                assert again == reference
                for one in cache.rglob("*.run"):
                    if dice.random() < 0.5:
                        one.unlink()  # or the next ones would have nothing to do
        left = {one.suffix for one in cache.rglob("*") if one.is_file()}
        assert left <= {".run", ".part"}
        assert self.made(tmp_path, cache, "last.json") == reference

    def made(self, folder: Path, cache: Path, name: str) -> Report:
        assert run(*self.ARGS, "--cache", str(cache), "-o", name, cwd=folder)[2] == 0
        return self.without(from_json((folder / name).read_text(encoding="utf-8")))

    @staticmethod
    def without(report: Report) -> Report:
        return replace(report, runs={})


TRAINING = """\
import subprocess, sys
import numpy as np
{begins}
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)); y = (X[:, 0] > 0).astype(int)
Y = np.eye(2)[y]
W, b = rng.normal(size=(4, 2)) * 0.3, np.zeros(2)
for epoch in range({epochs}):
    for s in range(0, 60, 10):
        x, t = X[s:s + 10], Y[s:s + 10]
        p = np.exp(x @ W + b); p /= p.sum(1, keepdims=True)
        d = (p - t) / len(x)
        W += 0.5 * x.T @ d; b += 0.5 * d.sum(0)
print("accuracy", (np.argmax(X @ W + b, 1) == y).mean())
"""
BEGINS = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])"
SLEEPS = f"import subprocess, sys, time\n{BEGINS}\ntime.sleep(1000)\n"
DEAF = """\
import signal, time
for one in (signal.SIGINT, signal.SIGTERM): signal.signal(one, signal.SIG_IGN)
while True:
    try: time.sleep(100)
    except BaseException: pass
"""
WAYS = {
    "watching": (TRAINING.format(begins=BEGINS, epochs=100_000), ["--quiet"]),
    "sleeping": (SLEEPS, ["--quiet"]),
    "deaf": (DEAF, ["--quiet"]),
    "training": (TRAINING.format(begins="", epochs=30), ["--quiet", "--no-cache"]),
    "patch": (TRAINING.format(begins="", epochs=30), ["--patch", "p.diff", "--no-cache"]),
    "apply": (TRAINING.format(begins="", epochs=30), ["--apply", "--yes", "--no-cache"]),
    "writing": (TRAINING.format(begins="", epochs=30), ["-o", "r.json", "-o", "r.html"]),
}
SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT")
A_SECOND = 1.0


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for what is left there")
class TestKillsOfAWatchedScript:
    """However the command ends, a script that it runs ends too, and nothing is left of either."""

    @pytest.mark.parametrize("name", SIGNALS)
    def test_nothing_outlives_it(self, name, tmp_path):
        self.killed(tmp_path, "watching", name, 2.5)

    @pytest.mark.hostile
    @pytest.mark.parametrize("kill", range(100))
    def test_at_any_moment(self, kill, tmp_path):
        dice = random.Random(kill)
        self.killed(tmp_path, [*WAYS][kill % len(WAYS)], SIGNALS[kill % 3], dice.uniform(0.05, 6))

    def killed(self, folder: Path, way: str, name: str, after: float) -> None:
        source, args = WAYS[way]
        script, temporary = folder / "s.py", folder / "temporary"
        script.write_text(source, encoding="utf-8")
        temporary.mkdir()
        mark = f"KILLED_{folder.name}_{os.getpid()}"
        process = started(
            "s.py", *args, cwd=folder, start_new_session=True,
            env=environment(TMPDIR=str(temporary), **{mark: "1"}),
        )  # fmt: skip
        time.sleep(after)
        has_ended = process.poll() is not None
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=SECONDS)
        time.sleep(A_SECOND)
        assert left_of(mark) == []
        assert b"Traceback" not in err
        assert b"Exception ignored" not in err
        if name != "SIGKILL" and not has_ended:
            assert [*temporary.iterdir()] == []
        now = script.read_text(encoding="utf-8")
        if now != source:
            assert (folder / "s.py.orig").read_text(encoding="utf-8") == source
            assert now.endswith(source.splitlines(keepends=True)[-1])
        if (folder / "r.json").exists():
            assert from_json((folder / "r.json").read_text(encoding="utf-8"))


def left_of(mark: str) -> list[str]:
    """What of the processes that have a mark in their environment still runs."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            its, state = (one / "environ").read_bytes(), (one / "stat").read_text()
        except OSError:
            continue  # it has just ended, or is another user's
        if mark.encode() in its and state.rpartition(")")[2].split()[0] != "Z":
            found.append(state)
    return found


def test_os_exit_is_told_from_outside(network):
    """The one way out that nothing in Python can catch; by default too, for CI rests on it."""
    network("update", "os._exit(0)", 3)
    _, err, code = run("report", *NAMES, "--quiet")
    assert code == 2
    assert re.fullmatch(
        r"error: update \(bad_network\.py:\d+\) would end the program: SystemExit: 0; let it "
        r"return what it computed, or raise an error\n",
        err,
    )
