"""Edits that give layers a bias, where none is written: drawn, added, and stepped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import libcst as cst

from diagnose.causes.widening import BIASES
from diagnose.network.record import Layer
from diagnose.patching.nodes import all_in, is_operation
from diagnose.patching.places import bindings, bound, key, name_called, names_in
from diagnose.patching.products import factors_of, is_product, sides_of
from diagnose.patching.samples import alike, chain
from diagnose.patching.script import Script, library, within
from diagnose.patching.sizes import SIZE, of_units
from diagnose.patching.source import Edit, Source, Splice
from diagnose.patching.starting import sizes_in
from diagnose.patching.stepping import called, steps_of, target_of

WHY = "each unit has a bias, so that a layer need not answer 0 where its inputs are 0"
JOINING = ("column_stack", "hstack", "vstack", "concatenate", "append", "insert")
BIAS = re.compile(r"bias|^b(_?\d+|_.*|[ho])?$|_b$", re.I)
WEIGHT = re.compile(r"weights?|w(?=\d|_|$)", re.I)


def of_biases(script: Script, lacks: str) -> list[Edit]:
    """A bias for each layer that has none, with the hidden units that are lacking, too.

    lacks: what the twin's shape has and the author's has not. Nothing where one cannot be written
    beside its weights: where these are kept in lists, or handed from function to function.
    """
    biases, _, units = lacks.partition(" and ")
    if biases != BIASES:
        return []
    if columns := [*_of_ones(script)]:
        return columns
    splices: list[Splice] = []
    for layer in script.network.layers:
        mine = [*_of(script, layer)] if layer.bias is None else []
        if layer.bias is None and not mine:
            return []
        splices += mine
    wider = of_units(script, units)
    edit = Edit(splices=tuple(splices), part=SIZE, why=WHY, defect="too-few-units")
    both = [Edit(splices=edit.splices + one.splices, part=SIZE, why=WHY, defect=edit.defect)
            for one in wider]  # fmt: skip
    return both if units else [edit]


def _of_ones(script: Script) -> Iterator[Edit]:
    """A column of zeros that is put beside the samples, as one of ones."""
    source = script.source
    for made in chain(script):
        zeros = [
            source.replaced(one.func, re.sub(r"zeros$", "ones", source.text(one.func)))
            for value in (alike(source, made) if made.value is not None else ())
            for call in all_in(value, cst.Call)
            for one in within(call)
            if name_called(call) in JOINING
            if isinstance(one, cst.Call) and name_called(one) == "zeros"
        ]
        if zeros:
            why = "the column beside the samples is of ones, whose weights are the biases"
            splices = tuple(dict.fromkeys(zeros))
            yield Edit(splices=splices, part=SIZE, why=why, defect="too-few-units")


def _of(script: Script, layer: Layer) -> Iterator[Splice]:
    """What gives one layer a bias; nothing where a part of it cannot be written."""
    source = script.source
    drawn = [one for one in script.inside("init", cst.Assign)
             if called(one.targets[0].target) == layer.weight.rpartition(".")[-1]]  # fmt: skip
    weight = source.text(target_of(drawn[0])) if drawn else ""
    stepped = [one for one in steps_of(script) if source.text(target_of(one)) == weight]
    sizes = [sizes_in(one) for each in drawn for one in all_in(each, cst.Call)]
    sizes = [one for one in sizes if len(one) == 2]
    bias = _named(source, weight)
    sums = [*_products(script, weight)] if weight else []
    if len(drawn) != 1 or len(stepped) != 1 or not sizes or not sums or not bias:
        return
    gradient = _gradient(script, stepped[0])
    if gradient is None:
        return
    old, new = gradient
    rows = script.network.layout == "rows"
    units = source.text(sizes[0][1 if rows else 0])
    shape = units if rows else f"({units}, 1)"
    yield source.inserted_after(drawn[0], f"{bias} = {library(source)}.zeros({shape})")
    for one in sums:
        end = source.span(one)[1] + len(one.rpar)
        plus = f"{source.space}+{source.space}{bias}"
        yield Splice(start=end, end=end, text=plus)
    step = source.text(stepped[0]).replace(old, new)
    yield source.inserted_after(stepped[0], re.sub(rf"{re.escape(weight)}(?!\w)", bias, step))


def _named(source: Source, weight: str) -> str:
    """What a bias is called beside a weight: ``b1`` beside ``W1``, ``b_U`` beside ``U``."""
    head, _, name = weight.rpartition(".")
    made = WEIGHT.sub(lambda one: "bias" if len(one[0]) > 1 else "b", name, count=1)
    made = made if made != name else f"b_{name}"
    taken = {one.value for one in source.of_type(cst.Name)}
    made = f"{made}_{name}" if made in taken else made
    return f"{head}.{made}" if head else made


def _products(script: Script, weight: str) -> Iterator[cst.BinaryOperation | cst.Call]:
    """Where inputs are weighted: in the forward pass, and wherever else that is written."""
    source = script.source
    others = script.lines("backward") | script.lines("update") | script.lines("init")
    for one in source.nodes:
        if isinstance(one, cst.BinaryOperation | cst.Call) and is_product(one):
            here = source.line(one) in script.lines("forward") or source.line(one) not in others
            if here and weight in map(source.text, sides_of(one)):
                yield one


def _gradient(script: Script, step: cst.AugAssign | cst.Assign) -> tuple[str, str] | None:
    """The gradient in a step as it is written there, and that of the bias: the sum of the error.

    Of a gradient that has a name, the name; it is made in the same function, where the error is.
    """
    source = script.source
    names = [*dict.fromkeys(names_in(step.value))]
    made = [one for one in bindings(source) if one.name in names and one.value is not None
            and one.scope is source.scope(step)]  # fmt: skip
    values = {"": step.value, **{one.name: one.value for one in made if one.value is not None}}
    for name, value in values.items():
        for node in within(value):
            error = _error(script, node)
            if error:
                total = source.text(value).replace(source.text(node), error)
                return (name, f"({total})") if name else (source.text(node), error)
    return None


def _error(script: Script, node: cst.CSTNode) -> str:
    """The sum of the error over the samples, of a product of inputs and an error; else nothing."""
    rows = script.network.layout == "rows"
    error = sides_of(node)[1 if rows else 0 :][:1]
    summed = "axis=0" if rows else "axis=1, keepdims=True"
    if not error or not key(error[0]):
        return ""
    # ``rate * x.T @ d`` is a product of ``rate * x.T``, in which the rate stays
    scaled = node.left if isinstance(node, cst.BinaryOperation) else None
    rate = ""
    if is_operation(scaled, cst.Multiply):
        rate = script.source.text(scaled.left) + script.source.text(scaled.operator)
    return f"{rate}{script.source.text(error[0])}.sum({summed})"


def stepped_biases(script: Script) -> Iterator[Edit]:
    """A step of a bias that has none, as that of the weight beside it, of the error alone.

    ``b -= rate * d.sum(axis=0)`` beside ``W -= rate * x.T @ d``, and ``b += rate * d`` behind the
    loop of ``w[i] += rate * d * x[i]``.
    """
    source = script.source
    steps = steps_of(script)
    moved = {source.text(target_of(one)) for one in steps}
    still = dict.fromkeys(
        one.name
        for one in bindings(source)
        if BIAS.search(one.name.rpartition(".")[-1]) and one.name not in moved
    )
    for step, bias in product(steps, still):
        text, weight = source.text(step), source.text(target_of(step))
        gradient = _gradient(script, step)
        if gradient is not None and source.scope(step) is _scope(source, bias, step):
            made = re.sub(rf"{re.escape(weight)}(?!\w)", bias, text.replace(*gradient))
            yield _stepped(source.inserted_after(source.statement(step), made), bias)
        if isinstance(step, cst.AugAssign) and isinstance(target_of(step), cst.Subscript):
            every = [source.text(one) for one in factors_of(step.value)]
            for at in range(len(every) - 1, -1, -1) if len(every) > 1 else ():
                times = f"{source.space}*{source.space}"
                rest = times.join([*every[:at], *every[at + 1 :]])
                made = f"{bias}{_row(source, step)}{source.text(step.operator)}{rest}"
                yield _stepped(source.inserted_after(_behind(source, step), made), bias)


def _row(source: Source, step: cst.AugAssign) -> str:
    """The place of the unit whose weight is stepped: ``[j]`` of ``w[j][i]``; else nothing."""
    place = step.target.value if isinstance(step.target, cst.Subscript) else step.target
    if not isinstance(place, cst.Subscript):
        return ""
    return source.text(place).removeprefix(source.text(place.value))


def _scope(source: Source, bias: str, step: cst.CSTNode) -> cst.CSTNode:
    """Where a bias is known: an attribute wherever its object is."""
    return source.scope(step) if "." in bias else bound(source, bias)[0].scope


def _behind(source: Source, step: cst.AugAssign) -> cst.CSTNode:
    """The loop over the inputs in which a weight is stepped; else the statement itself."""
    index = {*names_in(target_of(step))}
    for one in source.above(step):
        if isinstance(one, cst.For):
            return one if {*names_in(one.target)} & index else source.statement(step)
    return source.statement(step)


def _stepped(splice: Splice, bias: str) -> Edit:
    why = f"{bias} is stepped, too, by the error of its unit"
    return Edit(splices=(splice,), part="step", why=why, defect="frozen-parameter")
