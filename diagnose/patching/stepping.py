"""The steps as a script writes them, and what is stepped by them."""

from __future__ import annotations

import re
from typing import TypeGuard

import libcst as cst

from diagnose.patching.nodes import all_in, is_operation, place_of
from diagnose.patching.places import key, names_in
from diagnose.patching.script import Script
from diagnose.patching.source import Source

# A statement that may step something.
Step = cst.AugAssign | cst.Assign
NAME = re.compile(r"[A-Za-z_]\w*")


def steps_of(script: Script) -> list[Step]:
    """The statements that change what they are given: ``p -= step`` and ``p = p - step``."""
    return [*dict.fromkeys(
        one for role in ("update", "backward") for kind in (cst.AugAssign, cst.Assign)
        for one in script.inside(role, kind)
        if is_step(script.source, one, plain=role == "update")
    )]  # fmt: skip


def is_step(source: Source, node: Step, plain: bool) -> bool:
    """Whether a statement changes what it is given.

    plain: whether any sum is one; else, as in a backward pass, only such as a rate scales.
    """
    if isinstance(node, cst.AugAssign):
        added = isinstance(node.operator, cst.AddAssign | cst.SubtractAssign)
        return added and (plain or isinstance(node.value, cst.BinaryOperation))
    if not is_sum(node.value):
        return False
    left, target = node.value.left, node.targets[0].target
    same = source.text(left) == source.text(target) or is_copied(node.value.left, target)
    return same and (plain or isinstance(node.value.right, cst.BinaryOperation))


def is_copied(old: cst.CSTNode, new: cst.CSTNode) -> bool:
    """Whether both are one place of two dicts: ``new["W"]`` of ``old["W"]``."""
    both = isinstance(new, cst.Subscript) and isinstance(old, cst.Subscript)
    return both and called(new) == called(old) != ""


def is_sum(node: cst.CSTNode) -> TypeGuard[cst.BinaryOperation]:
    """Whether it is a sum or a difference."""
    return is_operation(node, cst.Add | cst.Subtract)


def sum_in(source: Source, node: cst.Assign) -> cst.BinaryOperation | None:
    """The sum by which a statement steps what it gives a value: ``p = p - step``.

    Also of each in a list or a dict: ``ps = [p - step for p, g in zip(ps, gs)]``.
    """
    value, target = node.value, source.text(node.targets[0].target)
    own = [target]
    if isinstance(value, cst.ListComp | cst.DictComp):
        through = value.for_in.iter
        every = [one.value for one in through.args] if isinstance(through, cst.Call) else [through]
        if target in {source.text(one) for one in every}:
            own += [one.value for one in all_in(value.for_in.target, cst.Name)]
        value = value.elt if isinstance(value, cst.ListComp) else value.value
    if not is_sum(value):
        return None
    left = value.left.value if isinstance(value.left, cst.Subscript) else value.left
    return value if {source.text(left), source.text(value.left)} & {*own} else None


def target_of(node: Step) -> cst.BaseExpression:
    """What a statement gives a value."""
    return node.target if isinstance(node, cst.AugAssign) else node.targets[0].target


def called(node: cst.CSTNode) -> str:
    """What a parameter is called by: its name, behind a point or in quotes."""
    if isinstance(node, cst.Subscript):
        index = place_of(node)
        if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
            return index.value.raw_value
        return called(node.value)
    return key(node).rpartition(".")[-1]


def computed(script: Script, step: cst.CSTNode) -> set[str]:
    """What the passes compute, and the turn or the function of a step: ``z1`` is no parameter."""
    source = script.source
    around = next(iter(source.loops(step)), None) or source.scope(step)
    every = [one for role in ("forward", "backward") for one in script.inside(role, cst.Assign)]
    every += all_in(around, cst.Assign) if around is not source.module else []
    return {name for one in every if isinstance(one.value, cst.Call | cst.BinaryOperation)
            if (name := called(one.targets[0].target)) not in names_in(one.value)}  # fmt: skip


def known_names(source: Source) -> set[str]:
    """Whatever is called by a name in the source: variables, attributes, and texts in quotes."""
    texts = {one.raw_value for one in source.of_type(cst.SimpleString)}
    return {one.value for one in source.of_type(cst.Name)} | {*filter(NAME.fullmatch, texts)}


def as_its_own(step: str, other: str, own: str) -> str:
    """The step of one parameter as that of another, whose gradient is called likewise after it."""

    def renamed(name: str) -> str:
        its = name.startswith(other) or name.endswith(other)
        return name.replace(other, own) if its else name

    return NAME.sub(lambda one: renamed(one[0]), step)
