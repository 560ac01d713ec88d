"""Edits of R2: what is explained is 1 less the squared errors by the squares around the mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import all_in, is_number, is_operation
from diagnose.patching.places import bindings, key, name_called
from diagnose.patching.script import Script, bare, library
from diagnose.patching.source import Edit, Source

# Of other quotients of errors nothing is known.
NAMED = re.compile(r"\br[ _]?(\^|\*\*)?2\b|r²|r2_|explained|r_?squared|determin", re.I)
REDUCING = ("sum", "mean")
WHY = "R2 is 1 less the squared errors by the squares of what the targets are off their mean"


def of_explained(script: Script) -> Iterator[Edit]:
    """The squares around the mean of the targets, where errors are divided by others; ``1 -``."""
    source, space = script.source, script.source.space
    if script.network.classes or not NAMED.search(source.code.decode()):
        return
    for node in source.of_type(cst.BinaryOperation):
        if not isinstance(node.operator, cst.Divide) or script.trains(node):
            continue
        errors, around = (_written(source, one) for one in (node.left, node.right))
        reduced = next((name_called(one) for one in all_in(errors, cst.Call)
                        if name_called(one) in REDUCING), "")  # fmt: skip
        squares = [one.left for one in all_in(errors, cst.BinaryOperation)
                   if is_operation(one, cst.Power) and is_number(one.right, 2)]  # fmt: skip
        off = [one for one in squares if is_operation(one, cst.Subtract)]
        if len(off) != 1 or not reduced or not _is_spread(around):
            continue
        above = source.parent(node)
        less = is_operation(above, cst.Subtract) and is_number(above.left, 1)
        pairs = [] if less else [(node, f"1{space}-{space}{source.text(node)}")]
        if pairs:
            yield _edit(source, pairs)
        for side in (off[0].left, off[0].right):
            mine, numpy = bare(source.text(side), side), library(source)
            mean = f"{mine}{space}-{space}{numpy}.mean({source.text(side)})"
            text = f"{numpy}.{reduced}(({mean}){space}**{space}2)"
            if around is not node.right:
                yield _edit(source, [(around, text), *pairs])
            elif pairs:
                whole = f"1{space}-{space}{source.text(node.left)}{space}/{space}{text}"
                yield _edit(source, [(node, whole)])
            else:
                yield _edit(source, [(around, text)])


def _is_spread(node: cst.BaseExpression) -> bool:
    """Whether squares are added up there, or a variance is taken: no number of samples."""
    powers = [one for one in all_in(node, cst.BinaryOperation) if is_operation(one, cst.Power)]
    return bool(powers) or any(name_called(one) == "var" for one in all_in(node, cst.Call))


def _edit(source: Source, pairs: Sequence[tuple[cst.BaseExpression, str]]) -> Edit:
    return source.edit_each(pairs, "answer", WHY, "misleading-metric")


def _written(source: Source, node: cst.BaseExpression) -> cst.BaseExpression:
    """What a name was given last; anything else as it is."""
    name, scope = key(node), source.scope(node)
    given = [one.value for one in bindings(source)
             if one.name == name != "" and one.scope is scope and one.value is not None
             and isinstance(one.statement, cst.Assign)]  # fmt: skip
    return given[-1] if given and given[-1] is not None else node
