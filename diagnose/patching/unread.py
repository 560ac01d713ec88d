"""Edits of values that are computed and read nowhere, beside one that is taken twice."""

from __future__ import annotations

import libcst as cst

from diagnose.patching.places import bindings, key
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source


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
