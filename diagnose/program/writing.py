"""Edits of a statement in the author's own text, by the places of its expressions alone.

Everything outside of the expression that is edited stays byte for byte what it was.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from diagnose.recording.sites import Span, span_of

LOOSE = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda)


@dataclass(frozen=True, order=True)
class Splice:
    """Bytes of a file, from ``start`` to before ``end``, and the text that stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Text:
    """A file of the author's, with the tree of its expressions."""

    source: str

    @cached_property
    def code(self) -> bytes:
        """Its bytes."""
        return self.source.encode()

    @cached_property
    def _lines(self) -> list[int]:
        starts, at = [0], 0
        for line in self.code.splitlines(keepends=True):
            at += len(line)
            starts.append(at)
        return starts

    @cached_property
    def nodes(self) -> dict[Span, list[ast.AST]]:
        """What stands at each place, the outermost first."""
        found: dict[Span, list[ast.AST]] = {}
        for node in ast.walk(ast.parse(self.source)):
            if (span := span_of(node)) is not None:
                found.setdefault(span, []).append(node)
        return found

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """All simple statements."""
        every = (node for several in self.nodes.values() for node in several)
        return [one for one in every if isinstance(one, ast.stmt) and not hasattr(one, "body")]

    def expression(self, span: Span | None) -> ast.expr | ast.stmt | None:
        """The operation at a place."""
        several = self.nodes.get(span, []) if span is not None else []
        found = [one for one in several if isinstance(one, ast.expr | ast.Assign | ast.AugAssign)]
        return found[-1] if found else None

    def statement(self, line: int) -> ast.stmt | None:
        """The simple statement that a line belongs to."""
        return next((one for one in self.statements if one.lineno <= line <= one.end_lineno), None)  # type: ignore[operator]

    @cached_property
    def _loops(self) -> list[tuple[range, set[str]]]:
        """The lines of each ``for``, and the names that it gives."""
        every = (node for several in self.nodes.values() for node in several)
        return [
            (range(one.lineno, (one.end_lineno or one.lineno) + 1), _named(one.target))
            for one in every if isinstance(one, ast.For)
        ]  # fmt: skip

    def idle(self, line: int) -> set[str]:
        """What ``for`` loops give of which none stands around a line."""
        within, every = (
            set[str]().union(*(names for lines, names in self._loops if is_any or line in lines))
            for is_any in (False, True)
        )
        return every - within

    @staticmethod
    def indexes(element: str) -> set[str]:
        """The names in the indexes of an element."""
        every = ast.walk(ast.parse(element, mode="eval"))
        return set[str]().union(*(_named(one.slice) for one in every if type(one) is ast.Subscript))

    @cached_property
    def numpy_name(self) -> str | None:
        """What the file calls NumPy; None where it is not imported as a whole."""
        names = (
            alias.asname or alias.name for node in self.statements
            if isinstance(node, ast.Import) for alias in node.names if alias.name == "numpy"
        )  # fmt: skip
        return next(names, None)

    def line_of(self, offset: int) -> int:
        """The line that a byte stands in."""
        return bisect_right(self._lines, offset)

    def line(self, number: int) -> str:
        """A line, without the white space around it."""
        return self.source.splitlines()[number - 1].strip()

    def offset(self, line: int, column: int) -> int:
        """Where a place is, in bytes."""
        return self._lines[line - 1] + column

    def ends(self, node: ast.AST) -> tuple[int, int]:
        """Where an expression begins and ends, in bytes."""
        span = span_of(node)
        assert span is not None
        return self.offset(*span[:2]), self.offset(*span[2:])

    def text(self, node: ast.AST) -> str:
        """An expression as it stands there."""
        start, end = self.ends(node)
        return self.code[start:end].decode()

    def edited(self, splices: Iterable[Splice]) -> str:
        """The file with some edits, which do not overlap."""
        code = self.code
        for one in sorted(splices, reverse=True):
            code = code[: one.start] + one.text.encode() + code[one.end :]
        return code.decode()


