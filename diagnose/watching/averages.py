"""Weights that a script answers with, and that no step has made: averages over its steps.

Which names stand for such averages is told by the text: ``E = 0.9 * E + 0.1 * W``, ``S += W``, or
a mean of weights that were put aside. Whether an array that is tested lies under such a name is
asked when it is.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.recording.calling import frames
from diagnose.recording.operations import MATRIX_PRODUCTS, memory
from diagnose.watching.by_their_use import filled
from diagnose.watching.scopes import by_name
from diagnose.watching.texts import Function, Place, Texts, last_name, last_of, names_in, pairs

MEANS = {"average", "mean", "median", "sum"}
# So deep weights may lie: an object's list of dictionaries, or of layers.
DEPTH = 4
# A list that is longer holds no layers.
LONGEST = 1000
PLAIN = ast.Name | ast.Attribute | ast.Subscript


def averages(
    texts: Texts, parameters: Collection[str], steps: Collection[Place] = ()
) -> dict[str, Place]:
    """By the names of what is averaged over steps, and of what is made of it, where that is done.

    parameters: the names under which steps have their weights; steps: where they step them. More
    may be found than are weights.
    """
    given = [*_given(texts)]
    stepped = {last_of(target) for target, *_, to in given if not to.isdisjoint(steps)}
    parameters = {*parameters, *stepped}
    own, put_aside = {*parameters}, set[str]()
    again = {*_gone_through(texts)}
    alike = again | {*_handed_in(texts)}
    for _ in range(DEPTH):  # from name to name
        own |= {one for one, other in alike if other in own}
    for one in texts.every:
        into = filled(one)
        if into is not None and isinstance(one, ast.Call) and own & names_in(*one.args):
            put_aside.add(last_of(into))
    found: dict[str, Place] = {}
    for target, value, adds, place, _ in given:
        name, names = last_of(target), names_in(value)
        itself = (adds or (name in names and _has_sum(value))) and not _is_of_all(value)
        of_several = names & MEANS and names & put_aside
        if name not in parameters and ((itself and names & own - {name}) or of_several):
            found.setdefault(name, place)
    for _ in range(DEPTH):
        for target, value, *_ in given:
            of = next((one for one in sorted(names_in(value)) if one in found), None)
            if of is not None and last_of(target) not in parameters:
                found.setdefault(last_of(target), found[of])
        for name, other in again:
            if name in found and other not in parameters:
                found.setdefault(other, found[name])
    return found


def names_of(array: Array, files: Collection[str]) -> set[str]:
    """The names of the program under which an array lies, also in what these stand for.

    files: those that are watched; the program is where its frames are now.
    """
    whole, found = memory(array), set[str]()
    asked: dict[int, set[str] | None] = {}  # of each object, which may have several names
    for frame in frames(sys._getframe()):
        if frame.f_code.co_filename in files:
            for names in (frame.f_locals, frame.f_globals):
                held = {name: one for name, one in names.items() if not name.startswith("__")}
                for name, one in held.items():
                    if id(one) not in asked:
                        asked[id(one)] = _names_to(one, whole, DEPTH - 1)
                    if (under := asked[id(one)]) is not None:
                        found |= {name, *under}
    return found


def averaged_at(held_as: Collection[str], found: Mapping[str, Place]) -> tuple[str, int] | None:
    """Where what lies under some names is averaged, if it is."""
    file, line = next((found[one] for one in sorted(held_as) if one in found), ("", 0))
    return (Path(file).name, line) if line else None


def _names_to(value: Any, whole: Array, further: int) -> set[str] | None:
    """The names on all ways from something to an array; None where no way leads there."""
    if isinstance(value, np.ndarray):
        return set() if memory(value) is whole else None
    inner: Any = {}
    if isinstance(value, dict | list | tuple) and len(value) <= LONGEST:
        inner = value if isinstance(value, dict) else dict(enumerate(value))
    elif type(value).__module__ == "__main__":
        inner = getattr(value, "__dict__", {})
    found: set[str] | None = None
    for name, one in [*inner.items()] if further else ():
        if (under := _names_to(one, whole, further - 1)) is not None:
            found = {*(found or ()), *under, *([name] if isinstance(name, str) else ())}
    return found


def _given(
    texts: Texts,
) -> Iterator[tuple[ast.expr, ast.expr, bool, Place, frozenset[Place]]]:
    """What gets a value, and whether something is added to it; also what functions give back.

    With where that is, and all lines of the statement.
    """
    for file, tree in texts.trees.items():
        for one in ast.walk(tree):
            if not isinstance(one, ast.Assign | ast.AugAssign | ast.Return) or one.value is None:
                continue
            at = file, one.lineno
            lines = range(one.lineno, (one.end_lineno or one.lineno) + 1)
            to = frozenset((file, line) for line in lines)
            if isinstance(one, ast.AugAssign):
                yield one.target, one.value, isinstance(one.op, ast.Add), at, to
            elif isinstance(one, ast.Assign):
                for target in one.targets:
                    for each, of in pairs(target, one.value, whole=True):
                        for part in each.elts if isinstance(each, ast.Tuple) else [each]:
                            yield part, of or one.value, False, at, to
            elif (function := texts.function_at(at)) is not None:
                name = ast.Name(function.name, ast.Store())
                yield name, one.value, _has_sum(one.value), at, frozenset()


def _gone_through(texts: Texts) -> Iterator[tuple[str, str]]:
    """The names of loops, each with what stands there for what is gone through."""
    for one in texts.every:
        if isinstance(one, ast.For | ast.comprehension):
            for target, of in pairs(one.target, one.iter):
                every = of.elts if isinstance(of, ast.Tuple | ast.List) else [of]
                for each in every:
                    if isinstance(each, PLAIN):
                        yield from ((name, last_of(each)) for name in names_in(target))


def _handed_in(texts: Texts) -> Iterator[tuple[str, str]]:
    """The names of parameters of functions, each with what stands there for what is handed in."""
    for one in texts.every:
        if not isinstance(one, ast.Call):
            continue
        for function in texts.defined.get(last_name(one.func), []):
            if isinstance(function, Function):
                for name, value in by_name(one, function):
                    if name and isinstance(value, PLAIN):
                        yield name, last_of(value)
                    elif name and isinstance(value, ast.Dict):
                        yield from ((name, last_of(each)) for each in value.values)


def _is_of_all(value: ast.AST) -> bool:
    """Whether a product, or a sum, over many numbers is in it, as not in an average."""
    return any(
        isinstance(getattr(one, "op", None), ast.MatMult)
        or last_name(one) in MATRIX_PRODUCTS | MEANS | {"norm"}
        for one in ast.walk(value)
    )


def _has_sum(value: ast.AST) -> bool:
    return any(
        isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add | ast.Sub)
        for one in ast.walk(value)
    )
