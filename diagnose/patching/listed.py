"""Edits of lists that steps go through, of which a parameter was left out.

``for k in ("W1", "W2"): p[k] -= rate * g[k]``, where ``b1`` and ``b2`` have gradients, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import at_once_and_each, is_call
from diagnose.patching.placed import stepped_there
from diagnose.patching.places import bindings, bound, key
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import NAME, as_its_own, called, computed, known_names, stepped_in

Literal = cst.Tuple | cst.List
# What belongs together in one turn of a loop: a parameter, and its gradient beside it.
Row = tuple[str, ...]
WHY = "the step is made with {names}, too, of which there is a gradient as of the others"


def listed_as_well(script: Script) -> Iterator[Edit]:
    """What a loop steps, and what is made alike and stepped nowhere: all of it, then each alone.

    Keys of dicts, objects of a class, and names beside those of their gradients.
    """
    source = script.source
    loops = [one for one in source.of_type(cst.For) if stepped_there(source, one)]
    moved = _moved(source, loops)
    for loop in loops:
        lists = _lists(source, loop)
        keys = [[*_texts(one)] for one in lists]
        if len(lists) == 1 and len(keys[0]) == len(lists[0].elements):
            mark = source.text(lists[0].elements[0].value)[0]
            rows: dict[str, Row] = {
                one: (f"{mark}{one}{mark}",) for one in _other_keys(source, keys[0])
            }
        else:
            rows = _other_rows(script, loop, _rows(source, lists))
        free = [(name, texts) for name, texts in rows.items() if name not in moved]
        for some in at_once_and_each(free):
            yield _added(source, lists, some)


def _moved(source: Source, loops: Sequence[cst.For]) -> set[str]:
    """What is stepped somewhere, by its name or by a text in quotes."""
    found = stepped_in(source)
    for one in (each for loop in loops for each in _lists(source, loop)):
        found |= {*_texts(one)} | {called(each.value) for each in one.elements}
    return found


def _lists(source: Source, loop: cst.For) -> list[Literal]:
    """The lists that are written for a loop to go through, several side by side in a ``zip``."""
    given = [loop.iter]
    if is_call(loop.iter, "zip", "enumerate"):
        given = [one.value for one in loop.iter.args]
    found = list[Literal]()
    for one in given:
        every = bound(source, key(one)) if key(one) else []
        made = every[0].value if len(every) == 1 else one
        if not isinstance(made, Literal) or not made.elements:
            return []
        found.append(made)
    return found if len({len(one.elements) for one in found}) == 1 else []


def _texts(literal: Literal) -> Iterator[str]:
    for one in literal.elements:
        if isinstance(one.value, cst.SimpleString):
            yield one.value.raw_value


def _other_keys(source: Source, keys: Sequence[str]) -> list[str]:
    """What each dict has beside all of these keys, in the order of the first one."""
    found = [one for one in _keys(source) if {*keys} <= {*one}]
    every = found[0] if found else []
    return [one for one in every if one not in keys and all(one in other for other in found)]


def _keys(source: Source) -> list[list[str]]:
    """The keys of each dict that is written at once, or place by place."""
    found = [[one.key.raw_value for one in node.elements
              if isinstance(one, cst.DictElement) and isinstance(one.key, cst.SimpleString)]
             for node in source.of_type(cst.Dict)]  # fmt: skip
    found += [[one.keyword.value for one in call.args if one.keyword]
              for call in source.calls_of("dict")]  # fmt: skip
    by_name: dict[tuple[str, int], list[str]] = {}
    for given in source.of_type(cst.AssignTarget):
        target = given.target
        if isinstance(target, cst.Subscript) and called(target) != called(target.value):
            place = key(target.value), id(source.scope(given))
            by_name.setdefault(place, []).append(called(target))
    return [*found, *by_name.values()]


def _rows(source: Source, lists: Sequence[Literal]) -> list[Row]:
    """What belongs together: of each turn the parameter, and what stands beside it."""
    rows: list[Row] = []
    for turn in zip(*(one.elements for one in lists), strict=True):
        values = [one.value for one in turn]
        if len(values) == 1 and isinstance(values[0], Literal):
            values = [one.value for one in values[0].elements]
        if not all(isinstance(one, cst.Name | cst.Attribute) for one in values):
            return []
        rows.append(tuple(source.text(one) for one in values))
    return rows


def _other_rows(script: Script, loop: cst.For, rows: Sequence[Row]) -> dict[str, Row]:
    """The rows of other parameters, named as these are; or of other objects of their class."""
    source, known = script.source, known_names(script.source)
    if rows and len(rows[0]) == 1:
        return {one: (one,) for one in _of_their_class(source, [each for each, *_ in rows])}
    there, passing = {one for row in rows for one in row}, computed(script, loop)
    found: dict[str, Row] = {}
    for other in sorted(known - passing):
        for row in rows:
            own = row[0].rpartition(".")[-1]
            made = tuple(as_its_own(one, own, other) for one in row)
            new = {each for one in made for each in NAME.findall(one)}
            alone = not {*made} & there and len({*made}) == len(made) and new <= known
            if alone and other not in found:
                found[other] = made
    return found


def _of_their_class(source: Source, names: Sequence[str]) -> list[str]:
    """What else is made by the one class by which all of these are made."""
    own = {one.name.value for one in source.of_type(cst.ClassDef)}
    made = {one.name: key(one.value.func) for one in bindings(source)
            if isinstance(one.value, cst.Call) and key(one.value.func) in own}  # fmt: skip
    kinds = {made.get(one, "") for one in names}
    return [one for one, kind in made.items() if kinds == {kind} and one not in names]


def _added(source: Source, lists: Sequence[Literal], some: Sequence[tuple[str, Row]]) -> Edit:
    splices = []
    for at, one in enumerate(lists):
        last = one.elements[-1].value
        inside = len(lists) == 1 and isinstance(last, Literal)
        texts = [f"({', '.join(row)})" if inside else row[at] for _, row in some]
        end = source.span(last)[1] + (1 if inside and last.lpar else 0)
        splices.append(Splice(start=end, end=end, text="".join(f", {text}" for text in texts)))
    why = WHY.format(names=" and ".join(name for name, _ in some))
    return edit_of(splices, "step", why, "frozen-parameter")
