"""Edits of targets that are the number of a class at each of several outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_operation, kept_in
from diagnose.patching.places import bindings, name_called
from diagnose.patching.script import bare, library
from diagnose.patching.source import Edit, Source

# One column, and its new axis: by ``reshape``, or as ``y[:, None]``.
COLUMN = re.compile(r"^(?P<base>.+?)(\.reshape\( *-1 *, *1 *\)|\[ *: *, *(None|\w+\.newaxis) *\])$")
# The last number of a shape: how many outputs there are.
LAST = re.compile(r"(\w+) *\)* *$")
TWO = 2
WHY = "each class has an output of its own, which is 1 for its samples and 0 for the others"


def of_repeated_labels(source: Source) -> Iterator[Edit]:
    """``y.reshape(-1, 1) * np.ones((1, 3))``, three times the label, as ``np.eye(3)[y]``.

    Also by ``tile`` and ``repeat``, and rows of a table of 0 that are given a label:
    ``T[i] = y[i]`` as ``T[i, y[i]] = 1``.
    """
    for node in source.of_type(cst.BinaryOperation):
        if is_operation(node, cst.Multiply):
            for column, ones in ((node.left, node.right), (node.right, node.left)):
                if isinstance(ones, cst.Call) and name_called(ones) == "ones" and ones.args:
                    yield from _as_table(source, node, column, ones.args[0].value)
    for call in source.of_type(cst.Call):
        given = [one.value for one in call.args]
        if name_called(call) in ("tile", "repeat") and len(given) >= TWO:
            yield from _as_table(source, call, given[0], given[1])
    for one in source.of_type(cst.Assign):
        yield from _of_row(source, one)


def _as_table(
    source: Source, whole: cst.CSTNode, column: cst.BaseExpression, shape: cst.BaseExpression
) -> Iterator[Edit]:
    """A column that is repeated for each output, as a table with one 1 in each row."""
    base = COLUMN.match(source.text(column))
    count = LAST.search(source.text(shape))
    if base is not None and count is not None and count[1] not in ("0", "1"):
        labels = base["base"]
        text = f"{library(source)}.eye({count[1]})[{labels}]"
        yield source.edit(whole, text, "targets", WHY, "output-range")


def _of_row(source: Source, node: cst.Assign) -> Iterator[Edit]:
    """A row of a table of 0 that is given one number of an array."""
    target, value = node.targets[0].target, node.value
    if not isinstance(target, cst.Subscript) or not isinstance(value, cst.Subscript):
        return
    rows = [one.slice for one in target.slice if isinstance(one.slice, cst.Index)]
    if len(rows) != 1 or len(target.slice) > TWO or not source.loops(node):
        return
    turn, name = source.text(rows[0].value), kept_in(target)
    if source.text(value.slice[-1]) != turn or not name or not _is_table(source, name):
        return
    text = f"{source.text(target.value)}[{turn}, {bare(source.text(value), value)}]"
    pairs = [(target, text), (value, "1")]
    yield source.edit_each(pairs, "targets", WHY, "output-range")


def _is_table(source: Source, name: str) -> bool:
    """Whether it is made as an array of 0 of two axes."""
    for one in bindings(source):
        made = one.value
        if one.name == name and isinstance(made, cst.Call) and name_called(made) == "zeros":
            shape = made.args[0].value if made.args else None
            if isinstance(shape, cst.Tuple) and len(shape.elements) == TWO:
                return source.text(shape.elements[1].value) != "1"
    return False
