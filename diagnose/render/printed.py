"""Lines of a terminal: pieces of text that each look like something, and how they are written.

What the terminal can do (width, colour, Unicode) is found out by the command line and passed in.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from diagnose.report import (
    CAUSE,
    CONTRIBUTES,
    HARMLESS,
    NOT_JUDGED,
    UNCOVERED,
    WORSE,
)

# Colour is never the only sign: every one of these stands beside a word or a mark.
STYLES = {
    CAUSE: "bold red",
    UNCOVERED: "magenta",
    CONTRIBUTES: "yellow",
    HARMLESS: "dim",
    WORSE: "yellow",
    NOT_JUDGED: "yellow",
    "heading": "bold cyan",
    "found": "red",
    "repaired": "blue",
    "quiet": "dim",
}
# In fewer columns no table can be read.
NARROWEST = 60

# One piece of a line: what it says and how it looks.
Piece = tuple[str, str]
Line = list[Piece]


def written(lines: Iterable[Line], width: int, color: bool, unicode: bool) -> str:
    """Lines as text, with colours if asked; pure ASCII without ``unicode``."""
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        _environ={},
    )
    for line in lines:
        text = Text(no_wrap=True, overflow="ignore")
        for words, look in line:
            text.append(words if unicode else ascii_only(words), style=STYLES.get(look, look))
        text.rstrip()
        console.print(text, soft_wrap=True)
    return buffer.getvalue()


def ascii_only(text: str) -> str:
    """Write text in ASCII, with an escape for what has no plain spelling."""
    for mark, plain in (("…", "..."), ("–", "-"), ("×", "x"), ("→", "->"), ("−", "-")):
        text = text.replace(mark, plain)
    return text.encode("ascii", "backslashreplace").decode("ascii")


def wrapped(text: str, width: int, indent: str = "", look: str = "") -> Iterator[Line]:
    """A text in lines of so many columns."""
    for line in textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ):
        yield [(line, look)]


def cut(text: str, width: int) -> str:
    """A text without what lies beyond so many columns."""
    return text if len(text) <= width else text[: width - 1] + "…"
