"""Edits of what is made and nobody reads: ``scaler.transform(x)``, which changes no ``x``.

And of what is computed and read nowhere, beside a value that is taken twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import bindings, key, name_called
from diagnose.patching.products import LIBRARY
from diagnose.patching.script import Script, within
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


def taken_twice(script: Script) -> list[Edit]:
    """``x, y = f(t)`` and then ``[x, x]``, where nothing reads ``y``, as ``[x, y]``."""
    source = script.source
    found = list[Edit]()
    rows: list[cst.List | cst.Tuple] = [*source.of_type(cst.List), *source.of_type(cst.Tuple)]
    for node in rows:
        names = [key(one.value) for one in node.elements]
        if isinstance(source.parent(node), cst.AssignTarget | cst.For):
            continue
        for at, name in enumerate(names):
            if not name or name not in names[:at]:
                continue
            for other in _beside(source, node, name):
                element = node.elements[at].value
                why = f"{name} is there already, and nothing reads {other}"
                found.append(source.edit(element, other, "data", why))
    return found


def _beside(source: Source, node: cst.CSTNode, name: str) -> list[str]:
    """What was made in one statement with a name, and is read nowhere."""
    scope = source.scope(node)
    here = [one for one in bindings(source) if one.scope is scope]
    made = {id(one.statement) for one in here if one.name == name}
    read = [one.value for one in source.of_type(cst.Name) if source.scope(one) is scope]
    beside = dict.fromkeys(one.name for one in here if id(one.statement) in made)
    return [one for one in beside if one != name and read.count(one) == 1]
