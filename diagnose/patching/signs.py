"""Edits of signs: steps that go up the loss, and differences the other way round.

And of what pulls weights to 0, be it by what its numbers are called where no steps were read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst

from diagnose.patching.nodes import Variable, is_operation, only_arg
from diagnose.patching.places import factors_of, key, names_in
from diagnose.patching.script import PART, Script, edited
from diagnose.patching.source import Edit, Splice, edit_of
from diagnose.patching.stepping import is_step, is_sum, steps_of, target_of

TURNED: dict[type[Any], type[Any]] = {
    cst.Add: cst.Subtract, cst.Subtract: cst.Add,
    cst.AddAssign: cst.SubtractAssign, cst.SubtractAssign: cst.AddAssign,
}  # fmt: skip
WHY = "the step goes down the loss"
OTHER_SIGN, MINUS = "goes into the gradient with the other sign", "the minus turns the gradient"
FOUND = "weight-decay"
DIVIDED = "what pulls weights to 0 is divided as the gradient is"
TOWARDS = "weights are pulled to 0, and not away from it"
GONE = "the step goes down the gradient, and no weight is pulled"


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


def of_decay(script: Script) -> list[Edit]:
    """What pulls weights to 0 divided as the gradient is, or left out; all lines at once.

    It belongs to no part: a gradient with it is right, and only a training tells whether it is too
    much.
    """
    source = script.source
    weights = {one.weight for one in script.network.layers}
    found: dict[tuple[str, str], list[Splice]] = {}
    for node, pull in _pulls(script):
        left = node.left
        if is_operation(left, cst.Divide):
            by = source.text(left.operator) + source.text(left.right)
            text = f"{source.text(pull)}{by}"
            found.setdefault((DIVIDED, ""), []).append(source.replaced(pull, text))
        if isinstance(node.operator, cst.Subtract) and key(left) not in weights:
            new = node.with_changes(operator=spaced(cst.Add, node.operator))
            found.setdefault((TOWARDS, ""), []).append(source.replaced(node, new))
        # what pulls to 0 as it should is too strong, or no mistake
        defect = FOUND if isinstance(node.operator, cst.Add) else ""
        found.setdefault((GONE, defect), []).append(source.replaced(node, left))
    return [edit_of(some, "gradient", *said) for said, some in found.items()]


def too_strong(script: Script) -> list[Edit]:
    """The same, where a weight decay was found to be too much: then it is the likeliest edit."""
    return of_decay(script) if FOUND in script.found else []


def _pulls(script: Script) -> Iterator[tuple[cst.BinaryOperation, cst.BinaryOperation]]:
    """Sums of a gradient and some times its weight, and what is added there."""
    names = _weights(script)
    every = [one for role in ("backward", "update")
             for one in script.operations(role, cst.Add, cst.Subtract)]  # fmt: skip
    for node in {id(one): one for one in every}.values():
        if isinstance(pull := node.right, cst.BinaryOperation):
            factors = factors_of(pull, opened=True)
            own = [one for one in factors if _array(one) in names]
            others = {name for one in factors if one not in own for name in names_in(one)}
            if len(own) == 1 and not others & names:
                yield node, pull


def _array(node: cst.CSTNode) -> str:
    """The name of the array that this is a place of, or the sign of, as an L1 penalty has it."""
    while inner := node.value if isinstance(node, cst.Subscript) else only_arg(node, "sign"):
        node = inner
    return key(node)


def _weights(script: Script) -> set[str]:
    """The names of the weights: those that were read, and what the steps of the script are of."""
    stepped = {_array(target_of(one)) for one in steps_of(script)}
    own = {one.weight for one in script.network.layers}
    return (stepped | own | {f"self.{one}" for one in own}) - {""}
