"""Where in a program the number is written that a name stands for there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnose.network.authors_code import expression_of, nodes_of

# Numbers are one where they agree to so many parts: single precision tells no more apart.
ALIKE = 1e-6


@dataclass(frozen=True)
class Binding:
    """A name that is given a value: by an assignment, a default, or an argument of a call."""

    name: str
    value: ast.expr
    rank: int


CALLED, ASSIGNED, DEFAULT = range(3)
# Functions that make a number of one, and no array of so many.
OF_NUMBERS = {"sqrt", "log", "exp", "pow", "power"}
# Statements that hold no others.
FLAT = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


def constant_line(source: str, text: str, value: float) -> int | None:
    """The line of the number that an expression stands for, or None where none is found.

    ``self.rate`` is followed by its name, from the place where it is used to where somebody wrote
    a number: through assignments, arguments of calls, and defaults.
    """
    nodes = nodes_of(source)
    names = {_last_name(text)} - {""}
    bindings = list(_bindings(nodes))
    while True:
        more = {
            name
            for one in bindings
            if one.name in names and (name := _last_name(ast.unparse(one.value)))
        }
        if more <= names:
            break
        names |= more
    found = [one for one in bindings if one.name in names and _is_number(one.value, value)]
    found.sort(key=lambda one: one.rank)
    return found[0].value.lineno if found else None


def assigned_line(source: str, name: str) -> int | None:
    """The line of the one statement that gives a name its value; None where none or several do."""
    nodes = nodes_of(source)
    found = [one for one in _bindings(nodes) if one.name == name]
    return found[0].value.lineno if len(found) == 1 and found[0].rank == ASSIGNED else None


def size_line(source: str, line: int, size: int, axis: int | None = None) -> int | None:
    """The line of a size that a statement gives an array: a number there, or behind its names.

    axis: 0 or -1, of which the size is, where the array's other axis is as long: only a number
    that stands first or last is meant then. The names of the statement are followed as far as
    somebody wrote the number, alone or in a list of sizes; of a function that draws one number,
    those of the statements that call it. None where it is written nowhere.
    """
    nodes = nodes_of(source)
    made, within = _statement(nodes, line, ast.stmt), _statement(nodes, line, ast.FunctionDef)
    bindings = [*_bindings(nodes), *_walked(nodes)]
    callers = [one for one in nodes if isinstance(one, FLAT) and _calls(one, within)]
    for one in [made, *callers]:
        if isinstance(one, FLAT):
            entry = _entry(one, line) if one is made else one
            if found := _size_line(entry, bindings, size, axis):
                return found
    return None


def _entry(made: ast.stmt, line: int) -> ast.stmt | ast.expr:
    """Of a statement that makes a dict, what it puts there in a line; else the statement."""
    values = (one for node in ast.walk(made) if isinstance(node, ast.Dict) for one in node.values)
    there = (one for one in values if one.lineno <= line <= (one.end_lineno or line))
    return next(there, made)


def _size_line(
    made: ast.stmt | ast.expr, bindings: Sequence[Binding], size: int, axis: int | None
) -> int | None:
    if any(_is_number(one, size) for one in _handed_over(made, axis)):
        return made.lineno
    near, known = _names(made), set[str]()
    while near := near - known:
        known |= near
        values = sorted((one for one in bindings if one.name in near), key=lambda one: one.rank)
        for one in values:
            if any(_is_number(each, size) for each in _elements(one.value)):
                return one.value.lineno
        near = {name for one in values for name in _names(one.value)}
    return None


def _statement(nodes: Sequence[ast.AST], line: int, kind: type[ast.stmt]) -> ast.stmt | None:
    """The innermost statement of a kind that a line belongs to."""
    around = (
        one
        for one in nodes
        if isinstance(one, kind) and one.lineno <= line <= (one.end_lineno or line)
    )
    return max(around, key=lambda one: one.lineno, default=None)


def _calls(made: ast.stmt, function: ast.stmt | None) -> bool:
    """Whether a statement calls a function by its name."""
    return isinstance(function, ast.FunctionDef) and any(
        isinstance(one, ast.Call) and _last_name(ast.unparse(one.func)) == function.name
        for one in ast.walk(made)
    )


def _handed_over(node: ast.AST, axis: int | None = None) -> Iterator[ast.expr]:
    """What calls take, and what tuples and lists hold: all of it, or the first or last alone."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _last_name(ast.unparse(one.func)) in OF_NUMBERS:
            continue
        if isinstance(one, ast.Call | ast.Tuple | ast.List):
            every = one.args if isinstance(one, ast.Call) else one.elts
            yield from every if axis is None else [every[axis]] if every else []


