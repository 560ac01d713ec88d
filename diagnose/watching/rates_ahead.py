"""The learning rate of epochs that are still to come, by the author's own lines that make it.

A rate that is made anew from epoch to epoch is mostly made of numbers, of itself and of the number
of the epoch, in a few lines beside the loop over the samples: ``if epoch % 3 == 0: lr /= 10``.
These lines alone are run for the epochs that are left, so that no one has to wait for the steps
between them. Where anything else has a say in the rate, or in which epochs there are, nothing is
known.
"""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.recording.calling import frames
from diagnose.recording.rewriting import Site
from diagnose.watching.texts import (
    Texts,
    last_name,
    parameters_of,
    stands_at,
    stored_in,
    variables_in,
)

Scope = ast.Module | ast.FunctionDef
# What a rate is made with beside operators: functions of numbers that have no other effect.
BUILT_IN = {"abs": abs, "float": float, "int": int, "max": max, "min": min, "pow": pow,
            "range": range, "round": round}  # fmt: skip
OF_MODULES = {
    "abs", "ceil", "cos", "e", "exp", "exp2", "fabs", "float32", "float64", "floor", "log", "log10",
    "log2", "maximum", "minimum", "pi", "pow", "power", "sqrt",
}  # fmt: skip
# With these a name may mean something else than the lines say.
BY_NAME = {"eval", "exec", "globals", "locals", "vars"}
OF_NUMBERS = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Constant, ast.Name, ast.Call,
    ast.Attribute, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)  # fmt: skip
# A longer training is none whose rates are worth a list.
MOST_EPOCHS = 100_000


class _UnknownError(Exception):
    """The rates cannot be told from the lines; why is of no matter to anyone."""


@dataclass(frozen=True)
class _Course:
    """Lines that make a rate: before and after the steps in each turn of a loop over epochs.

    first, last: the lines between which the steps are made.
    """

    name: str
    variable: str
    over: ast.expr
    first: int
    last: int
    before: list[ast.stmt]
    after: list[ast.stmt]
    fixed: frozenset[str]


def rates_ahead(
    texts: Texts, rate: Site, name: str, loop: Site, frame: types.FrameType | None
) -> list[float] | None:
    """What a rate is now, and in each epoch after this one; None where the lines do not say.

    rate: where the rate, called ``name``, is taken. loop: that over the epochs. frame: of what runs
    now, or was called by; it is in the midst of a step.
    """
    try:
        if rate.file != loop.file or not name.isidentifier():
            return None
        epochs = texts.loop_at(loop.at)
        if epochs is None or not isinstance(epochs.target, ast.Name):
            return None
        tree, scope = texts.trees[loop.file], _scope_at(texts, loop)
        there = _frame_of(frame, loop.file, scope)
        called, line = _called_in(texts, scope, rate, name)
        course = _course(tree, scope, epochs, called, there.f_lineno)
        if line is not None and not course.first <= line <= course.last:
            return None  # handed on once, before the loop
        return _run(course, there)
    except (_UnknownError, ArithmeticError, TypeError, ValueError):
        return None


def _scope_at(texts: Texts, at: Site) -> Scope:
    """The innermost function in which a line stands, or the module; no method and no lambda."""
    around = texts.around(at.at)
    if not around:
        return texts.trees[at.file]
    if len(around) > 1 or not isinstance(around[0], ast.FunctionDef):
        raise _UnknownError
    return around[0]


def _frame_of(frame: types.FrameType | None, file: str, scope: Scope) -> types.FrameType:
    """The frame that runs a loop: the only one there is of that function."""
    name = "<module>" if isinstance(scope, ast.Module) else scope.name
    codes = ((one, one.f_code) for one in frames(frame))
    found = [one for one, code in codes if (code.co_filename, code.co_name) == (file, name)]
    if len(found) != 1:
        raise _UnknownError
    return found[0]


