"""Loops that give the variable of a loop around them other values, which is then taken for its own.

Behind ``for i in range(n): ... for i in range(m): ...`` an element ``y[i]`` of the outer loop is
always the same one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from diagnose.program.writing import Splice, Text

# What a loop counts with, in the order in which one is taken that the file does not know.
LETTERS = "jkmnpqrstuvw"


@dataclass(frozen=True, kw_only=True)
class Reused:
    """A loop within another that has its variable: where, and where that is taken behind it.

    lines: of the inner loop, of what gives the variable its value in a turn of the outer one, and
    of what takes it as an index. splices: the edit that gives the inner loop one of its own.
    """

    name: str
    lines: tuple[int, int, int]
    splices: tuple[Splice, ...]


def reused(text: Text) -> Iterator[Reused]:
    """All such loops of a file; none that ends early, and may look for the value that it leaves."""
    nodes = [one for several in text.nodes.values() for one in several]
    known = {one.id for one in nodes if isinstance(one, ast.Name)}
    free = next((one for one in LETTERS if one not in known), None)
    found: dict[int, Reused] = {}
    for outer in nodes:
        if not isinstance(outer, ast.For | ast.While) or free is None:
            continue
        every = [one for node in outer.body for one in ast.walk(node)]
        for inner in every:
            if not isinstance(inner, ast.For) or not isinstance(inner.target, ast.Name):
                continue
            if any(isinstance(one, ast.Break) for one in ast.walk(inner)):
                continue
            lines = _lines(outer, inner, every)
            if lines is not None:
                found[inner.lineno] = _renamed(inner, every, lines, free, text)
    yield from found.values()


def _lines(
    outer: ast.For | ast.While, inner: ast.For, every: list[ast.AST]
) -> tuple[int, int, int] | None:  # fmt: skip
    """The lines of a loop that has the variable of another; None where that is not taken behind it.

    Nor where it is not taken before it: it may be of the inner loop alone.
    """
    name, end = inner.target.id, inner.end_lineno or inner.lineno  # type: ignore[attr-defined]
    given = [one.lineno for one in every if isinstance(one, ast.Assign)
             and any(_is(each, name) for each in one.targets)]  # fmt: skip
    if isinstance(outer, ast.For) and _is(outer.target, name):
        first = outer.lineno
    else:
        before = [line for line in given if line < inner.lineno]
        taken = [one.lineno for one in every if _takes(one, name) and not _has(inner, one)]
        first = max(before, default=0)
        if not any(first < line < inner.lineno for line in taken) or not first:
            return None
    loops = [one for one in every if isinstance(one, ast.For) and _is(one.target, name)]
    behind = [one.lineno for one in every if _takes(one, name) and one.lineno > end
              and not any(_has(loop, one) for loop in loops)
              and not any(end < line <= one.lineno for line in given)]  # fmt: skip
    return (inner.lineno, first, min(behind)) if behind else None


def _renamed(
    inner: ast.For, every: list[ast.AST], lines: tuple[int, int, int], free: str, text: Text
) -> Reused:  # fmt: skip
    """The inner loop with a variable of its own, but for arrays that go by the outer one's."""
    name = inner.target.id  # type: ignore[attr-defined]
    outer = {ast.unparse(one.value) for one in every if _takes(one, name) and not _has(inner, one)}
    stay = [one.slice for one in ast.walk(inner) if isinstance(one, ast.Subscript)
            and ast.unparse(one.value) in outer]  # fmt: skip
    places = [one for one in ast.walk(inner) if _is(one, name)
              and not any(_has(kept, one) for kept in (inner.iter, *stay))]  # fmt: skip
    splices = tuple(sorted(Splice(*text.ends(one), free) for one in places))
    return Reused(name=name, lines=lines, splices=splices)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _takes(node: ast.AST, name: str) -> TypeGuard[ast.Subscript]:
    """Whether an element is taken by a variable."""
    return isinstance(node, ast.Subscript) and any(_is(one, name) for one in ast.walk(node.slice))


def _has(node: ast.AST, inner: ast.AST) -> bool:
    return any(one is inner for one in ast.walk(node))
