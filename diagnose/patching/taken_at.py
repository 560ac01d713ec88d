"""Edits of derivatives that are written for the output of a unit, and taken at its sum, or so.

Told by the source alone: the function says which of the two it takes, and the forward pass which
variable is the output of which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, at_once_and_each
from diagnose.patching.places import bindings, key, name_called, parameters
from diagnose.patching.source import Edit, Scope, Source

# How a derivative is written by the output of its unit: ``a * (1 - a)``, and ``1 - a ** 2``.
BY_OUTPUT = (
    r"\(?{0}\*\(1(\.0)?-{0}\)\)?",
    r"\(?\(1(\.0)?-{0}\)\*{0}\)?",
    r"\(?1(\.0)?-{0}\*\*2\)?",
    r"\(?1(\.0)?-{0}\*{0}\)?",
    r"\(?1(\.0)?-(np|numpy)\.(square\({0}\)|power\({0},2\))\)?",
)
# What it is computed by of the sum.
BY_SUM = r"\b(exp|tanh|\w*sig\w*|\w*logistic\w*)\(-?{0}\)"


def of_arguments(source: Source) -> Iterator[Edit]:
    """``prime(z1)`` of a ``prime(a)`` that gives ``a * (1 - a)``, as ``prime(a1)``.

    Where ``a1 = sigmoid(z1)`` stands in the script; and the other way round.
    """
    outputs = dict(_outputs(source))
    sums = {out: total for total, out in outputs.items()}
    for name, by_output in _derivatives(source):
        others = outputs if by_output else sums
        pairs = []
        for call in source.of_type(cst.Call):
            taken = call.args[-1].value if call.args and name_called(call) == name else None
            other = others.get(key(taken)) if taken is not None else None
            if taken is not None and other and _is_known(source, source.scope(call), other):
                pairs.append((taken, other))
        what = "the output of a unit" if by_output else "the sum that goes into a unit"
        for some in at_once_and_each(pairs):
            why = f"{name} is written for {what}, and is given that"
            yield source.edit_each(some, "gradient", why, "wrong-gradient")


def _derivatives(source: Source) -> Iterator[tuple[str, bool]]:
    """The functions that give a derivative: by the output of a unit, or by its sum."""
    functions: list[tuple[str, cst.FunctionDef | cst.Lambda]] = [
        *((one.name.value, one) for one in source.of_type(cst.FunctionDef)),
        *((one.name, one.value) for one in bindings(source) if isinstance(one.value, cst.Lambda)),
    ]
    for name, one in functions:
        names = [each.name.value for each in one.params.params if each.name.value != "self"]
        given = _given_back(one)
        if len(names) != 1 or given is None:
            continue
        text, whole = source.text(given).replace(" ", ""), source.text(one.body).replace(" ", "")
        if any(re.fullmatch(each.format(names[0]), text) for each in BY_OUTPUT):
            yield name, not re.search(BY_SUM.format(names[0]), whole)
        elif re.search(BY_SUM.format(names[0]), whole) and re.search(r"1(\.0)?-", text):
            yield name, False


def _given_back(function: cst.FunctionDef | cst.Lambda) -> cst.BaseExpression | None:
    """The one thing that a function gives back; None where there are several, or none."""
    if isinstance(function, cst.Lambda):
        return function.body
    every = all_in(function.body, cst.Return)
    return every[0].value if len(every) == 1 else None


def _outputs(source: Source) -> Iterator[tuple[str, str]]:
    """Variables with what one function gives of them alone: ``a1 = sigmoid(z1)``."""
    met: dict[str, set[str]] = {}
    for one in bindings(source):
        made = one.value
        if isinstance(made, cst.Call) and made.args and isinstance(one.statement, cst.Assign):
            alone = made.args if len(made.args) == 1 else ()
            for arg in alone:
                if key(arg.value):
                    met.setdefault(key(arg.value), set()).add(one.name)
    made_of = {out for every in met.values() for out in every}
    for total, every in met.items():
        # a sum is none of another one's outputs, and has one output
        if len(every) == 1 and total not in made_of:
            yield total, next(iter(every))


def _is_known(source: Source, scope: Scope, name: str) -> bool:
    """Whether a variable has a value where a function is called."""
    if "." in name or (isinstance(scope, cst.FunctionDef) and name in parameters(scope)):
        return True
    return any(one.name == name and one.scope in (scope, source.module) for one in bindings(source))
