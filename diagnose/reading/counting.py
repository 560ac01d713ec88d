"""What an expression that gives a number may count: the samples of a step, or several for each."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from typing import Any

from diagnose.network.authors_code import expression_of, nodes_of, source_of
from diagnose.reading.steps import Step
from diagnose.recording.operations import SHAPED
from diagnose.recording.sites import Site

# Expressions that count all numbers of an array, not its rows alone.
SEVERAL = re.compile(r"\bsize\b|\bprod\(|\bshape\b.*\bshape\b|\blen\(.*\blen\(")
# What counts samples, or takes a mean over them.
COUNTS = re.compile(r"\blen\(|\.shape\b|\.size\b|\b(?:mean|average|size|shape)\(")
# What takes an array for nothing but its size.
SIZED = {"len", "size", "shape", "ndim"} | SHAPED


def times_told(
    text: str, path: tuple[Any, ...], sites: Sequence[Site], sized: Collection[int]
) -> set[int]:
    """How many times the number of samples an expression may be, by what its author wrote.

    ``m`` may be that number, ``2 * m`` twice it, and ``t.size`` counts outputs or inputs too.
    sized: how many numbers a sample, or its target, has.
    """
    tree = expression_of(text)
    for deeper in path[2:]:
        if (
            isinstance(tree, ast.Tuple | ast.List)
            and isinstance(deeper, int)
            and deeper < len(tree.elts)
        ):
            tree = tree.elts[deeper]
    if tree is None or isinstance(tree, ast.Constant):
        return set()
    found = {1}
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        found |= {
            one.value
            for one in (tree.left, tree.right)
            if isinstance(one, ast.Constant) and isinstance(one.value, int)
        }
    texts = [ast.unparse(tree), *(one.text for one in sites if one.target == text)]
    if any(SEVERAL.search(one) for one in texts):
        found |= {*sized}
    return found


def is_of_its_own(text: str, step: Step, sites: Sequence[Site]) -> bool:
    """Whether a name is a written number that only scales, beside what counts the samples.

    ``wide = 60`` is by chance as large as the batch then: nobody divides by that twice. Where
    nothing else of the step counts, it is the number of samples that somebody wrote down.
    """
    every = [sites[node.site] for node in step.graph]
    source = source_of(sites[step.loop.site].file)
    if not _is_only_scaling(text, source):
        return False
    named = {one for site in every for one in site.operands if one.isidentifier()} - {text}
    counting = {one for one in named if COUNTS.search(_value(one, source))}
    return any(COUNTS.search(one.text) or counting & {*one.operands} for one in every)


def _bound(name: str, source: str) -> list[ast.expr]:
    """What a name is given by plain assignments."""
    return [
        one.value
        for one in nodes_of(source)
        if isinstance(one, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == name for each in one.targets)
    ]


def _value(name: str, source: str) -> str:
    return " ".join(ast.unparse(one) for one in _bound(name, source))


def _is_only_scaling(name: str, source: str) -> bool:
    """Whether a name is a written number, and stands in nothing but arithmetic."""
    bound = _bound(name, source)
    if len(bound) != 1 or not isinstance(bound[0], ast.Constant):
        return False
    within = {child: one for one in nodes_of(source) for child in ast.iter_child_nodes(one)}
    uses = [
        one
        for one in within
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Load)
    ]
    scaling = (ast.Mult, ast.Div)
    return all(
        isinstance(around := within[one], ast.BinOp | ast.AugAssign)
        and isinstance(around.op, scaling)
        for one in uses
    )
