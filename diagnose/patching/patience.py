"""Edits of what ends a training that gets no better: its counter, and what it takes for better."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import all_in, has
from diagnose.patching.places import bindings, key
from diagnose.patching.script import Script, within
from diagnose.patching.slopes import SIDE
from diagnose.patching.source import Edit, Splice

# What ends a training before its last epoch, as a finding says it.
ENDS_EARLY = "too-few-epochs"
COUNTED = "epochs that get no better are counted one after the other, anew after each that does"
SMALLER = "it is better where the loss gets smaller than the best until then"
LARGER = "it is better where the value gets larger than the best until then"
# What a best value begins with, so that the first one is better: of a loss.
LARGE = ("inf", "1e", "9.9", "99", "10**")


def of_patience(script: Script) -> list[Edit]:
    """Edits of each place in the training at which a best value is kept."""
    return [
        edit
        for node in script.source.of_type(cst.If)
        if (best := _kept(script, node))
        for edit in (
            *_changed_places(script, node),
            *_set_back(script, node),
            *_turned(script, node, best),
        )
    ]


def _kept(script: Script, node: cst.If) -> str:
    """The best value that is kept there: ``best`` of ``if loss < best: best = loss``."""
    test = node.test
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return ""
    if not any(loop in script.source.above(node) for loop in script.loops):
        return ""
    sides = [test.left, test.comparisons[0].comparator]
    names = {key(one) for one in sides} - {""}
    for one in within(node.body):
        if isinstance(one, cst.Assign) and (name := key(one.targets[0].target)) in names:
            return name
    return ""


def _changed_places(script: Script, node: cst.If) -> Iterator[Edit]:
    """A counter that grows where it got better, and is set back where it did not, turned round."""
    source, other = script.source, node.orelse
    if not isinstance(other, cst.Else):
        return
    grown = [one for one in within(node.body) if isinstance(one, cst.AugAssign)]
    back = [one for one in within(other.body) if isinstance(one, cst.Assign)]
    for one in grown:
        for two in back:
            if key(one.target) == key(two.targets[0].target) and isinstance(two.value, cst.Integer):
                first, second = (
                    source.replaced(old, source.text(new)) for old, new in ((one, two), (two, one))
                )
                yield Edit(splices=(first, second), part="pace", defect=ENDS_EARLY, why=COUNTED)


def _set_back(script: Script, node: cst.If) -> Iterator[Edit]:
    """A counter that grows where it got no better, and is set back where it did."""
    source = script.source
    loop = next(iter(source.loops(node)), None)
    if loop is None or not isinstance(node.body, cst.IndentedBlock):
        return
    ending = [one for one in all_in(loop, cst.If) if has(one.body, cst.Break | cst.Return)]
    asked = {key(each) for one in ending for each in within(one.test)} - {""}
    set_there = {key(one.target) for one in all_in(node.body, cst.AssignTarget)}
    grown = all_in(loop, cst.AugAssign)
    counted = [key(one.target) for one in grown if isinstance(one.operator, cst.AddAssign)]
    for name in dict.fromkeys(counted):
        first = next((one.value for one in bindings(source) if one.name == name), None)
        if name in asked and name not in set_there and isinstance(first, cst.Integer):
            line = f"{name} = {source.text(first)}"
            yield _edit(source.inserted_after(node.body.body[-1], line), COUNTED)


def _turned(script: Script, node: cst.If, best: str) -> Iterator[Edit]:
    """``if loss > best`` as ``if loss < best``, where the best one begins with a large number."""
    source = script.source
    given = [one.value for one in bindings(source)
             if one.name == best and node not in source.above(one.statement)]  # fmt: skip
    test = node.test
    if not given or given[0] is None or not isinstance(test, cst.Comparison):
        return
    one = test.comparisons[0]
    begins = source.text(given[0])
    is_loss = any(word in begins for word in LARGE) and not begins.startswith("-")
    below = isinstance(one.operator, cst.LessThan | cst.LessThanEqual)
    above = isinstance(one.operator, cst.GreaterThan | cst.GreaterThanEqual)
    wants_below = is_loss == (key(one.comparator) == best)
    if (above and wants_below) or (below and not wants_below):
        text = SIDE.sub("<" if above else ">", source.text(one), count=1)
        yield _edit(source.replaced(one, text), SMALLER if is_loss else LARGER)


def _edit(splice: Splice, why: str) -> Edit:
    return Edit(splices=(splice,), part="pace", defect=ENDS_EARLY, why=why)
