"""Edits of the first weights of what a script steps, told by the source alone."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import bindings, key, name_called
from diagnose.patching.script import bare, library, random_of, random_of_lists, within
from diagnose.patching.source import Edit, Source
from diagnose.patching.starting import CONSTANT, SHAPE, SIZES, WHY, sizes_in, whole_draw
from diagnose.patching.stepping import called, sum_in

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


def lists_of_one_number(source: Source) -> Iterator[Edit]:
    """``[[0.5 for _ in range(n)] for _ in range(m)]`` and ``[[0.5] * n ...``, drawn instead.

    All of them that a step changes, by their own name or by that of a row.
    """
    rows = {
        one.name: key(one.value.value)
        for one in bindings(source) if isinstance(one.value, cst.Subscript)
    }  # fmt: skip
    stepped = _stepped(source)
    stepped |= {rows[name].rpartition(".")[-1] for name in stepped & rows.keys()}
    splices = [
        source.replaced(row, text)
        for given in bindings(source) if given.name.rpartition(".")[-1] in stepped - {""}
        if isinstance(given.value, cst.ListComp) and (row := given.value.elt)
        if not any(isinstance(up, cst.For | cst.While) for up in source.above(given.statement))
        if (text := _drawn_row(source, row))
    ]  # fmt: skip
    if splices:
        yield Edit(
            splices=tuple(dict.fromkeys(splices)), part="start", why=WHY,
            defect="symmetric-initialization",
        )  # fmt: skip


def _drawn_row(source: Source, row: cst.BaseExpression) -> str:
    """A list of one number as one of numbers that are drawn; nothing for any other list."""
    if isinstance(row, cst.ListComp) and isinstance(row.for_in.iter, cst.Call):
        number, call = row.elt, row.for_in.iter
        count = call.args[0].value if name_called(call) == "range" and len(call.args) == 1 else None
    elif isinstance(row, cst.BinaryOperation) and isinstance(row.left, cst.List):
        number, count = row.left.elements[0].value if row.left.elements else row.left, row.right
    else:
        return ""
    if not isinstance(number, cst.Integer | cst.Float) or count is None:
        return ""
    uniform = f"{random_of_lists(source, row)}.uniform(-1, 1)"
    space, many = source.space, bare(source.text(count), count)
    return (
        f"[{uniform}{space}/{space}{many}{space}**{space}0.5 for _ in range({source.text(count)})]"
    )


def _is_matrix(source: Source, call: cst.Call) -> bool:
    """Whether it has two sizes, none of which is that of a bias."""
    sizes = [source.text(one) for one in sizes_in(call)]
    return len(sizes) == MATRIX and "1" not in sizes


def _draws(source: Source) -> Iterator[cst.Call]:
    """The calls that make first weights: those of what is stepped, by its name or in a list."""
    stepped = _stepped(source)
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


def _stepped(source: Source) -> set[str]:
    """What is changed by what it is: ``w -= step`` and ``w = w - step``."""
    stepped = {called(one.target) for one in source.of_type(cst.AugAssign)}
    return stepped | {
        called(one.targets[0].target) for one in source.of_type(cst.Assign) if sum_in(source, one)
    }  # fmt: skip
