"""Edits of a gradient that goes back through units that dropout has left out.

Where the forward pass multiplies by a mask, the backward pass does so too, at the same place. And
of units that are kept one by one and do not make up for those that are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import has, is_operation
from diagnose.patching.places import bindings, bound, key, names_in
from diagnose.patching.products import sides_of
from diagnose.patching.script import Script, edited, within
from diagnose.patching.source import Edit, Source

# What draws a mask, by what stands in its line.
AS_SUCH = ("binomial", "bernoulli", "choice")
DRAWS = ("rand", "uniform", *AS_SUCH)
TAKEN_FROM_LEFT = (cst.Multiply, cst.Divide, cst.MatrixMultiply)
WHY = "nothing flows back through units that were left out, and as much more through the others"


def masked(script: Script) -> Iterator[Edit]:
    """``d = d * (z > 0)`` with the mask of the forward pass, as it is applied there."""
    if not script.network.dropout:
        return
    source = script.source
    applied = [*dict.fromkeys(_applied(script))]
    every = [one for kind in (cst.Assign, cst.AugAssign) for one in script.inside("backward", kind)]
    # of an error that goes back it is the slope, or the product with weights, that is met first
    back = [one for one in every if _has_slope(one) or any(map(sides_of, within(one.value)))]
    places = sorted(back, key=lambda one: not _has_slope(one))
    for one in places:
        if isinstance(one, cst.AugAssign) and not isinstance(one.operator, cst.MultiplyAssign):
            continue
        from_left = is_operation(one.value, TAKEN_FROM_LEFT)
        whole = source.text(one.value) if from_left else source.operand(one.value)
        for text, names in applied:
            if not {*names_in(one)} & names and _are_there(source, one, names):
                new = source.joined("*", whole, text)
                yield edited(script, "backward", one.value, new, WHY, "wrong-gradient")


def _applied(script: Script) -> Iterator[tuple[str, frozenset[str]]]:
    """What the forward pass multiplies by for a mask, with the names of the mask."""
    source = script.source
    masks = drawn_masks(source)
    for node in source.nodes:
        if isinstance(node, cst.AugAssign) and isinstance(node.operator, cst.MultiplyAssign):
            given, into = node.value, key(node.target)
        elif is_operation(node, cst.Multiply):
            given, into = (node.right, key(node.left))
            if {*names_in(node.left)} & masks and not {*names_in(given)} & masks:
                given, into = node.left, key(node.right)
        else:
            continue
        names = frozenset({*names_in(given)} & masks)
        if not names or (key(given) not in names and not into):
            continue
        text = source.operand(given)
        around = source.parent(node)
        if is_operation(around, cst.Divide) and around.left is node:
            text = source.joined("/", text, around.right)
        yield text, names
        for one in source.of_type(cst.AugAssign):  # in a statement of its own, ``a /= keep``
            same = source.scope(one) is source.scope(node) and key(one.target) == into != ""
            if same and isinstance(one.operator, cst.DivideAssign):
                yield source.joined("/", text, source.operand(one.value)), names


def drawn_masks(source: Source) -> set[str]:
    """The names of all masks: random numbers below or above a share, or drawn as 0 and 1."""
    given = [(one.name, one.value, source.text(one.value)) for one in bindings(source) if one.value]
    return {
        name for name, value, text in given if any(word in text for word in DRAWS)
        if has(value, cst.Comparison) or any(word in text for word in AS_SUCH)
    }  # fmt: skip


def _has_slope(node: cst.Assign | cst.AugAssign) -> bool:
    """Whether a statement multiplies by a slope: a comparison, a call, or what is 1 less."""
    multiplied = isinstance(node, cst.AugAssign) or has(node.value, cst.Multiply)
    return multiplied and has(node.value, cst.Comparison | cst.Subtract)


def _are_there(source: Source, node: cst.CSTNode, names: frozenset[str]) -> bool:
    """Whether names are known where a statement stands."""
    known = source.scope(node), source.module
    return all("." in name or any(one.scope in known for one in bound(source, name))
               for name in names)  # fmt: skip
