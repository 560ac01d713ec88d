"""One change at one place of a program's text, as somebody might get that place wrong.

Each operator takes a statement and gives the edits that it knows for it. An edit is a place in the
text and what stands there instead; everything else stays as it is, byte for byte.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.seen import SIMPLE, shown, statements

Shapes = Mapping[str, Sequence[object]]
MODULES = {"np", "numpy", "math", "random", "scipy", "self", "plt"}
COPIES = {"copy", "array", "deepcopy", "asarray"}


@dataclass(frozen=True)
class Edit:
    """A place in the text, in bytes, and what stands there instead.

    moved: of statements that change places, the new order of their numbers, the first number first.
    """

    start: int
    end: int
    text: bytes
    moved: tuple[int, ...] = ()
    first: int = 0


@dataclass
class Text:
    """A program: its bytes, its statements by number, and where each line begins."""

    source: str
    body: list[ast.stmt] = field(init=False)
    scopes: dict[ast.AST, ast.AST] = field(init=False)
    blocks: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.source.encode()
        self.tree = ast.parse(self.source)
        self.body = statements(self.tree)
        self.numbers = {one: at for at, one in enumerate(self.body)}
        self.begins = [0]
        for line in self.data.splitlines(keepends=True):
            self.begins.append(self.begins[-1] + len(line))
        self.scopes = dict(_scopes(self.tree, self.tree))
        lists = [
            value
            for node in ast.walk(self.tree)
            for name, value in ast.iter_fields(node)
            if name in ("body", "orelse", "finalbody") and isinstance(value, list)
        ]
        self.blocks = [[self.numbers[one] for one in some] for some in lists]

    def place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.begins[node.lineno - 1] + node.col_offset,
            self.begins[node.end_lineno - 1] + node.end_col_offset,
        )

    def of(self, node: ast.expr | ast.stmt) -> bytes:
        """A node's text."""
        start, end = self.place(node)
        return self.data[start:end]

    def instead(self, node: ast.expr | ast.stmt, text: bytes | str) -> Edit:
        """The edit that puts something in a node's place."""
        start, end = self.place(node)
        return Edit(start, end, text.encode() if isinstance(text, str) else text)

    def with_edit(self, edit: Edit) -> str:
        """The program with an edit made."""
        return (self.data[: edit.start] + edit.text + self.data[edit.end :]).decode()

    def neighbours(self, number: int) -> tuple[list[int], int]:
        """The block in which a statement stands, and its place there."""
        block = next(one for one in self.blocks if number in one)
        return block, block.index(number)


def _scopes(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield child, scope
        inner = child if isinstance(child, ast.FunctionDef | ast.Lambda) else scope
        yield from _scopes(child, inner)


@dataclass(frozen=True)
class Site:
    """A statement that may be changed.

    shapes: of the names that are alive before it. steps: whether it changes what it assigns to.
    allowed: the statements that may be changed, for those that change places with it.
    """

    text: Text
    number: int
    shapes: Shapes
    steps: bool
    allowed: frozenset[int]

    @property
    def node(self) -> ast.stmt:
        """The statement."""
        return self.text.body[self.number]

    @property
    def value(self) -> ast.expr | None:
        """What it computes."""
        return getattr(self.node, "value", None)

    def inner(self) -> list[ast.AST]:
        """What the expression that it computes is made of."""
        return list(ast.walk(self.value)) if self.value is not None else []

    def outside_calls(self) -> list[ast.expr]:
        """Names and fields that are taken, but for what is called and what a call is given."""
        return [one for one in self.taken() if not self._is_given(one)]

    def given(self) -> list[ast.expr]:
        """Names and fields that a call is given."""
        return [one for one in self.taken() if self._is_given(one)]

    def _is_given(self, node: ast.expr) -> bool:
        calls = [one for one in self.inner() if isinstance(one, ast.Call)]
        return any(node is one for call in calls for one in call.args)

    def taken(self) -> list[ast.expr]:
        """Names of values, and fields of ``self``, that the statement takes."""
        inner = self.inner()
        called = {one.func for one in inner if isinstance(one, ast.Call)}
        bound = {one.id for one in inner if isinstance(one, ast.Name) and _stores(one)}
        found = []
        for one in inner:
            if one in called or not isinstance(one, ast.Name | ast.Attribute):
                continue
            name = dotted(one)
            if name and name in self.shapes and name not in MODULES | bound:
                found.append(one)
        return [one for one in found if isinstance(one, ast.expr)]

    def like(self, node: ast.expr) -> list[str]:
        """Other names of the same shape; failing these, of the same kind."""
        here = self.shapes[dotted(node)]
        others = {name: of for name, of in self.shapes.items() if name != dotted(node)}
        same = [name for name, of in others.items() if list(of) == list(here)]
        return sorted(same or [name for name, of in others.items() if of[0] == here[0]])


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def dotted(node: ast.AST) -> str:
    """``name`` or ``self.name``; nothing for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"self.{node.attr}" if node.value.id == "self" else ""
    return ""


# The operators


def operand(site: Site) -> Iterator[Edit]:
    """Another name of the function's."""
    if not site.steps:
        for one in site.outside_calls():
            yield from (site.text.instead(one, name) for name in site.like(one))


def parameter(site: Site) -> Iterator[Edit]:
    """What another parameter is stepped by."""
    if not site.steps:
        return
    for one in site.outside_calls():
        own = {dotted(leaf) for leaf in ast.walk(site.node) if isinstance(leaf, ast.Name)}
        names = [name for name in site.like(one) if name not in own]
        yield from (site.text.instead(one, name) for name in names)


def sign(site: Site) -> Iterator[Edit]:
    """A plus for a minus, or the other way round."""
    swaps = {ast.Add: (b"+", b"-"), ast.Sub: (b"-", b"+")}
    for one in site.inner():
        if isinstance(one, ast.BinOp) and type(one.op) in swaps:
            yield _operator(site.text, one.left, one.right, *swaps[type(one.op)])
        elif isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub):
            yield site.text.instead(one, site.text.of(one.operand))
    node = site.node
    if isinstance(node, ast.AugAssign) and type(node.op) in swaps:
        yield _operator(site.text, node.target, node.value, *swaps[type(node.op)])
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Call | ast.BinOp):
        yield site.text.instead(node.value, b"-(" + site.text.of(node.value) + b")")


