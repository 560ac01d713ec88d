"""Which way a reason went in each epoch that was seen, by the number of the epoch alone."""

from __future__ import annotations

import ast
import itertools

from diagnose.recording.operations import BINARY, COMPARE
from diagnose.watching.texts import Loop, last_name

RANGES = {"range", "trange"}
RECKONED = ast.Add | ast.Sub | ast.Mod | ast.FloorDiv


def ways_seen(loop: Loop, reason: ast.expr, over: int) -> list[bool]:
    """Which way a reason went in each epoch; [] where not the epoch alone tells.

    loop: over the epochs, whose number is its own, ``for epoch in range(1, 100)``. over: how many
    of them were seen.
    """
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
        return []
    first = 0
    if not isinstance(loop.iter, ast.Call):
        return []
    given = loop.iter.args
    if last_name(loop.iter.func) not in RANGES or len(given) > 2 or _is_bound_within(loop):
        return []
    if len(given) == 2:
        if not isinstance(given[0], ast.Constant) or type(given[0].value) is not int:
            return []
        first = given[0].value
    went = (_value(reason, loop.target.id, first + at) for at in range(over))
    return [bool(one) for one in itertools.takewhile(lambda one: one is not None, went)]


def _is_bound_within(loop: ast.For) -> bool:
    """Whether the number of an epoch gets a value within it, too."""
    assert isinstance(loop.target, ast.Name)
    return any(
        isinstance(one, ast.Name)
        and isinstance(one.ctx, ast.Store)
        and one.id == loop.target.id
        and one is not loop.target
        for one in ast.walk(loop)
    )


def _value(reason: ast.expr, name: str, number: int) -> bool | int | None:
    """What an expression of whole numbers and of one name gives for a number; None of any other."""
    if isinstance(reason, ast.Constant) and isinstance(reason.value, int):
        return reason.value
    if isinstance(reason, ast.Name):
        return number if reason.id == name else None
    if isinstance(reason, ast.UnaryOp) and isinstance(reason.op, ast.Not):
        given = _value(reason.operand, name, number)
        return None if given is None else not given
    if isinstance(reason, ast.BoolOp):
        parts = [_value(one, name, number) for one in reason.values]
        if None in parts:
            return None
        return all(parts) if isinstance(reason.op, ast.And) else any(parts)
    if isinstance(reason, ast.Compare) and len(reason.ops) == 1:
        sides = [_value(one, name, number) for one in (reason.left, reason.comparators[0])]
        done = COMPARE.get(type(reason.ops[0]).__name__)
        return None if done is None or None in sides else done(*sides)
    if isinstance(reason, ast.BinOp) and isinstance(reason.op, RECKONED):
        sides = [_value(one, name, number) for one in (reason.left, reason.right)]
        done = BINARY[type(reason.op).__name__]
        return None if None in sides or not sides[1] else done(*sides)
    return None
