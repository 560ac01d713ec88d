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


def beats(headline: str, observed: str, expected: str, where: str, advice: str) -> str:
    """Write the four beats of a message under its headline; one that is empty is left out."""
    told = {"observed": observed, "expected": expected, "where": where, "try": advice}
    lines = [wrapped(f"  {name:8}  {text}", 12) for name, text in told.items() if text]
    return "\n".join([wrapped(headline), *lines])
