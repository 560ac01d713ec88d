"""Which statements also stand in the rewritten program as they were written.

They are done so where nobody looks; what may be done later, or is asked of each time, is not.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeGuard

from diagnose.recording.operations import WRITERS

TWICE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)
# Of these, such with no other operations than these, and without what may be done later.
ALL_SEEN = {
    "attribute", "attribute_of", "binary", "call", "change", "change_attribute", "compare", "get",
    "in_place", "into", "item", "method", "negated", "store", "unary",
}  # fmt: skip
# Of these nothing is noted.
NO_PLACE = {"next", "opposite", "slice"}
# A generator, which may be gone through later too, says by itself what it goes through.
LATER = (ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)


def places_of(seen: Sequence[ast.stmt], hook: str) -> frozenset[int]:
    """The places of all that a rewritten statement does; none where it does anything else.

    Anything else than operations that nothing is asked of while nobody looks (``Tape.unseen``).
    hook: the name under which the rewritten program finds the tape.
    """
    found: set[int] = set()
    for node in (one for each in seen for one in ast.walk(each)):
        if isinstance(node, LATER):
            return frozenset()
        if not (isinstance(node, ast.Call) and _is_hook(node.func, hook)):
            continue
        name = node.func.attr
        if name in NO_PLACE:
            continue
        constants = [one.value for one in node.args if isinstance(one, ast.Constant)]
        if name not in ALL_SEEN or any(one.arg in ("out", None) for one in node.keywords):
            return frozenset()
        if any(isinstance(one, ast.Attribute) and one.attr in WRITERS for one in node.args):
            return frozenset()
        found.update(one for one in constants[:1] if isinstance(one, int))
    return frozenset(found)


def _is_hook(function: ast.expr, hook: str) -> TypeGuard[ast.Attribute]:
    """Whether a function that is called is one of the tape's."""
    of = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(of, ast.Name) and of.id == hook
