"""Edits of the order in which samples are shown, and of how many are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import libcst as cst

from diagnose.patching.batches import whole_batches
from diagnose.patching.nodes import assigned, first_in
from diagnose.patching.places import followed, key, name_called, names_in
from diagnose.patching.script import Script, free_name, random_of
from diagnose.patching.source import Edit, Source, Splice, edit_of


def of_order(script: Script) -> list[Edit]:
    """Edits of the order in which samples are shown, and of what is kept back for the test."""
    return [
        *permuted(script),
        *whole_batches(script),
        *_mixed_classes(script),
        *_mixed_each_epoch(script),
        *kept_samples(script, "order"),
    ]


def permuted(script: Script) -> Iterator[Edit]:
    """``np.arange(n)`` and ``np.argsort(y)``, by which samples are taken, as a random order."""
    source = script.source
    for one in followed(source, script.at("samples")):
        if isinstance(one.value, cst.Call) and (text := _as_permutation(source, one.value)):
            yield in_random_order(source.replaced(one.value, text))


def _as_permutation(source: Source, call: cst.Call) -> str:
    """``arange(n)`` or ``argsort(y)`` as a random order; nothing for any other call."""
    taken = source.text(call.args[0].value) if call.args else ""
    counts = {"argsort": f"len({taken})", **({"arange": taken} if len(call.args) == 1 else {})}
    count = counts.get(name_called(call), "") if taken else ""
    return f"{random_of(source, call)}.permutation({count})" if count else ""


def in_random_order(*splices: Splice) -> Edit:
    """Splices after which samples come in a random order."""
    why = "samples come in a random order, and not class by class"
    return edit_of(splices, "order", why, "class-order")


def _mixed_each_epoch(script: Script) -> Iterator[Edit]:
    """Samples and targets put into a new order, the same for both, when an epoch begins."""
    source = script.source
    loops = script.loops
    if len(loops) < 2 or not isinstance(loops[0].body, cst.IndentedBlock):
        return
    loop = loops[0]
    inside = {name for one in loops for name in names_in(one)}
    here = source.scope(loop)

    def before(role: str) -> dict[str, None]:
        """The names of a flow that have their values before the loop begins."""
        return dict.fromkeys(
            one.name for one in script.flow(role) if one.scope is here and "." not in one.name
            if one.statement is not loop and loop not in source.above(one.statement)
        )  # fmt: skip

    free = free_name(source, "order", "new")
    for x, y in product(before("samples"), before("targets")):
        if x != y and {x, y} <= inside:
            at = f"[{free}]" if script.samples_axis == 0 else f"[:, {free}]"
            count = f"len({x})" if script.samples_axis == 0 else f"{x}.shape[1]"
            first = loop.body.body[0]
            yield in_random_order(source.inserted_before(
                first, f"{free} = {random_of(source, first)}.permutation({count})",
                f"{x}, {y} = {x}{at}, {y}{at}"))  # fmt: skip


def kept_samples(script: Script, part: str) -> Iterator[Edit]:
    """``g = x`` as ``g = x.copy()``, where the training then adds something to ``g``, or masks it.

    What is written into an array with two names stays in it for all epochs.
    """
    source = script.source
    for one in source.of_type(cst.AugAssign):
        if not script.trains(one) or not isinstance(one.target, cst.Name):
            continue
        line, block = source.statement(one), source.block(source.statement(one))
        for each in block[: block.index(line)] if block else ():
            made = first_in(each)
            if not isinstance(made, cst.Assign) or assigned(made) != one.target.value:
                continue
            value = made.value
            taken = value.slice if isinstance(value, cst.Subscript) else ()
            # a slice of an array is no copy of it
            if key(value) or any(isinstance(each.slice, cst.Slice) for each in taken):
                name, sign = one.target.value, source.text(one.operator).strip().removesuffix("=")
                anew = f"{name} = {name} {sign} {source.operand(one.value)}"
                why = f"what is written into {name} does not stay in the samples"
                yield source.edit(one, anew, part, why, "inplace-mutation")
                text = f"{source.text(value)}.copy()"
                yield source.edit(value, text, part, why, "inplace-mutation")


def _mixed_classes(script: Script) -> Iterator[Edit]:
    """Classes one after the other, and of each its samples: all of them in one list, shuffled.

    The body of the inner loop stays as it stands.
    """
    for outer, inner in pairwise(script.loops):
        *before, last = outer.body.body
        lines = [one for one in before if isinstance(one, cst.SimpleStatementLine)]
        # what stands before the inner loop only gives names their values
        given = all(isinstance(each, cst.Assign) for one in lines for each in one.body)
        prepared = last is inner and given and len(lines) == len(before)
        if prepared and key(outer.target) and key(inner.target):
            yield in_random_order(*_one_list(script.source, outer, inner, lines))


def _one_list(
    source: Source, outer: cst.For, inner: cst.For, prepared: Sequence[cst.SimpleStatementLine]
) -> list[Splice]:
    """The two loops as one over pairs: written above, with the assignments within it."""
    one, other = key(outer.target), key(inner.target)
    iterated = source.text(inner.iter)
    for line in reversed(prepared):
        for each in line.body:
            if isinstance(each, cst.Assign) and (name := assigned(each)):
                value = source.text(each.value).replace("\\", r"\\")
                iterated = re.sub(rf"\b{re.escape(name)}\b", value, iterated)
    pairs = free_name(source, "samples", "all")
    indent, deeper = source.indent(outer), source.indent(inner.body.body[0])
    both = f"{one},{source.space}{other}"
    listed = f"[({both}) for {one} in {source.text(outer.iter)} for {other} in {iterated}]"
    lines = [
        indent + source.joined("=", pairs, listed),
        f"{indent}{random_of(source, outer)}.shuffle({pairs})",
        f"{indent}for {both} in {pairs}:",
    ]
    read = {*re.findall(r"\w+", source.text(inner.body))}
    for line in prepared:
        notes = [each.comment.value for each in line.leading_lines if each.comment]
        used = any(assigned(each) in read for each in line.body)
        kept = [source.text(each) for each in line.body] if used else []
        lines += [f"{deeper}{text}" for text in (*notes, *kept)]
    start = source.span(outer)[0] - len(indent.encode())
    end = source.code.find(b"\n", source.span(inner.iter)[1]) + 1
    return [Splice(start=start, end=end, text="".join(one + source.newline for one in lines))]
