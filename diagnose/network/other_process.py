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
from contextlib import suppress
from functools import cache
from pathlib import Path

# Where Linux says for how long a container may use processors, within how long.
SHARE = Path("/sys/fs/cgroup/cpu.max")
# How joblib is told to use fewer; so are we.
FEWER = "LOKY_MAX_CPU_COUNT"
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
    command, nothing = [sys.executable, file, *arguments], subprocess.DEVNULL
    try:
        child = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=nothing)
    except OSError:
        return None
    _begun.add(child)
    return child


def end(child: subprocess.Popen[bytes]) -> None:
    """End what nobody waits for any more; also what has ended."""
    _begun.discard(child)
    stop(child)
    if child.stdout is not None:
        child.stdout.close()  # what nobody will read any more


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs."""
    if process.poll() is None:
        process.kill()
        process.wait()


def exit_code(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Wait for a process to end; None where it does not in so many seconds, and is ended."""
    # with a limit it would look for the end twenty times a second, and see it late
    waiting = threading.Thread(target=process.wait, daemon=True)
    waiting.start()
    in_time = False
    try:
        waiting.join(max(seconds, 0.0))
        in_time = not waiting.is_alive()
    finally:
        if not in_time:
            process.kill()
            waiting.join()
    return process.returncode if in_time else None


@atexit.register
def _end_all() -> None:
    for child in [*_begun]:
        end(child)
