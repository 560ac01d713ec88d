"""Edits of a bias's gradient that is the error of each sample, as its sum over the samples."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_operation
from diagnose.patching.script import Script, edited
from diagnose.patching.source import Edit

WAYS = ("sum", "mean")
# Where it is made, and where it is taken for the gradient of a bias.
TWICE = 2


def summed(script: Script) -> Iterator[Edit]:
    """``db = d`` and ``db = d / m`` with the sum over the samples, written as others there are."""
    source = script.source
    text = "".join(source.text(one) for one in script.statements("backward"))
    axis = f"axis={script.samples_axis}"
    both = [f"{axis}, keepdims=True", axis]
    for node in _plain(script):
        for given in both if "keepdims" in text else both[::-1]:
            for way in WAYS if re.search(r"mean\(", text) is None else WAYS[::-1]:
                yield edited(
                    script, "backward", node, f"{source.text(node)}.{way}({given})",
                    "the gradient of a bias is summed over the samples", "broadcast-shape",
                )  # fmt: skip


def _plain(script: Script) -> Iterator[cst.BaseExpression]:
    """Arrays that a backward pass gives another name, or gives back, as they are or divided.

    Such as it reads elsewhere, too: an error is what the gradient of a weight is made of.
    """
    source = script.source
    read = [source.text(one) for one in script.inside("backward", cst.BaseExpression)]
    values = [one.value for one in script.inside("backward", cst.Assign)]
    for one in script.inside("backward", cst.Tuple):
        if isinstance(source.parent(one), cst.Return):
            values += [each.value for each in one.elements]
    for value in values:
        node = _undivided(value)
        if isinstance(node, cst.Name | cst.Attribute) and read.count(source.text(node)) > TWICE:
            yield node


def _undivided(node: cst.BaseExpression) -> cst.BaseExpression:
    """What is divided by a number of samples, or multiplied by one over it."""
    if is_operation(node, cst.Divide):
        return node.left
    over = isinstance(node, cst.BinaryOperation) and isinstance(node.left, cst.BinaryOperation)
    if over and is_operation(node, cst.Multiply):
        return node.right
    return node
