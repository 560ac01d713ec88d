"""Edits of how a trained network is asked: without dropout, of samples as it knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import libcst as cst

from diagnose.patching.nodes import all_in
from diagnose.patching.orders import kept_results
from diagnose.patching.places import (
    argument,
    calls,
    names_in,
    on_lines,
    parameters,
)
from diagnose.patching.samples import TEST
from diagnose.patching.script import Script, parts_taken, within
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.stepping import target_of

# What a function that does two things is told which it is to do by.
SWITCHED = ("False", "True")
# A share of units that is kept, or left out, so that all are there.
ALL_UNITS = ("1.0", "0.0")
# What stands in quotes, as the name of an array in a file.
QUOTED = re.compile(r"(?:\"[^\"]*\"|'[^']*')")
DROPS = "dropout-when-predicting"
ALL_ANSWER = "all units answer when the network is asked, and none is left out"


def of_prediction(script: Script) -> list[Edit]:
    """Edits after which answers are those of the whole network, to samples as it knows them."""
    kept = kept_results(script.source, "answer", "test-preparation")
    return [*script.named_first(_without_dropout(script)), *kept, *prepared_as_trained(script)]


def _without_dropout(script: Script) -> Iterator[Edit]:
    """Calls of the forward pass beside the training, with its switch the other way round."""
    if not script.network.dropout:
        return
    source, loops = script.source, script.loops[-1:]  # that of the training itself
    for function in source.of_type(cst.FunctionDef):
        beside = [one for one in calls(source, function)
                  if not any(loop in source.above(one) for loop in loops)]  # fmt: skip
        switches = ((name, one) for name, values in _switches(source, function) for one in values)
        for name, value in switches:
            switched = [_switched(source, one, function, name, value) for one in beside]
            splices = [one for one in switched if one is not None]
            for some in dict.fromkeys([*((one,) for one in splices), tuple(splices)]):
                if some:
                    yield edit_of(some, "answer", ALL_ANSWER, DROPS)


def _switches(source: Source, function: cst.FunctionDef) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Parameters that may turn dropout on, and what may turn it off."""
    for one in function.params.params:
        name = one.name.value
        default = source.text(one.default) if one.default is not None else ""
        if default in SWITCHED:
            yield name, SWITCHED
        elif _is_share(one.default):
            yield name, ALL_UNITS
        elif one.default is None and name in parameters(function):
            given = [argument(call, function, name) for call in calls(source, function)]
            texts = {source.text(each) for each in given if each is not None}
            if texts and texts <= {*SWITCHED}:
                yield name, SWITCHED
            elif given and all(map(_is_share, given)):
                yield name, ALL_UNITS


def _is_share(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Float) and 0 < float(node.evaluated_value) <= 1


def _switched(
    source: Source, call: cst.Call, function: cst.FunctionDef, name: str, value: str
) -> Splice | None:
    """A call that hands this over for a parameter; None for one that does so already."""
    given = argument(call, function, name)
    if given is not None:
        return None if source.text(given) == value else source.replaced(given, value)
    default = next(one.default for one in function.params.params if one.name.value == name)
    if default is not None and source.text(default) == value:
        return None
    end = source.span(call)[1] - 1
    written = f"{name}={value}"
    return Splice(start=end, end=end, text=f", {written}" if call.args else written)


def prepared_as_trained(script: Script) -> Iterator[Edit]:
    """Test samples made by the expression of the training samples, with the names of the test."""
    source = script.source
    for test, trained in _places(script):
        for here, there in product(_assigned(source, test), _assigned(source, trained)):
            if isinstance(here, cst.Assign) and isinstance(there, cst.Assign):
                for text in _alike(source, there, here):
                    yield prepared_alike(source.replaced(here.value, text))
        for there in _assigned(source, trained):
            yield from _made_as_well(source, there, test)


def _places(script: Script) -> list[tuple[int, int]]:
    """The lines that prepare samples of the test, and of the training."""
    return [
        (int(one.numbers.get("tested_line", one.where.line)), int(one.numbers["trained_line"]))
        for one in script.present
        if one.defect == "test-preparation" and one.where and "trained_line" in one.numbers
    ]


def _assigned(source: Source, line: int) -> list[cst.Assign | cst.AugAssign]:
    """The assignments on a line."""
    return [each for one in on_lines(source, {line}) if isinstance(one, cst.SimpleStatementLine)
            for each in one.body if isinstance(each, cst.Assign | cst.AugAssign)]  # fmt: skip


def prepared_alike(*splices: Splice) -> Edit:
    """Splices after which test samples are prepared as those of the training."""
    why = "test samples are prepared as the samples that the network trains on"
    return edit_of(splices, "answer", why, "test-preparation")


def _alike(source: Source, there: cst.Assign, here: cst.Assign) -> Iterator[str]:
    """The expression of the training in the names of the test: a name for a name, or as it is.

    None of another part of an array, such as ``images[:80]`` for ``images[80:]``, nor of another in
    a file, ``data["x_train"]``, and none of what only the training reads: what is tested would be
    samples of the training.
    """
    if parts_taken(source, there.value) != parts_taken(source, here.value):
        return
    text, old = source.text(there.value), source.text(here.value)
    mine, its = (list(dict.fromkeys(names_in(one.value))) for one in (here, there))
    made = [*(_renamed(source, there.value, pair) for pair in TEST), text]
    made += [
        re.sub(rf"\b{re.escape(two)}\b", one, text) for one in mine for two in its
        if one not in its and two not in mine
    ]  # fmt: skip
    name = source.text(there.targets[0].target)
    beside = source.scope(here) is source.scope(there)
    apart = beside and name != source.text(here.targets[0].target)
    never = {old, text} if apart and not _reads_alike(here, there) else {old}
    trained, taken = re.compile(rf"\b{re.escape(name)}\b"), QUOTED.findall(old)
    yield from (
        one for one in dict.fromkeys(made)
        if one not in never and not (apart and trained.search(one)) and QUOTED.findall(one) == taken
    )  # fmt: skip


def _reads_alike(here: cst.Assign, there: cst.Assign) -> bool:
    """Whether two values are made of the same names, and parts that have the same names."""
    mine, its = (
        {*names_in(one.value), *(each.value for each in all_in(one.value, cst.SimpleString))}
        for one in (here, there)
    )
    return mine == its


def _renamed(source: Source, node: cst.CSTNode, pair: tuple[str, str]) -> str:
    """An expression or statement with the names of training samples as those of the test."""
    text = source.text(node)
    train, test = pair
    pairs = (pair, (train.upper(), test.upper()), (train.title(), test.title()))
    quoted = {one.raw_value for one in source.of_type(cst.SimpleString)}
    own = {one.raw_value for one in within(node) if isinstance(one, cst.SimpleString)}
    for name in sorted({*names_in(node)} | own, key=len, reverse=True):
        known = quoted if name in own else source.names
        for one, two in pairs:
            new = name.replace(one, two) if one else name + two
            if new != name and new in known:
                text = re.sub(rf"\b{re.escape(name)}\b", new, text)
                break
    return text


def _made_as_well(source: Source, there: cst.Assign | cst.AugAssign, test: int) -> Iterator[Edit]:
    """The statement of the training once more for the test, which has none of its kind."""
    last, target = max(test, source.line(there)), target_of(there)
    for pair in TEST:
        again, other = (_renamed(source, one, pair) for one in (there, target))
        for statement in on_lines(source, {last}) if other != source.text(target) else ():
            if source.scope(statement) is source.scope(there):
                yield prepared_alike(source.inserted_after(statement, again))
