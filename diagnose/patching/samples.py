"""Edits of the samples: their scale, for training and test alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import libcst as cst
import numpy as np

from diagnose.patching.handed import HandedScript
from diagnose.patching.nodes import all_in, is_operation, kept_in, named_arg
from diagnose.patching.orders import kept_results, kept_samples
from diagnose.patching.places import (
    Binding,
    bindings,
    bound,
    is_of_library,
    key,
    name_called,
    names_in,
)
from diagnose.patching.script import Script, free_name, library, without_names
from diagnose.patching.source import Edit, Source, Splice, edit_of

# What a table is brought to scale by.
OF_A_TABLE = ("mean", "std", "min", "max")
# What has no mean: numbers, and what keeps layers, gradients, or samples one by one.
NO_ARRAY = (cst.Integer, cst.Float, cst.Dict, cst.List, cst.ListComp)
# Rows of features, in a table; what has more axes are pictures.
TABLE = 2
# What draws samples, and no order of them.
DRAWING = (
    *("normal", "standard_normal", "randn", "rand", "random", "uniform", "gauss"),
    "multivariate_normal",
)
# What people call samples that are kept back.
TEST = (("train", "test"), ("train", "val"), ("train", "valid"), ("tr", "te"), ("", "_test"))


def of_input(script: Script) -> list[Edit]:
    """Edits that bring the inputs to the size that weights are drawn for, the likeliest first."""
    numbers = script.found.get("unnormalized-input", {})
    shifts, divisors = numbers.get("shifts", []), numbers.get("divisors", [])
    found = [
        *kept_results(script.source, "input", "unnormalized-input"),
        *kept_samples(script, "input"),
        *each_column(script),
        *other_axis(script),
    ]
    one_number = len(divisors) == 1
    found += () if one_number and shifts == [0.0] else _standardized(script)
    found += _less_and_divided(script, numbers)
    return [*found, *(_divided(script, f"{divisors[0]:.6g}") if one_number else ())]


def chain(script: Script) -> list[Binding]:
    """Where the samples come from, nearest first, without what the network computes of them.

    Nor of what samples are drawn around: that makes the task, and is none of them.
    """
    own = frozenset[int]().union(*map(script.lines, ("init", "forward", "backward", "update")))
    others = _taken_out_of(script, "targets") - _taken_out_of(script, "samples")
    every = script.flow("samples")
    others |= _drawn_around(every)
    return [one for one in every if script.source.line(one.statement) not in own
            and one.name not in others]  # fmt: skip


def _drawn_around(every: Sequence[Binding]) -> set[str]:
    """What numbers are drawn around, as ``c`` of ``x = c + rng.normal(...)``, and what makes it."""
    found: set[str] = set()
    for one in every:  # the nearest first
        if one.value is None:
            continue
        drawn = any(name_called(call) in DRAWING for call in all_in(one.value, cst.Call))
        if drawn or one.name in found:
            found |= {*names_in(one.value)} - {one.name}
    return found


def _taken_out_of(script: Script, role: str) -> set[str]:
    """The names of what samples or targets are parts of, as ``t = T[:, k:k + 16]`` is of T."""
    todo = [*script.values(role)]
    found: set[str] = set()
    while todo:
        name = kept_in(todo.pop())
        if name and name not in found:
            found.add(name)
            todo += [one.value for one in bound(script.source, name)
                     if isinstance(one.value, cst.Subscript)]  # fmt: skip
    return found


def _divided(script: Script, divisor: str) -> Iterator[Edit]:
    """The expression that makes samples divided by one number, wherever the script writes it."""
    source = script.source

    def divided(value: cst.BaseExpression) -> Splice:
        return source.replaced(value, source.joined("/", source.operand(value), divisor))

    for value in _made_on_named_lines(script):
        why = f"the inputs are divided by {divisor} where they are made"
        yield edit_of([divided(value)], "input", why, "unnormalized-input")
    for one in chain(script):
        if one.value is None or not isinstance(one.statement, cst.Assign | cst.AnnAssign):
            continue
        why = f"the inputs are divided by {divisor}, in training and when predicting"
        splices = [divided(_element(value)) for value in alike(source, one)]
        yield edit_of(splices, "input", why, "unnormalized-input")


def _less_and_divided(script: Script, numbers: Mapping[str, Any]) -> Iterator[Edit]:
    """What prepares rows of features, less their mean and divided by their spread, as numbers.

    It prepares the samples of the test too, so that these get the numbers of the training. Not of
    pictures, whose zeros stay zeros.
    """
    if not isinstance(script, HandedScript) or not numbers or script.network.data is None:
        return
    source, data = script.source, script.network.data
    shifts, divisors = numbers["shifts"], numbers["divisors"]
    if len(divisors) == 1 and np.ndim(data().images) <= TABLE:
        shifts, divisors = [numbers["mean"]], [numbers["standard_deviation"]]
    elif len(divisors) == 1 and shifts == [0.0]:
        return
    written = [", ".join(f"{one:.6g}" for one in some) for some in (shifts, divisors)]
    less, over = (f"{library(source)}.array([{one}])" if "," in one else one for one in written)
    for value in _made_on_named_lines(script):
        why = (
            "the inputs are taken less their mean and divided by their standard deviation, "
            "both of the training samples"
        )
        plain = is_operation(value, cst.Add | cst.Multiply | cst.Divide)
        x = source.text(value) if plain else source.operand(value)
        text = source.joined("/", f"({source.joined('-', x, less)})", over)
        yield source.edit(value, text, "input", why, "unnormalized-input")


def _element(value: cst.BaseExpression) -> cst.BaseExpression:
    """What is an array: of a list that is made in one expression, each of its elements."""
    return value.elt if isinstance(value, cst.ListComp) else value


def _made_on_named_lines(script: Script) -> Iterator[cst.BaseExpression]:
    """What is returned on a line that a finding names, or that makes the samples."""
    lines = script.named | {int(script.roles.get("samples", {}).get("line", 0))}
    for one in script.source.of_type(cst.Return):
        if one.value is not None and script.source.line(one) in lines:
            yield _element(one.value)


def alike(source: Source, one: Binding) -> list[cst.BaseExpression]:
    """The values that are made as that of a binding is: of training samples, and of the test."""
    assert one.value is not None
    own = without_names(source, one.value)
    spots = {
        source.span(other.value): other.value for other in bindings(source)
        if other.value is not None and isinstance(other.statement, cst.Assign)
        and without_names(source, other.value) == own
    }  # fmt: skip
    return list(spots.values())


def counterparts(source: Source, one: Binding) -> list[str]:
    """The names that test samples have where training samples have this one."""
    there = {other.name for other in bindings(source) if other.scope is one.scope}
    found = []
    for train, test in TEST:
        names = [one.name + test] if not train else [
            re.sub(train, test, one.name), re.sub(train.upper(), test.upper(), one.name),
            re.sub(train.title(), test.title(), one.name)]  # fmt: skip
        found += [name for name in names if name in there and name != one.name and not any(
                  one.name in names_in(each.value)  # that gets its value from this one
                  for each in bound(source, name) if each.value is not None)]  # fmt: skip
    base = key(one.value.value) if isinstance(one.value, cst.Subscript) else one.name
    found += [other.name for other in bindings(source) if base != one.name
              if other.scope is one.scope and isinstance(other.value, cst.Subscript)
              and key(other.value.value) == base and other.name != one.name]  # fmt: skip
    return list(dict.fromkeys(found))


def _standardized(script: Script) -> Iterator[Edit]:
    """Each column less its mean over the training samples, divided by its standard deviation."""
    source, tests = script.source, set[str]()
    arrays = {one.name for one in bindings(source) if not isinstance(one.value, NO_ARRAY)}
    seen = {one.name for one in bindings(source)} - arrays
    axis = "axis=0" if script.samples_axis == 0 else "axis=1, keepdims=True"
    why = (
        "each column is taken less its mean and divided by its standard deviation, both of the "
        "training samples, in training and when predicting"
    )
    for one in chain(script):
        statement = source.statement(one.statement)
        assigned = isinstance(one.statement, cst.Assign) and "." not in one.name
        if one.name in seen or not assigned or script.trains(statement):
            continue
        seen.add(one.name)
        others = counterparts(source, one)
        if one.name in tests:
            continue
        tests |= {*others}
        last = last_bound(source, one, {one.name, *others[:1]})
        lines = in_its_spread(source, one.name, others, axis)
        yield edit_of([source.inserted_after(last, *lines)], "input", why, "unnormalized-input")


def in_its_spread(source: Source, x: str, others: Sequence[str], axis: str = "") -> list[str]:
    """What takes an array less its mean, by its spread; that of the test by the same numbers."""
    if not others:
        return [f"{x} = ({x} - {x}.mean({axis})) / {x}.std({axis})"]
    test, mean = others[0], free_name(source, "mean", x)
    spread = free_name(source, "spread", x)
    return [
        f"{mean}, {spread} = {x}.mean({axis}), {x}.std({axis})",
        f"{x}, {test} = ({x} - {mean}) / {spread}, ({test} - {mean}) / {spread}",
    ]


def last_bound(source: Source, one: Binding, names: set[str]) -> cst.CSTNode:
    """The last statement in the scope that binds one of several names."""
    those = [source.statement(other.statement) for other in bindings(source)
             if other.name in names and other.scope is one.scope]  # fmt: skip
    return max(those, key=lambda each: source.span(each)[1])


def other_axis(script: Script) -> Iterator[Edit]:
    """A mean or a spread of the inputs that is taken along the other axis."""
    source, axis = script.source, str(script.samples_axis)
    for one in chain(script):
        calls = all_in(one.value, cst.Call) if one.value is not None else []
        splices = [source.replaced(given, axis) for call in calls
                   if isinstance(given := named_arg(call, "axis"), cst.Integer)
                   and given.value != axis]  # fmt: skip
        if splices:
            why = "each column is standardised over the samples, and not each sample by itself"
            yield edit_of(splices, "input", why, "unnormalized-input")


def each_column(script: Script) -> Iterator[Edit]:
    """``x.mean()`` and ``x.std()``, one number for the whole table, as those of each column."""
    source = script.source
    axis = "axis=0" if script.samples_axis == 0 else "axis=1, keepdims=True"
    splices = {}
    for one in chain(script):
        for call in all_in(one.value, cst.Call) if one.value is not None else ():
            of_library = is_of_library(call)
            if name_called(call) in OF_A_TABLE and len(call.args) == of_library:
                end = source.span(call)[1] - 1
                text = f", {axis}" if of_library else axis
                splices[end] = Splice(start=end, end=end, text=text)
    if splices:
        why = "each column is brought to one scale by numbers of its own, not of the whole table"
        yield edit_of(splices.values(), "input", why, "unnormalized-input")
