"""No bad input breaks it: one line that says what and where, and nothing is left half done."""

from __future__ import annotations

import io
import os
import random
import re
import signal
import stat
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

from diagnose.command.cli import main
from diagnose.style.text import UNSEEN
from tests.hostile import networks, reports, samples, scripts, surroundings

# Made once; a case is small, what it makes is made when it is run.
CASES = [
    *networks.cases(), *reports.cases(), *surroundings.cases(), *samples.cases(), *scripts.cases(),
]  # fmt: skip
SECONDS = 20
# Fences and pieces of code, in which Markdown reads nothing.
CODE = re.compile(r"(?ms)^(```+)diff$.*?^\1$|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`)")
# By default some that are quick; all of them by -m hostile.
QUICK = [one for one in CASES if not one.id.startswith(("late", "text", "folder", "idx-bomb"))
         and "html" not in one.id and "bomb" not in one.id and one.codes == (2,)]  # fmt: skip
SAMPLE = random.Random(0).sample(QUICK, 25)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="makes pipes and links")


def test_there_are_enough_and_each_has_its_name():
    assert len(CASES) >= 600
    assert len({one.id for one in CASES}) == len(CASES)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.id)
def test_of_a_sample(case, tmp_path, monkeypatch):
    holds(case, tmp_path, monkeypatch)


@pytest.mark.hostile
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_of_all(case, tmp_path, monkeypatch):
    holds(case, tmp_path, monkeypatch)


def holds(case, folder, monkeypatch):
    monkeypatch.chdir(folder)
    args = case.make(folder)
    before = state(folder)
    with undone():
        started = time.monotonic()
        out, err, code = called(args)
        seconds = time.monotonic() - started
    assert code in case.codes, (code, out[-500:], err[-1000:])
    assert "Traceback" not in out + err
    assert not UNSEEN.search(out), ascii(out[:500])
    assert not UNSEEN.search(err), ascii(err[:500])
    assert seconds < SECONDS
    after = state(folder)
    if code == 2:
        assert out == ""
        assert err.startswith("error: ")
        assert err.count("\n") == 1, err
        assert len(err) < 9_000
        assert case.names in err
        assert after == before
    else:
        assert "error: " not in err
        assert {name: after.get(name) for name in before} == before
        for name in set(after) - set(before):
            text = (folder / name).read_text(encoding="utf-8")
            assert text.endswith(("\n", "}"))
            assert not UNSEEN.search(text)
            if name.endswith(".html"):
                assert "<script>alert" not in text
            if name.endswith(".md"):
                text = CODE.sub("", text)
                assert "<script>alert" not in text
                assert not re.search(r"(?<!\\)\]\((javascript|http)", text)


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """What stands in a folder: the kind and the size of each; caches of Python aside."""
    found = {}
    for path in folder.rglob("*"):
        if "__pycache__" not in path.parts:
            seen = path.lstat()
            size = seen.st_size if stat.S_ISREG(seen.st_mode) else 0
            found[os.fsencode(path.relative_to(folder)).decode("latin-1")] = (seen.st_mode, size)
    return found


def called(args: list[str]) -> tuple[str, str, int]:
    """What the command writes to stdout and stderr, and its exit code; stopped after a minute."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS + 10)
    try:
        code = main(args)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        sys.stdout, sys.stderr = kept
    for one in streams:
        one.flush()
    out, err = (one.buffer.getvalue().decode("utf-8") for one in streams)
    return out, err, code


class TooLongError(KeyboardInterrupt):
    """No ``except Exception`` stands in its way."""


def _too_long(*_: object) -> None:
    raise TooLongError


@contextmanager
def undone():
    """What somebody's code does to the interpreter goes no further than its case."""
    paths, modules, environment = sys.path[:], set(sys.modules), dict(os.environ)
    handler = signal.getsignal(signal.SIGINT)
    here = Path.cwd()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        signal.signal(signal.SIGINT, handler)
        os.chdir(here)
        sys.path[:] = paths
        os.environ.clear()
        os.environ.update(environment)
        for name in set(sys.modules) - modules:
            if name.startswith(("bad", "net")):
                del sys.modules[name]
