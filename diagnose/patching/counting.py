"""Edits of how right answers are counted: of which sample, and divided by how many."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.places import key, name_called
from diagnose.patching.script import Script, bare, within
from diagnose.patching.source import Edit


def of_counts(script: Script) -> Iterator[Edit]:
    """What is added up in a loop behind the training, by the turns of this one and no other."""
    yield from _divided(script)
    yield from _of_this_turn(script)


def _divided(script: Script) -> Iterator[Edit]:
    """``right / n`` divided by as many as the loop has turns in which it is added up."""
    source = script.source
    for node in source.of_type(cst.BinaryOperation):
        if not isinstance(node.operator, cst.Divide) or script.trains(node) or not key(node.left):
            continue
        for loop in source.of_type(cst.For):
            added = any(
                isinstance(one, cst.AugAssign) and key(one.target) == key(node.left)
                for one in within(loop)
            )
            before = source.span(loop)[1] <= source.span(node)[0]
            if added and before and loop not in script.loops:
                for text in _turns(script, loop):
                    if text != source.text(node.right):
                        yield _edit(
                            script, node.right, text, "a share is one of all that are counted"
                        )


def _turns(script: Script, loop: cst.For) -> Iterator[str]:
    """How many turns a loop has, and how many there are of what it cuts into parts."""
    source, each = script.source, loop.iter
    if not isinstance(each, cst.Call):
        if key(each):
            yield f"len({key(each)})"
        return
    given = [one.value for one in each.args]
    if name_called(each) == "range" and given:
        last = given[0] if len(given) == 1 else given[1]
        yield bare(source.text(last), last)
    elif name_called(each) in ("zip", "enumerate") and given and key(given[0]):
        yield f"len({key(given[0])})"


def _of_this_turn(script: Script) -> Iterator[Edit]:
    """``y[i]`` in a loop over ``k``, where ``i`` is what another loop left: ``y[k]``."""
    source = script.source
    turns = {key(one.target) for one in source.of_type(cst.For)} - {""}
    for node in source.of_type(cst.Subscript):
        place = node.slice[0].slice
        around = [key(one.target) for one in source.above(node) if isinstance(one, cst.For)]
        if not isinstance(place, cst.Index) or script.trains(node) or not around:
            continue
        if key(place.value) in turns and key(place.value) not in around:
            for name in filter(None, around):
                yield _edit(
                    script, place.value, name, "an answer is held against the label of its sample"
                )


def _edit(script: Script, old: cst.CSTNode, text: str, why: str) -> Edit:
    return script.source.edit(old, text, "answer", why, "misleading-metric")
