"""Numbers, lists and pieces of code as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

# A line's number, or what it is called by.
Place = TypeVar("Place")

NOT_FINITE = "not finite"
# Characters that a terminal obeys instead of showing them, or that no file can hold: controls but
# tab and line end (C0, DEL, C1), what turns the direction of writing (https://trojansource.codes),
# line separators, halves of surrogate pairs and noncharacters.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)
# From here on only the size of a number is read, and its digits would break a table.
HUGE = 1e6


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or say that there is none."""
    if value is None:
        return NOT_FINITE
    return f"{value:.{digits}f}" if abs(value) < HUGE else f"{value:.1e}"


def percent(value: float | None) -> str:
    """Write a share in percent, never rounding to 0 or 100 what is neither."""
    if value is None:
        return NOT_FINITE
    rounded = f"{100 * value:.0f}"
    if (rounded in {"0", "-0"} and value) or (rounded == "100" and value != 1):
        rounded = f"{100 * value:.1f}"
    if rounded == "-0.0":
        rounded = "0.0"
    return f"{rounded} %"


def tiny(value: float | None) -> str:
    """Write a number of which only the size matters when it is very small."""
    if value is not None and 0 < abs(value) < 0.0005:
        return f"{value:.0e}"
    return number(value)


def listed(names: Iterable[str], last: str = "and") -> str:
    """Write names as a list in a sentence: ``a, b and c``."""
    names = list(names)
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Write a count with its noun: ``1 probe``, ``2 probes``."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def duration(seconds: float) -> str:
    """Write a time as one says it: ``8 s``, ``90 s``, ``4 min``, ``2.5 h``."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def brief(text: str, length: int) -> str:
    """Keep the first sentence, and as many more as fit into ``length`` characters."""
    sentences = [""]
    for part in re.split(r"(?<=[.;]) (?=\S)", text):
        # A semicolon inside brackets ends no sentence.
        whole = sentences[-1].count("(") == sentences[-1].count(")")
        if whole and sentences[-1]:
            sentences.append(part)
        else:
            sentences[-1] = f"{sentences[-1]} {part}".strip()
    kept, *rest = sentences
    for sentence in rest:
        if len(kept) + 1 + len(sentence) > length:
            break
        kept = f"{kept} {sentence}"
    return kept.rstrip(";")


def plain(value: object) -> str:
    """Write any plain value of the report for reading."""
    if value is None:
        return NOT_FINITE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        shown = [plain(one) for one in value[:8]]
        return ", ".join(shown) + (f" ... ({len(value)} in all)" if len(value) > 8 else "")
    return str(value)


def dedented(lines: Sequence[tuple[Place, str]]) -> list[tuple[Place, str]]:
    """Take the indentation that all numbered lines of code share away from each."""
    margins = [text[: len(text) - len(text.lstrip())] for _, text in lines if text.strip()]
    shared = min(margins, default="", key=len)
    while not all(one.startswith(shared) for one in margins):  # tabs here, spaces there
        shared = shared[:-1]
    return [(number, text[len(shared) :]) for number, text in lines]
