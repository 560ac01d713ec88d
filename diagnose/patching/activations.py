"""Edits of a last layer that should have no activation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, product

import libcst as cst

from diagnose.patching.nodes import (
    both_ways,
    is_number,
)
from diagnose.patching.places import key, name_called
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, Splice, edit_of

# How people call a function that gives a derivative.
SLOPE = re.compile(r"deriv|prime|grad|slope|back|^d_|_d$|^d(?=relu|tanh|sig)", re.I)
LINEAR = "the last layer is linear, so that its outputs can come to lie below 0, too"
RECTIFIED = re.compile("relu|rectif", re.I)

SIDE = re.compile(r"[<>]=?")


def linear_end(script: Script) -> Iterator[Edit]:
    """The last ReLU left out, with its derivative, with another one's, or with none.

    Where a softmax is taken of it the layer is read as one of that, and it stands in a list.
    """
    source, last = script.source, script.network.layers[-1].activation
    if last == "softmax":
        yield from (edit_of(one, "forward", LINEAR) for one in _layers(source))
    if last != "relu":
        return
    calls = [*script.inside("forward", cst.Call), *script.called("forward")]
    nodes = {id(one): one for one in (*calls, *script.inside("forward", cst.BinaryOperation))}
    found = [(source.text(one), source.replaced(one, _plain(source, one, taken)))
             for one in nodes.values() if (taken := _taken(source, one)) is not None]  # fmt: skip
    outputs = [*last_first(found), *_layers(source)]
    yield from (edit_of(one, "forward", LINEAR) for one in with_slopes(outputs, [*_slopes(script)]))


def last_first(found: Iterable[tuple[str, Splice]]) -> list[tuple[Splice, ...]]:
    """Splices of what is written in the same words, each such set at once: the last one first."""
    alike: dict[str, dict[int, Splice]] = {}
    for words, one in found:
        alike.setdefault(words, {})[one.start] = one
    return sorted(
        (tuple(one.values()) for one in alike.values()), key=lambda some: -max(some).start
    )


def with_slopes(
    outputs: Iterable[tuple[Splice, ...]], slopes: Iterable[Splice]
) -> Iterator[tuple[Splice, ...]]:
    """An activation with each derivative that may be its own, and with none, where both can be."""
    for output, slope in product(outputs, [*((one,) for one in slopes), ()]):
        splices = (*output, *slope)
        if not any(one.overlaps(two) for one, two in combinations(splices, 2)):
            yield splices


def _taken(source: Source, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What a ReLU is computed of, in whatever way it is written; None for anything else."""
    if isinstance(node, cst.BinaryOperation):
        for one, mask in both_ways(node) if isinstance(node.operator, cst.Multiply) else ():
            if isinstance(mask, cst.Comparison) and source.text(mask.left) == source.text(one):
                return one
        return None
    if not isinstance(node, cst.Call):
        return None
    name, given = name_called(node), [one.value for one in node.args]
    if RECTIFIED.search(name) and not SLOPE.search(name) and len(given) == 1:
        return given[0]
    if name in ("maximum", "fmax") and len(given) == 2:
        return next((one for one, other in (given, given[::-1]) if is_number(other, 0)), None)
    if name == "where" and len(given) == 3 and is_number(given[2], 0):
        return given[1] if isinstance(given[0], cst.Comparison) else None
    return None


def _plain(source: Source, node: cst.CSTNode, taken: cst.BaseExpression) -> str:
    """An expression in the place of another: without parentheses where it stands by itself."""
    alone = isinstance(source.parent(node), cst.Assign | cst.Return)
    return source.text(taken.with_changes(lpar=[], rpar=[])) if alone else source.operand(taken)


def _layers(source: Source) -> Iterator[tuple[Splice, ...]]:
    """The last of a list of layers, where it is a ReLU."""
    for one in source.of_type(cst.List):
        last = one.elements[-1].value if len(one.elements) > 1 else None
        if isinstance(last, cst.Call) and RECTIFIED.search(name_called(last)):
            start = source.span(one.elements[-2].value)[1]
            yield (Splice(start=start, end=source.span(last)[1], text=""),)


def _slopes(script: Script) -> Iterator[Splice]:
    """Where an error is multiplied by a derivative of a ReLU, or set to 0: without that."""
    source = script.source
    for node in script.operations("backward", cst.Multiply):
        for rest, slope in both_ways(node):
            named = isinstance(slope, cst.Call) and SLOPE.search(name_called(slope))
            if named or isinstance(slope, cst.Comparison):
                yield source.replaced(node, _plain(source, node, rest))
    for one in script.inside("backward", cst.Assign):
        target = one.targets[0].target
        masked = isinstance(target, cst.Subscript) and SIDE.search(source.text(target.slice[0]))
        if masked and is_number(one.value, 0) and key(target.value):
            yield source.removed(one)
