"""What an expression that gives a number may count: the samples of a step, or several for each."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from typing import Any

from diagnose.recording.operations import SHAPED
from diagnose.recording.rewriting import Site

# Expressions that count all numbers of an array, not its rows alone.
SEVERAL = re.compile(r"\bsize\b|\bprod\(|\bshape\b.*\bshape\b|\blen\(.*\blen\(")
# What takes an array for nothing but its size.
SIZED = {"len", "size", "shape", "ndim"} | SHAPED


def times_told(
    text: str, path: tuple[Any, ...], sites: Sequence[Site], sized: Collection[int]
) -> set[int]:
    """How many times the number of samples an expression may be, by what its author wrote.

    ``m`` may be that number, ``2 * m`` twice it, and ``t.size`` counts outputs or inputs too.
    sized: how many numbers a sample, or its target, has.
    """
    try:
        tree: ast.expr = ast.parse(text, mode="eval").body
    except SyntaxError:
        return set()
    for deeper in path[2:]:
        if (
            isinstance(tree, ast.Tuple | ast.List)
            and isinstance(deeper, int)
            and deeper < len(tree.elts)
        ):
            tree = tree.elts[deeper]
    if isinstance(tree, ast.Constant):
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
