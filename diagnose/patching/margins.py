"""Edits of targets of 0 and 1 that the margin of a hinge is asked of: as -1 and 1.

Where a target is 0, ``1 - t * out`` is 1 for any output, and no output is pushed down.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_call, is_number
from diagnose.patching.samples import last_bound
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, edit_of

FOUND = "margin-targets"
WHY = "targets are -1 and 1, and a margin is asked for on each side of 0"
# A table is made a few lines before its rows are filled.
NEAR = 4
# What gives a table of 0 with a 1 in each row, once rows are taken of it.
UNITS = ("eye", "identity")


def of_margins(script: Script) -> Iterator[Edit]:
    """The table of the targets with -1 for 0; or targets doubled less 1, once they are there."""
    if FOUND not in script.found:
        return
    source = script.source
    lines = {int(script.roles.get("targets", {}).get(name, 0)) for name in ("line", "made")}
    lines |= script.lines_of(FOUND) | script.lines("encode")
    near = {one for line in lines for one in range(line - NEAR, line + 1)}
    flow = {id(one.statement) for one in script.flow("targets")}
    tables = (*source.of_type(cst.Call, cst.Subscript), *source.of_type(cst.IfExp))
    for node in tables:
        there = source.line(node) in near or any(id(one) in flow for one in source.above(node))
        for old, text in _signed(source, node) if there else ():
            yield source.edit(old, text, "targets", WHY, FOUND)
    for one in script.flow("targets"):
        before = isinstance(one.statement, cst.Assign) and not script.trains(one.statement)
        if before and "." not in one.name:
            last = last_bound(source, one, {one.name})
            line = source.inserted_after(last, f"{one.name} = 2 * {one.name} - 1")
            yield edit_of([line], "targets", WHY, FOUND)


def _signed(
    source: Source, node: cst.Call | cst.Subscript | cst.IfExp
) -> Iterator[tuple[cst.CSTNode, str]]:
    """What gives 0 in a table, its rows, or a choice, with what gives -1 for it."""
    both: list[cst.BaseExpression] = []
    if isinstance(node, cst.Subscript):
        text = f"2 * {source.text(node)} - 1"
        if is_call(node.value, *UNITS):
            alone = isinstance(source.parent(node), cst.Assign | cst.Return | cst.Arg)
            yield node, text if alone else f"({text})"
    elif isinstance(node, cst.IfExp):
        both = [node.body, node.orelse]
    elif is_call(node, "zeros", "zeros_like"):
        yield node, "-" + source.text(node).replace("zeros", "ones", 1)
    elif is_call(node, "where"):
        both = [one.value for one in node.args[1:]]
    zeros = [one for one in both if is_number(one, 0)]
    if len(zeros) == 1 and len(both) == 2 and any(is_number(one, 1) for one in both):
        yield zeros[0], source.text(zeros[0]).replace("0", "-1", 1)
