"""Where in a program the number is written that a name stands for there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# Numbers are one where they agree to so many parts: single precision tells no more apart.
ALIKE = 1e-6


@dataclass(frozen=True)
class Binding:
    """A name that is given a value: by an assignment, a default, or an argument of a call."""

    name: str
    value: ast.expr
    rank: int


CALLED, ASSIGNED, DEFAULT = range(3)


def constant_line(source: str, text: str, value: float) -> int | None:
    """The line of the number that an expression stands for, or None where none is found.

    ``self.rate`` is followed by its name, from the place where it is used to where somebody wrote
    a number: through assignments, arguments of calls, and defaults.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    names = {_last_name(text)} - {""}
    bindings = list(_bindings(tree))
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


def _last_name(text: str) -> str:
    """``rate`` of ``self.rate`` and of ``settings["rate"]``; nothing where no name stands alone."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ""
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


def _bindings(tree: ast.Module) -> Iterator[Binding]:
    """All names that a program gives values to."""
    functions: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                    functions[node.name] = [arg.arg for arg in one.args.args[1:]]
        elif isinstance(node, ast.FunctionDef):
            names = [arg.arg for arg in node.args.args]
            functions[node.name] = names[1:] if names[:1] == ["self"] else names
    for node in ast.walk(tree):
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


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[Binding]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, its)
    elif name := _last_name(ast.unparse(target)):
        yield Binding(name, value, ASSIGNED)


def _handed(node: ast.Call, functions: dict[str, list[str]]) -> Iterator[Binding]:
    """The arguments of a call, by the names that the function has for them."""
    called = _last_name(ast.unparse(node.func))
    for name, value in zip(functions.get(called, ()), node.args, strict=False):
        yield Binding(name, value, CALLED)
    for keyword in node.keywords:
        if keyword.arg:
            yield Binding(keyword.arg, keyword.value, CALLED)
    words = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if called == "add_argument" and words:
        option = str(words[-1]).lstrip("-").replace("-", "_")
        for keyword in node.keywords:
            if keyword.arg == "default":
                yield Binding(option, keyword.value, DEFAULT)
