"""Edits of the step: its sign, its place, and the slips that are made in optimizers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.arithmetic import signs
from diagnose.patching.places import NUMBERED, bindings, key, names_in, parameters
from diagnose.patching.script import Script, edited, library
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.sums import sums_begun_anew

# A step reads its parameter, its gradient and a rate, and seldom more.
MOST_NAMES = 4
NAME = re.compile(r"[A-Za-z_]\w*")


def of_step(script: Script) -> list[Edit]:
    """Edits of the step."""
    return [
        *in_place(script),
        *to_its_own_name(script),
        *sums_begun_anew(script),
        *signs(script, "update"),
        *stepped_as_well(script),
        *given_back(script),
        *of_optimizers(script),
    ]


def in_place(script: Script) -> Iterator[Edit]:
    """Steps that change the array that the network uses."""
    yield from bound_in_place(script.source, script.lines("update") | script.lines("backward"))


def bound_in_place(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """``p = p - step``, which binds a new array to a passing name, as ``p -= step``.

    All of them at once, and each alone: who writes one so writes the others so.
    """
    every = [*_bound_in_place(source, lines)]
    for splices in dict.fromkeys([tuple(every), *((one,) for one in every)]):
        if splices:
            yield Edit(
                splices=splices, part="step", defect="frozen-parameter",
                why="the array that the network uses is changed, and no new one made",
            )  # fmt: skip


def _bound_in_place(source: Source, lines: frozenset[int]) -> Iterator[Splice]:
    for node in source.of_type(cst.Assign):
        if source.line(node) not in lines or len(node.targets) != 1:
            continue
        value, target = node.value, node.targets[0].target
        if not isinstance(value, cst.BinaryOperation) or not key(target):
            continue
        if not isinstance(value.operator, cst.Subtract) or key(value.left) != key(target):
            continue
        yield source.replaced(node, f"{key(target)} -= {source.text(value.right)}")


def to_its_own_name(script: Script) -> Iterator[Edit]:
    """A step that is kept under a name that nobody reads, under that of the parameter it is of."""
    source = script.source
    lines = script.lines("update") | script.named
    for node in source.of_type(cst.Assign):
        target = node.targets[0].target
        if source.line(node) not in lines or not isinstance(target, cst.Name):
            continue
        read = [one for one in source.of_type(cst.Name) if one.value == target.value]
        if any(source.scope(one) is source.scope(node) and one is not target for one in read):
            continue
        own = [one for one in dict.fromkeys(names_in(node.value)) if one in source.names]
        for name in own[:MOST_NAMES]:
            yield Edit(
                splices=(source.replaced(target, name),), part="step", defect="frozen-parameter",
                why=f"the step is one of {name}, and {target.value} is read nowhere",
            )  # fmt: skip


def stepped_as_well(script: Script) -> Iterator[Edit]:
    """The step of a parameter that has none, written as that of its sibling is."""
    source = script.source
    steps = [
        one
        for one in [*script.inside("update", cst.AugAssign), *script.inside("update", cst.Assign)]
        if _target(one)
    ]
    moved = {_target(one) for one in steps}
    for one in steps:
        for other, text in _siblings(source, one):
            if other not in moved:
                yield Edit(
                    splices=(source.inserted_after(source.statement(one), text),), part="step",
                    why=f"{other} is moved by its gradient, too", defect="frozen-parameter",
                )  # fmt: skip


def _siblings(source: Source, step: cst.AugAssign | cst.Assign) -> Iterator[tuple[str, str]]:
    """The same step for the parameters of another number, or of another object of the class."""
    target, text = _target(step), source.text(step)
    if (own := NUMBERED.fullmatch(target)) is not None:
        for other in sorted(source.names | {each.name for each in bindings(source)}):
            its = NUMBERED.fullmatch(other)
            if its is not None and its[1] == own[1]:
                yield other, re.sub(rf"(?<=[A-Za-z_]){own[2]}\b", its[2], text)
    name, _, attribute = target.partition(".")
    made = {
        one.name: key(one.value.func)
        for one in bindings(source)
        if isinstance(one.value, cst.Call) and key(one.value.func)
    }
    for other, by in made.items():
        if attribute and other != name and made.get(name) == by:
            yield f"{other}.{attribute}", re.sub(rf"\b{re.escape(name)}\b", other, text)


def given_back(script: Script) -> Iterator[Edit]:
    """``return W - rate * dW, b``: what is given back as it came, stepped as what is beside it."""
    source = script.source
    for node in source.of_type(cst.Tuple):
        if source.line(node) not in script.lines("update"):
            continue
        values = [one.value for one in node.elements]
        scope = source.scope(node)
        known = {*parameters(scope)} if isinstance(scope, cst.FunctionDef) else set[str]()
        steps = [
            one
            for one in values
            if isinstance(one, cst.BinaryOperation) and isinstance(one.left, cst.Name)
        ]
        for still in values if steps else ():
            if not isinstance(still, cst.Name):
                continue
            written = source.text(steps[0])
            made = _as_its_own(written, key(steps[0].left), still.value)
            if {*NAME.findall(made)} <= known | {*NAME.findall(written)}:
                yield Edit(
                    splices=(source.replaced(still, made),), part="step",
                    defect="frozen-parameter", why=f"{still.value} is stepped as well",
                )  # fmt: skip


def _as_its_own(step: str, other: str, own: str) -> str:
    """The step of one parameter as that of another, whose gradient is called likewise after it."""

    def called(name: str) -> str:
        its = name.startswith(other) or name.endswith(other)
        return name.replace(other, own) if its else name

    return NAME.sub(lambda one: called(one[0]), step)


def _target(node: cst.AugAssign | cst.Assign) -> str:
    return key(node.target if isinstance(node, cst.AugAssign) else node.targets[0].target)


def of_optimizers(script: Script) -> Iterator[Edit]:
    """Slips of momentum, AdaGrad, RMSprop and Adam: a factor, a root, a square, a share left."""
    source = script.source
    for node in script.inside("update", cst.BinaryOperation):
        if isinstance(node.operator, cst.Multiply):
            for gone, kept in ((node.left, node.right), (node.right, node.left)):
                why = f"{source.text(gone)} does not belong into this product"
                yield edited(script, "update", node, kept, why, "update-direction")
        rooted = re.search(r"sqrt|\*\* ?0?\.5", source.text(node.right))
        if isinstance(node.operator, cst.Divide) and not rooted:
            yield from _rooted(script, node)
    for node in script.inside("update", cst.Name):
        parent = source.parent(node)
        if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Multiply):
            share = f"(1{source.space}-{source.space}{node.value})"
            why = "what is kept of a mean and what is added to it make 1"
            yield edited(script, "update", node, share, why, "update-direction")
            why = f"the mean is one of squares of {node.value}"
            yield edited(script, "update", node, f"{node.value}**2", why, "update-direction")


def _rooted(script: Script, node: cst.BinaryOperation) -> Iterator[Edit]:
    """A quotient whose divisor is a mean of squares, less a small number, as the root of it."""
    source, right = script.source, node.right
    divisor = right.left if isinstance(right, cst.BinaryOperation) else right
    if isinstance(divisor, cst.Name | cst.Attribute | cst.Subscript):
        text = f"{library(source)}.sqrt({source.text(divisor)})"
        why = "a step is divided by the root of the mean square, which is as large as the gradient"
        yield edited(script, "update", divisor, text, why, "update-direction")
