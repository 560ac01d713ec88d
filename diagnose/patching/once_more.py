"""What brings the training's samples to scale, once more for those of the test, told by names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import libcst as cst

from diagnose.patching.nodes import all_in, assigned
from diagnose.patching.places import Binding, bound, key, name_called, names_in
from diagnose.patching.predicting import prepared_alike
from diagnose.patching.samples import DRAWING, MIXING, counterparts
from diagnose.patching.source import Edit, Source
from diagnose.patching.stepping import Step, target_of

# What brings an array to another scale where it lies.
IN_SCALE = (cst.SubtractAssign, cst.DivideAssign, cst.MultiplyAssign)


def once_more(source: Source) -> Iterator[Edit]:
    """``x_train = x_train / spread`` once more for ``x_test``, told by their names alone.

    All such lines at once, each above that of the training, whose own mean is another one below.
    Not where the test has any of its own; nor of targets, in whose unit an error is.
    """
    less = {key(side) for one in source.operations(cst.Subtract) for side in (one.left, one.right)}
    every = sorted(source.of_type(cst.Assign, cst.AugAssign), key=source.line)
    scaled: dict[tuple[str, int], list[Step]] = {}
    for one in every:
        if key(target_of(one)) and not source.loops(one) and _is_brought_to_scale(one):
            scaled.setdefault((key(target_of(one)), id(source.scope(one))), []).append(one)
    for (name, scope), lines in scaled.items():
        where = [source.statement(one) for one in lines]
        given = Binding(name, lines[0], lines[0].value, source.scope(lines[0]))
        for test in counterparts(source, given)[:1]:
            made = [source.statement(one.statement) for one in bound(source, test, given.scope)]
            block = {source.parent(one) for one in (*made, where[0])}
            if (test, scope) in scaled or test in less or len(block) > 1:
                continue
            texts = [_of_the_test(source, one, test) for one in lines]
            last = max(made, key=source.line)
            if source.line(last) < source.line(where[0]):
                pairs = zip(where, texts, strict=True)
                yield prepared_alike(*(source.inserted_before(*pair) for pair in pairs))
            elif not any(re.search(rf"\b{re.escape(name)}\b", one) for one in texts):
                yield prepared_alike(source.inserted_after(last, *texts))


def _is_brought_to_scale(one: Step) -> bool:
    """Whether an array gets other numbers made of its own: none of a part, or drawn beside it."""
    if isinstance(one, cst.AugAssign):
        return isinstance(one.operator, IN_SCALE)
    name, calls = assigned(one), all_in(one.value, cst.Call)
    parts = [each for each in all_in(one.value, cst.Subscript) if key(each.value) == name]
    plain = len(one.targets) == 1 and name in names_in(one.value) and not parts
    computes = isinstance(one.value, cst.Call | cst.BinaryOperation)
    drawn = any(name_called(each) in (*DRAWING, *MIXING) for each in calls)
    return plain and computes and not drawn


def _of_the_test(source: Source, one: Step, test: str) -> str:
    """A line that brings the training's samples to scale, with those of the test as what is scaled.

    What is asked of the training's, as their mean, stays so where it stands beside them.
    """
    name, value = key(target_of(one)), cast(cst.CSTNode, one.value)
    if isinstance(one, cst.AugAssign):
        return source.text(one.with_changes(target=cst.Name(test)))
    uses = [each for each in all_in(value, cst.Name) if each.value == name]
    sides = [each for each in uses if isinstance(source.parent(each), cst.BinaryOperation)]
    for each in sides or uses:
        value = value.deep_replace(each, cst.Name(test))
    return source.joined("=", test, value)
