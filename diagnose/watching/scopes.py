"""What a name stands for where it is used: the variables of each function, and what calls call."""

from __future__ import annotations

import ast
from functools import cached_property

from diagnose.watching.by_their_use import ByTheirUse
from diagnose.watching.texts import Texts, apart, last_name, pairs, positional_of, variables_of

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = Function | ast.Module
Giving = ast.Assign | ast.For | ast.AsyncFor | ast.comprehension
# A variable by its scope, or an attribute of whatever object.
Key = tuple[ast.AST | None, str]


class Scopes:
    """The scopes of a program, and what is around each part of it.

    functions: by the names by which they are called. names: the variables that each scope has of
    its own. attributes: those that objects are given.
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.use = ByTheirUse(texts)
        self.around = {**texts.outer}
        self.functions = texts.called_by
        scopes = [one for one in texts.every if isinstance(one, Scope)]
        self.names: dict[Scope, set[str]] = {one: {*variables_of(one)} for one in scopes}
        self.attributes = {
            one.attr
            for one in texts.every
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
        }

    def stands_in(self, expression: ast.expr, statement: ast.stmt) -> None:
        """Take an expression for a part of a statement."""
        for one in ast.walk(expression):
            for child in ast.iter_child_nodes(one):
                self.around[child] = one
        self.around[expression] = statement

    def scope_of(self, node: ast.AST) -> ast.AST:
        """The innermost function around a node, or the module."""
        while not isinstance(node, ast.Module):
            node = self.around[node]
            if isinstance(node, Function):
                return node
        return node

    def key(self, name: str, scope: ast.AST) -> Key:
        """The variable that a name stands for in a scope."""
        while not isinstance(scope, ast.Module):
            if isinstance(scope, Function) and name in self.names[scope]:
                break
            scope = self.scope_of(scope)
        return scope, name

    def base(self, target: ast.expr, scope: ast.AST) -> Key | None:
        """The variable, or the attribute, that is changed where something is assigned."""
        while isinstance(target, ast.Subscript | ast.Starred):
            target = target.value
        if isinstance(target, ast.Attribute):
            return None, target.attr
        if not isinstance(target, ast.Name) or target.id in self.texts.modules:
            return None
        return self.key(target.id, scope)

    @cached_property
    def given(self) -> dict[Key, list[tuple[Giving, ast.expr, ast.expr | None]]]:
        """Each time that a variable, or a part of it, gets a value: where, the target, and what.

        None where that is a number of the loop's own.
        """
        found: dict[Key, list[tuple[Giving, ast.expr, ast.expr | None]]] = {}
        for one in (each for each in self.texts.every if isinstance(each, Giving)):
            sides = [
                pair for each in one.targets for pair in pairs(each, one.value, whole=True)
            ] if isinstance(one, ast.Assign) else [*pairs(one.target, one.iter)]  # fmt: skip
            for target, of in sides:
                for key in {self.base(each, self.scope_of(one)) for each in apart(target)}:
                    if key is not None and key[0] is not None:
                        found.setdefault(key, []).append((one, target, of))
        return found

    def called(self, func: ast.expr, scope: ast.AST) -> list[Function]:
        """The functions that a name may call; of a variable, an object's own if it has one."""
        name = last_name(func)
        if isinstance(func, ast.Attribute) and self.use.is_plain(last_name(func.value)):
            return []
        if name in self.functions:
            return self.functions[name]
        where = self.key(name, scope)[0]
        own = self.names[where] if isinstance(where, Scope) else set()
        is_variable = name in (self.attributes if isinstance(func, ast.Attribute) else own)
        return self.functions.get("__call__", []) if is_variable else []


def by_name(call: ast.Call, function: Function) -> list[tuple[str, ast.expr]]:
    """What is handed to a function, each with the name that it has there; nothing if unknown."""
    names = positional_of(function)
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    named = [*names[: len(call.args)], *[""] * (len(call.args) - len(names))]
    named += [one.arg or "" for one in call.keywords]
    return [*zip(named, [*call.args, *(one.value for one in call.keywords)], strict=True)]