def _operator(text: Text, left: ast.expr, right: ast.expr, old: bytes, new: bytes) -> Edit:
    """The edit of what stands between two operands; brackets and breaks of lines stay."""
    start, end = text.place(left)[1], text.place(right)[0]
    return Edit(start, end, text.data[start:end].replace(old, new, 1))


def factor(site: Site) -> Iterator[Edit]:
    """A factor, a divisor or a power is left out, or a 2 put in."""
    text = site.text
    for one in site.inner():
        if not isinstance(one, ast.BinOp):
            continue
        if isinstance(one.op, ast.Mult):
            yield text.instead(one, _enclosed(text, one.left))
            yield text.instead(one, _enclosed(text, one.right))
            yield text.instead(one, b"(2 * " + text.of(one) + b")")
        elif isinstance(one.op, ast.Div | ast.Pow):
            yield text.instead(one, _enclosed(text, one.left))
        elif isinstance(one.op, ast.MatMult):
            yield text.instead(one, b"(2 * (" + text.of(one) + b"))")


def _enclosed(text: Text, node: ast.expr) -> bytes:
    """A node's text, in brackets where it has several operands."""
    simple = not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.IfExp)
    return text.of(node) if simple else b"(" + text.of(node) + b")"


def transpose(site: Site) -> Iterator[Edit]:
    """A transpose left out, or put in."""
    text = site.text
    turned = {one.value for one in site.inner() if isinstance(one, ast.Attribute)}
    for one in site.inner():
        if isinstance(one, ast.Attribute) and one.attr == "T":
            yield text.instead(one, text.of(one.value))
    for taken in site.taken():
        if len(site.shapes[dotted(taken)]) == 3 and taken not in turned:
            yield text.instead(taken, text.of(taken) + b".T")


def axis(site: Site) -> Iterator[Edit]:
    """Another axis, or axes that are kept or not."""
    for one in site.inner():
        if not isinstance(one, ast.Call):
            continue
        given = [two.value for two in one.keywords if two.arg == "axis"]
        name = one.func.attr if isinstance(one.func, ast.Attribute) else ""
        if name in ("sum", "mean", "max", "argmax"):
            own = not (isinstance(one.func, ast.Attribute) and dotted(one.func.value) in MODULES)
            given += one.args[0 if own else 1 :][:1]
        for value in given:
            if isinstance(value, ast.Constant) and value.value in (0, 1):
                yield site.text.instead(value, str(1 - value.value))
            elif isinstance(value, ast.UnaryOp):
                yield site.text.instead(value, "0")
        for two in one.keywords:
            if two.arg == "keepdims" and isinstance(two.value, ast.Constant):
                yield site.text.instead(two.value, str(not two.value.value))


