"""Edits of the forward and backward pass: the slips that are made in formulas.

Each is one small change of an expression on a line that computes the part: an axis, a transpose, a
product taken in another order, a derivative at another argument, a sign, a factor, a shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import libcst as cst

from diagnose.patching.activations import slope_functions, slopes_left_out
from diagnose.patching.decays import of_decay
from diagnose.patching.derivatives import SIDE, arguments_of_slopes, of_derivatives, sides
from diagnose.patching.dropped import drawn_masks, masked
from diagnose.patching.indices import other_arrays
from diagnose.patching.inplace import kept_arrays, own_rows
from diagnose.patching.nodes import (
    Variable,
    is_call,
    is_number,
    is_operation,
    named_arg,
    only_arg,
    plain_args,
)
from diagnose.patching.outputs import linear_end, through_the_softmax
from diagnose.patching.placed import read_before_their_step
from diagnose.patching.places import NUMBERED, bindings, key, name_called
from diagnose.patching.products import is_of_library, sides_of
from diagnose.patching.script import Maker, Script, edited
from diagnose.patching.signs import is_turned, minuses, signs, terms
from diagnose.patching.source import Edit, Source, Splice, edit_of
from diagnose.patching.starting import told_apart
from diagnose.patching.stepping import NAME, known_names
from diagnose.patching.sums import added_up, summed, sums_begun_anew

SUMS = ("sum", "mean")


# What mends a mistake, by the kind of it that the check of gradients names.
MENDS: dict[str, Maker] = {
    "derivative-left-out": slopes_left_out,
    "derivative-at-activation": arguments_of_slopes,
    "derivative-at-pre-activation": arguments_of_slopes,
    "derivative-inverted": sides,
    "derivative-always-one": sides,
    "softmax-left-out": lambda script: through_the_softmax(script.source),
}


def of_forward(script: Script) -> list[Edit]:
    """Edits of the forward pass."""
    return [
        *linear_end(script),
        *second_softmaxes(script),
        *axes_turned(script, 1 - script.samples_axis),
        *axes(script, "forward", "softmax-axis", 1 - script.samples_axis),
        *transposes(script, "forward"),
        *masks(script),
    ]


def of_gradient(script: Script) -> list[Edit]:
    """Edits of the backward pass; where all that is wrong is a sign, those of signs first."""
    turned = is_turned(script)
    every = [
        *of_named_mistakes(script),
        *(minuses(script) if turned else ()),
        *(signs(script, "backward") if turned else ()),
        *(told_apart(script.source) if "aliased-arrays" in script.found else ()),
        *(_other_masks(script) if "dropout-mask" in script.found else ()),
        *axes(script, "backward", "broadcast-shape", script.samples_axis),
        *(summed(script) if "broadcast-shape" in script.found else ()),
        *shapes_of_targets(script),
        *unwrapped(script),
        *own_rows(script, "gradient"),
        *slope_functions(script),
        *arguments_of_slopes(script),
        *sides(script),
        *transposes(script, "backward"),
        *masked(script),
        *slopes_left_out(script),
        *of_derivatives(script),
        *(other_arrays(script) if script.lines_of("wrong-gradient") else ()),
        *read_before_their_step(script),
        *kept_arrays(script),
        *signs(script, "backward"),
        *terms(script),
        *of_decay(script),
        *siblings(script),
        *sums_begun_anew(script),
        *added_up(script),
        *summed(script),
        *factors(script),
        *divided_as_beside(script),
        *other_arrays(script),
    ]
    return list(dict.fromkeys(every))


@lru_cache(maxsize=2)
def of_named_mistakes(script: Script) -> list[Edit]:
    """The edits that mend what the gradients were found to be exactly, where that has a name."""
    sane = script.found.get("wrong-gradient", {}).get("sane") or {}
    kinds = {one["kind"] for one in sane.get("mistakes", ())}
    makers = dict.fromkeys(maker for kind, maker in MENDS.items() if kind in kinds)
    return [edit for maker in makers for edit in maker(script)]


def second_softmaxes(script: Script) -> Iterator[Edit]:
    """A softmax taken of what is one already: its call, or its layer in a list, left out."""
    source = script.source
    if "double-softmax" not in script.found:
        return
    why = "one softmax is left, and none is taken of its probabilities"
    for one in script.inside("forward", cst.Assign):
        if _is_taken_again(source, one):
            yield edit_of([source.removed(one)], "forward", why, "double-softmax")
    for call in source.of_type(cst.Call):
        if "softmax" not in name_called(call).lower():
            continue
        if taken := only_arg(call):
            yield edited(script, "forward", call, taken, why, "double-softmax")
        around = source.parent(source.parent(call) or call)
        if isinstance(around, cst.List) and around.elements[-1].value is call:
            before = around.elements[-2:-1]
            start = source.span(before[0].value)[1] if before else source.span(call)[0]
            gone = Splice(start=start, end=source.span(call)[1], text="")
            yield edit_of([gone], "forward", why, "double-softmax")


def _is_taken_again(source: Source, node: cst.Assign) -> bool:
    """Whether it is ``e = exp(e / e.sum())``, of powers that make a softmax by themselves."""
    share = only_arg(node.value, "exp")
    if not is_operation(share, cst.Divide):
        return False
    same = source.text(share.left) == source.text(node.targets[0].target)
    return same and "sum(" in source.text(share.right)


def axes(script: Script, role: str, defect: str, axis: int) -> Iterator[Edit]:
    """Sums and means along the axis that is meant, kept as an axis of length 1 or not."""
    what = "the samples, one number for each unit" if role == "backward" else "the classes"
    for call in script.inside(role, cst.Call):
        for text in along(script.source, call, str(axis)):
            yield edited(script, role, call, text, f"the sum is over {what}", defect)


def axes_turned(script: Script, axis: int) -> Iterator[Edit]:
    """All axes of the forward pass at once: a softmax takes its largest and its sum along one.

    With the axis kept, where an array of rows is divided by what it gives, and without.
    """
    source = script.source
    found = [
        (source.replaced(given, str(axis)), named_arg(call, "keepdims") is not None)
        for call in script.calls_of("forward", *SUMS, "max", "amax")
        for given in _axis_given(call)
        if source.text(given) in ("0", "1", "-1") and int(source.text(given)) % 2 != axis
    ]
    as_it_is = tuple(one for one, _ in found)
    kept = tuple(
        replace(one, text=one.text if keeps else f"{one.text}, keepdims=True")
        for one, keeps in found
    )
    for splices in dict.fromkeys((kept, as_it_is) if axis else (as_it_is,)):
        if len(splices) > 1:
            why = "the largest and the sum are taken over the classes"
            yield edit_of(splices, "forward", why, "softmax-axis")


def _axis_given(call: cst.Call) -> Iterator[cst.BaseExpression]:
    """What a call hands over as the axis: by its name, or as what comes after the array."""
    if (axis := named_arg(call, "axis")) is not None:
        yield axis
    yield from plain_args(call)[is_of_library(call) :][:1]


def along(source: Source, call: cst.Call, axis: str) -> Iterator[str]:
    """A sum or a mean along an axis that it is not taken along, kept as an axis or not."""
    if name_called(call) not in SUMS:
        return
    method = not is_of_library(call)
    first = call.args[:0] if method else call.args[:1]
    for kept in (True, False):
        args = [*first, _keyword("axis", axis), *([_keyword("keepdims", "True")] * kept)]
        text = source.text(call.with_changes(args=_separated(args)))
        if text != source.text(call):
            yield text


def _keyword(name: str, value: str) -> cst.Arg:
    tight = cst.AssignEqual(
        whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
    )
    return cst.Arg(keyword=cst.Name(name), value=cst.parse_expression(value), equal=tight)


def _separated(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [
        *(one.with_changes(comma=comma) for one in args[:-1]),
        args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT),
    ]


def transposes(script: Script, role: str) -> Iterator[Edit]:
    """A factor of a matrix product with its transpose put on, or taken off."""
    for node in [*script.inside(role, cst.BinaryOperation), *script.inside(role, cst.Call)]:
        yield from _transposed(script, role, sides_of(node))


def _transposed(script: Script, role: str, factors: Sequence[cst.CSTNode]) -> Iterator[Edit]:
    for one in factors:
        if isinstance(one, cst.Attribute) and one.attr.value == "T":
            new: cst.CSTNode | str = one.value
        elif isinstance(one, cst.Name | cst.Attribute | cst.Subscript):
            new = f"{script.source.text(one)}.T"
        else:
            continue
        why = "what flows through a layer's weights flows back through their transpose"
        yield edited(script, role, one, new, why, "wrong-gradient")


def shapes_of_targets(script: Script) -> Iterator[Edit]:
    """Targets as one column, or one row, beside outputs that are one; or in a row as these are."""
    source = script.source
    if script.network.outputs != 1:
        return
    shape = "-1, 1" if script.samples_axis == 0 else "1, -1"
    plain = script.found.get("broadcast-shape", {}).get("mending", {}).get("labels") == "row"
    for one in script.flow("targets"):
        if one.value is None or isinstance(one.statement, cst.For):
            continue
        new = f"{source.operand(one.value)}.reshape({shape})"
        if plain:
            owner = _reshaped(one.value)
            new = source.text(owner) if owner else f"{source.operand(one.value)}.ravel()"
        elif "reshape" in source.text(one.value):
            continue
        why = "outputs and targets get one shape, so that each output meets its own target"
        yield edited(script, "backward", one.value, new, why, "broadcast-shape")


def _reshaped(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """What a call of ``reshape`` is made of; None for anything else."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.value if node.func.attr.value == "reshape" else None
    return None


