"""Scripts that are watched or run, forked from a process that has imported what each of them needs.

To start takes a process longer than to watch a small script, or to run it, and the tests do so some
thousand times. Run as a program, this forks for each line that it reads, and answers with the id of
the process and, when that has ended, with its exit code. What is asked for as ``python -c PROGRAM``
runs that program.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
# What each of them would import by itself.
LATER = ("numpy.ma", "zipfile")
WATCHED = "import sys\nfrom diagnose.watching.child import main\nmain(sys.argv[1:])"
# As ``python SCRIPT ARGUMENTS...``.
SCRIPT = """import runpy, sys
from pathlib import Path
del sys.argv[0]
sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def at_start(surroundings: Mapping[str, str]) -> dict[str, str]:
    """What Python looks at when it starts, and at no time after that."""
    return {name: value for name, value in surroundings.items() if name.startswith("PYTHON")}


@contextmanager
def unalarmed() -> Iterator[None]:
    """No alarm comes between what is asked and what is answered, which it would leave there."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Forked:
    """One of them, with what is asked of a ``subprocess.Popen``."""

    def __init__(self, server: subprocess.Popen[bytes], asked: dict[str, Any]) -> None:
        self.server, self.returncode, self.waiting = server, None, threading.Lock()
        with unalarmed():
            server.stdin.write(json.dumps(asked).encode() + b"\n")
            self.pid = int(server.stdout.readline())

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; TimeoutExpired where it does not end in time.

        One at a time waits for the answer, which comes once: who was left alone by an alarm goes on
        waiting beside whoever asks next.
        """
        if not self.waiting.acquire(timeout=-1 if timeout is None else timeout):
            raise subprocess.TimeoutExpired("forked", timeout)
        try:
            if self.returncode is None:
                if not select.select([self.server.stdout], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("forked", timeout)
                with unalarmed():
                    self.returncode = int(self.server.stdout.readline())
        finally:
            self.waiting.release()
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it, if it has not ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@contextmanager
def forking(surroundings: Mapping[str, str]) -> Iterator[SimpleNamespace]:
    """What stands for ``subprocess`` where scripts are watched and run, in these surroundings."""
    server = subprocess.Popen(
        [sys.executable, "-u", __file__],
        bufsize=0,
        env=surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def start(
        command: Sequence[str], *, cwd: Path, env: dict[str, str], stdout: BinaryIO, **streams: Any
    ) -> Any:
        if at_start(env) != at_start(surroundings):
            return subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout, **streams)
        program, arguments = SCRIPT, command[1:]
        if command[1] in ("-c", "-u"):
            program, arguments = command[2] if command[1] == "-c" else WATCHED, command[3:]
        asked = {"arguments": arguments, "cwd": str(cwd), "env": env, "program": program}
        return Forked(server, {**asked, "streams": [stdout.name, streams["stderr"].name]})

    with server:
        yield SimpleNamespace(**{**vars(subprocess), "Popen": start})
        server.stdin.close()


def serve() -> dict[str, Any]:
    """Fork for each line, in a process that returns what it asks for."""
    answers = os.dup(1)
    while line := sys.stdin.buffer.readline():
        if (child := os.fork()) == 0:
            os.close(answers)
            return json.loads(line)
        os.write(answers, b"%d\n" % child)
        os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def become(asked: dict[str, Any]) -> None:
    """Stand where a process does that was started anew."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, file in enumerate(asked["streams"], 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), stream)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    np.random.seed()


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    for name in ("diagnose.watching.child", *LATER):
        importlib.import_module(name)
    gc.freeze()  # what is there lives as long as they do: none of them looks through it
    asked = serve()
    become(asked)
    sys.argv = ["-c", *asked["arguments"]]
    exec(asked["program"], {"__name__": "__main__"})