def _values(node: ast.AST) -> Iterator[ast.expr]:
    return (one for one in ast.walk(node) if isinstance(one, ast.expr))


def _names(node: ast.AST) -> set[str]:
    """The names and attributes within a node, but for what functions are taken from."""
    called = {id(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
    named = (one for one in _values(node) if id(one) not in called)
    return {_last_name(ast.unparse(one)) for one in named} - {""}


def _elements(node: ast.expr) -> list[ast.expr]:
    """A value, or those that a list of it holds."""
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def _walked(nodes: Sequence[ast.AST]) -> Iterator[Binding]:
    """The names of loops, each with what is walked through."""
    for node in nodes:
        if isinstance(node, ast.For | ast.comprehension):
            for one in ast.walk(node.target):
                if isinstance(one, ast.Name):
                    yield Binding(one.id, node.iter, DEFAULT)


def _last_name(text: str) -> str:
    """``rate`` of ``self.rate`` and of ``settings["rate"]``; nothing where no name stands alone."""
    node = expression_of(text)
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]  # float(rate)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def _is_number(node: ast.expr, value: float) -> bool:
    """Whether an expression is a number, or a calculation with numbers, of a given value."""
    allowed = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    if not all(isinstance(one, allowed) for one in ast.walk(node)):
        return False
    try:
        known = eval(compile(ast.Expression(node), "", "eval"))
    except (ArithmeticError, TypeError, ValueError):
        return False
    if isinstance(known, bool) or not isinstance(known, int | float):
        return False
    return abs(known - value) <= ALIKE * abs(value)


def _bindings(nodes: Sequence[ast.AST]) -> Iterator[Binding]:
    """All names that a program gives values to."""
    functions: dict[str, list[str]] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                    functions[node.name] = _parameters(one)[1:]
        elif isinstance(node, ast.FunctionDef):
            names = _parameters(node)
            functions[node.name] = names[1:] if names[:1] == ["self"] else names
    for node in nodes:
        match node:
            case ast.Assign():
                for target in node.targets:
                    yield from _assigned(target, node.value)
            case ast.AnnAssign(value=ast.expr() as value):
                yield from _assigned(node.target, value)
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant):
                        yield Binding(str(key.value), value, ASSIGNED)
            case ast.FunctionDef() | ast.Lambda():
                given = node.args.args[len(node.args.args) - len(node.args.defaults) :]
                pairs = [*zip(given, node.args.defaults, strict=True)]
                pairs += [
                    (arg, value)
                    for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                    if value
                ]
                yield from (Binding(arg.arg, value, DEFAULT) for arg, value in pairs)
            case ast.Call():
                yield from _handed(node, functions)


def _parameters(function: ast.FunctionDef) -> list[str]:
    """The names of what a function takes by place; one that takes all the rest with a star."""
    rest = function.args.vararg
    return [one.arg for one in function.args.args] + ([f"*{rest.arg}"] if rest else [])


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[Binding]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, its)
    elif name := _last_name(ast.unparse(target)):
        yield Binding(name, value, ASSIGNED)


def _handed(node: ast.Call, functions: dict[str, list[str]]) -> Iterator[Binding]:
    """The arguments of a call, by the names that the function has for them."""
    called = _last_name(ast.unparse(node.func))
    names = functions.get(called, ())
    for name, value in zip(names, node.args, strict=False):
        yield Binding(name, value, CALLED)
    if names and names[-1].startswith("*"):
        for value in node.args[len(names) - 1 :]:
            yield Binding(names[-1][1:], value, CALLED)
    for keyword in node.keywords:
        if keyword.arg:
            yield Binding(keyword.arg, keyword.value, CALLED)
    words = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if called == "add_argument" and words:
        option = str(words[-1]).lstrip("-").replace("-", "_")
        for keyword in node.keywords:
            if keyword.arg == "default":
                yield Binding(option, keyword.value, DEFAULT)
