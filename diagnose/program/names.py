"""What the values of a step are called, where each of its operations is done."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from diagnose.program.graph import Frame, Graph, Operation, Slot
from diagnose.program.writing import Text
from diagnose.recording.sites import Site


class Met(NamedTuple):
    """A name that is met: from which value on, what it stands for, and at which place."""

    at: int
    value: int
    name: str
    site: int


@dataclass(frozen=True, kw_only=True)
class Names:
    """What values are called, by the run of a function in which they are.

    turns: what is made at each place, in order.
    """

    met: Mapping[Frame, list[Met]]
    turns: Mapping[tuple[Frame, int], list[int]]
    sites: Sequence[Site]
    texts: Mapping[str, Text]


def names_of(graph: Graph, sites: Sequence[Site], texts: Mapping[str, Text]) -> Names:
    """What the values of each run of a function are called there, and from which value on."""
    found: dict[Frame, list[Met]] = {}
    turns: dict[tuple[Frame, int], list[int]] = {}
    for one in graph.operations:
        if one.frame not in found:
            bound = graph.bound.get(one.frame, ())
            found[one.frame] = [Met(value, value, name, -1) for name, value in bound]
        here = found[one.frame]
        turns.setdefault((one.frame, one.site), []).append(one.value)
        for text, argument in zip(one.texts, one.args, strict=False):
            if type(argument) is Slot and is_name(text):
                here.append(Met(one.value, argument.value, text, one.site))
        if (target := sites[one.site].target) and is_name(target):
            here.append(Met(one.value, one.value, target, one.site))
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
    return _meant(names, [each for each in names.met.get(one.frame, ()) if each.name == text], one)


def alive(names: Names, one: Operation) -> list[tuple[str, int]]:
    """Names that stand for something where an operation is done, with what they stand for."""
    met: dict[str, list[Met]] = {}
    for each in names.met.get(one.frame, ()):
        met.setdefault(each.name, []).append(each)
    meant = (
        (name, _meant(names, several, one))
        for name, several in met.items() if _is_in_turn(names, one, name)
    )  # fmt: skip
    return [(name, value) for name, value in meant if value is not None]


def _meant(names: Names, met: Sequence[Met], one: Operation) -> int | None:
    """What a name that was met in some places stands for where an operation is done.

    What it was last before that, since in another turn of a loop it is something else; or else what
    it is first behind it. An element is another in each turn of a loop: where a loop takes as many
    of them as it does an operation, the first goes with the first.
    """
    if met and "[" in met[0].name:
        turns = names.turns.get((one.frame, one.site), [])
        met = _in_turn(met, turns, one.value) or met
    known = sorted((each.at, each.value) for each in met if each.value < one.value)
    before = [value for at, value in known if at <= one.value]
    return before[-1] if before else known[0][1] if known else None


def _in_turn(met: Sequence[Met], turns: Sequence[int], done: int) -> list[Met]:
    """Of elements those that are met in the turn in which an operation is done.

    turns: what it makes in each. Of each place that takes as many elements, one for each turn.
    """
    if len(turns) < 2 or done not in turns:
        return []
    found = []
    for site in {each.site for each in met}:
        every = sorted(each for each in met if each.site == site)
        several = [*every[:1], *(new for old, new in pairwise(every) if new.value != old.value)]
        if len(several) == len(turns):
            found.append(several[turns.index(done)])
    return found


def _is_in_turn(names: Names, one: Operation, name: str) -> bool:
    """Whether no loop that is over, or not begun, counts in an element's index."""
    file, line = names.sites[one.site].at
    text = names.texts.get(file)
    return "[" not in name or text is None or not text.indexes(name) & text.idle(line)
