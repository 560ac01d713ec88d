"""Edits of what pulls weights to 0: its sign, what it is divided by, or all of it left out."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_operation, only_arg
from diagnose.patching.places import factors_of, key, names_in
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Splice, edit_of
from diagnose.patching.stepping import steps_of, target_of

FOUND = "weight-decay"
DIVIDED = "what pulls weights to 0 is divided as the gradient is"
TOWARDS = "weights are pulled to 0, and not away from it"
GONE = "the step goes down the gradient, and no weight is pulled"


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
            old = node.operator
            plus = cst.Add(old.whitespace_before, old.whitespace_after)
            new = node.with_changes(operator=plus)
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
