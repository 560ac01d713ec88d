"""Edits of single formulas that learners get wrong, told by the source alone.

The exponent of a sigmoid, the smaller of two in the place of the larger, a gradient that is cut off
on one side, a mean whose start is not made up for, a share of another number of samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import libcst as cst

from diagnose.patching.inplace import written_into
from diagnose.patching.nodes import (
    Variable,
    all_in,
    assigned,
    is_call,
    is_minus,
    is_number,
    is_operation,
    kept_in,
    only_arg,
    within,
)
from diagnose.patching.places import key, name_called, names_in
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.velocities import steps_counted

SMALLER = {"minimum": "maximum", "min": "max"}
# What a mean of gradients keeps: such names, and no others, are raised to the number of the step.
KEPT = re.compile(r"beta|rho|b[12]$|decay|gamma|mu$", re.I)
# A share that is kept, written as a number, is more than this.
HALF = 0.5
EITHER_SIGN = "a gradient may be of either sign, and what is in between stays as it is"


def _exponents(source: Source) -> Iterator[Edit]:
    """``1 / (1 + exp(z))`` as ``1 / (1 + exp(-z))``; ``exp(-z)`` beside its sum as ``exp(z)``."""
    for call in source.calls_of("exp"):
        if (inner := only_arg(call)) is None:
            continue
        above = source.parent(call)
        if is_operation(inner, cst.Subtract) and "max" in source.text(inner.left):
            why = "the largest of all is taken off each, and not each off the largest"
            turned = inner.with_changes(left=inner.right, right=inner.left)
            yield source.edit(inner, turned, "forward", why)
            continue
        if is_operation(above, cst.Add) == is_minus(inner):
            continue
        plain = source.text(inner.expression) if is_minus(inner) else ""
        text = plain or f"-{source.operand(inner)}"
        why = "what is larger before the activation is larger behind it, too"
        yield source.edit(inner, text, "forward", why)


def _larger(source: Source) -> Iterator[Edit]:
    """``np.minimum(0, z)`` as ``np.maximum(0, z)``, where one of the two is 0."""
    for call in source.calls_of(*SMALLER):
        if len(call.args) > 1 and any(is_number(one.value, 0) for one in call.args):
            name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
            why = "a unit lets through what is above 0"
            yield source.edit(name, SMALLER[name_called(call)], "forward", why)


def _less_than_one(source: Source) -> Iterator[Edit]:
    """A factor ``a**2 - 1`` as ``1 - a**2``, and ``a - 1`` as ``1 - a``."""
    for node in source.operations(cst.Subtract):
        above = source.parent(node)
        if not is_operation(above, cst.Multiply) or isinstance(above.left, cst.List):
            continue  # no factor, or so many of it
        if is_number(node.right, 1):
            new = node.with_changes(left=node.right, right=node.left)
            why = "a slope of what lies between -1 and 1 is 1 less that, and not the other way"
            yield source.edit(node, new, "gradient", why, "wrong-gradient")


def _cut_on_both_sides(source: Source) -> Iterator[Edit]:
    """``clip(g, 0, 1)`` as ``clip(g, -1, 1)``, and as ``g``."""
    for call in source.calls_of("clip"):
        if len(call.args) < 2:
            continue
        texts = [source.text(one.value) for one in call.args]
        method = len(texts) == 2
        low, high = texts[-2:]
        owner = source.text(call.func.value) if isinstance(call.func, cst.Attribute) else ""
        taken = owner if method else texts[0]
        if not re.fullmatch(r"-.*", low):
            args = [*texts[:-2], f"-{source.operand(call.args[-1].value)}", high]
            both = f"{source.text(call.func)}({', '.join(args)})"
            yield source.edit(call, both, "gradient", EITHER_SIGN, "wrong-gradient")
        yield source.edit(call, taken, "gradient", EITHER_SIGN, "wrong-gradient")


def _made_up_for(source: Source) -> Iterator[Edit]:
    """``m / (1 - beta)`` as ``m / (1 - beta ** t)``, and ``beta ** t`` counted from 1."""
    for node in source.operations(cst.Subtract):
        power = node.right
        if not is_operation(source.parent(node), cst.Divide) or not is_number(node.left, 1):
            continue
        share = isinstance(power, cst.Float) and HALF < float(power.evaluated_value) < 1
        if share or KEPT.search(key(power).rpartition(".")[-1]):
            for turn in _turns(source, node):
                yield _corrected(source, power, source.joined("**", power, turn))
        if is_operation(power, cst.Power):
            if isinstance(power.right, cst.Name):
                counted = source.joined("+", power.right, "1")
                yield _corrected(source, power.right, f"({counted})")
        elif is_operation(power, cst.Multiply):
            yield _corrected(source, power, source.joined("**", power.left, power.right))


def _corrected(source: Source, old: cst.CSTNode, text: str) -> Edit:
    why = "a mean that began with 0 is made up for by the steps that it has seen"
    return source.edit(old, text, "step", why, "update-direction")


def _turns(source: Source, node: cst.CSTNode) -> list[str]:
    """What counts steps where a node stands: the turns of loops, from 1 on, and what grows by 1."""
    found = [f"({key(one.target)} + 1)" for one in source.above(node)
             if isinstance(one, cst.For) and key(one.target)]  # fmt: skip
    grown = [key(one.target) for one in source.of_type(cst.AugAssign)
             if isinstance(one.operator, cst.AddAssign)
             and source.text(one.value) == "1"]  # fmt: skip
    return [*dict.fromkeys([*filter(None, grown), *found])]


def through_the_softmax(source: Source) -> Iterator[Edit]:
    """``-y / p``, the slope of a loss at the probabilities, as ``p - y``, at what these are of."""
    for node in source.operations(cst.Divide):
        above, top, below = source.parent(node), node.left, node.right
        if is_operation(below, cst.Add):
            below = below.left
        elif is_call(below, "clip", "maximum", "fmax") and below.args:
            below = below.args[0].value
        whole, target = (node, top.expression) if is_minus(top) else (above, top)
        if isinstance(below, Variable) and (whole is node or is_minus(whole)):
            text = f"({source.joined('-', below, target)})"
            why = "through a softmax the slope of its loss is the probabilities less the targets"
            yield source.edit(whole, text, "gradient", why, "wrong-gradient")


def _with_its_copy(source: Source) -> Iterator[Edit]:
    """``slope = h`` as ``slope = h.copy()``, where something is then written into ``slope``."""
    written = set()
    for target in written_into(source):
        if isinstance(target, cst.Subscript) or isinstance(source.parent(target), cst.AugAssign):
            written.add((kept_in(target), id(source.scope(target))))
    for made in source.of_type(cst.Assign):
        name, value = assigned(made), made.value
        if (name, id(source.scope(made))) in written - {("", 0)} and key(value):
            why = f"what is written into {name} leaves {key(value)} as it was"
            yield source.edit(value, f"{key(value)}.copy()", "gradient", why, "inplace-mutation")


def _squares(source: Source) -> Iterator[Edit]:
    """Of ``beta * m + (1 - beta) * g ** 2`` the square left out; and put in where there is none."""
    for node in source.operations(cst.Multiply):
        last = node.right if is_operation(node.left, cst.Subtract) else None
        if is_operation(last, cst.Power):
            yield _corrected(source, last, source.text(last.left))
        elif isinstance(last, Variable):
            yield _corrected(source, last, source.joined("**", last, "2"))


def _of_as_many(source: Source) -> Iterator[Edit]:
    """``np.sum(answers == labels) / len(X)`` divided by as many as there are answers."""
    for node in source.operations(cst.Divide):
        for one in all_in(node.left, cst.Comparison):
            for name in dict.fromkeys(names_in(one.comparisons[0].comparator)):
                text = f"len({name})"
                if text != source.text(node.right):
                    why = "a share is one of all answers that are counted"
                    yield source.edit(node.right, text, "answer", why, "misleading-metric")


def _kept_in_part(source: Source) -> Iterator[Edit]:
    """``m = (1 - beta) * g`` with the share of itself that it keeps, ``beta * m``, before it."""
    for one in source.of_type(cst.Assign):
        value, target = one.value, one.targets[0].target
        if not is_operation(value, cst.Multiply) or not is_operation(value.left, cst.Subtract):
            continue
        share = value.left.right
        named = isinstance(share, cst.Float) or KEPT.search(key(share).rpartition(".")[-1])
        if is_number(value.left.left, 1) and named and isinstance(target, Variable):
            text = source.joined("+", source.joined("*", share, target), value)
            why = "a mean keeps a share of what it was, and takes the rest of the new one"
            yield source.edit(value, text, "step", why, "update-direction")


def _with_sign(source: Source) -> Iterator[Edit]:
    """``z = np.abs(z)``, of what goes on as ``exp(z)``, as ``z``."""
    for call in source.calls_of("abs", "absolute", "fabs"):
        if (inner := only_arg(call)) is None:
            continue
        scope, line = source.scope(call), source.parent(call)
        made, text = assigned(line), source.operand(inner)
        near = [one for one in source.calls_of("exp") if source.scope(one) is scope]
        if any(call in within(one) or made in names_in(one) for one in near):
            why = "what is below 0 is smaller behind the activation, too, and not as large"
            gone = source.removed(line) if line is not None and text == made else None
            yield edit_of([gone or source.replaced(call, text)], "forward", why)


# Each kind of edit by itself, the likeliest first.
FORMULAS: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    _exponents,
    _with_sign,
    steps_counted,
    _larger,
    _less_than_one,
    _cut_on_both_sides,
    _made_up_for,
    _kept_in_part,
    _of_as_many,
    through_the_softmax,
    _with_its_copy,
    _squares,
)
