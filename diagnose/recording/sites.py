"""The places of a program at which its operations stand, by number, with their text."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# Line, column, line and column where something begins and ends.
Span = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place in the author's code where an operation stands.

    target: the name that its value is given there, or nothing. operands: the text of what it takes;
    owner: whether the first is what a function was taken from, such as ``np``. places: the text of
    each number of ``a[i, j] += b``, which is taken out of ``a`` first. span: where it begins and
    ends, as line, column, line, column, columns in bytes as ``ast`` counts them.
    """

    file: str
    line: int
    text: str
    target: str = ""
    operands: tuple[str, ...] = ()
    owner: bool = False
    places: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def at(self) -> tuple[str, int]:
        """Its file and line."""
        return self.file, self.line

    def operand(self, kind: str, path: tuple[Any, ...]) -> str:
        """The text of what an operation takes at a place; nothing if none stands there."""
        at = path[1] if len(path) > 1 and path[0] == 0 and isinstance(path[1], int) else None
        if at is None:
            return ""
        if at == 1 and self.places and kind in ("get", "store"):
            within = path[2] if len(path) > 2 and len(self.places) > 1 else None
            return ", ".join(self.places) if within is None else self.places[within]
        # a call that writes takes first what it writes into
        at += (self.owner and kind in ("call", "write_call", "in_place")) - (kind == "write_call")
        # what is summed over stands first where ``np.tensordot`` is noted as ``np.einsum``
        at -= ".tensordot(" in self.text[: self.text.find("(") + 1]
        return self.operands[at] if 0 <= at < len(self.operands) else ""


LISTS = (ast.List, ast.Tuple, ast.Set)
# Of a list that is written out so many elements are more than a text of a place ever shows.
MOST_WRITTEN = 60


@dataclass
class Sites:
    """All places of a program, by number.

    statements: of those that also stand there as they were written, which places each has.
    """

    every: list[Site] = field(default_factory=list)
    statements: list[frozenset[int]] = field(default_factory=list)

    def add(
        self, file: str, node: ast.expr | ast.stmt, target: str, operands: list[str],
        places: Sequence[str] = (),
    ) -> int:  # fmt: skip
        """Number a place."""
        text = text_of(node).split("\n")[0][:100]
        owner = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        self.every.append(
            Site(
                file=file,
                line=node.lineno,
                text=text,
                target=target,
                operands=tuple(operands),
                owner=owner,
                places=tuple(places),
                span=span_of(getattr(node, "stands_for", node)),
            )
        )
        return len(self.every) - 1


def text_of(node: ast.expr | ast.stmt) -> str:
    """How a node was written, in Python's own spelling; of data written out, the beginning."""
    return ast.unparse(_shortened(getattr(node, "stands_for", node)))


def _shortened(node: ast.AST) -> ast.AST:
    """A node without what stands far behind in its lists, as where data are written out in one."""
    if not any(isinstance(one, LISTS) and len(one.elts) > MOST_WRITTEN for one in _down(node)):
        return node
    shorter = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            setattr(shorter, name, _shortened(value))
        elif isinstance(value, list):
            whole = value[:MOST_WRITTEN] if name == "elts" else value
            setattr(shorter, name, [_shortened(one) if isinstance(one, ast.AST) else one
                                    for one in whole])  # fmt: skip
    return shorter


def _down(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, but for what is in long lists."""
    yield node
    if not (isinstance(node, LISTS) and len(node.elts) > MOST_WRITTEN):
        for one in ast.iter_child_nodes(node):
            yield from _down(one)


def span_of(node: ast.AST) -> Span | None:
    """Where a node of a tree stands; None where it stands nowhere."""
    ends = [
        getattr(node, name, None)
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")
    ]
    return None if None in ends else tuple(ends)  # type: ignore[return-value]
