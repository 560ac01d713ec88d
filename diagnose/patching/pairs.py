"""Edits that keep each sample with its own label: both taken, or shuffled, in one common order.

Two arrays that are cut alike are put into one order elsewhere (``seen``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import libcst as cst

from diagnose.causes.reordered import LABELS
from diagnose.patching.nodes import all_in
from diagnose.patching.orders import kept_samples
from diagnose.patching.places import bindings, bound, key, name_called, names_in
from diagnose.patching.script import Script, free_name, library, random_of
from diagnose.patching.source import Edit, Source, Splice, edit_of

# What gives an order that is another one each time.
MIXING = re.compile(r"\b(permutation|shuffle|choice|sample|randint|integers)\(")
# What goes through something in the other order; what lays a table out; what changes an order.
OTHER_WAY = {"repeat": "tile", "tile": "repeat"}
FLAT, IN_PLACE = ("flatten", "ravel"), ("sort", "shuffle")
IN_LINE = "labels stand in the order in which their samples do"
TOGETHER = "samples and labels are put into one common order, so that they stay together"
WHY = "samples of every class are on both sides of the split, since they are shuffled before it"


def of_data(script: Script) -> list[Edit]:
    """Edits that keep each sample with its own label."""
    return [
        *kept_samples(script, "data"),
        *_drawn_once(script.source),
        *_taken_alike(script),
        *_shuffled_together(script),
        *_laid_out_alike(script),
        *_sorted_apart(script),
    ]


def _drawn_once(source: Source) -> Iterator[Edit]:
    """``x[permutation(n)]`` and ``y[permutation(n)]``, two orders, as one for both."""
    draws: dict[tuple[int, str], list[cst.Call]] = {}
    for one in source.of_type(cst.Call):
        if _is_order(source, one) and isinstance(source.parent(one), cst.Index):
            block = source.parent(source.statement(one))
            draws.setdefault((id(block), source.text(one)), []).append(one)
    order = free_name(source, "order", "new")
    for (_, text), alike in draws.items():
        if len(alike) > 1:
            line = source.inserted_before(source.statement(alike[0]), f"{order} = {text}")
            yield together(line, *(source.replaced(one, order) for one in alike))


def _is_order(source: Source, call: cst.Call) -> bool:
    """Whether a call draws all of some numbers, each once."""
    return source.text(call.func).endswith("permutation")


def _taken_alike(script: Script) -> Iterator[Edit]:
    """Labels taken by the index by which their samples are, where that one is a random order."""
    source = script.source
    mixed = _mixing_names(source)
    taken = [one for one in _read(script, "samples") if isinstance(one, cst.Subscript)]
    # what was mixed before is the likeliest to be in order already
    labels = sorted(_read(script, "targets"), key=lambda one: source.text(_base(one)) in mixed)
    for sample, label in product(taken, labels):
        index = index_of(source, sample)
        if not mixed & set(re.findall(r"\w+", index)):
            continue
        base = _base(label)
        if source.scope(sample) is not source.scope(label) or key(base) in ("", key(sample.value)):
            continue
        # of samples that are first mixed and then taken by a slice, the labels' own slice stays
        own = f"[{index_of(source, label)}]" if isinstance(label, cst.Subscript) else ""
        every = (index, *_of_one_axis(index))
        statement = _mixed_into_itself(source, sample)
        made = any(script.trains(one.statement) for one in bound(source, key(base)))
        if statement is not None and not made:
            # the next epoch mixes what this one has mixed, and so do the labels
            for one in every:
                line = f"{source.text(base)} = {source.text(base)}[{one}]"
                yield together(source.inserted_after(statement, line))
            continue
        ends = dict.fromkeys(("", own))
        for text in (f"{source.text(base)}[{one}]{end}" for end in ends for one in every):
            if text != source.text(label):
                yield source.edit(label, text, "data", TOGETHER)


def _mixed_into_itself(source: Source, sample: cst.Subscript) -> cst.CSTNode | None:
    """The statement ``x = x[order]``, of which the samples are what it takes; None of others."""
    made = source.parent(sample)
    names = [key(one.target) for one in made.targets] if isinstance(made, cst.Assign) else []
    return source.statement(sample) if names == [key(sample.value)] else None


def _base(node: cst.BaseExpression) -> cst.BaseExpression:
    """The array that something is taken out of, or that is as it is."""
    return node.value if isinstance(node, cst.Subscript) else node


def together(*splices: Splice) -> Edit:
    """Splices after which samples and labels are in one order."""
    return edit_of(splices, "data", TOGETHER)


def index_of(source: Source, node: cst.Subscript) -> str:
    """What something is taken by, as it is written."""
    return ", ".join(source.text(one.slice) for one in node.slice)


def _of_one_axis(index: str) -> list[str]:
    """The index of labels in a row, where that of samples in columns is ``:, order``."""
    return [index.removeprefix(":, ")] if index.startswith(":, ") else []


def _mixing_names(source: Source) -> set[str]:
    """The names of random orders, and of what is taken out of them."""
    found = {key(one.args[0].value) for one in source.calls_of("shuffle") if one.args}
    every = [(one.name, one.value) for one in bindings(source) if one.value is not None]
    found |= {name for name, value in every if MIXING.search(source.text(value))}
    while more := {name for name, value in every if found & {*names_in(value)}} - found:
        found |= more
    return found - {""}


def _read(script: Script, role: str) -> list[cst.BaseExpression]:
    """What samples or targets are taken out of: arrays with an index, and arrays as they are."""
    flow = script.flow(role)
    nodes = [*script.values(role), *(one.value for one in flow if one.value is not None)]
    found: list[cst.BaseExpression] = []
    for node in nodes:
        found += _subscripts(node)
        if isinstance(node, cst.Name | cst.Attribute) and script.source.parent(node) is not None:
            found.append(node)
    return list({id(one): one for one in found}.values())


def _subscripts(node: cst.CSTNode) -> Iterator[cst.Subscript]:
    """What is taken by an index, indices themselves left out."""
    if isinstance(node, cst.Subscript):
        yield node
        yield from _subscripts(node.value)
        return
    for one in node.children:
        yield from _subscripts(one)


def _laid_out_alike(script: Script) -> Iterator[Edit]:
    """Labels, or samples, that go through a table, or through classes, in the other order."""
    source = script.source
    for one in (*script.flow("targets"), *script.flow("samples")):
        for call in all_in(one.value, cst.Call) if one.value is not None else ():
            name = name_called(call)
            if name in OTHER_WAY:
                func = source.text(call.func)
                text = f"{func.removesuffix(name)}{OTHER_WAY[name]}"
                yield source.edit(call.func, text, "data", IN_LINE)
            elif name in FLAT and isinstance(call.func, cst.Attribute):
                table = source.text(call.func.value)
                text = table if call.args else f"{table}.T"
                yield source.edit(call, f"{text}.{name}()", "data", IN_LINE)


def moved_labels(script: Script, order: str) -> Iterator[Edit]:
    """Labels in an order in which they belong to their samples, wherever they are made.

    order: as ``causes.reordered`` writes it. Where these labels are not known to come from, all
    that is made before the training is tried.
    """
    source, np = script.source, library(script.source)
    before = [one for one in bindings(source) if not script.trains(one.statement)]
    for one in dict.fromkeys((*script.flow("targets"), *before)):
        for value in _receivers(one.value):
            array = source.text(value)
            if not (isinstance(value, cst.Call) and array.startswith(f"{np}.")):
                array = f"{np}.asarray({array})"
            yield source.edit(value, order.replace(LABELS, array, 1), "data", IN_LINE)


def _receivers(value: cst.CSTNode | None) -> Iterator[cst.BaseExpression]:
    """A value, and what it is a view of: before a column is made of it, labels are flat."""
    if isinstance(value, cst.BaseExpression):
        yield value
    if isinstance(value, cst.Subscript):
        yield from _receivers(value.value)
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        yield from _receivers(value.func.value)


def _sorted_apart(script: Script) -> Iterator[Edit]:
    """A second name of an array that is sorted, or shuffled, in place: a copy of it instead."""
    source = script.source
    for statement in source.of_type(cst.Expr):
        call = statement.value
        if not isinstance(call, cst.Call) or name_called(call) not in IN_PLACE:
            continue
        owner = call.func.value if isinstance(call.func, cst.Attribute) else None
        sorts = name_called(call) == "sort" and owner is not None and not call.args
        node = owner if sorts else call.args[0].value if call.args else None
        for one in bound(source, key(node)) if node is not None else ():
            if isinstance(one.value, cst.Name | cst.Attribute):
                text = f"{source.text(one.value)}.copy()"
                why = f"what is put into another order is a copy of {source.text(one.value)}"
                yield source.edit(one.value, text, "data", why)


def _shuffled_together(script: Script) -> Iterator[Edit]:
    """Two arrays that are each shuffled by themselves, or one of two, in one common order."""
    source = script.source
    shuffles = [one for one in source.calls_of("shuffle")
                if len(one.args) == 1 and key(one.args[0].value)]  # fmt: skip
    targets = list(dict.fromkeys(one.name for one in script.flow("targets")))
    order = free_name(source, "order", "new")
    for call in shuffles:
        x = key(call.args[0].value)
        beside = [one for one in shuffles if one is not call
                  and source.scope(one) is source.scope(call)]  # fmt: skip
        for other in [key(one.args[0].value) for one in beside] or targets:
            if other == x:
                continue
            line = source.statement(call)
            made, both = _in_one_order(source, call, (x, other), order)
            second = next((one for one in beside if key(one.args[0].value) == other), None)
            below = source.replaced(second, both) if second else source.inserted_after(line, both)
            yield together(source.replaced(call, made), below)


def _in_one_order(
    source: Source, shuffle: cst.Call, names: tuple[str, str], order: str
) -> tuple[str, str]:
    """A common order drawn as the author shuffles, and both put into it; lists one by one."""
    x, other = names
    both = f"{x}, {other} = "
    drawn_by = source.text(shuffle.func).rpartition(".")[0]
    if drawn_by != "random":
        made = f"{order} = {drawn_by or random_of(source, shuffle)}.permutation(len({x}))"
        return made, f"{both}{x}[{order}], {other}[{order}]"
    made = f"{order} = random.sample(range(len({x})), len({x}))"
    return made, f"{both}[{x}[i] for i in {order}], [{other}[i] for i in {order}]"
