"""Whether the author sees to it that an exponential does not overflow.

``math.exp`` stops a program where its result is too large. One that asks about the number first, or
catches the error, goes on: its branches are not taken in the steps that are read, but may be later.
"""

from __future__ import annotations

import ast

from diagnose.network.authors_code import expression_of, nodes_of, source_of
from diagnose.recording.rewriting import Site


def is_guarded(site: Site) -> bool:
    """Whether the function around a call compares what the call takes, or catches its error."""
    around = [
        node
        for node in nodes_of(source_of(site.file))
        if isinstance(node, ast.FunctionDef) and node.lineno <= site.line <= (node.end_lineno or 0)
    ]
    call = expression_of(site.text)
    if not around or call is None:
        return False
    return any(_guards(node, _names(call)) for node in ast.walk(around[-1]))


def _guards(node: ast.AST, taken: set[str]) -> bool:
    if isinstance(node, ast.Try):
        return bool(node.handlers)
    tests = isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Compare)
    return tests and bool(_names(node.test) & taken)  # type: ignore[attr-defined]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
