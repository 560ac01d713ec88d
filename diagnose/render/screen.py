"""The first screen of a report on a script: the answer, as compilers write their errors.

A plain sentence, the code with the place marked, what to write there, and why: in as many lines as
a terminal shows. All else that was measured stands in the whole report.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from diagnose.render.answer import Answer, Change, Lines, Place, answer
from diagnose.render.outsiders import fit_to_show
from diagnose.render.printed import NARROWEST, Line, cut, wrapped, written
from diagnose.report import Report
from diagnose.style.places import line_in, placed
from diagnose.style.text import brief, dedented

# The lines that a terminal shows, where nobody has made it larger or smaller: 24, and the prompt.
MOST_LINES = 25
# Lines of a reason, of what stands in one place, and of all that is said beside the places.
MOST_WHY, MOST_CODE, MOST_BESIDE = 4, 4, 3
# Columns before a line of code: its number, and a bar.
MARGIN = 8
OPENING, CLOSING = "([{", ")]}"


def render(report: Report, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """Write the first screen in at most ``width`` columns; pure ASCII without ``unicode``."""
    width = max(width, NARROWEST)
    said = answer(fit_to_show(report))
    count = len(said.places)
    lines = list(_lines(said, count, width))
    while len(lines) > MOST_LINES and count:
        count -= 1
        lines = list(_lines(said, count, width))
    return written(lines, width, color, unicode)


def _lines(said: Answer, count: int, width: int) -> Iterator[Line]:
    """The screen with so many of the places; of the others, where they are."""
    first, *rest = said.said
    yield from wrapped(first, width, look="bold")
    for paragraph in rest:
        yield from wrapped(paragraph, width)
    for place in said.places[:count]:
        yield []
        yield from _place(place, width)
    others = [f"{one.defect or 'to change'} (line {line_in(one.file, one.line)})"
              for one in said.places[count:]]  # fmt: skip
    beside = [f"and: {', '.join(others)}"] if others else []
    beside = [*beside, *said.beside]
    if beside or not said.places[:count]:
        yield []
    lines = [line for one in beside for line in wrapped(one, width)]
    yield from _at_most(lines, MOST_BESIDE)
    yield from wrapped("All that was measured: --full, or -o report.html.", width, look="quiet")


def _at_most(lines: list[Line], most: int) -> Iterator[Line]:
    yield from lines[:most] if len(lines) <= most else [*lines[: most - 1], [("...", "quiet")]]


def _place(place: Place, width: int) -> Iterator[Line]:
    """Where it is, the code as it is and as it should be, and why."""
    yield [(placed(place.file, place.line), "bold"), (f"  {place.defect}", "")]
    for change in place.changes:
        yield from _code(place.file, change, width)
    why = textwrap.wrap(f"why: {_reason(place, width)}", width, break_on_hyphens=False)
    if len(why) > MOST_WHY:
        why = [*why[: MOST_WHY - 1], cut(" ".join(why[MOST_WHY - 1 :]), width)]
    yield from ([(line, "")] for line in why)
    yield from wrapped(f"try: {place.advice}" if place.advice else "", width)
    if place.defect:
        yield [(f"more: diagnose explain {place.defect}", "quiet")]


def _reason(place: Place, width: int) -> str:
    """Why, without measures in brackets; brackets of quoted code stay."""
    pieces = place.why.split("`")
    pieces[::2] = [re.sub(r" \([a-z][^()]*\)", "", one) for one in pieces[::2]]
    return brief("`".join(pieces), 3 * width).rstrip(".")


def _code(file: str, change: Change, width: int) -> Iterator[Line]:
    both = dedented([*change.found, *change.repaired])
    found, repaired = both[: len(change.found)], both[len(change.found) :]
    if len(found) == len(repaired) == 1:
        old, new = found[0][1], repaired[0][1]
        start, end = changed(old, new)
        yield _numbered(file, found, width)[0]
        yield [(f"{'|':>{MARGIN - 1}} ", "quiet"), (" " * start + "^" * (end - start), "found"),
               (" write instead:", "")]  # fmt: skip
        yield [(f"{'|':>{MARGIN - 1}} ", "quiet"), (cut(new, width - MARGIN), "repaired")]
        return
    yield from _at_most(_numbered(file, found, width), MOST_CODE)
    if repaired:
        label = "write instead:" if found else "write before it:"
        yield [(f"{'|':>{MARGIN - 1}} {label}", "")]
    yield from _at_most(
        [
            [(f"{'|':>{MARGIN - 1}} ", "quiet"), (cut(text, width - MARGIN), "repaired")]
            for _, text in repaired
        ],
        MOST_CODE,
    )


def _numbered(file: str, lines: Lines, width: int) -> list[Line]:
    return [
        [(f"{line_in(file, line):>{MARGIN - 3}} | ", "quiet"), (cut(text, width - MARGIN), "found")]
        for line, text in lines
    ]


def changed(old: str, new: str) -> tuple[int, int]:
    """From where to where a line differs from what it should be, in whole words and brackets.

    Of a line to which something is only added, the place where.
    """
    mine, other = (re.findall(r"[\w.]+|\s+|.", text) for text in (old, new))
    first = _alike(mine, other)
    last = len(mine) - _alike(mine[first:][::-1], other[first:][::-1])
    while first < last and mine[last - 1].isspace():
        last -= 1
    while first < last and mine[first].isspace():
        first += 1
    while last < len(mine) and _open(mine[first:last]) > 0:
        last += 1
    while first > 0 and _open(mine[first:last]) < 0:
        first -= 1
    start = len("".join(mine[:first]))
    return start, max(len("".join(mine[:last])), start + 1)


def _alike(some: Iterable[str], others: Iterable[str]) -> int:
    """How many words two lines begin with alike."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _open(some: Iterable[str]) -> int:
    return sum((one in OPENING) - (one in CLOSING) for one in some)
