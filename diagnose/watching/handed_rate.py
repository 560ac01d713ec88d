"""Whether a learning rate may be another one later on than in the epochs that were seen.

``net.step(schedule(epoch))`` gives the step a number, and in the first epochs always the same one.
What may become of it stands in the program's text: what the expression is made of is looked up
there, the names that get a value in the course of a loop, the functions that return it, and of a
parameter what is handed in at each call of its function.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from diagnose.watching.texts import Bound, Function, Place, Texts, last_name, parameters_of

# What these return is made of what they are given, and of nothing else.
OF_NUMBERS = {"abs", "float", "float32", "float64", "int", "max", "min", "round", "sqrt"}
# How many numbers there are: batches of other sizes have no other rate for that.
SIZES = {"shape", "size"}


@dataclass(frozen=True)
class _Question:
    """Whether a number changes, of a program.

    asked: of which variables of which functions it was asked already. Methods of one name that hand
    a rate on to each other would be followed around and around.
    """

    texts: Texts
    asked: set[tuple[Function | str, str]] = field(default_factory=set)

    def is_asked(self, within: Function | str, name: str) -> bool:
        """Whether it was asked already if a variable changes; it is so from now on."""
        asked = (within, name) in self.asked
        self.asked.add((within, name))
        return asked


def may_be_another(texts: Texts, file: str, line: int, text: str) -> bool:
    """Whether another number may come later of an expression in a line of a program."""
    try:
        given = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False  # the place of a number that has no name
    return _changes(_Question(texts), (file, line), given)


def _handed(program: _Question, function: Function, name: str) -> Iterator[tuple[Place, ast.expr]]:
    """What is handed in for a parameter, wherever its function is called, and where that is."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if name not in parameters_of(function) or name == "self":
        return
    for file, call in program.texts.calls(function.name):
        by_name = [one.value for one in call.keywords if one.arg == name]
        if by_name:
            yield (file, by_name[0].lineno), by_name[0]
            continue
        if name not in names:
            continue
        at = names.index(name) - (names[0] == "self" and isinstance(call.func, ast.Attribute))
        starred = [isinstance(one, ast.Starred) for one in call.args]
        if True not in starred[: at + 1] and at < len(call.args):
            yield (file, call.args[at].lineno), call.args[at]
        elif True in starred:  # what stands behind it is counted from the end
            behind = len(names) - names.index(name)
            if behind <= starred[::-1].index(True) and len(names) == _least(function):
                yield (file, call.args[-behind].lineno), call.args[-behind]


def _least(function: Function) -> int:
    """How many parameters a call must give."""
    return len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)


def _changes(program: _Question, place: Place, given: ast.expr) -> bool:
    """Whether an expression at a place may be another number when it is come to again."""
    for one in _parts(given):
        if isinstance(one, ast.Name) and one.id in program.texts.turned:
            return True
        if isinstance(one, ast.Call) and _returns_others(program, one):
            return True
        if isinstance(one, ast.Name) and _is_bound_anew(program, place, one.id):
            return True
        if isinstance(one, ast.Attribute | ast.Subscript) and _is_set_anew(program, one):
            return True
    return False


def _parts(given: ast.expr) -> Iterator[ast.AST]:
    """What an expression is made of, without what only says how many numbers there are.

    And without what is handed to a function, which may make nothing of it.
    """
    wanted: list[ast.AST] = [given]
    while wanted:
        one = wanted.pop()
        if isinstance(one, ast.Attribute) and one.attr in SIZES:
            continue
        if isinstance(one, ast.Call) and last_name(one.func) == "len":
            continue
        yield one
        if not isinstance(one, ast.Call):
            wanted += ast.iter_child_nodes(one)
        elif last_name(one.func) in OF_NUMBERS:
            wanted += [*one.args, *(each.value for each in one.keywords)]


def _is_bound_anew(program: _Question, place: Place, name: str) -> bool:
    """Whether a variable may have another value later, or its parameter be given another."""
    inner = program.texts.function_at(place)
    if program.is_asked(inner or place[0], name):
        return False  # or the answer is known already
    named = [
        one for one in program.texts.bound
        if one.place[0] == place[0] and isinstance(one.target, ast.Name) and one.target.id == name
    ]  # fmt: skip
    own = [one for one in named if one.function is inner]
    if inner is not None and name in parameters_of(inner):
        if any(one.looped for one in own):
            return True
        handed = [*_handed(program, inner, name)]
        return _any_changes(program, [*handed, *_values(own)])
    if name in program.texts.shared or not own:
        own = [one for one in named if one.function is None or name in program.texts.shared]
        inner = None
    again = [one for one in own if one.looped or one.function is not None]
    return bool(again) and (len(own) > 1 or _gives_others(program, again[0]))


def _is_set_anew(program: _Question, given: ast.Attribute | ast.Subscript) -> bool:
    """Whether what an object or a list keeps may be replaced later."""
    if program.is_asked("", ast.dump(given)):
        return False
    every = [one for one in program.texts.bound if _are_same(one.target, given)]
    again = [one for one in every if one.looped or not (one.begins or one.function is None)]
    if isinstance(given, ast.Subscript):
        return bool(again) or last_name(given.value) in program.texts.changed
    begun = len(again) < len(every) or any(
        one.function is None and isinstance(one.target, ast.Name) and one.target.id == given.attr
        for one in program.texts.bound
    )
    return bool(again) and (len(again) + begun > 1 or _gives_others(program, again[0]))


def _are_same(target: ast.expr, given: ast.Attribute | ast.Subscript) -> bool:
    """Whether an assignment may be to what is taken: an attribute, or an item, of one name."""
    if isinstance(target, ast.Attribute) and isinstance(given, ast.Attribute):
        return target.attr == given.attr
    if not (isinstance(target, ast.Subscript) and isinstance(given, ast.Subscript)):
        return False
    keys = [ast.dump(one.slice) for one in (target, given) if isinstance(one.slice, ast.Constant)]
    return last_name(target.value) == last_name(given.value) and len({*keys}) < 2


def _gives_others(program: _Question, one: Bound) -> bool:
    """Whether an assignment that is come to again may give another value than before."""
    if one.value is None:
        return True
    mine = ast.dump(one.target).replace("Store()", "Load()")
    itself = any(ast.dump(each) == mine for each in ast.walk(one.value))
    return itself or _changes(program, one.place, one.value)


def _values(of: Iterable[Bound]) -> Iterator[tuple[Place, ast.expr]]:
    return ((one.place, one.value) for one in of if one.value is not None)


def _any_changes(program: _Question, of: Iterable[tuple[Place, ast.expr]]) -> bool:
    return any(_changes(program, *one) for one in of)


def _returns_others(program: _Question, call: ast.Call) -> bool:
    """Whether a call may return another number than before: not if it always returns the same."""
    named = program.texts.defined.get(last_name(call.func), [])
    known = [one for one in named if isinstance(one, Function)]
    if not known and last_name(call.func) in OF_NUMBERS:
        return False
    return not known or any(not _is_constant(one) for one in known)


def _is_constant(function: Function) -> bool:
    """Whether a function does nothing but return an expression that has none of its parameters."""
    body = [one for one in function.body if not _is_text(one)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    own = {*parameters_of(function)} - {"self"}
    return not any(_depends(one, own) for one in ast.walk(body[0].value))


def _depends(one: ast.AST, own: Collection[str]) -> bool:
    return isinstance(one, ast.Call) or (isinstance(one, ast.Name) and one.id in own)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
