"""By which calls an operation is reached, and where in what it shares with another it stands."""

from __future__ import annotations

import ast
import sys
from collections.abc import Set
from itertools import takewhile
from linecache import getlines

# A way of calls, innermost first: file, function, line.
Way = tuple[tuple[str, str, int], ...]


def way(own: Set[str]) -> Way:
    """The way that leads here, as far as it goes through the program's own files."""
    found = []
    frame = sys._getframe().f_back
    while frame is not None:
        code = frame.f_code
        if code.co_filename in own:
            found.append((code.co_filename, code.co_name, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def begins_at(one: Way, other: Way) -> tuple[str, int] | None:
    """The file and line of the statement in which the one happens, in the block that both share.

    The block is that of the innermost function from which both are reached. None where there is no
    such function.
    """
    mine, its = one[::-1], other[::-1]
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, its, strict=False)))
    here = min(same, len(mine) - 1, len(its) - 1)
    if here < 0 or mine[here][:2] != its[here][:2]:
        return None
    file, _, line = mine[here]
    found = _statement(ast.parse("".join(getlines(file))).body, line, its[here][2])
    return (file, found) if found else None


def _statement(body: list[ast.stmt], line: int, other: int) -> int:
    for one in body:
        end = one.end_lineno or one.lineno
        if not one.lineno <= line <= end:
            continue
        if one.lineno <= other <= end:
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(one, name, None) or []
                if isinstance(inner, list) and (found := _statement(inner, line, other)):
                    return found
        return one.lineno
    return 0
