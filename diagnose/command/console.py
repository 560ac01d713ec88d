"""What a terminal can do, and writing to it: the one way to stdout, and the one to stderr."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from contextlib import suppress
from typing import Any

import click

from diagnose.render.outsiders import visible

# Drawn by the terminal report. An encoding that lacks one of them gets ASCII only.
MARKS = "█▏●…–−×→"
# Longer lines are hard to read, however wide the window is.
WIDEST = 110


def terminal_width() -> int:
    """Columns to fill: those of the terminal, or 80 where there is none."""
    return min(shutil.get_terminal_size((80, 24)).columns, WIDEST)


def is_terminal(stream: Any) -> bool:
    """Whether somebody sits before a stream; nobody does where it is closed."""
    return stream is not None and not getattr(stream, "closed", False) and stream.isatty()


def wants_color(stream: Any) -> bool:
    """Whether to colour: https://no-color.org and https://force-color.org, else in a terminal."""
    if os.environ.get("NO_COLOR") or stream is None:
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def can_say(text: str, stream: Any) -> bool:
    """Whether a stream's encoding has every character of a text."""
    try:
        text.encode(stream.encoding or "ascii")
    except (AttributeError, LookupError, UnicodeEncodeError):
        return False
    return True


def say(text: str, color: bool) -> None:
    """Write to stdout; whoever closes the pipe early, as ``head`` does, has seen enough.

    OSError where nothing can be written to it, or it was closed.
    """
    if sys.stdout is None or sys.stdout.closed:
        raise OSError(errno.EBADF, "it is closed")
    try:
        click.echo(text, nl=False, color=color)
        sys.stdout.flush()
    except OSError as error:
        if not _is_closed_pipe(error):
            raise
        forget_stdout()


def is_broken(stream: Any) -> bool:
    """Whether nothing can be written to a stream any more, or there is none."""
    try:
        stream.flush()
    except (OSError, ValueError, AttributeError):
        return True
    return False


def forget_stdout() -> None:
    """Let what is left for stdout go nowhere: Python writes it when it ends, and would complain."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def mention(text: str) -> None:
    """Write one line to stderr."""
    tell(" ".join(text.split()))


def tell(text: str) -> None:
    """Write lines to stderr with nothing in them that a terminal obeys, if there is a stderr.

    Where there is none, or it is full, this must not be the end of what was computed.
    """
    with suppress(OSError, ValueError, AttributeError):
        click.echo(visible(text), err=True)


def _is_closed_pipe(error: OSError) -> bool:
    # Windows says "invalid argument" where others say "broken pipe".
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
