"""Edits of a dropout whose units, kept one by one, do not make up for those that are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import is_number
from diagnose.patching.source import Edit, Source

# What gives a random number, or many.
RANDOM = re.compile(r"(rand\w*|uniform)\(")
WHY = "units that are kept make up for those that are left out"


def of_kept_units(source: Source) -> Iterator[Edit]:
    """``1.0 if r < keep else 0.0`` of random numbers, as ``1 / keep if r < keep else 0.0``.

    Not where anything is divided by that share already.
    """
    for node in source.of_type(cst.IfExp):
        test = node.test
        if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
            continue
        operator, share = test.comparisons[0].operator, test.comparisons[0].comparator
        lower = isinstance(operator, cst.LessThan | cst.LessThanEqual)
        larger = isinstance(operator, cst.GreaterThan | cst.GreaterThanEqual)
        if not (lower or larger) or not _is_drawn(source, node, test.left):
            continue
        on, off = (node.body, node.orelse) if is_number(node.body, 1) else (node.orelse, node.body)
        if not is_number(on, 1) or not is_number(off, 0):
            continue
        text = source.text(share)
        if re.search(rf"/ *\(? *(1(\.0)? *- *)?{re.escape(text)}\b", source.code.decode()):
            continue
        kept = text if lower == (on is node.body) else f"(1 - {text})"
        yield source.edit(on, f"1 / {kept}", "forward", WHY, "dropout-scale")


def _is_drawn(source: Source, node: cst.CSTNode, left: cst.BaseExpression) -> bool:
    """Whether a number is drawn where it is compared, or comes of a list of such in the same line.

    By its own name there: ``for r in rng.random(n)``.
    """
    if RANDOM.search(source.text(left)):
        return True
    for one in source.above(node):
        if isinstance(one, cst.ListComp | cst.GeneratorExp):
            every = one.for_in
            drawn = RANDOM.search(source.text(every.iter)) is not None
            return drawn and source.text(every.target) == source.text(left)
    return False
