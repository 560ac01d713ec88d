"""Edits of signs: steps that go up the loss, and differences the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst

from diagnose.patching.nodes import Variable, is_operation
from diagnose.patching.script import PART, Script, edited
from diagnose.patching.source import Edit, Splice, edit_of
from diagnose.patching.stepping import is_step, is_sum

TURNED: dict[type[Any], type[Any]] = {
    cst.Add: cst.Subtract, cst.Subtract: cst.Add,
    cst.AddAssign: cst.SubtractAssign, cst.SubtractAssign: cst.AddAssign,
}  # fmt: skip
WHY = "the step goes down the loss"
OTHER_SIGN, MINUS = "goes into the gradient with the other sign", "the minus turns the gradient"


@dataclass(frozen=True)
class Turned:
    """A step with the other sign; up: whether it is one that is added as found."""

    splice: Splice
    up: bool


def signs(script: Script, role: str) -> Iterator[Edit]:
    """A difference the other way round, a step with the other sign.

    First all steps at once, and all that are added: who slips there, slips in each.
    """
    every = [each for one in ("backward", "update") for each in _turned_steps(script, one)]
    up = [one for one in every if one.up]
    for some in (every,) if len(up) == len(every) else (every, up):
        splices = tuple(dict.fromkeys(one.splice for one in some))
        if len(splices) > 1:
            yield edit_of(splices, PART[role], WHY, "update-direction")
    for one in _turned_steps(script, role):
        # in an update where others are added; those that are added come below
        if role == "backward" or (up and not one.up):
            yield edit_of([one.splice], PART[role], WHY, "update-direction")
    for node in script.inside(role, cst.AugAssign):
        if type(node.operator) in TURNED:
            yield edited(script, role, node, turned(node), WHY, "update-direction")
    for node in script.inside(role, cst.BinaryOperation):
        if isinstance(node.operator, cst.Subtract) and role == "backward":
            if isinstance(node.left, Variable) and isinstance(node.right, Variable):
                new = node.with_changes(left=node.right, right=node.left)
                yield edited(script, role, node, new, WHY, "wrong-gradient")
        elif isinstance(node.operator, cst.Add) and role == "update":
            yield edited(script, role, node, turned(node), WHY, "update-direction")


def _turned_steps(script: Script, role: str) -> Iterator[Turned]:
    """``p += step`` or ``p = p + step`` with the other sign, of what a network is made of.

    Also where it is given back, ``return p + rate * g``. In a backward pass a sum that is not
    stepped by a rate is one of gradients.
    """
    source, plain = script.source, role == "update"
    for one in script.inside(role, cst.AugAssign):
        counts = isinstance(one.value, cst.Integer)
        scaled = is_operation(one.value, cst.Multiply)
        if type(one.operator) in TURNED and ((plain and not counts) or scaled):
            yield Turned(source.replaced(one, turned(one)), isinstance(one.operator, cst.AddAssign))
    for node in script.inside(role, cst.BinaryOperation):
        above = source.parent(node)
        if not is_sum(node) or "max(" in source.text(node.right):
            continue  # what is taken off before an exponential is no step
        if isinstance(above, cst.Assign):
            stepped = is_step(source, above, plain=True) and (
                plain or is_operation(node.right, cst.Multiply)
            )
        else:
            given = isinstance(above, cst.Element | cst.Return | cst.DictElement | cst.ListComp)
            array = isinstance(node.left, cst.Name | cst.Attribute | cst.Subscript)
            stepped = plain and given and array and is_operation(node.right, cst.Multiply)
        if stepped:
            yield Turned(source.replaced(node, turned(node)), isinstance(node.operator, cst.Add))


def turned(node: cst.AugAssign | cst.BinaryOperation) -> cst.CSTNode:
    """The same with the other sign."""
    return node.with_changes(operator=spaced(TURNED[type(node.operator)], node.operator))


def spaced(kind: Any, old: Any) -> Any:
    """An operator with the spaces around it that another one had."""
    return kind(whitespace_before=old.whitespace_before, whitespace_after=old.whitespace_after)
