"""Ctrl-C on the command line: the first interrupts, the second ends the process."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from os import _exit  # while a network's own code runs, that of the module raises
from types import FrameType

from diagnose.command.console import is_terminal
from diagnose.training.budget import is_in_callback

# The exit code that shells give for a process that SIGINT ended: 128 + 2.
INTERRUPTED = 130


@contextmanager
def second_ends() -> Iterator[None]:
    """Let a second Ctrl-C end the process at once, for code may have swallowed the first."""

    def end(*_: object) -> None:
        if is_terminal(sys.stderr):
            os.write(2, b"\x1b[?25h\n")  # a progress bar hides the cursor
        _exit(INTERRUPTED)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if is_in_callback(frame):
            later = threading.Timer(0.1, _thread.interrupt_main)
            later.daemon = True
            later.start()
            return
        signal.signal(signal.SIGINT, end)
        signal.default_int_handler(number, frame)

    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:  # an embedding program, or a shell whose background jobs ignore Ctrl-C
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
