"""What the values of a step are called, where each of its operations is done."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from diagnose.program.graph import Frame, Graph, Operation, Slot
from diagnose.recording.sites import Site

Names = dict[Frame, list[tuple[int, str, int]]]


def names_of(graph: Graph, sites: Sequence[Site]) -> Names:
    """What the values of each run of a function are called there, and from which value on."""
    found: Names = {}
    for one in graph.operations:
        if one.frame not in found:
            bound = graph.bound.get(one.frame, ())
            found[one.frame] = [(value, name, value) for name, value in bound]
        here = found[one.frame]
        for text, argument in zip(one.texts, one.args, strict=False):
            if type(argument) is Slot and is_name(text):
                here.append((one.value, text, argument.value))
        if (target := sites[one.site].target) and is_name(target):
            here.append((one.value, target, one.value))
    return found


def is_name(text: str) -> bool:
    """Whether a text is a variable, an attribute, or an element of one."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not text.endswith(".T")


def called(names: Names, one: Operation, text: str) -> int | None:
    """The value that is called so where an operation is done."""
    met = [(at, value) for at, name, value in names.get(one.frame, ()) if name == text]
    return _meant(met, one)


def alive(names: Names, one: Operation) -> list[tuple[str, int]]:
    """Names that stand for something where an operation is done, with what they stand for."""
    met: dict[str, list[tuple[int, int]]] = {}
    for at, name, value in names.get(one.frame, ()):
        met.setdefault(name, []).append((at, value))
    meant = ((name, _meant(each, one)) for name, each in met.items())
    return [(name, value) for name, value in meant if value is not None]


def _meant(met: Sequence[tuple[int, int]], one: Operation) -> int | None:
    """What a name that was met in some places stands for where an operation is done.

    What it was last before that, since in another turn of a loop it is something else; or else what
    it is first behind it.
    """
    known = sorted((at, value) for at, value in met if value < one.value)
    before = [value for at, value in known if at <= one.value]
    return before[-1] if before else known[0][1] if known else None
