"""What the values of a step are called, where each of its operations is done."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from diagnose.program.graph import Frame, Graph, Operation, Slot
from diagnose.recording.rewriting import Site

Names = dict[Frame, list[tuple[int, str, int]]]


def names_of(graph: Graph, sites: Sequence[Site]) -> Names:
    """What the values of each run of a function are called there, and from which value on."""
    found: Names = {}
    for one in graph.operations:
        here = found.setdefault(one.frame, [(-1, *each) for each in graph.bound.get(one.frame, ())])
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
    return dict(alive(names, one)).get(text)


def alive(names: Names, one: Operation) -> list[tuple[str, int]]:
    """Names that stand for something where an operation is done, with what they stand for.

    As they were met last before it, since in another turn of a loop they are something else; or
    else first behind it.
    """
    every = [each for each in names.get(one.frame, ()) if each[2] < one.value]
    before = {name: value for at, name, value in every if at <= one.value}
    behind = {name: value for at, name, value in reversed(every) if at > one.value}
    return [*(behind | before).items()]
