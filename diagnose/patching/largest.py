"""Edits of the axis along which the largest output is looked for, told by the source alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import at_once_and_each
from diagnose.patching.places import name_called
from diagnose.patching.products import is_of_library
from diagnose.patching.source import Edit, Source

LARGEST = ("argmax", "argmin", "nanargmax")
# By which numbers an axis is written, and the other one of a matrix.
OTHER = {"0": "1", "1": "0", "-1": "0"}
WHY = "the answer of a sample is the class whose output is the largest"


def of_largest(source: Source) -> Iterator[Edit]:
    """The largest along the other axis: of all that are taken at once, and of each; then of none.

    Of a column of outputs ``argmax(o, axis=1)`` is always 0, and so is the first of it.
    """
    calls = [one for one in source.of_type(cst.Call) if name_called(one) in LARGEST]
    turned = [(one, with_axis(source, one, OTHER.get(_axis(source, one), "1"))) for one in calls]
    for some in at_once_and_each(turned):
        yield _edit(source, some)
    for one in calls:
        axis = "" if _axis(source, one) else "0"
        yield _edit(source, [(one, with_axis(source, one, axis))])


def largest_of(source: Source) -> Iterator[tuple[cst.Call, str, str]]:
    """Each call that gives the place of the largest of an array: the array, and the axis."""
    for call in source.of_type(cst.Call):
        if name_called(call) != "argmax":
            continue
        array: cst.CSTNode | None = call.args[0].value if call.args else None
        if not _takes_array(call):
            array = call.func.value if isinstance(call.func, cst.Attribute) else None
        if isinstance(array, cst.Name | cst.Attribute | cst.Subscript | cst.Call):
            yield call, source.text(array), _axis(source, call)


def _edit(source: Source, pairs: Sequence[tuple[cst.Call, str]]) -> Edit:
    return source.edit_each(pairs, "answer", WHY, "misleading-metric")


def _axis(source: Source, call: cst.Call) -> str:
    """The axis as it is written; nothing where none is."""
    plain = [one.value for one in call.args if one.keyword is None]
    named = [one.value for one in call.args if one.keyword and one.keyword.value == "axis"]
    given = named or plain[int(_takes_array(call)) :]
    return source.text(given[0]) if given else ""


def with_axis(source: Source, call: cst.Call, axis: str) -> str:
    """A call with this axis, or without one, whatever it was handed before."""
    taken = [source.text(one.value) for one in call.args[: int(_takes_array(call))]]
    given = ", ".join([*taken, *([f"axis={axis}"] if axis else [])])
    return f"{source.text(call.func)}({given})"


def _takes_array(call: cst.Call) -> bool:
    """Whether the array is its first argument, and not what the method is one of."""
    return is_of_library(call) or not isinstance(call.func, cst.Attribute)
