"""Whether a learning rate that is handed to a function may be another one later on.

``net.step(schedule(epoch))`` gives the step a number, and in the first epochs always the same one.
Where that comes from stands in the program's text: the argument is looked up at each call of the
function whose parameter the rate is, and what a function of the program returns within that.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

# A rate is handed on through so many functions, at most.
DEEPEST = 4
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Texts:
    """The functions of a program, and the calls in it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.trees = {file: ast.parse(text) for file, text in texts.items()}

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """All functions, by name."""
        found: dict[str, list[Function]] = {}
        for one in self._every():
            if isinstance(one, Function):
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def turned(self) -> set[str]:
        """Names that a loop binds to something else in each turn, or that are counted up."""
        targets: list[ast.expr] = []
        for one in self._every():
            if isinstance(one, ast.For | ast.comprehension | ast.AugAssign):
                targets.append(one.target)
        return {
            name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
        }

    def _every(self) -> Iterator[ast.AST]:
        for tree in self.trees.values():
            yield from ast.walk(tree)

    def calls(self, name: str) -> Iterator[tuple[str, ast.Call]]:
        """The calls of what has a name, each with the file in which it stands."""
        for file, tree in self.trees.items():
            for one in ast.walk(tree):
                if isinstance(one, ast.Call) and _name(one.func) == name:
                    yield file, one

    def around(self, file: str, line: int) -> Function | None:
        """The innermost function around a line."""
        within = [
            one
            for one in ast.walk(self.trees.get(file) or ast.Module([], []))
            if isinstance(one, Function) and one.lineno <= line <= (one.end_lineno or 0)
        ]
        return max(within, key=lambda one: one.lineno, default=None)


def may_be_another(texts: Mapping[str, str], file: str, line: int, text: str) -> bool:
    """Whether an expression in a line has a parameter for which another number may come later.

    texts: of all files of the program, by their names.
    """
    program = Texts(texts)
    function = program.around(file, line)
    return function is not None and any(
        _changes(program, *one, DEEPEST)
        for name in _names(text)
        for one in _handed(program, function, name)
    )


def _names(text: str) -> list[str]:
    """The names in an expression; none in what is no expression, as a part of one that was cut."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return []
    return [one.id for one in ast.walk(tree) if isinstance(one, ast.Name)]


def _handed(program: Texts, function: Function, name: str) -> Iterator[tuple[str, ast.expr]]:
    """What is handed in for a parameter, wherever its function is called, and in which file."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if name not in names or name == "self":
        return
    for file, call in program.calls(function.name):
        at = names.index(name) - (names[0] == "self" and isinstance(call.func, ast.Attribute))
        by_name = [one.value for one in call.keywords if one.arg == name]
        starred = [isinstance(one, ast.Starred) for one in call.args]
        if by_name:
            yield file, by_name[0]
        elif True not in starred[: at + 1] and at < len(call.args):
            yield file, call.args[at]
        elif True in starred:  # what stands behind it is counted from the end
            behind = len(names) - names.index(name)
            if behind <= starred[::-1].index(True) and len(names) == _least(function):
                yield file, call.args[-behind]


def _least(function: Function) -> int:
    """How many parameters a call must give."""
    return len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)


def _changes(program: Texts, file: str, given: ast.expr, deeper: int) -> bool:
    """Whether an argument may be another number at the next call."""
    for one in ast.walk(given):
        if isinstance(one, ast.Name) and one.id in program.turned and not _is_handed(given, one):
            return True
        if isinstance(one, ast.Call) and _returns_others(program, one):
            return True
        if isinstance(one, ast.Name) and deeper:
            inner = program.around(file, one.lineno)
            several = _handed(program, inner, one.id) if inner else ()
            if any(_changes(program, *each, deeper - 1) for each in several):
                return True
    return False


def _is_handed(given: ast.expr, name: ast.Name) -> bool:
    """Whether a name is only handed on to a function within, which may make nothing of it."""
    return any(
        name is each
        for one in ast.walk(given)
        if isinstance(one, ast.Call)
        for argument in (*one.args, *(each.value for each in one.keywords))
        for each in ast.walk(argument)
    )


def _returns_others(program: Texts, call: ast.Call) -> bool:
    """Whether a call may return another number than before: not if it always returns the same."""
    known = program.functions.get(_name(call.func), [])
    return not known or any(not _is_constant(one) for one in known)


def _is_constant(function: Function) -> bool:
    """Whether a function does nothing but return an expression that has none of its parameters."""
    body = [one for one in function.body if not _is_text(one)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    arguments = function.args
    own = {
        one.arg
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        if one.arg != "self"
    }
    return not any(_depends(one, own) for one in ast.walk(body[0].value))


def _depends(one: ast.AST, own: Collection[str]) -> bool:
    return isinstance(one, ast.Call) or (isinstance(one, ast.Name) and one.id in own)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
