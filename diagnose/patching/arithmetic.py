"""Edits of the forward and backward pass, but for formulas of gradients, which the step mends.

Each is one small change on a line that computes the part: an axis, a mask, what a sum begins with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from diagnose.patching.activations import SIDE, linear_end
from diagnose.patching.decays import of_decay
from diagnose.patching.nodes import named_arg, plain_args
from diagnose.patching.places import is_of_library, name_called
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, edit_of
from diagnose.patching.starting import told_apart
from diagnose.patching.sums import sums_begun_anew

SUMS = ("sum", "mean")


def of_forward(script: Script) -> list[Edit]:
    """Edits of the forward pass."""
    return [
        *linear_end(script),
        *axes_turned(script, 1 - script.samples_axis),
        *axes(script, 1 - script.samples_axis),
        *masks(script),
    ]


def of_gradient(script: Script) -> list[Edit]:
    """Edits of the backward pass, for what was found in it beside formulas that are wrong.

    What mends these is found with the step itself (``Script.mends``).
    """
    every = [
        *(told_apart(script.source) if "aliased-arrays" in script.found else ()),
        *of_decay(script),
        *sums_begun_anew(script),
    ]
    return list(dict.fromkeys(every))


def axes(script: Script, axis: int) -> Iterator[Edit]:
    """Sums and means along the axis of the classes, kept as an axis of length 1 or not."""
    source, why = script.source, "the sum is over the classes"
    for call in script.inside("forward", cst.Call):
        for text in along(source, call, str(axis)):
            yield source.edit(call, text, "forward", why, "softmax-axis")


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
        yield source.edit(node, left + turned, "forward", why, "dropout-scale")
        kept = source.operand(right)
        kept = kept if lower else f"({source.joined('-', '1', kept)})"
        whole = left + source.text(node.comparisons[0])
        why = "units that are kept make up for those that are left out"
        text = source.joined("/", f"({whole})", kept)
        yield source.edit(node, text, "forward", why, "dropout-scale")
