"""The code of two networks side by side, defect by defect.

Where a line of the second network's code names a defect in its trailing comment
(``# class-order`` or ``# class-order, learning-rate``), that line repairs it, and the line that
stands in its place in the first network's function of the same name is what had it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator
from difflib import SequenceMatcher
from typing import Any

from diagnose.network.record import Network
from diagnose.report import CodePair

Line = tuple[int, str]


def code_pairs(found: Network, repaired: Network, defects: Collection[str]) -> list[CodePair]:
    """The lines that differ between two networks' functions of the same name, by defect."""
    pairs: dict[str, tuple[list[Line], list[Line]]] = {}
    theirs = {function.__name__: function for function in repaired.code.values()}
    for function in _in_order(found.code.values()):
        if function.__name__ not in theirs:
            continue
        for old, new in _changes(_lines(function), _lines(theirs[function.__name__])):
            for defect in _named(new, defects):
                left, right = pairs.setdefault(defect, ([], []))
                left += [line for line in old if line not in left]
                right += [line for line in new if line not in right]
    return [
        CodePair(defect=defect, found=pairs[defect][0], repaired=pairs[defect][1])
        for defect in defects
        if defect in pairs
    ]


def _in_order(functions: Collection[Callable[..., Any]]) -> list[Callable[..., Any]]:
    unique = {function.__name__: function for function in functions}
    return sorted(unique.values(), key=lambda function: function.__code__.co_firstlineno)


def _lines(function: Callable[..., Any]) -> list[Line]:
    """A function's lines with their numbers; none if its file is out of reach."""
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return []
    return [(first + at, line.rstrip()) for at, line in enumerate(lines)]


def _bare(line: Line) -> str:
    """A line without comment and spaces, so that only arithmetic counts as a change."""
    return "".join(line[1].split("#")[0].split())


def _changes(old: list[Line], new: list[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Changed lines, paired one by one where a block changed line by line."""
    matcher = SequenceMatcher(None, [_bare(o) for o in old], [_bare(n) for n in new], False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        if b - a == d - c:
            yield from (([old[a + i]], [new[c + i]]) for i in range(b - a))
        else:
            yield old[a:b], new[c:d]


def _named(lines: list[Line], defects: Collection[str]) -> list[str]:
    words = {word.strip() for _, line in lines for word in line.partition("#")[2].split(",")}
    return [defect for defect in defects if defect in words]
