"""Edits of a gradient that is a product, or a sum, of another array than the one that is meant."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import (
    Number,
    Variable,
)
from diagnose.patching.places import (
    NUMBERED,
    bindings,
    key,
    name_called,
)
from diagnose.patching.products import is_of_library, sides_of
from diagnose.patching.script import Script, edited
from diagnose.patching.source import Edit

ADDING = ("sum", "mean")
FOUND = "wrong-gradient"
# Arrays that the passes make of one layer and the next: of more, a slip is found by its line.
MOST_ARRAYS = 10


def other_arrays(script: Script) -> Iterator[Edit]:
    """``p @ h.T`` as ``d2 @ h.T``, and ``p.sum(0)`` as ``d2.sum(0)``: what the passes compute.

    On the lines that a finding names, where one does. Those that differ by a number alone are
    tried as what belongs to another layer.
    """
    source, lines = script.source, script.lines_of(FOUND)
    made = _made(script)[:MOST_ARRAYS]
    for node in _factors(script):
        if lines and source.line(node) not in lines:
            continue
        mine, start, scope = key(node), source.span(node)[0], source.scope(node)
        stem = NUMBERED.fullmatch(mine)
        here = source.span(source.statement(node))
        given = [(one.name, source.span(one.statement)) for one in bindings(source)
                 if one.scope is scope]  # fmt: skip
        later = {other for other, at in given if at[0] > start or here[0] <= at[0]}
        earlier = {other for other, at in given if at[1] < here[0]}
        for name in made:
            its = NUMBERED.fullmatch(name)
            alike = stem is not None and its is not None and stem[1] == its[1]
            if name != mine and not alike and name not in later - earlier:
                why = f"{name} is what this gradient is made of, and not {mine}"
                yield edited(script, "backward", node, name, why, FOUND)


def _made(script: Script) -> list[str]:
    """The arrays that the passes compute, errors first, by the names that are given to them."""
    every = [*script.made("backward"), *script.made("forward")]
    made = (one.name for one in every if isinstance(one.statement, cst.Assign)
            and one.name.isidentifier() and not isinstance(one.value, Number))  # fmt: skip
    return [*dict.fromkeys(made)]


def _factors(script: Script) -> Iterator[cst.BaseExpression]:
    """The arrays of matrix products and sums in the backward pass that the passes give a name."""
    known = {*_made(script)}
    for node in script.inside("backward", cst.BinaryOperation):
        yield from (one for one in map(_plain, sides_of(node)) if key(one) in known)
    for call in script.inside("backward", cst.Call):
        every = [_plain(one) for one in sides_of(call)]
        if name_called(call) in ADDING and isinstance(call.func, cst.Attribute):
            every += [call.args[0].value if is_of_library(call) else call.func.value]
        yield from (one for one in every if key(one) in known)


def _plain(node: cst.BaseExpression) -> cst.BaseExpression:
    """What is turned, ``h`` of ``h.T``."""
    turned = isinstance(node, cst.Attribute) and node.attr.value == "T"
    inner = node.value if turned and isinstance(node, cst.Attribute) else node
    return inner if isinstance(inner, Variable) else node