def _called_in(texts: Texts, scope: Scope, at: Site, name: str) -> tuple[str, int | None]:
    """How a number is called in a scope that is handed on, under names of their own, to a line.

    Also the line of the scope at which it is taken, or handed on.
    """
    tree, inner = texts.trees[at.file], _scope_at(texts, at)
    if inner is scope:
        return name, at.line
    if isinstance(inner, ast.Module) or any(one.id == name for one in stored_in(inner)):
        raise _UnknownError
    given, gathered = inner.args, (inner.args.vararg, inner.args.kwarg)
    if name not in [one.arg for one in given.args]:
        if scope is tree and name not in {*parameters_of(inner), *(g.arg for g in gathered if g)}:
            return name, None  # a variable of the module, as it is at each step
        raise _UnknownError
    uses = [one for one in ast.walk(tree) if last_name(one) == inner.name]
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and one.func in uses]
    defined = [
        one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == inner.name
    ]
    if len(calls) != 1 or len(uses) != 1 or len(defined) != 1 or inner.decorator_list:
        raise _UnknownError
    call = calls[0]
    if any(isinstance(one, ast.Starred) for one in call.args):
        raise _UnknownError
    named = {one.arg: one.value for one in call.keywords}
    taken = (dict(zip([one.arg for one in given.args], call.args, strict=False)) | named).get(name)
    if None in named or not isinstance(taken, ast.Name):
        raise _UnknownError
    return _called_in(texts, scope, replace(at, line=call.lineno), taken.id)


