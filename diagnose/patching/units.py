"""Edits of answers that are numbers: brought back to the unit that the targets had."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_operation
from diagnose.patching.places import key
from diagnose.patching.script import Script, bare, within
from diagnose.patching.source import Edit

UNIT = "answer-unit"


def in_their_unit(script: Script) -> Iterator[Edit]:
    """``answer * spread + mean`` behind the training, where targets are ``(y - mean) / spread``."""
    source, space = script.source, script.source.space
    times, plus = f"{space}*{space}", f"{space}+{space}"
    if script.network.classes:
        return
    for mean, spread in dict.fromkeys(_scaled(script)):
        for node in source.of_type(cst.BinaryOperation):
            if script.trains(node):
                continue
            sides = [source.text(one) for one in (node.left, node.right)]
            parent = source.parent(node)
            added = is_operation(parent, cst.Add)
            if isinstance(node.operator, cst.Multiply) and spread in sides and not added:
                inner = isinstance(parent, cst.BinaryOperation | cst.Attribute | cst.Subscript)
                apart = inner and not node.lpar
                text = f"{source.text(node.with_changes(lpar=[], rpar=[]))}{plus}{mean}"
                yield _edit(script, node, f"({text})" if apart else text)
            if isinstance(node.operator, cst.Add):
                taken = node.left
                if is_operation(taken, cst.Multiply):
                    taken = taken.left
                elif sides[1] != mean:
                    continue
                text = f"{bare(source.text(taken), taken)}{times}{spread}{plus}{mean}"
                if text != source.text(node):
                    yield _edit(script, node, text)
        for value in _named(script):
            text = f"{bare(source.text(value), value)}{times}{spread}{plus}{mean}"
            yield _edit(script, value, text)


def _scaled(script: Script) -> Iterator[tuple[str, str]]:
    """What targets are taken less of, and what they are divided by, as the script writes it."""
    source = script.source
    for one in script.flow("targets"):
        for node in within(one.value) if one.value is not None else ():
            if not is_operation(node, cst.Divide):
                continue
            less = node.left
            if is_operation(less, cst.Subtract):
                yield source.text(less.right), bare(source.text(node.right), node.right)


def _named(script: Script) -> Iterator[cst.BaseExpression]:
    """What is given back, or kept, on a line of which it was seen that answers miss their unit."""
    source, lines = script.source, script.lines_of(UNIT)
    for one in source.of_type(cst.Return):
        if one.value is not None and source.line(one) in lines:
            yield one.value
    for made in source.of_type(cst.Assign):
        if source.line(made) in lines and key(made.targets[0].target):
            yield made.value


def _edit(script: Script, old: cst.CSTNode, text: str) -> Edit:
    why = "answers are brought back to the unit in which the targets were"
    return script.source.edit(old, text, "answer", why, UNIT)
