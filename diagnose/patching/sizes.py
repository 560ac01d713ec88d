"""Edits of the number of hidden units, where it is written as a number."""

from __future__ import annotations

import re

import libcst as cst

from diagnose.network.record import widths
from diagnose.patching.nodes import all_in
from diagnose.patching.places import is_given, literals
from diagnose.patching.script import Script, within
from diagnose.patching.source import Edit, Splice
from diagnose.patching.starting import sizes_in
from diagnose.patching.stepping import called

# What a wider twin says that the author's network lacks, and nothing beside it.
UNITS = re.compile(r"(\d+)( and \d+)* hidden units")
SIZE = "size"
# What a hidden layer stands between.
LAYERS = 2


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
    return [
        Edit(splices=some, part=SIZE, why=why, defect="too-few-units")
        for some in dict.fromkeys(sets)
    ]


def _in_a_row(script: Script, lacks: str) -> list[tuple[Splice, ...]]:
    """The sizes of all layers that are written one after the other, or those of the hidden ones."""
    source, network = script.source, script.network
    hidden, wanted = widths(network, network.init(0))[1:-1], re.findall(r"\d+", lacks)
    rows: list[cst.List | cst.Tuple] = [*source.of_type(cst.List), *source.of_type(cst.Tuple)]
    found = []
    for row in rows:
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