def factors(script: Script) -> Iterator[Edit]:
    """A product or a quotient without its second half, or without a number that it begins with."""
    for node in script.operations("backward", cst.Multiply, cst.Divide):
        yield _without(script, node, node.right, node.left)
        number = isinstance(node.left, cst.Integer | cst.Float) or (
            isinstance(node.left, cst.Call) and name_called(node.left) == "len"
        )
        if isinstance(node.operator, cst.Multiply) and number:
            yield _without(script, node, node.left, node.right)


def _without(
    script: Script, node: cst.BinaryOperation, gone: cst.BaseExpression, kept: cst.BaseExpression
) -> Edit:
    why = f"{script.source.text(gone)} does not belong into this gradient"
    return edited(script, "backward", node, kept, why, "wrong-gradient")


def divided_as_beside(script: Script) -> Iterator[Edit]:
    """``db = d.sum(axis=0)`` beside ``dW = x.T @ d / n``, divided by n too."""
    source = script.source
    every = script.inside("backward", cst.Assign)
    for one in every:
        beside = [each.value for each in every
                  if source.parent(source.statement(each)) is source.parent(source.statement(one))
                  and isinstance(each.value, cst.BinaryOperation)
                  and isinstance(each.value.operator, cst.Divide)]  # fmt: skip
        by = dict.fromkeys(source.text(each.right) for each in beside)
        if isinstance(one.value, cst.BinaryOperation | cst.Call) and one.value not in beside:
            for number in by:
                text = source.joined("/", source.operand(one.value), number)
                why = f"this gradient is a mean over the samples, as what is beside it by {number}"
                yield edited(script, "backward", one.value, text, why, "wrong-gradient")


