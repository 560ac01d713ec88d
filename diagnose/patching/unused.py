"""Edits that put a bias, which is trained and that nothing takes, into the sum of its layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import all_in, first_in, is_operation
from diagnose.patching.products import sides_of
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.stepping import called, known_names

UNUSED = "unused-bias"
WHY = "the bias of a layer is part of its sum, and not only stepped"
WEIGHT = re.compile(r"weights?|w(?=\d|_|$)", re.I)
# What stands for a weight's letter, or word, in the name of the bias beside it.
NAMED = ("bias", "biases", "B", "b")


def of_unused_biases(script: Script) -> list[Edit]:
    """The bias of a layer added to its product, or the first value of a sum that is made of it."""
    lines = script.lines_of(UNUSED)
    nodes = [one for one in script.source.nodes if _stands_on(script.source, one, lines)]
    found = [*_in_products(script.source, nodes), *_in_sums(script.source, nodes)]
    return list(dict.fromkeys(found))


def left_out(source: Source) -> Iterator[Edit]:
    """The bias that stands beside the weights of a layer, where their product goes without it.

    Told by names alone: ``x @ W1`` where nothing is added to it, and nothing around it adds ``b1``.
    """
    yield from _in_sums(source, [*source.of_type(cst.AugAssign)])
    every = [one for one in source.nodes if isinstance(one, cst.BinaryOperation | cst.Call)]
    for node in every:
        if is_operation(node, cst.Multiply) or _is_added_to(source, node):
            continue
        lines = source.block(source.statement(node))
        beside = [source.text(one) for one in lines if isinstance(one, cst.SimpleStatementLine)]
        for edit in _in_products(source, [node]):
            bias = re.escape(edit.splices[0].text.rpartition("+")[2].strip())
            added = re.compile(rf"[+]=? *{bias}(?!\w)|(?<![\w.]){bias} *[+](?!=)")
            if not any(added.search(one) for one in beside):
                yield edit


def _is_added_to(source: Source, node: cst.CSTNode) -> bool:
    """Whether something is added to it, or to a number of it."""
    above = source.parent(node)
    while isinstance(above, cst.Subscript):
        above = source.parent(above)
    return is_operation(above, cst.Add)


def _stands_on(source: Source, node: cst.CSTNode, lines: frozenset[int]) -> bool:
    kinds = (cst.BinaryOperation, cst.Call, cst.AugAssign)
    return isinstance(node, kinds) and bool(lines.intersection(source.lines(node)))


def _in_products(source: Source, nodes: Sequence[cst.CSTNode]) -> Iterator[Edit]:
    """``x @ W + b``, also of matrices that are multiplied by ``*``; a sum in one expression."""
    for node in nodes:
        if not isinstance(node, cst.BinaryOperation | cst.Call):
            continue
        sides = sides_of(node)
        if is_operation(node, cst.Multiply):
            sides = [one for one in (node.left, node.right) if not _is_number(one)]
        if isinstance(node, cst.Call) and called(node.func) == "sum":
            inner = [one for arg in node.args for one in within(arg)]
            sides = [one for one in inner if isinstance(one, cst.Subscript)]
            calls = [one for one in inner if isinstance(one, cst.Call)]
            sides += [arg.value for one in calls if called(one.func) == "zip" for arg in one.args]
        turns = [one.target for one in all_in(node, cst.CompFor)]
        for bias in filter(None, (_bias_of(source, one) for one in sides)):
            for turn in turns:  # of a number for each turn of the sum there is one bias
                bias = bias.removesuffix(f"[{source.text(turn)}]")
            end = source.span(node)[1] + len(getattr(node, "rpar", ()))
            plus = f"{source.space}+{source.space}{bias}"
            yield _edit(Splice(start=end, end=end, text=plus))


def _is_number(node: cst.BaseExpression) -> bool:
    """Whether it is one number out of a matrix in a list."""
    return isinstance(node, cst.Subscript) and isinstance(node.value, cst.Subscript)


def _in_sums(source: Source, nodes: Sequence[cst.CSTNode]) -> Iterator[Edit]:
    """``total = 0.0`` above a loop of ``total += w[j][i] * x[i]``, as ``total = b[j]``."""
    for node in nodes:
        if not isinstance(node, cst.AugAssign) or not isinstance(node.operator, cst.AddAssign):
            continue
        sides = all_in(node.value, cst.Subscript)
        first = _first(source, node)
        for bias in filter(None, (_bias_of(source, one) for one in sides)):
            if first is not None:
                yield _edit(source.replaced(first, bias))


def _first(source: Source, node: cst.AugAssign) -> cst.BaseExpression | None:
    """The 0 with which a sum begins, above the loop that adds to it; None if there is none."""
    loop = next((one for one in source.above(node) if isinstance(one, cst.For)), None)
    lines = source.block(loop) if loop is not None else []
    for line in lines[: lines.index(loop)][::-1] if loop in lines else ():
        one = first_in(line)
        if not isinstance(one, cst.Assign):
            continue
        if source.text(one.targets[0].target) == source.text(node.target):
            zero = isinstance(one.value, cst.Integer | cst.Float)
            return one.value if zero and not float(source.text(one.value)) else None
    return None


def _bias_of(source: Source, node: cst.BaseExpression) -> str:
    """The bias beside a weight, as the author calls it; nothing where there is none of that name.

    Of a number of a matrix in a list, the number that its row has: ``b[j]`` of ``w[j][i]``.
    """
    row = ""
    if _is_number(node) and isinstance(node, cst.Subscript):
        assert isinstance(node.value, cst.Subscript)
        if not called(node.value.value):
            return ""
        row = source.text(node.value)[len(source.text(node.value.value)) :]
        node = node.value.value
    text, name = source.text(node), called(node)
    known = known_names(source)
    letter = WEIGHT.search(name)
    likest = NAMED[::-1] if letter and len(letter[0]) == 1 else NAMED
    found = [WEIGHT.sub(one, name, count=1) for one in likest]
    new = next((one for one in found if name != one and one in known), "")
    if not name or not new:
        return ""
    head, _, tail = text.rpartition(name)
    return f"{head}{new}{tail}{row}"


def _edit(splice: Splice) -> Edit:
    return Edit(splices=(splice,), part="forward", defect=UNUSED, why=WHY)
