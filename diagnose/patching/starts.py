"""Edits of the first weights of what a script steps, told by the source alone."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import bindings, key, name_called
from diagnose.patching.script import bare, library, random_of, within
from diagnose.patching.source import Edit, Source
from diagnose.patching.starting import CONSTANT, SHAPE, SIZES, WHY, sizes_in, whole_draw
from diagnose.patching.stepping import called

MATRIX = 2


def of_starts(source: Source) -> Iterator[Edit]:
    """All weights drawn for their number of inputs: by rows, and by columns.

    Those that are made with two sizes, where something of that name is stepped, or in a list.
    """
    drawn = [one for one in _draws(source) if _is_matrix(source, one)]
    for place in (0, 1):
        splices = []
        for call in drawn:
            sizes = sizes_in(call)
            space, np = source.space, library(source)
            fan_in = bare(source.text(sizes[place]), sizes[place])
            shape = ", ".join(source.text(one) for one in sizes)
            spread = f"{np}.sqrt(1{space}/{space}{fan_in})"
            text = f"{random_of(source, call)}.normal(0, {spread}, ({shape}))"
            splices.append(source.replaced(whole_draw(source, call), text))
        if splices:
            yield Edit(
                splices=tuple(dict.fromkeys(splices)), part="start", why=WHY,
                defect="initialization-scale",
            )  # fmt: skip


def _is_matrix(source: Source, call: cst.Call) -> bool:
    """Whether it has two sizes, none of which is that of a bias."""
    sizes = [source.text(one) for one in sizes_in(call)]
    return len(sizes) == MATRIX and "1" not in sizes


def _draws(source: Source) -> Iterator[cst.Call]:
    """The calls that make first weights: those of what is stepped, by its name or in a list."""
    stepped = {called(one.target) for one in source.of_type(cst.AugAssign)}
    for one in source.of_type(cst.Assign):
        value, target = one.value, one.targets[0].target
        own = isinstance(value, cst.BinaryOperation) and source.text(value.left) == source.text(
            target
        )
        stepped |= {called(target)} if own else set()
    gone = set[int]()
    for given in bindings(source):
        name = given.name.rpartition(".")[-1]
        if name not in stepped - {""} or given.value is None:
            continue
        for node in within(given.value):
            kind = name_called(node) if isinstance(node, cst.Call) else ""
            made = kind in (*SIZES, *SHAPE, *CONSTANT) and kind != "empty"
            if isinstance(node, cst.Call) and made and id(node) not in gone:
                gone.add(id(node))
                if key(node.func) != "zip":
                    yield node
