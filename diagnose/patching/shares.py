"""Edits of two shares that make 1, ``a * x + (1 - a) * y``, each with that of the other."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_number, is_operation
from diagnose.patching.products import factors_of
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit

PAREN = {"lpar": (cst.LeftParen(),), "rpar": (cst.RightParen(),)}
NO_PAREN: dict[str, tuple[()]] = {"lpar": (), "rpar": ()}


def swapped_shares(script: Script, part: str, defect: str) -> Iterator[Edit]:
    """``eps * hard + (1 - eps) / k`` as ``(1 - eps) * hard + eps / k``, outside of the steps.

    Of targets that are smoothed the true class has the large share.
    """
    source, steps = script.source, script.lines("update")
    for node in source.of_type(cst.BinaryOperation):
        if not isinstance(node.operator, cst.Add) or source.line(node) in steps:
            continue
        for one, other in ((node.left, node.right), (node.right, node.left)):
            pair = _shares(one, other)
            if pair is None:
                continue
            share, rest = pair
            mine = one.deep_replace(share, rest.with_changes(**PAREN))
            its = other.deep_replace(rest, share.with_changes(**NO_PAREN))
            left, right = (mine, its) if one is node.left else (its, mine)
            assert isinstance(left, cst.BaseExpression)
            assert isinstance(right, cst.BaseExpression)
            why = "each of the two has the share that is meant for it, and not the other's"
            yield source.edit(node, node.with_changes(left=left, right=right), part, why, defect)
            break


def _shares(
    one: cst.BaseExpression, other: cst.BaseExpression
) -> tuple[cst.BaseExpression, cst.BinaryOperation] | None:
    """The share of one summand, and what is left of 1 for the other one; None for other sums."""
    for rest in within(other):
        if not is_operation(rest, cst.Subtract) or not is_number(rest.left, 1):
            continue
        for share in factors_of(one, opened=True):
            if share.deep_equals(rest.right) and rest in factors_of(other, opened=True):
                return share, rest
    return None
