"""The first screen of a report on a script: the answer, as compilers write their errors.

A plain sentence, the code with the place marked, what to write there, and why: in as many lines as
a terminal shows. All else that was measured stands in the whole report.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from diagnose.render.answer import Answer, Change, Place, answer
from diagnose.render.outsiders import fit_to_show
from diagnose.render.printed import NARROWEST, Line, cut, wrapped, written
from diagnose.report import Report
from diagnose.style.places import line_in, placed
from diagnose.style.text import brief, dedented

# The lines that a terminal shows where nobody has made it larger or smaller: 24, and the prompt.
MOST_LINES = 25
# Lines of a reason, the most that is tried first; without any, old and new lines stand closer, too.
REASONS = (4, 2, 1, 0)
# Lines of code that are shown of one change, on either side.
MOST_CODE = 4
# Columns before a line of code, at least: its number, and a bar.
MARGIN = 8
# What stands behind the mark.
INSTEAD = " write instead:"
# Columns of a line before what is changed in it, of a line that is too long to be shown whole.
BEFORE = 24


def render(report: Report, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """Write the first screen in at most ``width`` columns; pure ASCII without ``unicode``.

    Of what does not fit reasons are cut first, and then places named alone.
    """
    width = max(width, NARROWEST) - (0 if unicode else 2)  # an ellipsis in ASCII is longer
    said = answer(fit_to_show(report))
    every = len(said.places)
    tries = [*((every, one) for one in REASONS), *((one, 1) for one in reversed(range(every)))]
    for count, reason in tries:
        lines = list(_lines(said, count, reason, width))
        if len(lines) <= MOST_LINES:
            break
    return written(lines, width, color, unicode)


def render_places(report: Report, width: int = 80, unicode: bool = True) -> str:
    """Write where something was found, and what to write there: what is known first of a script."""
    width = max(width, NARROWEST) - (0 if unicode else 2)
    places = answer(fit_to_show(report)).places
    lines = [line for one in places for line in _place(one, REASONS[0], True, width)]
    return written(lines, width, False, unicode)


def _lines(said: Answer, count: int, reason: int, width: int) -> Iterator[Line]:
    """The screen with so many of the places; of the others, where they are."""
    first, *rest = said.said
    yield from wrapped(first, width, look="bold")
    for paragraph in rest:
        yield from wrapped(paragraph, width)
    for place in said.places[:count]:
        yield from [[]] if reason or place is said.places[0] else []
        yield from _place(place, reason, bool(reason), width)
    yield []
    others = [f"{one.what} (line {line_in(one.file, one.line)})" if one.line else one.what
              for one in said.places[count:]]  # fmt: skip
    for text in [*([f"and: {', '.join(others)}"] if others else []), *said.beside]:
        yield from wrapped(text, width)
    named = [one.defect for one in said.places if one.defect]
    more = f"diagnose explain {named[0]}; " if named else ""
    yield from wrapped(f"More: {more}all that was measured: --full", width, look="quiet")


def _place(place: Place, reason: int, spread: bool, width: int) -> Iterator[Line]:
    where = placed(place.file, place.line) if place.line else place.file
    yield [(where, "bold"), (f"  {place.what}", "")]
    for change in place.changes:
        yield from _code(place.file, change, spread, width)
    yield from _reason(place, reason, width)


def _reason(place: Place, most: int, width: int) -> Iterator[Line]:
    """Why, without measures in brackets, whatever the samples are; quoted code stays."""
    pieces = place.why.split("`")
    pieces[::2] = [
        re.sub(r" \([a-z][^()]*\)", "", one).replace("images", "samples") for one in pieces[::2]
    ]
    why = f"why: {brief('`'.join(pieces), 3 * width).rstrip('.')}"
    lines = textwrap.wrap(why, width, break_on_hyphens=False)
    if len(lines) > most > 0:
        lines[most - 1] = cut(" ".join(lines[most - 1 :]), width)
    yield from ([(line, "")] for line in lines[:most])
    if place.advice and most:
        yield from wrapped(f"try: {place.advice}", width)


def _code(file: str, change: Change, spread: bool, width: int) -> Iterator[Line]:
    """Lines as they are, and as they should be; spread: with the place marked where they differ."""
    both = dedented([*change.found, *(change.repaired or [])])
    found, repaired = both[: len(change.found)], both[len(change.found) :]
    bars = ("|", "|") if spread or change.repaired is None else ("-", "+")
    numbers = [line_in(file, line) for line, _ in found]
    margin = max([MARGIN, *(len(one) + 3 for one in numbers)])  # that of a cell is longer
    start = end = 0
    if len(found) == len(repaired) == 1:
        (line, old), (to, new) = found[0], repaired[0]
        start, end = changed(old, new)
        room = width - margin
        beyond = max(len(old) - room, len(new) - room, end + len(INSTEAD) - room, 0)
        hidden = min(beyond, max(start - BEFORE, 0))
        found, repaired = [(line, _without(old, hidden))], [(to, _without(new, hidden))]
        start, end = start - hidden, min(end - hidden, room - len(INSTEAD))
    yield from _side(found, numbers, bars[0], "found", width, margin)
    if spread and len(found) == len(repaired) == 1:
        marks = f"{' ' * start}{'^' * (end - start)}"
        yield [(f"{'|':>{margin - 1}} ", "quiet"), (marks, "found"), (INSTEAD, "")]
    elif spread and change.repaired is not None:
        label = "write instead:" if found else f"write before line {line_in(file, repaired[0][0])}:"
        label = label if repaired else "take this out"
        yield [(f"{'|':>{margin - 1}} ", "quiet"), (label, "")]
    yield from _side(repaired, [""] * len(repaired), bars[1], "repaired", width, margin)


def _without(text: str, hidden: int) -> str:
    """A line that is too long, without so many columns at its left."""
    return f"…{text[hidden + 1 :]}" if hidden else text


def _side(
    lines: Sequence[tuple[int, str]], numbers: Sequence[str], bar: str, look: str, width: int,
    margin: int,
) -> Iterator[Line]:  # fmt: skip
    for number, (_, text) in list(zip(numbers, lines, strict=True))[:MOST_CODE]:
        yield [(f"{number:>{margin - 3}} {bar} ", "quiet"), (cut(text, width - margin), look)]
    if len(lines) > MOST_CODE:
        yield [(f"{'':>{margin - 3}} {bar} ...", "quiet")]


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
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False))))


def _open(some: Iterable[str]) -> int:
    """How many brackets are opened and not closed."""
    return sum((one in "([{") - (one in ")]}") for one in some)
