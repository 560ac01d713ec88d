"""Edits of a list or a table that is cut into training and test in the order in which it was read.

Two arrays that are cut alike are put into one order (``seen``, ``slips``); here samples and labels
lie in one, as pairs or as rows, so that it is shuffled as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import has
from diagnose.patching.pairs import MIXING
from diagnose.patching.places import Binding, bindings, key, name_called, names_in
from diagnose.patching.products import is_of_library
from diagnose.patching.script import random_of, random_of_lists
from diagnose.patching.source import Edit, Scope, Source

# What makes a list of anything.
LISTS = ("list", "sorted", "readlines", "split", "splitlines")
WHY = "samples of every class are on both sides of the split, since they are shuffled before it"


def of_whole_splits(source: Source, lines: frozenset[int] | None = None) -> Iterator[Edit]:
    """``train, test = rows[:n], rows[n:]`` below a shuffle of the rows.

    lines: where the parts are taken, one of which is to be among them; anywhere, if it is None.
    Not of what is shuffled anywhere, nor where another array is cut alike, whose order would stay.
    """
    cut = [*_parts(source)]
    places = {(id(one.scope), _slice(source, one)): set[str]() for one in cut}
    for one in cut:
        places[id(one.scope), _slice(source, one)].add(_base(one))
    met: set[tuple[int, str]] = set()
    for one in cut:
        name, its = _base(one), (id(one.scope), _base(one))
        parts = [each for each in cut if (id(each.scope), _base(each)) == its]
        if its in met or not _is_whole(source, parts) or is_mixed(source, name, one.scope):
            continue
        met.add(its)
        alone = all(places[its[0], _slice(source, each)] == {name} for each in parts)
        at = {line for each in parts for line in source.lines(source.statement(each.statement))}
        if not alone or (lines is not None and not at & lines):
            continue
        first = min((source.statement(each.statement) for each in parts), key=source.line)
        by = random_of_lists if _is_list(source, name) else random_of
        text = f"{by(source, first)}.shuffle({name})"
        yield Edit(
            splices=(source.inserted_before(first, text),), part="data", defect="sorted-split",
            why=WHY,
        )  # fmt: skip


def _parts(source: Source) -> Iterator[Binding]:
    """What is given a slice of a variable, and not in a loop."""
    for one in bindings(source):
        part = one.value
        if not isinstance(part, cst.Subscript) or not isinstance(part.value, cst.Name):
            continue
        single = len(part.slice) == 1 and isinstance(part.slice[0].slice, cst.Slice)
        if single and not source.loops(one.statement):
            yield one


def _base(one: Binding) -> str:
    return key(one.value.value) if isinstance(one.value, cst.Subscript) else ""


def _slice(source: Source, one: Binding) -> str:
    return source.text(one.value.slice[0]) if isinstance(one.value, cst.Subscript) else ""


def _is_whole(source: Source, parts: list[Binding]) -> bool:
    """Whether one part is the beginning, and another one goes on to the end from there or later."""
    ends = [each.split(":") for each in (_slice(source, one) for one in parts)]
    begins = any(not one[0].strip() and one[1].strip() for one in ends)
    return begins and any(one[0].strip() and not one[1].strip() for one in ends)


def is_mixed(source: Source, name: str, scope: Scope) -> bool:
    """Whether anything there puts it into a random order, be it before it gets this name."""
    shuffled = {
        key(one.args[0].value) for one in source.of_type(cst.Call)
        if name_called(one) == "shuffle" and one.args and source.scope(one) is scope
    }  # fmt: skip
    made = [one for one in bindings(source) if one.value is not None and one.scope is scope]
    drawn = {one.name for one in made if one.value and MIXING.search(source.text(one.value))}
    for one in made:
        taken = one.value.slice if isinstance(one.value, cst.Subscript) else ()
        orders = {each for part in taken for each in names_in(part)}
        if one.name == name and orders & (drawn | shuffled):
            return True
    called = {name_called(one.value) for one in made
              if one.name == name and isinstance(one.value, cst.Call)}  # fmt: skip
    own = [one for one in source.of_type(cst.FunctionDef) if one.name.value in called]
    return name in drawn | shuffled or any(MIXING.search(source.text(one)) for one in own)


def _is_list(source: Source, name: str) -> bool:
    """Whether it is known to be a list, which Python's own shuffle takes."""
    for one in bindings(source):
        made = one.value
        if one.name != name or made is None:
            continue
        if isinstance(made, cst.List | cst.ListComp) or isinstance(one.statement, cst.Call):
            return True
        if isinstance(made, cst.Call) and name_called(made) in LISTS and not is_of_library(made):
            return True
        if has(made, cst.Subscript) and isinstance(made, cst.Subscript):
            return key(made.value) != name and _is_list(source, key(made.value))
    return False
