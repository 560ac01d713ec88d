"""What others wrote, made fit to be shown: every report, and every line on stderr, comes by here.

Names, paths, lines of code and what exceptions say come from somebody's program, and a saved report
from anywhere. None of it may steer a terminal, break a line of a table or fill a page by itself.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from diagnose.style.text import UNSEEN

Value = TypeVar("Value")
# The longest sentence that we write has some 1,000 characters.
LONGEST = 4_000
# The one text of a report that has several lines: the patch of a script.
OF_LINES, MOST_LINES = "diff", 1_000


def visible(text: str) -> str:
    """Write as an escape what a terminal would obey; line ends and tabs stay."""
    return UNSEEN.sub(lambda match: ascii(match.group())[1:-1], text)


def fit_to_show(value: Value) -> Value:
    """The same report, or part of one, with every text in it in one line, visible and not long."""
    return _fit(value)


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, dict):
        return {_fit(key): _lines(one) if key == OF_LINES else _fit(one)
                for key, one in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return type(value)(_fit(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _fit(getattr(value, one.name)) for one in fields(value)})
    return value


def _lines(value: Any) -> Any:
    """Every line of a text; of anything else, what is in it."""
    if not isinstance(value, str):
        return _fit(value)
    return "\n".join(map(_line, value[: MOST_LINES * LONGEST].split("\n")[:MOST_LINES]))


def _line(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text
    shown = text[:LONGEST].replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    left = f"... ({len(text):,} characters)" if len(text) > LONGEST else ""
    return visible(shown) + left
