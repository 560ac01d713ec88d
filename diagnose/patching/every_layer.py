"""Edits of loops over layers and parameters that leave out the first or the last of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, is_number, is_operation, within
from diagnose.patching.places import name_called
from diagnose.patching.script import Script, bare
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.stepping import sum_in

# How people call what steps a layer, or hands an error through it.
STEPPING = re.compile(r"updat|step|apply|adjust|learn|descen|optim|backw|bwd|backprop", re.I)
# Slices that leave out an end, and what stands in their place; backwards all but the first.
LEFT_OUT = {
    ("1", "", ""): "", ("", "-1", ""): "", ("1", "-1", ""): "", ("", "0", "-1"): "[::-1]",
}  # fmt: skip
WHY = "every layer is stepped, also the first and the last one"


def every_one(script: Script) -> Iterator[Edit]:
    """``for layer in layers[1:]`` as ``for layer in layers``, where each of them is stepped."""
    source = script.source
    for loop in source.of_type(cst.For):
        for splice in _whole(source, loop) if _steps(source, loop) else ():
            yield Edit(splices=(splice,), part="step", why=WHY, defect="frozen-parameter")


def _steps(source: Source, loop: cst.For) -> bool:
    """Whether a loop takes something off what it is given, or calls what does, and no loop in it.

    What goes through epochs or batches has such a loop in it, or may have none of its own.
    """
    if any(isinstance(one, cst.For | cst.While) for one in within(loop.body)):
        return False
    down = any(isinstance(one.operator, cst.SubtractAssign) for one in all_in(loop, cst.AugAssign))
    sums = any(sum_in(source, one) is not None for one in all_in(loop, cst.Assign))
    called = (one.value for one in all_in(loop, cst.Expr))
    calls = any(isinstance(one, cst.Call) and STEPPING.search(name_called(one)) for one in called)
    return down or sums or calls


def _whole(source: Source, loop: cst.For) -> Iterator[Splice]:
    """What a loop goes through, with what a slice or a range leaves out of it at its ends."""
    for one in all_in(loop.iter, cst.Subscript):
        part = one.slice[0].slice if len(one.slice) == 1 else None
        if not isinstance(part, cst.Slice):
            continue
        ends = (part.lower, part.upper, part.step)
        written = tuple(source.text(each) if each is not None else "" for each in ends)
        if written in LEFT_OUT:
            yield source.replaced(one, source.text(one.value) + LEFT_OUT[written])
    call = loop.iter
    if not isinstance(call, cst.Call) or name_called(call) != "range":
        return
    given = [one.value for one in call.args]
    if len(given) == 2 and is_number(given[0], 1) and not is_operation(given[1], cst.Add):
        yield source.replaced(call, f"range({source.text(given[1])})")
    if len(given) == 1 and is_operation(given[0], cst.Subtract) and is_number(given[0].right, 1):
        yield source.replaced(given[0], bare(source.text(given[0].left), given[0].left))
