"""Edits of R2: what is explained is 1 less the squared errors by the squares around the mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.activations import has_weight
from diagnose.patching.nodes import all_in, has, is_number, is_operation
from diagnose.patching.places import bindings, key, made_of, name_called
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
        less = f"1{space}-{space}{source.text(node)}"
        pairs = [(node, less)] if _lacks_one(source, node) else []
        if pairs:
            yield _edit(source, pairs)
        for side in _targets(script, off[0]):
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


def _lacks_one(source: Source, node: cst.BaseExpression) -> bool:
    """Whether a quotient is called R2 where it stands, or is read on, and nowhere taken off 1.

    An error by the spread of the targets is right as it is, though R2 be printed beside it.
    """
    read: list[cst.CSTNode] = [node]
    met, said = set[cst.CSTNode](), False
    for one in read:
        for around in source.above(one):
            if is_operation(around, cst.Subtract) and is_number(around.left, 1):
                return False
        line, scope = source.statement(one), source.scope(one)
        if line in met or not isinstance(line, cst.SimpleStatementLine):
            continue
        met.add(line)
        names = {key(each.target) for each in all_in(line, cst.AssignTarget)}
        if isinstance(scope, cst.FunctionDef) and has(line, cst.Return):
            names.add(scope.name.value)
        said = said or any(NAMED.search(each) for each in (source.text(line), *names))
        read += [each for each in source.of_type(cst.Name) if each.value in names]
    return said


def _targets(script: Script, off: cst.BinaryOperation) -> list[cst.BaseExpression]:
    """The side of a difference that no weight is in; both where that does not tell."""
    sides, text = [off.left, off.right], script.source.text
    weights = [one.weight for one in script.network.layers]
    asked = [
        any(has_weight(name, text(part)) for part in made_of(script.source, [one])
            for name in weights)
        for one in sides
    ]  # fmt: skip
    return [one for one, is_asked in zip(sides, asked, strict=True) if not is_asked] or sides


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
