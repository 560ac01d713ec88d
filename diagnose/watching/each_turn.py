"""Whether each turn of a loop comes to some places, whatever the numbers are: the text tells it.

A turn comes to the statements that stand one after the other in its loop, and in the functions that
these call by a name of which the program has one. Then nothing has to be asked of most turns to
know that each of them made a step.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from diagnose.recording.rewriting import Site
from diagnose.watching.by_its_loop import FOR_A_REASON, STRAIGHT, UNSEEN
from diagnose.watching.texts import Function, Texts, last_name, stands_at

LEAVING = ast.Break | ast.Continue | ast.Return
# Of such a statement not all may be done before another one that follows it in another function.
CATCHING = ast.Try | ast.TryStar | ast.With | ast.AsyncWith
LATER = ast.Yield | ast.YieldFrom | ast.Await
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
STATEMENTS = STRAIGHT | ast.AnnAssign | ast.Return


def comes_to_all(texts: Texts, loop: Site, places: Sequence[Site]) -> bool:
    """Whether each turn of a loop comes to all of some places, unless an error ends the loop."""
    node = texts.only_loop_at(loop.at)
    if not isinstance(node, ast.For) or node.orelse:
        return False
    if any(isinstance(one, LEAVING | LATER) for one in ast.walk(node)):
        return False
    if any(isinstance(one, ast.Name) and one.id in UNSEEN for one in texts.every):
        return False
    given = {*_given(texts.every)}
    if "*" in given:
        return False
    files = {id(one): file for file, tree in texts.trees.items() for one in ast.walk(tree)}
    done = [*_done(node.body, texts, given, set())]
    return all(
        any(stands_at(one, place.line) and files[id(one)] == place.file for one in done)
        for place in places
    )


def _done(
    body: Iterable[ast.stmt], texts: Texts, given: set[str], within: set[str]
) -> Iterator[ast.stmt]:
    """The statements that are come to in any case, in a block and in what it calls.

    given: what else than functions gets a value; within: the functions that it stands in.
    """
    for one in body:
        if isinstance(one, STATEMENTS):
            parts = [*ast.walk(one)]
            if any(isinstance(part, FOR_A_REASON | COMPREHENSIONS) for part in parts):
                continue
            yield one
            for call in parts:
                called = _called(call, texts, given) if isinstance(call, ast.Call) else None
                if called is not None and called.name not in within:
                    yield from _done(called.body, texts, given, within | {called.name})
        if isinstance(one, CATCHING | ast.Return | ast.Raise):
            return
        if any(isinstance(part, LEAVING | ast.Raise | CATCHING) for part in ast.walk(one)):
            return  # what follows may be left out


def _called(call: ast.Call, texts: Texts, given: set[str]) -> Function | None:
    """The function that a call is of; None where there are several, or that is not known."""
    name = last_name(call.func)
    found = texts.defined.get(name, [])
    one = found[0] if len(found) == 1 else None
    if not isinstance(one, ast.FunctionDef) or one.decorator_list or name in given:
        return None
    is_method = isinstance(texts.outer[one], ast.ClassDef)
    if is_method != isinstance(call.func, ast.Attribute):
        return None
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        if not isinstance(owner, ast.Name) or owner.id in texts.imported or _is_pythons(name):
            return None
    return None if any(isinstance(part, LATER) for part in ast.walk(one)) else one


def _is_pythons(name: str) -> bool:
    """Whether arrays, or what holds several, have such a method."""
    return any(hasattr(one, name) for one in (np.ndarray, np.random.Generator, list, dict, set))


def _given(every: Iterable[ast.AST]) -> Iterator[str]:
    """The names that get a value otherwise than by ``def``."""
    for one in every:
        if isinstance(one, ast.Name | ast.Attribute) and not isinstance(one.ctx, ast.Load):
            yield last_name(one)
        elif isinstance(one, ast.arg):
            yield one.arg
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]
        elif isinstance(one, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and one.name:
            yield one.name
