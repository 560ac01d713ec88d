"""Print for a notebook: lines short enough for every screen."""

from __future__ import annotations

import re
import textwrap

COLUMNS = 88
NO_BREAK = "\N{NO-BREAK SPACE}"


def wrapped(text: str, hang: int = 0) -> str:
    """Break a text into lines, never within `code`; later ones are indented by ``hang``."""
    kept = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", NO_BREAK), text)
    filled = textwrap.fill(
        kept,
        COLUMNS,
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return filled.replace(NO_BREAK, " ")


def say(text: str, hang: int = 0) -> None:
    """Print a text in short lines."""
    print(wrapped(text, hang))


def narrow(message: str) -> str:
    """Break a message in four beats into lines; those of a beat stand under each other."""
    return "\n".join(
        wrapped(line, 12 if line.startswith("  ") else 0) for line in message.splitlines()
    )
