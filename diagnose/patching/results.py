"""Edits of calls whose result nobody keeps: ``scaler.transform(x)``, which changes no ``x``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import key, name_called
from diagnose.patching.products import LIBRARY
from diagnose.patching.script import within
from diagnose.patching.source import Edit, Source

# What makes a new array of the first one that it is handed; ORDERED, in another order.
ORDERED = ("permutation",)
MADE_OF = (*ORDERED, "clip", "sort", "reshape", "maximum", "minimum", "abs", "round")
# And as a method, of its own.
OF_ITS_OWN = ("astype", "reshape", "clip", "ravel", "flatten", "transpose", "round")


def kept_results(source: Source, part: str, defect: str) -> Iterator[Edit]:
    """The result of each such call under the name of what it was made of."""
    giving = {one.name.value for one in source.of_type(cst.FunctionDef) if _gives(source, one)}
    for one in source.of_type(cst.Expr):
        call = one.value
        if not isinstance(call, cst.Call):
            continue
        name, owner = name_called(call), call.func
        its_own = key(owner.value) if isinstance(owner, cst.Attribute) else ""
        made_of = its_own if name in OF_ITS_OWN and its_own not in LIBRARY else ""
        if not made_of and call.args and name in {*MADE_OF, *giving}:
            made_of = key(call.args[0].value)
        if made_of and (part == "order") == (name in ORDERED):
            why = f"what the call makes of {made_of} is kept"
            yield source.edit(call, f"{made_of} = {source.text(call)}", part, why, defect)


def _gives(source: Source, function: cst.FunctionDef) -> bool:
    """Whether a function gives something back that is not itself."""
    return any(
        isinstance(one, cst.Return) and one.value is not None and key(one.value) != "self"
        for one in within(function)
        if source.scope(one) is function
    )
