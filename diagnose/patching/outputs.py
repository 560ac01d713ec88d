"""Edits of a last layer that is a ReLU, of which no output comes below 0: as a linear one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, product

import libcst as cst

from diagnose.patching.activations import SLOPE
from diagnose.patching.derivatives import SIDE
from diagnose.patching.nodes import both_ways, is_number
from diagnose.patching.places import key, name_called
from diagnose.patching.script import Script, bare
from diagnose.patching.source import Edit, Source, Splice

RELU = re.compile(r"relu|rectif", re.I)
WHY = "the last layer is linear, so that its outputs can come to lie below 0, too"


def linear_end(script: Script) -> Iterator[Edit]:
    """The last ReLU left out, with its derivative, with another one's, or with none.

    Where a softmax is taken of it the layer is read as one of that, and it stands in a list.
    """
    source, last = script.source, script.network.layers[-1].activation
    if last == "softmax":
        yield from (Edit(splices=one, part="forward", why=WHY) for one in _layers(source))
    if last != "relu":
        return
    calls = [*script.inside("forward", cst.Call), *script.called("forward")]
    nodes = {id(one): one for one in (*calls, *script.inside("forward", cst.BinaryOperation))}
    outputs: dict[str, dict[int, Splice]] = {}
    for node in nodes.values():
        taken = _taken(source, node)
        if taken is not None:
            splice = source.replaced(node, _plain(source, node, taken))
            outputs.setdefault(source.text(node), {})[splice.start] = splice
    alike = sorted(
        (tuple(one.values()) for one in outputs.values()), key=lambda every: -max(every).start
    )
    for output, slope in product([*alike, *_layers(source)], [*_slopes(script), None]):
        splices = (*output, *([slope] if slope else []))
        if not any(one.overlaps(two) for one, two in combinations(splices, 2)):
            yield Edit(splices=splices, part="forward", why=WHY)


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
    if RELU.search(name) and not SLOPE.search(name) and len(given) == 1:
        return given[0]
    if name in ("maximum", "fmax") and len(given) == 2:
        return next((one for one, other in (given, given[::-1]) if is_number(other, 0)), None)
    if name == "where" and len(given) == 3 and is_number(given[2], 0):
        return given[1] if isinstance(given[0], cst.Comparison) else None
    return None


def _plain(source: Source, node: cst.CSTNode, taken: cst.BaseExpression) -> str:
    """An expression in the place of another: without parentheses where it stands by itself."""
    alone = isinstance(source.parent(node), cst.Assign | cst.Return)
    return (
        source.text(taken.with_changes(lpar=[], rpar=[]))
        if alone
        else bare(source.text(taken), taken)
    )


def _layers(source: Source) -> Iterator[tuple[Splice, ...]]:
    """The last of a list of layers, where it is a ReLU."""
    for one in source.of_type(cst.List):
        last = one.elements[-1].value if len(one.elements) > 1 else None
        if isinstance(last, cst.Call) and RELU.search(name_called(last)):
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
