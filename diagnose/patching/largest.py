"""Edits of how the largest output is looked for, told by the source alone: the axis, the start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from diagnose.patching.nodes import Number, all_in, at_once_and_each, is_number
from diagnose.patching.places import bindings, key, name_called, names_in
from diagnose.patching.products import is_of_library
from diagnose.patching.source import Edit, Source

LARGEST = ("argmax", "argmin", "nanargmax")
# By which numbers an axis is written, and the other one of a matrix.
OTHER = {"0": "1", "1": "0", "-1": "0"}
WHY = "the answer of a sample is the class whose output is the largest"


def of_largest(source: Source) -> Iterator[Edit]:
    """The largest along the other axis: of all that are taken at once, and of each; then of none.

    Of a column of outputs ``argmax(o, axis=1)`` is always 0, and so is the first of it. Before
    these, where it is looked for in a loop of the author's own.
    """
    yield from of_searches(source)
    calls = [one for one in source.of_type(cst.Call) if name_called(one) in LARGEST]
    turned = [(one, with_axis(source, one, OTHER.get(_axis(source, one), "1"))) for one in calls]
    for some in at_once_and_each(turned):
        yield _edit(source, some)
    for one in calls:
        axis = "" if _axis(source, one) else "0"
        yield _edit(source, [(one, with_axis(source, one, axis))])


def of_searches(source: Source) -> Iterator[Edit]:
    """``best = 1`` before a loop that looks for the largest number, from the first one on.

    And where the largest number itself is kept, ``top = 0``: less than any, as all may be below 0.
    """
    for one in source.of_type(cst.If):
        test = one.test
        if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
            continue
        larger = isinstance(test.comparisons[0].operator, cst.GreaterThan | cst.GreaterThanEqual)
        held, given = test.comparisons[0].comparator, _given(source, one)
        if not larger or not isinstance(test.left, cst.Subscript | cst.Name):
            continue
        if isinstance(held, cst.Name) and given.get(held.value) == source.text(test.left):
            turns = {name for loop in source.loops(one) if isinstance(loop, cst.For)
                     for name in names_in(loop.target)}  # fmt: skip
            where = [name for name, text in given.items() if text in turns and name != held.value]
            for number in _starts(source, one, held.value) if where else ():
                yield _edit(source, [(number, '-float("inf")')])
        if not isinstance(held, cst.Subscript) or not isinstance(test.left, cst.Subscript):
            continue
        best, turn = (_index(source, each) for each in (held, test.left))
        if source.text(held.value) != source.text(test.left.value) or given.get(best) != turn:
            continue
        for number in _starts(source, one, best):
            pairs: list[tuple[cst.CSTNode, str]] = [] if is_number(number, 0) else [(number, "0")]
            pairs += [(late, "1") for late in _late(source, one, turn)]
            if pairs:
                yield _edit(source, pairs)


def _given(source: Source, node: cst.If) -> dict[str, str]:
    """What the lines of a condition give to names, as it is written."""
    found = dict[str, str]()
    for one in all_in(node.body, cst.Assign):
        target, value = one.targets[0].target, one.value
        pairs: list[tuple[cst.BaseExpression, cst.BaseExpression]] = [(target, value)]
        if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
            both = zip(target.elements, value.elements, strict=False)
            pairs = [(each.value, its.value) for each, its in both]
        found |= {key(each): source.text(its) for each, its in pairs if key(each)}
    return found


def _index(source: Source, node: cst.Subscript) -> str:
    return source.text(node.slice[0].slice) if len(node.slice) == 1 else ""


def _starts(source: Source, node: cst.If, name: str) -> Iterator[Number]:
    """The number that a name has before the loop in which it is looked for."""
    scope, begins = source.scope(node), source.span(node)[0]
    for one in bindings(source):
        before = one.scope is scope and source.span(one.statement)[0] < begins
        if one.name == name and before and isinstance(one.value, cst.Integer | cst.Float):
            yield one.value


def _late(source: Source, node: cst.If, turn: str) -> Iterator[cst.BaseExpression]:
    """Where the loop through the numbers begins, if that is behind the second one."""
    for loop in source.loops(node):
        steps = loop.iter if isinstance(loop, cst.For) and key(loop.target) == turn else None
        if isinstance(steps, cst.Call) and name_called(steps) == "range" and len(steps.args) > 1:
            first = steps.args[0].value
            if isinstance(first, cst.Integer) and int(first.evaluated_value) > 1:
                yield first


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


def _edit(source: Source, pairs: Sequence[tuple[cst.CSTNode, str]]) -> Edit:
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
