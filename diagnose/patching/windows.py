"""Edits of windows of a series whose target is one of their own numbers: as the next one."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import name_called
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Source, Splice

WINDOW = "target-in-window"


def of_windows(script: Script) -> list[Edit]:
    """The place of a target one further; and with one window less, where it is the last."""
    source = script.source
    found = []
    for node in _taken(script):
        taken = node.slice[0].slice if len(node.slice) == 1 else None
        further = _further(source, taken) if taken is not None else ()
        found += [further, (*further, *_one_fewer(source, node))] if further else []
    why = "the target is the number that comes after the window"
    return [
        Edit(splices=some, part="targets", defect=WINDOW, why=why) for some in dict.fromkeys(found)
    ]


def _taken(script: Script) -> Iterator[cst.Subscript]:
    """What targets are taken out of: on a line that a finding names, and where they come from."""
    source = script.source
    lines = script.lines_of(WINDOW)
    made = [one.value for one in script.flow("targets") if one.value is not None]
    inner = [node for one in made for node in within(one)]
    every = [
        *inner,
        *(node for node in source.of_type(cst.Subscript) if source.line(node) in lines),
    ]
    yield from {id(one): one for one in every if isinstance(one, cst.Subscript)}.values()


def _further(source: Source, taken: cst.BaseSlice) -> tuple[Splice, ...]:
    """An index one further, or the bounds of a slice."""
    if isinstance(taken, cst.Index):
        return (source.replaced(taken.value, _next(source, taken.value)),)
    if not isinstance(taken, cst.Slice) or taken.lower is None or taken.step is not None:
        return ()
    low = source.replaced(taken.lower, _next(source, taken.lower))
    if taken.upper is None:
        return (low,)
    last = source.text(taken.upper) == "-1"
    text = "" if last else _next(source, taken.upper)
    return low, source.replaced(taken.upper, text)


def _next(source: Source, node: cst.BaseExpression) -> str:
    """``i + n`` of ``i + n - 1``, and ``i + 1`` of ``i``."""
    return _without_one(source, node, cst.Subtract) or _and_one(source, node, "+")


def _before(source: Source, node: cst.BaseExpression) -> str:
    """``n - m`` of ``n - m + 1``, and ``n - 1`` of ``n``."""
    return _without_one(source, node, cst.Add) or _and_one(source, node, "-")


def _without_one(source: Source, node: cst.BaseExpression, sign: type[cst.BaseBinaryOp]) -> str:
    """What 1 is added to or taken from; nothing where that is not so."""
    by_one = isinstance(node, cst.BinaryOperation) and source.text(node.right) == "1"
    if isinstance(node, cst.BinaryOperation) and by_one and isinstance(node.operator, sign):
        return source.text(node.left)
    return ""


def _and_one(source: Source, node: cst.BaseExpression, sign: str) -> str:
    return f"{source.text(node)}{source.space}{sign}{source.space}1"


def _one_fewer(source: Source, node: cst.CSTNode) -> tuple[Splice, ...]:
    """The range of the windows that a target is taken in, with one less at its end."""
    for one in source.above(node):
        loops = [one.iter] if isinstance(one, cst.For) else []
        loops += [one.for_in.iter] if isinstance(one, cst.ListComp | cst.GeneratorExp) else []
        for each in loops:
            if isinstance(each, cst.Call) and name_called(each) == "range":
                last = each.args[min(len(each.args), 2) - 1].value
                return (source.replaced(last, _before(source, last)),)
    return ()
