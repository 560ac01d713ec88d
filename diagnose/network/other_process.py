"""Another process of the package's own, for what can be done on another processor meanwhile.

Whoever begins one does by itself what that has not done, so that it may fail, or be refused. A file
that is run so puts the package in the place of its own folder first (``sys.path[0]``), which would
hide modules of others.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys


def begin(
    file: str,
    *arguments: str,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes] | None:
    """Have Python run a file, until this process ends at the latest.

    None where there is one processor only, or where no process may be started.
    """
    if os.cpu_count() == 1:
        return None
    command, nothing = [sys.executable, file, *arguments], subprocess.DEVNULL
    try:
        child = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=nothing)
    except OSError:
        return None
    atexit.register(end, child)
    return child


def end(child: subprocess.Popen[bytes]) -> None:
    """End what nobody waits for any more; also what has ended."""
    child.kill()
    if child.stdout is not None:
        child.stdout.close()  # what nobody will read any more
    child.wait()
