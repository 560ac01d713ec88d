"""What somebody's code does to the process is undone, and another NumPy is refused."""

import io
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from diagnose.command import console, output
from diagnose.command.cli import leave_threads, main
from diagnose.command.output import NotGivenError, give_out
from diagnose.command.surroundings import undisturbed
from diagnose.errors import BadInputError
from diagnose.report import from_json
from tests.render.sample import healthy_report


class TestUndisturbed:
    def test_streams_paths_floats_and_ctrl_c(self):
        before = sys.stdout, sys.stderr, sys.path[:], np.geterr(), signal.getsignal(signal.SIGINT)
        with undisturbed():
            sys.stdout = sys.stderr = None
            sys.path.clear()
            np.seterr(all="raise")
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        after = sys.stdout, sys.stderr, sys.path[:], np.geterr(), signal.getsignal(signal.SIGINT)
        assert after == before

    def test_what_is_added_to_the_path_stays(self, monkeypatch):
        monkeypatch.setattr(sys, "path", sys.path[:])
        with undisturbed():
            sys.path.append("/added")
        assert sys.path[-1] == "/added"

    def test_a_stream_that_was_closed_is_opened_again(self, tmp_path, monkeypatch):
        path = tmp_path / "out.txt"
        number = os.open(path, os.O_WRONLY | os.O_CREAT)
        stream = io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8")
        monkeypatch.setattr(sys, "stdout", stream)
        with undisturbed():
            sys.stdout.close()
        print("still", file=sys.stdout, flush=True)
        sys.stdout.close()
        os.close(number)
        assert path.read_text(encoding="utf-8") == "still\n"

    def test_also_when_the_code_stops(self):
        before = sys.stdout

        def stops():
            sys.stdout = None
            raise ValueError("its own")

        with pytest.raises(ValueError, match="its own"), undisturbed():
            stops()
        assert sys.stdout is before

    def test_another_numpy(self):
        before = np.exp
        with pytest.raises(BadInputError, match=r"in the place of numpy\.exp, with"), undisturbed():
            np.exp = np.log
        assert np.exp is before

    def test_a_name_of_its_own_in_numpy_is_no_other_numpy(self, monkeypatch):
        monkeypatch.setattr(np, "of_its_own", 0, raising=False)
        with undisturbed():
            np.of_its_own_too = 1
        del np.of_its_own_too


class Broken(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


class TestGivingOut:
    def test_files_that_cannot_be_written_are_answered_by_the_terminal(self, tmp_path, capsys):
        gone = tmp_path / "gone" / "a.md"
        with pytest.raises(NotGivenError, match=r"its folder does not exist.*no file was written"):
            give_out(healthy_report(), {gone: lambda report: "text"}, in_terminal=False)
        assert capsys.readouterr().out.startswith("fixed")

    def test_a_report_that_can_be_shown_nowhere_is_kept(self, tmp_path, monkeypatch):
        monkeypatch.setattr(output.tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(sys, "stdout", Broken())
        with pytest.raises(NotGivenError) as stop:
            give_out(healthy_report(), {}, in_terminal=True)
        assert stop.value.exit_code == 4
        (kept,) = tmp_path.iterdir()
        assert str(stop.value).endswith(f"it is kept in {kept}")
        assert from_json(kept.read_text(encoding="utf-8")) == healthy_report()

    def test_the_files_are_written_although_the_terminal_fails(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "stdout", Broken())
        with pytest.raises(NotGivenError, match="what else was asked for is written"):
            give_out(healthy_report(), {tmp_path / "a.md": lambda report: "x"}, in_terminal=True)
        assert (tmp_path / "a.md").read_text(encoding="utf-8") == "x"

    @pytest.mark.parametrize("stream", [None, Broken()])
    def test_stderr_ends_nothing(self, monkeypatch, stream):
        monkeypatch.setattr(sys, "stderr", stream)
        console.mention("whatever")
        assert main(["explain", "no-such-defect"]) == 2

    def test_lines_on_stderr_steer_no_terminal(self, capsys):
        console.mention("a\x1b[31mb\nc\ud800")
        assert capsys.readouterr().err == "a\\x1b[31mb c\\ud800\n"

    def test_a_pipe_that_windows_has_closed(self, monkeypatch):
        """Windows says "invalid argument" where others say "broken pipe"."""

        class Closed(io.StringIO):
            def write(self, text):
                raise OSError(22, "Invalid argument")

        monkeypatch.setattr(sys, "stdout", Closed())
        with pytest.raises(OSError, match="Invalid argument"):
            console.say("text", color=False)
        monkeypatch.setattr(os, "name", "nt")
        console.say("text", color=False)


def test_no_thread_no_hurry():
    leave_threads(0)  # comes back


@pytest.mark.parametrize(
    "theirs", ["", "threading.Thread(target=time.sleep, args=[600]).start(); "]
)
def test_processes_that_train_do_not_keep_it(theirs):
    code = (
        "import threading, time; from joblib import Parallel, delayed; "
        "from diagnose.command.cli import leave_threads; "
        f"Parallel(n_jobs=2)(delayed(abs)(one) for one in range(4)); {theirs}leave_threads(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
