"""By which calls an operation is reached, and where in what it shares with another it stands."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Set
from itertools import takewhile
from linecache import getlines
from types import FrameType

# A way of calls, innermost first: file, function, line.
Way = tuple[tuple[str, str, int], ...]


def frames(inner: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that it was called from, the innermost first."""
    while inner is not None:
        yield inner
        inner = inner.f_back


def way(own: Set[str]) -> Way:
    """The way that leads here, as far as it goes through the program's own files."""
    every = ((one.f_code, one.f_lineno) for one in frames(sys._getframe().f_back))
    return tuple((code.co_filename, code.co_name, line) for code, line in every
                 if code.co_filename in own)  # fmt: skip


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
