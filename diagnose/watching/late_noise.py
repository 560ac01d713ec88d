"""By what random numbers are multiplied, or what they are held against: how much noise there is.

``x + sigma * rng.normal(size=x.shape)`` is another step for each sigma, and of a sigma that grows
from epoch to epoch the first ones tell nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from diagnose.watching.texts import last_name, last_of, targets_of

# What is drawn as noise, or to leave something out; orders and places are drawn by others.
NOISE = {
    "binomial", "exponential", "gauss", "laplace", "normal", "poisson", "rand", "randn", "random",
    "random_sample", "standard_normal", "uniform",
}  # fmt: skip


def amounts(every: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """What scales noise somewhere, what noise is compared with, and what it is drawn by."""
    parts = [*every]
    named = {
        last_of(target)
        for one in parts
        if isinstance(one, ast.Assign | ast.AnnAssign) and one.value and _is_drawn(one.value, set())
        for target in targets_of(one)
    }
    for one in parts:
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult | ast.Div):
            sides = [one.left, one.right]
        elif isinstance(one, ast.Compare) and len(one.comparators) == 1:
            sides = [one.left, one.comparators[0]]
        else:
            if isinstance(one, ast.Call) and last_name(one.func) in NOISE:
                yield from one.args
                yield from (each.value for each in one.keywords)
            continue
        drawn = [_is_drawn(side, named) for side in sides]
        if drawn.count(True) == 1:
            yield sides[drawn.index(False)]


def _is_drawn(given: ast.expr, named: set[str]) -> bool:
    """Whether it is noise, or a multiple of it."""
    if isinstance(given, ast.UnaryOp):
        return _is_drawn(given.operand, named)
    if isinstance(given, ast.BinOp):
        return _is_drawn(given.left, named) or _is_drawn(given.right, named)
    if isinstance(given, ast.Call):
        return last_name(given.func) in NOISE
    return isinstance(given, ast.Name | ast.Attribute) and last_of(given) in named
