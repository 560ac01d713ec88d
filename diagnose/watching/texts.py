"""What the author wrote, file by file: what is defined there, what gets a value, what stands where.

It is parsed once, for all that is asked of it while the program runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
Around = Definition | ast.Lambda
# What changes a list or a dictionary that is there.
CHANGING = {"clear", "insert", "pop", "popleft", "remove", "reverse", "rotate", "update"}
Place = tuple[str, int]  # a file and a line


@dataclass(frozen=True)
class Bound:
    """Where something gets a value.

    function: in which it stands, if in one; looped: whether a loop there comes to it again and
    again. value: what it gets, where that is an expression alone.
    """

    place: Place
    target: ast.expr
    value: ast.expr | None
    function: Function | None
    looped: bool

    @property
    def begins(self) -> bool:
        """Whether an object gets it as it is made."""
        return self.function is not None and self.function.name == "__init__"


class Texts:
    """The files of a program, by their names; SyntaxError of one that is no Python."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.trees = {file: ast.parse(text) for file, text in texts.items()}

    @cached_property
    def every(self) -> list[ast.AST]:
        """All that stands in any of them."""
        return [one for tree in self.trees.values() for one in ast.walk(tree)]

    @cached_property
    def defined(self) -> dict[str, list[Definition]]:
        """All functions and classes, by name."""
        found: dict[str, list[Definition]] = {}
        for one in self.every:
            if isinstance(one, Definition):
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def turned(self) -> set[str]:
        """Names that a loop binds to something else in each turn, or that are counted up."""
        targets: list[ast.expr] = []
        for one in self.every:
            if isinstance(one, ast.For | ast.comprehension | ast.AugAssign):
                targets.append(one.target)
        return {one.id for target in targets for one in stored_in(target)}

    @cached_property
    def bound(self) -> list[Bound]:
        """All that gets a value by an assignment."""
        return [
            one for file, tree in self.trees.items() for one in _bound_in(tree, file, None, False)
        ]

    @cached_property
    def shared(self) -> set[str]:
        """Variables of a module that functions give a value, too."""
        return {each for one in self.every if isinstance(one, ast.Global) for each in one.names}

    @cached_property
    def changed(self) -> set[str]:
        """Lists and dictionaries that are changed where they are."""
        return {
            last_name(one.func.value)
            for one in self.every
            if isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute)
            and one.func.attr in CHANGING
        }

    def calls(self, name: str) -> Iterator[tuple[str, ast.Call]]:
        """The calls of what has a name, each with the file in which it stands."""
        for file, tree in self.trees.items():
            for one in ast.walk(tree):
                if isinstance(one, ast.Call) and last_name(one.func) == name:
                    yield file, one

    def around(self, place: Place) -> list[Around]:
        """What is defined around a line, the innermost last."""
        file, line = place
        within = [
            one
            for one in ast.walk(self.trees.get(file) or ast.Module([], []))
            if isinstance(one, Around) and one.lineno <= line <= (one.end_lineno or one.lineno)
        ]
        return sorted(within, key=lambda one: one.lineno)

    def function_at(self, place: Place) -> Function | None:
        """The innermost function around a line."""
        return next((one for one in self.around(place)[::-1] if isinstance(one, Function)), None)

    def loop_at(self, place: Place) -> ast.For | None:
        """The for loop that begins at a line, if it is the only one, and no ``else`` follows it."""
        file, line = place
        every = ast.walk(self.trees.get(file) or ast.Module([], []))
        found = [one for one in every if isinstance(one, ast.For) and one.lineno == line]
        return found[0] if len(found) == 1 and not found[0].orelse else None


def last_name(node: ast.AST) -> str:
    """What stands last in a name: ``step`` of ``net.step``; nothing of what is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def parameters_of(function: Function) -> list[str]:
    """The names of all parameters but those that gather what is left."""
    of = function.args
    return [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)]


def stored_in(inside: ast.AST) -> list[ast.Name]:
    """Where names get a value, or lose it, of functions that stand in it too."""
    return [
        one
        for one in ast.walk(inside)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    ]


def _bound_in(node: ast.AST, file: str, function: Function | None, looped: bool) -> Iterator[Bound]:
    """What gets a value within a part of a program; in comprehensions only for themselves."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension):
            continue
        if isinstance(child, ast.Name | ast.Attribute | ast.Subscript):
            alone = isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
            value = getattr(node, "value", None) if alone else None
            declared = isinstance(node, ast.AnnAssign) and value is None
            if isinstance(child.ctx, ast.Store) and not declared:
                yield Bound((file, child.lineno), child, value, function, looped)
        if isinstance(child, ast.Call) and (named := _set_by_name(child)):
            yield Bound((file, child.lineno), named, child.args[2], function, looped)
        if isinstance(child, Function):
            yield from _bound_in(child, file, child, False)
        else:
            again = looped or isinstance(child, ast.For | ast.While)
            yield from _bound_in(child, file, function, again)


def _set_by_name(call: ast.Call) -> ast.Attribute | None:
    """What ``setattr(of, "name", value)`` sets."""
    if last_name(call.func) != "setattr" or len(call.args) != 3:
        return None
    of, name, _ = call.args
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return None
    return ast.Attribute(of, name.value, ast.Store())
