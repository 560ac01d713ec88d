"""Loops without ``for``: a function called for each item, or one that ends by calling itself."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterator
from typing import Any

# Which argument of theirs has an item for each call of the function that they are handed.
FOR_EACH = {functools.reduce: 1, map: 1, itertools.starmap: 1, itertools.accumulate: 0}


def called_for_each(function: Any) -> int | None:
    """Which argument a function is run over, which calls another for each item; None of others."""
    return next((at for one, at in FOR_EACH.items() if one is function), None)


def ends_again(function: ast.FunctionDef) -> set[int]:
    """The identity of each call by which a function ends in calling itself.

    As in ``return train(stepped, left - 1)``: what follows is another turn of the same.
    """
    own = function.args.args[0].arg if function.args.args else ""
    return {id(one) for one in _last(function.body) if _name(one.func, own) == function.name}


def _name(called: ast.expr, own: str) -> str:
    """What is called: a function, or a method of the very object (``own``)."""
    if isinstance(called, ast.Attribute):
        is_own = isinstance(called.value, ast.Name) and called.value.id == own
        return called.attr if is_own else ""
    return called.id if isinstance(called, ast.Name) else ""


def _last(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """The calls that are the last that is done in a block."""
    for at, one in enumerate(body):
        is_last = at == len(body) - 1
        if isinstance(one, ast.Return) or (isinstance(one, ast.Expr) and is_last):
            yield from _calls(one.value)
        elif isinstance(one, ast.If):
            for branch in (one.body, one.orelse):
                yield from _last(branch if is_last else [*branch, ast.Pass()])


def _calls(value: ast.expr | None) -> Iterator[ast.Call]:
    if isinstance(value, ast.Call):
        yield value
    elif isinstance(value, ast.IfExp):
        yield from _calls(value.body)
        yield from _calls(value.orelse)
