"""Edits of what is brought to scale: brackets that are left out, and lines that stand there twice.

``x - mean / spread`` takes a number near 0 off the samples, and leaves them as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from diagnose.patching.nodes import at_once_and_each, first_in, is_operation, within
from diagnose.patching.places import bindings, key, names_in
from diagnose.patching.source import Edit, Source, Splice

# What is taken off samples, and what they are divided by: as it is measured, and as it is called.
CENTRES = re.compile(r"mean|average|avg|mu\b|mu_|_mu|cent|min|low|media|mittel|moy", re.I)
SPREADS = re.compile(r"std|sd\b|sigma|dev|spread|ptp|max|range|scale|span|s\b", re.I)
WHY = "the difference is divided by the spread, and not only what is taken off"


def in_brackets(source: Source) -> Iterator[Edit]:
    """``x - mean / spread`` as ``(x - mean) / spread``; all of them at once, and each."""
    for some in at_once_and_each(_without_brackets(source)):
        yield Edit(splices=some, part="input", why=WHY)


def _without_brackets(source: Source) -> Iterator[Splice]:
    for node in source.of_type(cst.BinaryOperation):
        right = node.right
        if not isinstance(node.operator, cst.Subtract) or not is_operation(right, cst.Divide):
            continue
        if right.lpar or node.left.lpar or not list(names_in(node.left)):
            continue
        if _means(source, right.left, CENTRES) and _means(source, right.right, SPREADS):
            space = source.space
            difference = f"({source.text(node.left)}{space}-{space}{source.text(right.left)})"
            yield source.replaced(node, f"{difference}{space}/{space}{source.text(right.right)}")


def _means(source: Source, node: cst.BaseExpression, words: re.Pattern[str]) -> bool:
    """Whether it is measured so, or is called so, or has a name whose value is measured so."""
    name = key(node)
    made = [one.value for one in bindings(source) if name and one.name == name and one.value]
    texts = [source.text(one) for one in (node, *made)]
    return any(words.search(one) for one in texts)


def once_only(source: Source) -> Iterator[Edit]:
    """A line ``x = (x - mean) / spread`` that stands there twice, once."""
    met = set[tuple[int, str]]()
    for line in source.of_type(cst.SimpleStatementLine):
        one = first_in(line)
        if not isinstance(one, cst.Assign | cst.AugAssign) or source.loops(line):
            continue
        target = one.target if isinstance(one, cst.AugAssign) else one.targets[0].target
        divided = isinstance(one, cst.AugAssign) and isinstance(one.operator, cst.DivideAssign)
        if isinstance(one, cst.Assign):
            divided = key(target) in names_in(one.value) and any(
                is_operation(each, cst.Divide) for each in within(one.value)
            )
        place = id(source.scope(line)), source.text(one)
        if divided and key(target) and place in met:
            why = f"{key(target)} is brought to scale once, and not twice"
            yield Edit(splices=(source.removed(one),), part="answer", why=why,
                       defect="test-preparation")  # fmt: skip
        met.add(place)
