"""What a script computes for nothing but what it prints: no edit of that mends a training.

A loss that is added up and printed gets smaller by an edit of its sum, too, and nothing learns by
it. What goes into the next step is known by where it comes back to itself: weights make answers,
these make errors, and errors change the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import libcst as cst

from diagnose.patching.nodes import all_in, has
from diagnose.patching.places import key, name_called
from diagnose.patching.source import Edit, Source

SHOWING = ("print", "write", "flush")
KEEPING = ("append", "extend", "add", "insert", "setdefault", "update")
LEAVES = (cst.Return, cst.Break, cst.Continue, cst.Raise, cst.Yield)
# Of what is told the other parts may be mistaken, too: how test samples are made, and asked for.
PARTS = ("gradient", "step")
# What a line that is inserted gives a value to.
GIVEN = re.compile(r"^\s*(\w+)(?:\[[^]]*\])*\s*[-+*/]?=(?!=)", re.M)
# The name of all that is used in a way that is not followed.
USED = ""


def without_told(source: Source, edits: Iterable[Edit]) -> list[Edit]:
    """The edits but for those that change nothing but what is told of a training."""
    names = only_told(source)
    lines = {
        line for one, targets in _given(source)
        if targets <= names and not isinstance(one, cst.For) for line in source.lines(one)
    }  # fmt: skip
    return [one for one in edits if not _tells(source, one, names, lines)]


def _tells(source: Source, edit: Edit, names: frozenset[str], lines: set[int]) -> bool:
    if edit.part not in PARTS:
        return False
    for one in edit.splices:
        if one.end > one.start:
            first = source.code.count(b"\n", 0, one.start) + 1
            begins = not source.code[source.code.rfind(b"\n", 0, one.start) + 1 : one.start].strip()
            # what is given to another name may go into a step by that
            if first not in lines or (begins and one.text.isidentifier() and one.text not in names):
                return False
        elif not (given := {*GIVEN.findall(one.text)}) or not given <= names:
            return False
    return True


@lru_cache(maxsize=2)
def only_told(source: Source) -> frozenset[str]:
    """The names whose values go into no step, and into nothing else but what is printed."""
    into: dict[str, set[str]] = {}
    for node, targets in _given(source):
        for name in _read(node):
            into.setdefault(name, set()).update(targets)
    for one in source.of_type(cst.If, cst.While):
        made = {name for node, targets in _given(source) if one in source.above(node)
                for name in targets}  # fmt: skip
        left = has(one.body, LEAVES)
        for name in _read(one.test):
            into.setdefault(name, set()).update(made, {USED} if left else ())
    goes = {name: _reached(into, name) for name in into}
    back = {name for name, every in goes.items()
            if any(other != name and name in goes.get(other, ()) for other in every)}  # fmt: skip
    assigned = {name for _, targets in _given(source) for name in targets}
    used = back | {USED}
    unused = (name for name in assigned - used if not goes.get(name, set()) & used)
    return frozenset(unused if back else ())


def _reached(into: dict[str, set[str]], start: str) -> set[str]:
    found, ahead = set[str](), [start]
    while ahead:
        new = into.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


def _given(source: Source) -> Iterator[tuple[cst.CSTNode, set[str]]]:
    """Statements with the names of what they give values to; ``USED`` where that is not known."""
    for one in source.nodes:
        if isinstance(one, cst.Assign):
            made = {name for each in one.targets for name in _bases(each.target)}
            yield one, made | ({USED} if _steps(one.value) and made & _read(one.value) else set())
        elif isinstance(one, cst.AugAssign):
            yield one, {*_bases(one.target)} | ({USED} if _is_step(one) else set())
        elif isinstance(one, cst.For | cst.AnnAssign):
            yield one, {*_bases(one.target)}
        elif isinstance(one, cst.Return):
            scope = source.scope(one)
            name = scope.name.value if isinstance(scope, cst.FunctionDef) else USED
            yield one, {USED if name.startswith("__") else name}
        elif isinstance(one, cst.Expr) and isinstance(one.value, cst.Call):
            call = one.value
            owner = call.func.value if isinstance(call.func, cst.Attribute) else None
            if name_called(call) in KEEPING and owner is not None:
                yield one, {*_bases(owner)}
            elif name_called(call) not in SHOWING:
                yield one, {USED}


def _steps(value: cst.CSTNode) -> bool:
    """Whether something is taken off, or a product added."""
    return has(value, cst.Subtract | cst.Multiply | cst.Divide)


def _is_step(one: cst.AugAssign) -> bool:
    """Whether a value, which may have other names, is stepped, or may be."""
    plain = isinstance(one.operator, cst.AddAssign) and isinstance(one.target, cst.Name)
    return not plain or _steps(one.value)


def _bases(target: cst.CSTNode) -> Iterator[str]:
    """The names of what is written into: the last of ``self.W``, and that of ``W[k]``."""
    while isinstance(target, cst.Subscript | cst.StarredElement):
        target = target.value
    if isinstance(target, cst.Tuple | cst.List):
        for one in target.elements:
            yield from _bases(one.value)
    else:
        yield key(target).rpartition(".")[-1]


def _read(node: cst.CSTNode) -> set[str]:
    """The names that stand in a statement: what it reads, and what it gives values to."""
    parts: Iterable[cst.CSTNode] = [node.iter] if isinstance(node, cst.For) else [node]
    return {one.value for part in parts for one in all_in(part, cst.Name)}
