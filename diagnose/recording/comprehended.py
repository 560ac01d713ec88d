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
        if isinstance(node, ast.ListComp | ast.GeneratorExp) and steps & set(_called(node.elt))
    }


def _adds(function: ast.FunctionDef) -> bool:
    """Whether a function adds to an attribute, to an item or to a global name."""
    shared = {
        name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names
    }
    for node in ast.walk(function):
        added = isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.BinOp)
            and isinstance(node.value.op, ast.Add | ast.Sub)
        )
        if not added:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:  # type: ignore[attr-defined]
            if isinstance(target, ast.Attribute | ast.Subscript):
                return True
            if isinstance(target, ast.Name) and target.id in shared:
                return True
    return False


def _called(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Name):
                yield one.func.id
            elif isinstance(one.func, ast.Attribute):
                yield one.func.attr