def averaged_once(script: Script) -> Iterator[Edit]:
    """``e = (p - t) / n`` above ``x.T @ e / n`` and ``e.mean()``, as ``e = p - t``."""
    source, every = script.source, script.inside("backward", cst.Assign)
    for one in every:
        value = one.value
        if not is_operation(value, cst.Divide) or not is_operation(value.left, cst.Subtract):
            continue
        by, others = source.text(value.right), (each.value for each in every if each is not one)
        means = [each for each in others
                 if (is_operation(each, cst.Divide) and source.text(each.right) == by)
                 or (isinstance(each, cst.Call) and name_called(each) == "mean")]  # fmt: skip
        if len(means) > 1:
            why = f"what follows is a mean over the samples, so that {by} has divided it already"
            new = value.left.with_changes(lpar=[], rpar=[])
            yield edited(script, "backward", value, new, why, "wrong-gradient")


def masks(script: Script) -> Iterator[Edit]:
    """The units that dropout keeps: those that it leaves out, or divided by the share it keeps."""
    source, lines = script.source, script.lines("forward") | script.named
    for node in source.of_type(cst.Comparison):
        left, right = source.text(node.left), node.comparisons[-1].comparator
        sign = SIDE.search(source.text(node.comparisons[0]))
        if source.line(node) not in lines or "rand" not in left or sign is None:
            continue
        lower = sign[0].startswith("<")
        turned = SIDE.sub(">=" if lower else "<", source.text(node.comparisons[0]), count=1)
        why = "units are kept with the probability that they are divided by"
        yield edited(script, "forward", node, left + turned, why, "dropout-scale")
        kept = source.operand(right)
        kept = kept if lower else f"({source.joined('-', '1', kept)})"
        whole = left + source.text(node.comparisons[0])
        why = "units that are kept make up for those that are left out"
        text = source.joined("/", f"({whole})", kept)
        yield edited(script, "forward", node, text, why, "dropout-scale")


