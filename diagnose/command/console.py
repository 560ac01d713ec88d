"""What a terminal can do, and writing to it."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import Any

import click

# Drawn by the terminal report. An encoding that lacks one of them gets ASCII only.
MARKS = "█▏●…–−×→"
# Longer lines are hard to read, however wide the window is.
WIDEST = 110


def terminal_width() -> int:
    """Columns to fill: those of the terminal, or 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, WIDEST)


def wants_color(stream: Any) -> bool:
    """Whether to colour: https://no-color.org and https://force-color.org, else in a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def can_say(text: str, stream: Any) -> bool:
    """Whether a stream's encoding has every character of a text."""
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def say(text: str, color: bool) -> None:
    """Write to stdout; whoever closes the pipe early, as ``head`` does, has seen enough."""
    try:
        click.echo(text, nl=False, color=color)
        sys.stdout.flush()
    except OSError as error:
        if not _is_closed_pipe(error):
            raise
        # Python flushes stdout again when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_closed_pipe(error: OSError) -> bool:
    # Windows says "invalid argument" where others say "broken pipe".
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
