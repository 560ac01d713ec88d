"""What the tests share: the carried digits, and one report of the post made once."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from buggy_reference import NETWORK as POST
from diagnose.data import carried, subset
from diagnose.network import script_process
from diagnose.network.samples import Data
from diagnose.report import Report, from_json
from diagnose.study import diagnose
from diagnose.watching.script import Watched, watch
from fixed import NETWORK as FIXED
from tests.forked import forking

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start what runs in the background with Ctrl-C ignored, and so would our processes be.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Thousands of tests stay as long as the process: no search for garbage looks through them."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the runs of the tests out of the person's own cache, in subprocesses too."""
    folder = tmp_path_factory.mktemp("cache")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        os.environ[name] = str(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def forked() -> Iterator[None]:
    """Scripts are watched and run in forks where that is safe; what a command starts is not."""
    if sys.platform != "linux":
        yield
        return
    surroundings = {**os.environ, **script_process.WINDOWLESS}
    with forking(surroundings) as forks, pytest.MonkeyPatch.context() as at:
        at.setattr(script_process, "subprocess", forks)
        at.setattr(script_process, "guarded", lambda command: (command, {}))
        yield


@pytest.fixture
def processes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts run in processes that are started, several beside each other: forks take turns."""
    monkeypatch.setattr(script_process, "subprocess", subprocess)


@pytest.fixture(scope="session")
def digits() -> Data:
    return carried()


@pytest.fixture(scope="session")
def few_digits(digits: Data) -> Data:
    return subset(digits, 1000)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Watched]:
    """Watches a script; one that several tests of a file look at is watched once."""

    @cache
    def watched(text: str) -> Watched:
        file = tmp_path_factory.mktemp("script") / "mine.py"
        file.write_text(text, encoding="utf-8")
        return watch(file, seconds=30)

    return watched


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Report:
    """The default report: the post against its corrected twin, all carried digits, five seeds.

    Made by the process that first asks for it, and read by the others.
    """
    folder = tmp_path_factory.getbasetemp()
    path = (folder if worker_id == "master" else folder.parent) / "report.json"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            path.write_text(diagnose(POST, against=FIXED, jobs=2).to_json(), encoding="utf-8")
    return from_json(path.read_text(encoding="utf-8"))
