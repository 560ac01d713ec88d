"""Edits of single formulas that learners get wrong, told by the source alone.

The exponent of a sigmoid, the smaller of two in the place of the larger, a gradient that is cut off
on one side, a mean whose start is not made up for, a share of another number of samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import (
    Variable,
    is_call,
    is_minus,
    is_operation,
)
from diagnose.patching.source import Edit, Source

# A share that is kept, written as a number, is more than this.


def through_the_softmax(source: Source) -> Iterator[Edit]:
    """``-y / p``, the slope of a loss at the probabilities, as ``p - y``, at what these are of."""
    for node in source.operations(cst.Divide):
        above, top, below = source.parent(node), node.left, node.right
        if is_operation(below, cst.Add):
            below = below.left
        elif is_call(below, "clip", "maximum", "fmax") and below.args:
            below = below.args[0].value
        whole, target = (node, top.expression) if is_minus(top) else (above, top)
        if isinstance(below, Variable) and (whole is node or is_minus(whole)):
            text = f"({source.joined('-', below, target)})"
            why = "through a softmax the slope of its loss is the probabilities less the targets"
            yield source.edit(whole, text, "gradient", why, "wrong-gradient")