def _named(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _course(tree: ast.Module, scope: Scope, loop: ast.For, name: str, line: int) -> _Course:
    """The lines of a loop that make a number; the statement at a line makes the steps."""
    assert isinstance(loop.target, ast.Name)
    shared = [
        each
        for one in ast.walk(tree)
        if isinstance(one, ast.Global | ast.Nonlocal)
        for each in one.names
    ]
    if any(isinstance(one, ast.Name) and one.id in BY_NAME for one in ast.walk(tree)):
        raise _UnknownError
    if any(_leaves(one) for one in loop.body):
        raise _UnknownError
    at = [number for number, one in enumerate(loop.body) if stands_at(one, line)]
    if len(at) != 1:
        raise _UnknownError
    making, used, wanted = set[str](), set[str](), [name]
    while wanted:
        one = wanted.pop()
        if one in making or one in shared:
            raise _UnknownError
        making.add(one)
        used |= _needs(loop, one)
        inside = {each.id for each in stored_in(loop)} - {loop.target.id}
        wanted = sorted((used & inside) - making)
    if loop.target.id in making or _count(loop, loop.target.id) != 1 or used & {*shared}:
        raise _UnknownError
    if any(isinstance(one.ctx, ast.Del) for one in stored_in(scope)):
        raise _UnknownError
    steps = {one.id for one in stored_in(loop.body[at[0]])}
    if steps & making:
        raise _UnknownError
    used |= _of_numbers(loop.iter)
    return _Course(
        name=name,
        variable=loop.target.id,
        over=loop.iter,
        first=loop.body[at[0]].lineno,
        last=loop.body[at[0]].end_lineno or 0,
        before=_only(loop.body[: at[0]], making),
        after=_only(loop.body[at[0] + 1 :], making),
        fixed=frozenset(used - making - {loop.target.id}),
    )


def _count(loop: ast.For, name: str) -> int:
    return sum(one.id == name for one in stored_in(loop))


def _leaves(statement: ast.stmt, within: bool = False) -> bool:
    """Whether a statement may end a turn of the loop that it stands in, or the loop."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    if isinstance(statement, ast.Return | ast.Raise | ast.Try | ast.Match | ast.Assert):
        return True
    if isinstance(statement, ast.Break | ast.Continue):
        return not within
    if isinstance(statement, ast.For | ast.While):  # what stands in its ``else`` is not within it
        inner = [(one, True) for one in statement.body]
        return any(_leaves(*one) for one in [*inner, *((one, within) for one in statement.orelse)])
    return any(
        _leaves(one, within) for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)
    )


def _needs(loop: ast.For, name: str) -> set[str]:
    """The names that a number is made of in a loop: by plain statements that have no other use."""
    made = _making(loop.body, name)
    if len(made) != _count(loop, name):
        raise _UnknownError  # it is made somewhere else too
    found: set[str] = set()
    for statement, tests in made:
        found |= set[str]().union(*map(_of_numbers, [statement.value, *tests]))
        if isinstance(statement, ast.AugAssign):
            found.add(name)
    return found


def _making(
    body: Sequence[ast.stmt], name: str, tests: tuple[ast.expr, ...] = ()
) -> list[tuple[ast.Assign | ast.AugAssign, tuple[ast.expr, ...]]]:
    """Statements of a body that give a name its value, each with what it is done for."""
    found: list[tuple[ast.Assign | ast.AugAssign, tuple[ast.expr, ...]]] = []
    for one in body:
        if _gives(one, name):
            assert isinstance(one, ast.Assign | ast.AugAssign)
            found.append((one, tests))
        elif isinstance(one, ast.If):
            found += _making([*one.body, *one.orelse], name, (*tests, one.test))
    return found


def _gives(statement: ast.stmt, *names: str) -> bool:
    """Whether a statement gives one of the names a value, and does nothing else."""
    if isinstance(statement, ast.Assign):
        return len(statement.targets) == 1 and _named(statement.targets[0]) in names
    return isinstance(statement, ast.AugAssign) and _named(statement.target) in names


def _of_numbers(expression: ast.expr) -> set[str]:
    """The names in an expression of numbers that has no other effect."""
    for one in ast.walk(expression):
        if not isinstance(one, OF_NUMBERS):
            raise _UnknownError
        if isinstance(one, ast.Call):
            known = isinstance(one.func, ast.Attribute) or _named(one.func) in BUILT_IN
            if one.keywords or not known:
                raise _UnknownError
        elif isinstance(one, ast.Attribute) and not (
            isinstance(one.value, ast.Name) and one.attr in OF_MODULES
        ):
            raise _UnknownError
    return variables_in(expression)


def _only(body: Sequence[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """The statements of a body that give one of these names a value, with what they depend on."""
    found: list[ast.stmt] = []
    for one in body:
        if _gives(one, *names):
            found.append(one)
        elif isinstance(one, ast.If):
            inner, other = _only(one.body, names), _only(one.orelse, names)
            if inner or other:
                kept = ast.If(test=one.test, body=inner or [ast.Pass()], orelse=other)
                found.append(ast.copy_location(kept, one))
    return found


def _run(course: _Course, frame: types.FrameType) -> list[float]:
    """Do the lines for each epoch that is left."""
    around = {**frame.f_globals, **frame.f_locals}
    names = {course.name, course.variable, *course.fixed}
    for statement in (*course.before, *course.after):
        names |= variables_in(statement)
    own = {one for one in names if one in around}
    values: dict[str, Any] = {one: around[one] for one in own}
    if any(not (_is_number(one) or one is np or one is math) for one in values.values()):
        raise _UnknownError
    if names - own - {*BUILT_IN} - _first_made(course):
        raise _UnknownError
    before, after = (_code(body) for body in (course.before, course.after))
    surroundings: dict[str, Any] = {"__builtins__": BUILT_IN, **values}
    every = eval(compile(ast.Expression(course.over), "<epochs>", "eval"), surroundings)
    at = surroundings[course.variable]
    if type(every) is not range or at not in every or len(every) > MOST_EPOCHS:
        raise _UnknownError
    found = [float(surroundings[course.name])]
    for epoch in every[every.index(at) + 1 :]:
        exec(after, surroundings)
        surroundings[course.variable] = epoch
        exec(before, surroundings)
        rate = float(surroundings[course.name])
        if not math.isfinite(rate):
            raise _UnknownError
        found.append(rate)
    return found


def _first_made(course: _Course) -> set[str]:
    """Names that the lines after the steps make, and that no turn has come to yet."""
    return {one.id for statement in course.after for one in stored_in(statement)}


def _code(body: list[ast.stmt]) -> types.CodeType:
    tree = ast.Module(body=body, type_ignores=[])
    return compile(ast.fix_missing_locations(tree), "<rate>", "exec")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)