def index(site: Site) -> Iterator[Edit]:
    """The place beside the one that is taken; of a dict, the value of another name."""
    text = site.text
    keys = [one.slice for one in ast.walk(site.text.tree) if isinstance(one, ast.Subscript)]
    words = {one.value for one in keys if isinstance(one, ast.Constant)}
    for one in site.inner():
        if not isinstance(one, ast.Subscript):
            continue
        at = one.slice
        if isinstance(at, ast.Constant) and isinstance(at.value, str):
            others = sorted(word for word in words if isinstance(word, str) and word != at.value)
            yield from (text.instead(at, repr(word)) for word in others)
        elif isinstance(at, ast.Constant) and isinstance(at.value, int):
            yield from (text.instead(at, str(at.value + by)) for by in (-1, 1))
        elif isinstance(at, ast.Name) and list(site.shapes.get(at.id, ())) == ["int"]:
            yield from (text.instead(at, f"{at.id} {by}") for by in ("- 1", "+ 1"))
        elif isinstance(at, ast.BinOp) and isinstance(at.op, ast.Add | ast.Sub):
            yield text.instead(at, text.of(at.left))


def moved(site: Site) -> Iterator[Edit]:
    """The statement stands further up in its block, or changes places with the next."""
    block, at = site.text.neighbours(site.number)
    for up in range(1, 7):
        run = block[max(at - up, 0) : at + 1]
        if up > at or not _may_move(site, run):
            break
        if _hangs_together(site.text, run):
            yield _rotated(site.text, run)
    below = block[at : at + 2]
    if len(below) == 2 and _may_move(site, below):
        yield _rotated(site.text, below)


def _may_move(site: Site, run: Sequence[int]) -> bool:
    nodes = [site.text.body[one] for one in run]
    simple = all(isinstance(one, SIMPLE) and not isinstance(one, ast.Return) for one in nodes)
    apart = all(two.lineno > (one.end_lineno or 0) for one, two in pairwise(nodes))
    return simple and apart and all(one in site.allowed for one in run)


def _hangs_together(text: Text, run: Sequence[int]) -> bool:
    """Whether the last statement writes what the others take, or takes what they write."""
    *others, last = (_written_and_taken(text.body[one]) for one in run)
    return any(last[0] & one[1] or last[1] & one[0] for one in others)


def _written_and_taken(node: ast.stmt) -> tuple[set[str], set[str]]:
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)]
    written = {dotted(leaf) for one in shown(node) for leaf in ast.walk(one)}
    return written - MODULES - {""}, {dotted(one) for one in names} - MODULES - {""}


def _rotated(text: Text, run: Sequence[int]) -> Edit:
    """The last of some statements that follow each other stands before the others.

    Between them everything stays where it is, remarks too.
    """
    places = [text.place(text.body[one]) for one in run]
    order = [run[-1], *run[:-1]]
    pieces = []
    for (_, end), number, following in zip(places, order, [*places[1:], None], strict=True):
        pieces.append(text.of(text.body[number]))
        if following is not None:
            pieces.append(text.data[end : following[0]])
    return Edit(places[0][0], places[-1][1], b"".join(pieces), tuple(order), run[0])


def copy(site: Site) -> Iterator[Edit]:
    """A copy left out."""
    for one in site.inner():
        if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Attribute):
            continue
        of_module = dotted(one.func.value) in MODULES
        if one.func.attr in COPIES and of_module and len(one.args) == 1:
            yield site.text.instead(one, site.text.of(one.args[0]))
        elif one.func.attr == "copy" and not of_module:
            yield site.text.instead(one, site.text.of(one.func.value))


def argument(site: Site) -> Iterator[Edit]:
    """A call is given another array, or two that it is given change places."""
    text = site.text
    for one in site.given():
        yield from (text.instead(one, name) for name in site.like(one))
    for call in (one for one in site.inner() if isinstance(one, ast.Call)):
        for left, right in zip(call.args, call.args[1:], strict=False):
            start, end = text.place(left)[0], text.place(right)[1]
            between = text.data[text.place(left)[1] : text.place(right)[0]]
            yield Edit(start, end, text.of(right) + between + text.of(left))


def function(site: Site) -> Iterator[Edit]:
    """Another of the program's functions is called."""
    known = {
        one.name: len(one.args.args)
        for one in site.text.body
        if isinstance(one, ast.FunctionDef) and one.col_offset == 0
    }
    for call in (one for one in site.inner() if isinstance(one, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in known:
            same = [one for one, takes in known.items() if takes == known[call.func.id]]
            names = [one for one in same if one != call.func.id]
            yield from (site.text.instead(call.func, name) for name in names)


OPERATORS: dict[str, Callable[[Site], Iterator[Edit]]] = {
    "operand": operand,
    "sign": sign,
    "factor": factor,
    "transpose": transpose,
    "axis": axis,
    "index": index,
    "moved": moved,
    "copy": copy,
    "parameter": parameter,
    "argument": argument,
    "function": function,
}
