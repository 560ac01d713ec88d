"""What the values of a step are called, where each of its operations is done."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from diagnose.program.graph import Frame, Graph, Operation, Slot
from diagnose.program.writing import Text
from diagnose.recording.sites import Site


@dataclass(frozen=True, kw_only=True)
class Names:
    """What values are called, by the run of a function in which they are.

    met: from which value on, the name, and the value. turns: what is made at each place, in order.
    """

    met: Mapping[Frame, list[tuple[int, str, int]]]
    turns: Mapping[tuple[Frame, int], list[int]]
    sites: Sequence[Site]
    texts: Mapping[str, Text]


def names_of(graph: Graph, sites: Sequence[Site], texts: Mapping[str, Text]) -> Names:
    """What the values of each run of a function are called there, and from which value on."""
    found: dict[Frame, list[tuple[int, str, int]]] = {}
    turns: dict[tuple[Frame, int], list[int]] = {}
    for one in graph.operations:
        if one.frame not in found:
            bound = graph.bound.get(one.frame, ())
            found[one.frame] = [(value, name, value) for name, value in bound]
        here = found[one.frame]
        turns.setdefault((one.frame, one.site), []).append(one.value)
        for text, argument in zip(one.texts, one.args, strict=False):
            if type(argument) is Slot and is_name(text):
                here.append((one.value, text, argument.value))
        if (target := sites[one.site].target) and is_name(target):
            here.append((one.value, target, one.value))
    return Names(met=found, turns=turns, sites=sites, texts=texts)


def is_name(text: str) -> bool:
    """Whether a text is a variable, an attribute, or an element of one."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not text.endswith(".T")


def called(names: Names, one: Operation, text: str) -> int | None:
    """The value that is called so where an operation is done."""
    met = [(at, value) for at, name, value in names.met.get(one.frame, ()) if name == text]
    return _meant(names, met, one, text)


def alive(names: Names, one: Operation) -> list[tuple[str, int]]:
    """Names that stand for something where an operation is done, with what they stand for."""
    met: dict[str, list[tuple[int, int]]] = {}
    for at, name, value in names.met.get(one.frame, ()):
        met.setdefault(name, []).append((at, value))
    meant = (
        (name, _meant(names, each, one, name))
        for name, each in met.items() if _is_in_turn(names, one, name)
    )  # fmt: skip
    return [(name, value) for name, value in meant if value is not None]


def _meant(
    names: Names, met: Sequence[tuple[int, int]], one: Operation, name: str
) -> int | None:  # fmt: skip
    """What a name that was met in some places stands for where an operation is done.

    What it was last before that, since in another turn of a loop it is something else; or else what
    it is first behind it. An element is another in each turn of a loop: where a loop takes as many
    of them as it does an operation, the first goes with the first.
    """
    known = sorted((at, value) for at, value in met if value < one.value)
    if "[" in name:
        every = [value for _, value in sorted(met)]
        several = [*every[:1], *(new for old, new in pairwise(every) if new != old)]
        turns = names.turns.get((one.frame, one.site), [])
        if len(several) == len(turns) > 1 and one.value in turns:
            value = several[turns.index(one.value)]
            return value if value < one.value else None
    before = [value for at, value in known if at <= one.value]
    return before[-1] if before else known[0][1] if known else None


def _is_in_turn(names: Names, one: Operation, name: str) -> bool:
    """Whether no loop that is over, or not begun, counts in an element's index."""
    file, line = names.sites[one.site].at
    text = names.texts.get(file)
    return "[" not in name or text is None or not text.indexes(name) & text.idle(line)