def unwrapped(script: Script) -> Iterator[Edit]:
    """An error as it is, and not its size: ``np.abs(out - y)`` and its square as ``(out - y)``."""
    why = "the sign of an error says in which direction the step goes"
    for node in script.operations("backward", cst.Power):
        inner = node.left
        if is_operation(inner, cst.Subtract) and is_number(node.right, 2):
            both = isinstance(inner.left, Variable) and isinstance(inner.right, Variable)
            alone = isinstance(script.source.parent(node), cst.Assign)
            new = inner.with_changes(lpar=[], rpar=[]) if alone else inner
            if both:
                yield edited(script, "backward", node, new, why, "wrong-gradient")
    for call in script.calls_of("backward", "abs", "absolute", "fabs", "square"):
        if taken := only_arg(call):
            alone = isinstance(script.source.parent(call), cst.Assign)
            text = script.source.text(taken) if alone else script.source.operand(taken)
            yield edited(script, "backward", call, text, why, "wrong-gradient")
    yield from _of_each_sample(script)


def _of_each_sample(script: Script) -> Iterator[Edit]:
    """``np.mean(out - y, axis=0)``, also times ones, as the error ``(out - y)`` of each sample."""
    source = script.source
    for call in script.calls_of("backward", *SUMS, "average"):
        given = [one.value for one in call.args[:1]]
        if isinstance(call.func, cst.Attribute) and not is_of_library(call):
            given = [call.func.value]
        taken, above, whole = (given or [call])[0], source.parent(call), cast(cst.CSTNode, call)
        if not is_operation(taken, cst.Subtract):
            continue
        if is_operation(above, cst.Multiply):
            both = above.left, above.right
            whole = above if any(is_call(one, "ones", "ones_like") for one in both) else call
        why = "each sample goes back with its own error, and not with the mean of them all"
        text = f"({source.text(taken.with_changes(lpar=[], rpar=[]))})"
        yield edited(script, "backward", whole, text, why, "wrong-gradient")


def siblings(script: Script) -> Iterator[Edit]:
    """A variable of one layer in the place of that of another: ``D1`` where ``D2`` is meant."""
    source = script.source
    every = sorted(source.names | {one.name for one in bindings(source)})
    yield from _products_of_siblings(script)
    names = [*script.inside("backward", cst.Name), *script.inside("backward", cst.Attribute)]
    for node in names:
        name = key(node)
        stem = NUMBERED.fullmatch(name)
        if stem is None or _is_bound(source, node):
            continue
        for other in every:
            its = NUMBERED.fullmatch(other)
            if its is not None and its[1] == stem[1] and other != name:
                why = f"{other} is what belongs to this layer, and not {name}"
                yield edited(script, "backward", node, other, why, "wrong-gradient")


def _other_masks(script: Script) -> list[Edit]:
    """The mask of another layer: where one was seen to be wrong, no other edit is as likely."""
    masks = drawn_masks(script.source)
    found = [one for one in siblings(script) if one.splices[0].text in masks]
    return [replace(one, defect="dropout-mask") for one in found]


def _products_of_siblings(script: Script) -> Iterator[Edit]:
    """All of a matrix product from another layer: ``d2 @ W2.T`` for ``d3 @ W3.T``."""
    source, known = script.source, known_names(script.source)
    numbers = sorted({its[2] for one in known if (its := NUMBERED.fullmatch(one))})
    every = script.inside("backward", cst.BinaryOperation)
    for node in [*every, *script.inside("backward", cst.Call)]:
        text = source.text(node)
        own = [its[2] for one in NAME.findall(text) if (its := NUMBERED.fullmatch(one))]
        if not sides_of(node) or len(own) < 2 or len({*own}) > 1:
            continue
        for other in numbers:
            new = re.sub(rf"(?<=[A-Za-z_]){own[0]}\b", other, text)
            if other != own[0] and {*NAME.findall(new)} <= known:
                why = "this product is of what belongs to one layer, and that is another"
                yield edited(script, "backward", node, new, why, "wrong-gradient")


def _is_bound(source: Source, node: cst.CSTNode) -> bool:
    """Whether a name is given a value there, or is a keyword or what stands behind a point."""
    parent = source.parent(node)
    if isinstance(parent, cst.AugAssign):
        return parent.target is node
    if isinstance(parent, cst.Attribute):
        return parent.attr is node
    if isinstance(parent, cst.Arg):
        return parent.keyword is node
    if isinstance(parent, cst.Element):  # one of several names
        return isinstance(source.parent(source.parent(parent) or parent), cst.AssignTarget)
    return isinstance(parent, cst.AssignTarget)
