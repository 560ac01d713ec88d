"""Another process of the package's own, for what can be done on another processor meanwhile.

Whoever begins one does by itself what that has not done, so that it may fail, or be refused. A file
that is run so puts the package in the place of its own folder first (``sys.path[0]``), which would
hide modules of others.
"""

from __future__ import annotations

import atexit
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.network import guard

if sys.platform == "win32":
    from diagnose.network import job

# Where Linux says for how long a container may use processors, within how long.
SHARE = Path("/sys/fs/cgroup/cpu.max")
# How joblib is told to use fewer; so are we.
FEWER = "LOKY_MAX_CPU_COUNT"
# Python alone, without what is installed beside it: it starts in a third of the time.
BARE = "-I", "-S"
# Seconds after which somebody who waits looks again: nobody sees so short a time.
NOW_AND_THEN = 0.1
# Those that were begun and not yet ended.
_begun = set[subprocess.Popen[bytes]]()


@cache
def processors() -> int:
    """How many this process may use: it may have been given fewer than there are."""
    has_some = hasattr(os, "sched_getaffinity")
    there = len(os.sched_getaffinity(0)) if has_some else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no such file, or a word in it for all of them
        given, period = map(int, SHARE.read_text().split())
        there = min(there, math.ceil(given / period))
    with suppress(KeyError, ValueError):
        there = min(there, int(os.environ[FEWER]))
    return max(there, 1)


def begin(
    file: str,
    *arguments: str,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes] | None:
    """Have Python run a file, until this process ends at the latest.

    None where there is one processor only, or where no process may be started.
    """
    if processors() == 1:
        return None
    command, known = guarded([sys.executable, file, *arguments])
    try:
        child = subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, **known
        )
    except OSError:
        return None
    bind(child)
    _begun.add(child)
    return child


def guarded(command: list[str]) -> tuple[list[str], dict[str, Any]]:
    """A command that begins a process with which all ends when this one does, and how it is begun.

    As it is where no guard could be begun. What was begun is handed to ``bind``.
    """
    pipe = _guard()
    if pipe is None:
        return command, {}
    through = [sys.executable, *BARE, guard.__file__, str(pipe), *command]
    return through, {"pass_fds": (pipe,), "start_new_session": True}


def tell_guard(kind: bytes, what: bytes) -> None:
    """Tell what is to end with this process, or has ended."""
    pipe = _guard()
    with suppress(OSError):  # somebody has ended it
        if pipe is not None:
            os.write(pipe, kind + what + guard.APART)


@cache
def _guard() -> int | None:
    """The pipe to what outlives this process for a moment; None where there is none."""
    if sys.platform == "win32":
        return None
    taken, given = os.pipe()
    nowhere = [(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_WRONLY, 0) for one in (1, 2)]
    try:
        os.posix_spawn(
            sys.executable, [sys.executable, *BARE, guard.__file__], os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, taken, 0), *nowhere],
        )  # fmt: skip
    except OSError:
        return None
    finally:
        os.close(taken)
    return given


def bind(process: subprocess.Popen[bytes]) -> None:
    """Let a process that was just begun end with this one."""
    _begun.add(process)
    if sys.platform == "win32":
        job.take(process)


def end(child: subprocess.Popen[bytes]) -> None:
    """End what nobody waits for any more; also what has ended."""
    stop(child)
    if child.stdout is not None:
        child.stdout.close()  # what nobody will read any more


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that may still run, and all that it has begun; once, for its number is free."""
    if process not in _begun:
        return
    _begun.discard(process)
    if sys.platform != "win32":
        guard.kill_group(process.pid)
    if process.poll() is None:
        process.kill()
        process.wait()
    tell_guard(guard.ENDED, b"%d" % process.pid)


def exit_code(
    process: subprocess.Popen[bytes], seconds: float, look: Callable[[], None] | None = None
) -> int | None:
    """Wait for a process to end, and end it; None where it does not by itself in so many seconds.

    What it has begun itself is ended, too. look: what is done now and then until its end.
    """
    # with a limit it would look for the end twenty times a second, and see it late
    waiting = threading.Thread(target=process.wait, daemon=True)
    waiting.start()
    in_time = False
    try:
        ends = time.monotonic() + max(seconds, 0.0)
        while look is not None and waiting.is_alive() and time.monotonic() < ends:
            waiting.join(NOW_AND_THEN)
            look()
        waiting.join(max(ends - time.monotonic(), 0.0))
        in_time = not waiting.is_alive()
    finally:
        stop(process)
        waiting.join()
    return process.returncode if in_time else None


@atexit.register
def _end_all() -> None:
    for child in [*_begun]:
        end(child)