def _named(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def operands(node: ast.AST) -> list[ast.expr]:
    """What an operation takes, as it stands in the code: the owner of a method first."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*owner, *node.args]
    if isinstance(node, ast.Subscript | ast.Attribute):
        return [node.value]
    return []


def replaced(text: Text, node: ast.expr, new: str) -> Splice:
    """Another expression in the place of one."""
    start, end = text.ends(node)
    return Splice(start, end, new)


def alike(text: Text, statement: ast.stmt, expression: str) -> Iterator[ast.expr]:
    """All places of a statement in which an expression is read."""
    inside: set[int] = set()
    for node in ast.walk(statement):
        if id(node) in inside or not isinstance(node, ast.expr):
            continue
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if is_read and ast.unparse(node) == expression:
            inside |= {id(each) for each in ast.walk(node)}
            yield node


def flipped(text: Text, node: ast.BinOp | ast.AugAssign) -> Splice | None:
    """A sum for a difference, and the other way round; None of any other operation."""
    if not isinstance(node.op, ast.Add | ast.Sub):
        return None
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
    sign, other = ("+", "-") if isinstance(node.op, ast.Add) else ("-", "+")
    return between(text, *sides, sign, other)


def between(text: Text, left: ast.expr, right: ast.expr, sign: str, other: str) -> Splice | None:
    """Another sign between two expressions, in the place of the one there; None of several."""
    start, end = text.ends(left)[1], text.ends(right)[0]
    written = text.code[start:end].decode()
    if written.count(sign) != 1:
        return None
    return Splice(start, end, written.replace(sign, other))


def swapped(text: Text, node: ast.BinOp | ast.Call) -> Splice:
    """The two operands of an operation, each in the other's place."""
    left, right = operands(node)[-2:]
    is_product = isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Sub)
    loose = LOOSE if is_product else tuple(one for one in LOOSE if one is not ast.BinOp)

    def within(one: ast.expr) -> str:
        is_sum = isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add | ast.Sub)
        return f"({text.text(one)})" if isinstance(one, loose) or is_sum else text.text(one)

    start, end = text.ends(left)[1], text.ends(right)[0]
    written = f"{within(right)}{text.code[start:end].decode()}{within(left)}"
    return Splice(text.ends(left)[0], text.ends(right)[1], written)


def regrouped(text: Text, node: ast.BinOp, side: int) -> tuple[Splice, ...]:
    """The other two of three operands in brackets: ``a * b - c`` as ``a * (b - c)``, or back.

    side: where the inner operation is, 0 for the left. None of one that has its own brackets.
    """
    inner = operands(node)[side]
    start, end = text.ends(node)
    if not isinstance(inner, ast.BinOp) or text.ends(inner)[side] != (start, end)[side]:
        return ()
    after, before = text.ends(inner.left)[1], text.ends(inner.right)[0]
    written = text.code[after:before].decode()
    sign = written.strip(" ()\n\\")
    at = after + written.index(sign)
    if side:
        return Splice(start, start, "("), Splice(left := after + _closing(written, sign), left, ")")
    at += len(sign)
    at += len(text.code[at:before]) - len(text.code[at:before].lstrip())
    return Splice(at, at, "("), Splice(end, end, ")")


def _closing(written: str, sign: str) -> int:
    """How much of what stands between two operands belongs to the left one: its brackets."""
    return len(written[: written.index(sign)].rstrip())


def only(text: Text, node: ast.BinOp, side: int) -> Splice:
    """One side of an operation in the place of both."""
    return instead(text, node, operands(node)[side])


def instead(text: Text, node: ast.expr, kept: ast.expr) -> Splice:
    """A part of an expression in the place of the whole, in brackets where it binds less."""
    start, end = text.ends(node)
    written = text.text(kept)
    return Splice(start, end, f"({written})" if _binding(kept) < _binding(node) else written)


def _binding(node: ast.expr) -> int:
    """How firmly an expression holds together, as Python's grammar orders operators."""
    if isinstance(node, ast.BinOp):
        return {ast.Add: 1, ast.Sub: 1, ast.Pow: 4}.get(type(node.op), 2)
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return 3
    return 0 if isinstance(node, LOOSE) else 5


def times(text: Text, node: ast.expr, factor: str) -> Splice:
    """An expression, multiplied by another."""
    return Splice(*text.ends(node), _by(text, node, f"* {factor}"))


def with_factor(text: Text, parent: ast.AST, node: ast.expr, factor: str) -> Splice:
    """An operand with a sign and a factor behind it, in brackets where it would bind otherwise."""
    is_sum = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub)
    is_argument = isinstance(parent, ast.Call) and node in parent.args
    is_free = is_sum or is_argument or isinstance(parent, ast.AugAssign)
    whole = _by(text, node, factor)
    return Splice(*text.ends(node), whole if is_free else f"({whole})")


def _by(text: Text, node: ast.expr, factor: str) -> str:
    """An expression with a sign and a factor behind it."""
    is_product = isinstance(node, ast.BinOp) and isinstance(
        node.op, ast.Mult | ast.Div | ast.MatMult
    )
    written = text.text(node)
    return (
        f"({written}) {factor}"
        if isinstance(node, LOOSE) and not is_product
        else f"{written} {factor}"
    )
