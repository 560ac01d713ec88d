"""Comprehensions that are run for what they do: ``[step(x, y) for x, y in batches]`` trains."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def trains_within(tree: ast.Module) -> set[int]:
    """The identity of the first loop of each comprehension whose items are steps.

    An item is one if it calls a function of the program that adds to what outlives its call, by
    itself or through another such function; the turns of such a comprehension are told as those of
    any loop.
    """
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    steps = {name for name, one in functions.items() if _adds(one)}
    while more := {
        name for name, one in functions.items() if name not in steps and steps & set(_called(one))
    }:
        steps |= more
    return {
        id(node.generators[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.ListComp | ast.GeneratorExp)
        and (steps & set(_called(node.elt)) or _goes_on(node.elt))
    }


def _goes_on(item: ast.expr) -> bool:
    """Whether an item is made of the one before: ``[w := step(w, x) for x in batches]``."""
    return any(
        isinstance(one, ast.NamedExpr)
        and one.target.id in {name.id for name in ast.walk(one.value) if isinstance(name, ast.Name)}
        for one in ast.walk(item)
    )


def _adds(function: ast.FunctionDef) -> bool:
    """Whether a function adds to an attribute, to an item, or to what a name outside stands for."""
    shared = {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    # arrays that a loop goes through, or that were handed over, are added to where they are
    handed = {one.arg for one in function.args.args}
    handed |= {
        name for node in ast.walk(function) if isinstance(node, ast.For) for name in _names(node)
    }
    handed |= {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _whose(node.value) in handed
        for one in _single(node.targets)
        if (name := _whose(one)) and isinstance(one, ast.Name)
    }
    targets: list[ast.expr]
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign):
            targets, names = [node.target], shared | handed
        elif isinstance(node, ast.Assign) and _is_sum(node.value):
            targets, names = _single(node.targets), shared
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute | ast.Subscript):
                return True
            if isinstance(target, ast.Name) and target.id in names:
                return True
    return False


def _whose(node: ast.expr) -> str:
    """The name of which a value is a part, as ``theta`` in ``theta[0].W``; nothing for others."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(loop: ast.For) -> set[str]:
    return {one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)}


def _single(targets: list[ast.expr]) -> list[ast.expr]:
    """What is assigned to, one by one."""
    return [
        one
        for target in targets
        for one in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
    ]


def _is_sum(value: ast.expr) -> bool:
    """Whether a value is a sum, or a list or a tuple of such."""
    if isinstance(value, ast.ListComp | ast.GeneratorExp):
        return _is_sum(value.elt)
    if isinstance(value, ast.Tuple | ast.List):
        return any(map(_is_sum, value.elts))
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub)


def _called(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Name):
                yield one.func.id
            elif isinstance(one.func, ast.Attribute):
                yield one.func.attr
