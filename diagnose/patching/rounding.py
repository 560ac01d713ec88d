"""Edits of answers that are cut off to whole numbers where the nearest one is meant."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, has
from diagnose.patching.places import key, name_called
from diagnose.patching.script import Script, library
from diagnose.patching.source import Edit

WHY = "an answer is the nearest whole number, and not the one below it"
WHOLE = ("int", "np.int64", "np.int32", "numpy.int64", "numpy.int32")


def rounded(script: Script) -> Iterator[Edit]:
    """``int(answer)``, ``answer.astype(int)`` and ``floor(answer)`` as the nearest whole number."""
    for call in script.source.of_type(cst.Call):
        if not script.trains(call):
            yield from _of_one(script, call)
            yield from _of_arrays(script, call)


def _of_one(script: Script, call: cst.Call) -> Iterator[Edit]:
    if len(call.args) != 1:
        return
    value = call.args[0].value
    if key(call.func) == "int" and (isinstance(value, cst.BinaryOperation) or has(value, cst.Call)):
        yield _edit(script, call.func, "round")
    elif name_called(call) == "floor":
        yield _edit(script, call.func, f"{library(script.source)}.round")


def _of_arrays(script: Script, call: cst.Call) -> Iterator[Edit]:
    """Not of a comparison, which is whole already, and not of what was rounded."""
    source, func = script.source, call.func
    if not isinstance(func, cst.Attribute) or func.attr.value != "astype" or len(call.args) != 1:
        return
    cut = source.text(call.args[0].value).strip("\"'") in WHOLE
    whole = has(func.value, cst.Comparison)
    calls = [name_called(one) for one in all_in(func.value, cst.Call)]
    if cut and calls and not whole and not {"round", "rint", "argmax"} & {*calls}:
        # Without the parentheses around it, which stay.
        text = source.text(func.value.with_changes(lpar=(), rpar=()))
        yield _edit(script, func.value, f"{library(source)}.round({text})")


def _edit(script: Script, old: cst.CSTNode, text: str) -> Edit:
    splice = script.source.replaced(old, text)
    return Edit(splices=(splice,), part="answer", why=WHY, defect="misleading-metric")
