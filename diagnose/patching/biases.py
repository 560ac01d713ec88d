"""Edits of what layers are made of: a bias that nothing takes or steps, and hidden units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

import libcst as cst

from diagnose.network.record import widths
from diagnose.patching.nodes import all_in, is_operation
from diagnose.patching.places import (
    bindings,
    bound,
    factors_of,
    is_given,
    key,
    literals,
    names_in,
    sides_of,
)
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.starting import sizes_in
from diagnose.patching.stepping import Step, called, known_names, steps_of, target_of

BIAS = re.compile(r"bias|^b(_?\d+|_.*|[ho])?$|_b$", re.I)
WEIGHT = re.compile(r"weights?|w(?=\d|_|$)", re.I)
# What a wider twin says that the author's network lacks, and nothing beside it.
UNITS = re.compile(r"(\d+)( and \d+)* hidden units")
SIZE = "size"
# What a hidden layer stands between.
LAYERS = 2
UNUSED = "unused-bias"
SUMMED = (cst.BinaryOperation, cst.Call, cst.AugAssign)
IN_SUM = "the bias of a layer is part of its sum, and not only stepped"
# What stands for a weight's letter, or word, in the name of the bias beside it.
NAMED = ("bias", "biases", "B", "b")


def _gradient(script: Script, step: Step) -> tuple[str, str] | None:
    """The gradient in a step as it is written there, and that of the bias: the sum of the error.

    Of a gradient that has a name, the name; it is made in the same function, where the error is.
    """
    source = script.source
    names = [*dict.fromkeys(names_in(step.value))]
    values = {"": step.value} | {
        one.name: one.value for one in bindings(source)
        if one.name in names and one.value is not None and one.scope is source.scope(step)
    }  # fmt: skip
    for name, value in values.items():
        for node in within(value):
            if error := _error(script, node):
                total = source.text(value).replace(source.text(node), error)
                return (name, f"({total})") if name else (source.text(node), error)
    return None


def _error(script: Script, node: cst.CSTNode) -> str:
    """The sum of the error over the samples, of a product of inputs and an error; else nothing."""
    rows = script.network.layout == "rows"
    error = sides_of(node)[1 if rows else 0 :][:1]
    summed = "axis=0" if rows else "axis=1, keepdims=True"
    if not error or not key(error[0]):
        return ""
    # ``rate * x.T @ d`` is a product of ``rate * x.T``, in which the rate stays
    scaled = node.left if isinstance(node, cst.BinaryOperation) else None
    rate = ""
    if is_operation(scaled, cst.Multiply):
        rate = script.source.text(scaled.left) + script.source.text(scaled.operator)
    return f"{rate}{script.source.text(error[0])}.sum({summed})"


def stepped_biases(script: Script) -> Iterator[Edit]:
    """A step of a bias that has none, as that of the weight beside it, of the error alone.

    ``b -= rate * d.sum(axis=0)`` beside ``W -= rate * x.T @ d``, and ``b += rate * d`` behind the
    loop of ``w[i] += rate * d * x[i]``.
    """
    source = script.source
    steps = steps_of(script)
    moved = {source.text(target_of(one)) for one in steps}
    still = dict.fromkeys(one.name for one in bindings(source) if one.name not in moved
                          and BIAS.search(one.name.rpartition(".")[-1]))  # fmt: skip
    for step, bias in product(steps, still):
        text, weight = source.text(step), source.text(target_of(step))
        why = f"{bias} is stepped, too, by the error of its unit"
        gradient = _gradient(script, step)
        # an attribute is known wherever its object is
        known = "." in bias or source.scope(step) is bound(source, bias)[0].scope
        if gradient is not None and known:
            made = re.sub(rf"{re.escape(weight)}(?!\w)", bias, text.replace(*gradient))
            below = source.inserted_after(source.statement(step), made)
            yield edit_of([below], "step", why, "frozen-parameter")
        if isinstance(step, cst.AugAssign) and isinstance(target_of(step), cst.Subscript):
            every = [source.text(one) for one in factors_of(step.value)]
            for at in range(len(every) - 1, -1, -1) if len(every) > 1 else ():
                rest = source.joined("*", *every[:at], *every[at + 1 :])
                made = f"{bias}{_row(source, step)}{source.text(step.operator)}{rest}"
                below = source.inserted_after(_behind(source, step), made)
                yield edit_of([below], "step", why, "frozen-parameter")


def _row(source: Source, step: cst.AugAssign) -> str:
    """The place of the unit whose weight is stepped: ``[j]`` of ``w[j][i]``; else nothing."""
    place = step.target.value if isinstance(step.target, cst.Subscript) else step.target
    plain = source.text(place.value) if isinstance(place, cst.Subscript) else source.text(place)
    return source.text(place).removeprefix(plain)


def _behind(source: Source, step: cst.AugAssign) -> cst.CSTNode:
    """The loop over the inputs in which a weight is stepped; else the statement itself."""
    loop = next((one for one in source.above(step) if isinstance(one, cst.For)), None)
    inside = loop is not None and {*names_in(loop.target)} & {*names_in(target_of(step))}
    return loop if inside and loop is not None else source.statement(step)


def of_units(script: Script, lacks: str) -> list[Edit]:
    """The number of hidden units as that of the wider twin: all places of it, and each alone.

    lacks: what the twin's shape has and the author's has not.
    """
    wanted = UNITS.fullmatch(lacks)
    if wanted is None:
        return []
    source, network = script.source, script.network
    hidden = {*widths(network, network.init(0))[1:-1]}
    written = [one for one in literals(source, script.statements("init"))
               if float(one.evaluated_value) in hidden]  # fmt: skip
    why = f"with {wanted[1]} units a hidden layer has room for what is to be learned"
    splices = [source.replaced(one, wanted[1]) for one in written]
    sets = [tuple(splices)] * (len(splices) > 1) + [(one,) for one in splices]
    between = tuple(source.replaced(one, wanted[1]) for one in _in_between(script, hidden))
    # a number that has a name says what it is of, and beside it the inputs may be as many
    named = [(source.replaced(one, wanted[1]),) for one in written if is_given(source, one)]
    sets = [*_in_a_row(script, lacks), *([between] if between else []), *named, *sets]
    return [edit_of(some, SIZE, why, "too-few-units") for some in dict.fromkeys(sets)]


def _in_a_row(script: Script, lacks: str) -> list[tuple[Splice, ...]]:
    """The sizes of all layers that are written one after the other, or those of the hidden ones."""
    source, network = script.source, script.network
    hidden, wanted = widths(network, network.init(0))[1:-1], re.findall(r"\d+", lacks)
    found = []
    for row in source.of_type(cst.List, cst.Tuple):
        every = [one.value for one in row.elements]
        inner = every if len(every) == len(hidden) else every[1:-1]
        if len(hidden) > 1 and [source.text(one) for one in inner] == [*map(str, hidden)]:
            several = zip(inner, wanted, strict=True)
            found.append(tuple(source.replaced(one, units) for one, units in several))
    return found


def _in_between(script: Script, hidden: set[int]) -> list[cst.Integer]:
    """The number of units of one hidden layer, where it is written as the side of a draw.

    After the first layer and before the second: other sides may be as large. What divides a draw by
    the number of its inputs is another one of them.
    """
    source, layers = script.source, script.network.layers
    sides: list[cst.BaseExpression] = []
    for one in source.of_type(cst.List):
        drawn = [each.value for each in one.elements if isinstance(each.value, cst.Call)]
        drawn = [each for each in drawn if len(each.args) >= len(layers) == LAYERS]
        if len(drawn) == LAYERS:
            sides += [drawn[0].args[1].value, drawn[1].args[0].value]
    if len(layers) == LAYERS:
        (first, second), rows = layers, script.network.layout == "rows"
        for name, place in ((first.weight, rows), (first.bias, rows), (second.weight, not rows)):
            for one in script.inside("init", cst.Assign):
                if name and called(one.targets[0].target) == name.rpartition(".")[-1]:
                    sides += _side(one.value, place)
    return [one for one in sides if isinstance(one, cst.Integer) and int(one.value) in hidden]


def _side(value: cst.BaseExpression, place: int) -> list[cst.BaseExpression]:
    """A side of the array that is drawn in an expression, and the numbers it is scaled by."""
    for call in all_in(value, cst.Call):
        if sizes := sizes_in(call):
            inner = {id(one) for one in within(call)}
            scaled = [one for one in within(value) if id(one) not in inner and place == 0]
            divisors = [one.right for one in scaled if isinstance(one, cst.BinaryOperation)]
            return [sizes[place if len(sizes) > 1 else 0], *divisors]
    return []


def of_unused_biases(script: Script) -> list[Edit]:
    """The bias of a layer added to its product, or the first value of a sum that is made of it."""
    source, lines = script.source, script.lines_of(UNUSED)
    nodes = [one for one in source.nodes if isinstance(one, SUMMED)
             and lines.intersection(source.lines(one))]  # fmt: skip
    return list(dict.fromkeys(_in_products(source, nodes)))


def _in_products(source: Source, nodes: Sequence[cst.CSTNode]) -> Iterator[Edit]:
    """``x @ W + b``, also of matrices that are multiplied by ``*``; a sum in one expression."""
    for node in nodes:
        if not isinstance(node, cst.BinaryOperation | cst.Call):
            continue
        sides = sides_of(node)
        if is_operation(node, cst.Multiply):
            sides = [one for one in (node.left, node.right) if not _is_number(one)]
        if isinstance(node, cst.Call) and called(node.func) == "sum":
            inner = [one for arg in node.args for one in within(arg)]
            sides = [one for one in inner if isinstance(one, cst.Subscript)]
            calls = [one for one in inner if isinstance(one, cst.Call)]
            sides += [arg.value for one in calls if called(one.func) == "zip" for arg in one.args]
        turns = [one.target for one in all_in(node, cst.CompFor)]
        for bias in filter(None, (_bias_of(source, one) for one in sides)):
            for turn in turns:  # of a number for each turn of the sum there is one bias
                bias = bias.removesuffix(f"[{source.text(turn)}]")
            end = source.span(node)[1] + len(getattr(node, "rpar", ()))
            plus = Splice(start=end, end=end, text=source.joined("+", "", bias))
            yield edit_of([plus], "forward", IN_SUM, UNUSED)


def _is_number(node: cst.BaseExpression) -> bool:
    """Whether it is one number out of a matrix in a list."""
    return isinstance(node, cst.Subscript) and isinstance(node.value, cst.Subscript)


def _bias_of(source: Source, node: cst.BaseExpression) -> str:
    """The bias beside a weight, as the author calls it; nothing where there is none of that name.

    Of a number of a matrix in a list, the number that its row has: ``b[j]`` of ``w[j][i]``.
    """
    row = ""
    if _is_number(node) and isinstance(node, cst.Subscript):
        assert isinstance(node.value, cst.Subscript)
        if not called(node.value.value):
            return ""
        row = source.text(node.value)[len(source.text(node.value.value)) :]
        node = node.value.value
    text, name = source.text(node), called(node)
    known = known_names(source)
    letter = WEIGHT.search(name)
    likest = NAMED[::-1] if letter and len(letter[0]) == 1 else NAMED
    found = [WEIGHT.sub(one, name, count=1) for one in likest]
    new = next((one for one in found if name != one and one in known), "")
    if not name or not new:
        return ""
    head, _, tail = text.rpartition(name)
    return f"{head}{new}{tail}{row}"
