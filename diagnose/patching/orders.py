"""Edits of the order in which samples are shown, and of how many are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import libcst as cst

from diagnose.patching.batches import whole_batches
from diagnose.patching.inplace import kept_results, kept_samples
from diagnose.patching.nodes import (
    all_in,
    assigned,
    has_equal,
    is_call,
    only_arg,
)
from diagnose.patching.places import followed, key, name_called, names_in
from diagnose.patching.script import Script, free_name, library, random_of
from diagnose.patching.source import Edit, Source, Splice, edit_of

# What gives the indices at which something is so.
CHOOSING = ("flatnonzero", "nonzero", "where")


def of_order(script: Script) -> list[Edit]:
    """Edits of the order in which samples are shown, and of what is kept back for the test."""
    return [
        *kept_results(script.source, "order", "class-order"),
        *permuted(script),
        *whole_batches(script),
        *_shuffled_lists(script),
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


def of_all_classes(source: Source) -> list[Edit]:
    """``np.flatnonzero(labels < 7)``, the indices of some classes, as those of all samples."""
    found = []
    for call in source.calls_of(*CHOOSING):
        asked = only_arg(call)
        names = [*dict.fromkeys(names_in(asked))] if isinstance(asked, cst.Comparison) else []
        if asked is None or not names:
            continue
        above = source.parent(call)  # `where` and `nonzero` give one array for each axis
        whole = above if isinstance(above, cst.Subscript) and above.value is call else call
        text = f"{library(source)}.arange(len({names[0]}))"
        why = f"samples of all classes are taken, and not only where {source.text(asked)}"
        found.append(source.edit(whole, text, "data", why, "missing-classes"))
    return [*found, *_from_the_first(source)]


def _from_the_first(source: Source) -> Iterator[Edit]:
    """``for digit in range(1, 10)``, by which labels are asked for, from 0 on."""
    for loop in source.of_type(cst.For, cst.CompFor):
        digit = key(loop.target)
        if not is_call(loop.iter, "range"):
            continue
        first, *others = (one.value for one in loop.iter.args)
        body = loop.body if isinstance(loop, cst.For) else source.parent(loop) or loop
        equal = (digit in names_in(one) and has_equal(one) for one in all_in(body, cst.Comparison))
        if len(others) == 1 and source.text(first) == "1" and digit and any(equal):
            begin = Splice(start=source.span(first)[0], end=source.span(others[0])[0], text="")
            why = "classes are numbered from 0 on, and samples of the first are taken, too"
            yield edit_of([begin], "data", why, "missing-classes")


def of_count(script: Script, count: int) -> list[Edit]:
    """All samples, where a loop goes through so many of them by a number that is written there."""
    source = script.source
    found = []
    for loop in script.loops:
        taken = [one for one in source.of_type(cst.Subscript)
                 if loop in source.above(one) and key(loop.target) in {*names_in(one.slice[0])}
                 and key(one.value)]  # fmt: skip
        for number in all_in(loop.iter, cst.Integer):
            if int(number.evaluated_value) == count:
                why = f"all samples are shown, and not the first {count} of them"
                for name in dict.fromkeys(key(one.value) for one in taken):
                    text = f"len({name})"
                    found.append(source.edit(number, text, "data", why, "missing-classes"))
    return found


def _shuffled_lists(script: Script) -> Iterator[Edit]:
    """A list that is gone through in each epoch, shuffled before it is."""
    source = script.source
    loops = script.loops
    endless = [one for one in loops if any(isinstance(up, cst.While) for up in source.above(one))]
    for loop in loops[1:2] or endless[:1]:
        name = key(loop.iter)
        if name:
            line = f"{random_of(source, loop)}.shuffle({name})"
            yield in_random_order(source.inserted_before(loop, line))


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
