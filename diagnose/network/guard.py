"""Processes and folders that end with this process, however it ends.

``python guard.py`` is the guard of another process, and waits for its end: a pipe is closed then.
``python guard.py PIPE COMMAND...`` tells the guard of itself first, and becomes the command; the
pipe stays open until then, so that there is no moment at which a process runs that the guard does
not know of. Both are run without anything beside Python. Windows ends what is in a job by itself.
"""

from __future__ import annotations

import os
import signal
import sys

# How a guard is told of a process, of its end, and of a folder.
BEGUN, ENDED, FOLDER = b"+", b"-", b"/"
APART = b"\0"
# Who is killed may write for a moment still: so often, and so many seconds apart.
TRIES, A_MOMENT = 20, 0.05


def keep_watch() -> None:
    """Wait until the pipe is closed; end what still runs then, and take its folders away."""
    import shutil
    import time

    os.setsid()
    os.chdir("/")
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    running, folders = set[int](), set[str]()
    for told in sys.stdin.buffer.read().split(APART):
        kind, what = told[:1], told[1:]
        if kind == FOLDER:
            folders.add(os.fsdecode(what))
        elif kind == BEGUN:
            running.add(int(what))
        elif kind == ENDED:
            running.discard(int(what))
    for process in running:
        kill_group(process)
    for _ in range(TRIES):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if not any(map(os.path.exists, folders)):
            return
        time.sleep(A_MOMENT)


def kill_group(process: int) -> None:
    """End a process that leads a group, and all that it has begun."""
    try:
        os.killpg(process, signal.SIGKILL)
    except OSError:
        return  # it has ended


def become(pipe: int, command: list[str]) -> None:
    """Tell the guard, and become a command."""
    os.write(pipe, b"%s%d%s" % (BEGUN, os.getpid(), APART))
    os.set_inheritable(pipe, False)
    os.execv(command[0], command)


if __name__ == "__main__" and sys.platform != "win32":
    become(int(sys.argv[1]), sys.argv[2:]) if sys.argv[1:] else keep_watch()
