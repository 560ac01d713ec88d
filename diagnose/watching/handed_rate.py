"""Whether a learning rate may be another one later on than in the epochs that were seen.

``net.step(schedule(epoch))`` gives the step a number, and in the first epochs always the same one.
What may become of it stands in the program's text: what the expression is made of is looked up
there, the names that get a value in the course of a loop, the functions that return it, and of a
parameter what is handed in at each call of its function. Only what may be come to while the loop
over the epochs goes on can change anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from diagnose.network.authors_code import expression_of
from diagnose.watching.texts import (
    CHANGING,
    Bound,
    Function,
    Place,
    Texts,
    last_name,
    parameters_of,
    positional_of,
    stored_in,
)

# What these return is made of what they are given, and of nothing else.
OF_NUMBERS = {
    "abs", "array", "asarray", "cos", "exp", "float", "float32", "float64", "int", "log", "log10",
    "max", "maximum", "min", "minimum", "pow", "power", "round", "sqrt", "tanh",
}  # fmt: skip
# How many numbers there are: batches of other sizes have no other rate for that.
SIZES = {"shape", "size"}
# What an object or a module has under its names, as a dictionary.
BY_NAME = {"__dict__", "globals", "locals", "vars"}


@dataclass(frozen=True)
class Question:
    """Whether a number changes, of a program.

    within: what may be come to by then; None of anything. called: the same of calls. by_reason:
    what always gets the same value counts only where that is done for a reason, and of functions
    nothing is known but what they are handed. in_array: whether it is one of an array, which may be
    changed where it is under any of its names. asked: of which variables of which functions it was
    asked already. Methods of one name that hand a rate on to each other would be followed around
    and around.
    """

    texts: Texts
    within: frozenset[int] | None
    called: frozenset[int] | None
    by_reason: bool = False
    in_array: bool = False
    asked: set[tuple[Function | str, str]] = field(default_factory=set)

    def anew(self) -> Question:
        """The same, with nothing asked."""
        return replace(self, asked=set())

    def is_asked(self, within: Function | str, name: str) -> bool:
        """Whether it was asked already if a variable changes; it is so from now on."""
        asked = (within, name) in self.asked
        self.asked.add((within, name))
        return asked

    def made_anew(self, every: Iterable[Bound]) -> Place | None:
        """Where an object may be made anew, and not as others are, that begins with one of these.

        As ``optimizer = SGD(0.01)`` in a later epoch, where it was ``SGD(0.1)`` before.
        """
        for one in every:
            if not one.begins or one.function is None or self.within is None:
                continue
            made = self.texts.made_by(one.function)
            calls = {ast.unparse(call).partition("(")[2] for call in made}
            again = {id(call) for call in made} & self.within
            if again and len(calls) > 1:
                return next((file, call.lineno) for file, call in self.calls if id(call) in again)
        return None

    def again(self, every: Iterable[Bound]) -> list[Bound]:
        """Those of some assignments that may be come to, and make no object."""
        if self.within is None:
            return [one for one in every if one.looped or not (one.begins or one.function is None)]
        return [one for one in every if id(one.node) in self.within and not one.begins]

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """All calls that may be come to, each with the file in which it stands."""
        return [
            (file, one)
            for file, tree in self.texts.trees.items()
            for one in ast.walk(tree)
            if isinstance(one, ast.Call) and (self.called is None or id(one) in self.called)
        ]


def other_at(
    texts: Texts, within: frozenset[int] | None, at: Place, text: str, *, in_array: bool = False
) -> Place | None:
    """Where another number may come from later, of an expression in a line; None if from nowhere.

    within: what may be come to by then, as ``Texts.within`` has it. in_array: whether the number
    was seen to be an array, or one that an array holds.
    """
    given = expression_of(text)
    if given is None:
        return None  # the place of a number that has no name
    return changes(Question(texts, within, within, in_array=in_array), at, given)


def handed(program: Question, function: Function, name: str) -> Iterator[tuple[Place, ast.expr]]:
    """What is handed in for a parameter, wherever its function is called, and where that is."""
    names = positional_of(function)
    if name not in parameters_of(function) or name == "self":
        return
    for file, call in program.calls:
        if last_name(call.func) != function.name:
            if _makes_partial(call, function, name):
                yield (file, call.lineno), call
            if not program.texts.may_call(call, function):
                continue
        for one in call.keywords:
            if one.arg == name:
                yield (file, one.value.lineno), one.value
            elif one.arg is None:  # ``**options``
                item = ast.Subscript(one.value, ast.Constant(name), ast.Load())
                yield (file, one.value.lineno), item
        if name not in names or name in [one.arg for one in call.keywords]:
            continue
        at = names.index(name) - (names[0] == "self" and isinstance(call.func, ast.Attribute))
        starred = [isinstance(one, ast.Starred) for one in call.args]
        if True not in starred[: at + 1] and at < len(call.args):
            yield (file, call.args[at].lineno), call.args[at]
        elif True in starred:  # what stands behind it is counted from the end
            behind = len(names) - names.index(name)
            if behind <= starred[::-1].index(True) and len(names) == _least(function):
                yield (file, call.args[-behind].lineno), call.args[-behind]


def _makes_partial(call: ast.Call, function: Function, name: str) -> bool:
    """Whether a function is made of another one here that has a parameter's value with it."""
    if last_name(call.func) != "partial" or last_name(call.args[0]) != function.name:
        return False
    names = positional_of(function)
    return name in [*names[: len(call.args) - 1], *(one.arg for one in call.keywords)]


def _least(function: Function) -> int:
    """How many parameters a call must give."""
    return len(positional_of(function)) - len(function.args.defaults)


def changes(program: Question, place: Place, given: ast.expr) -> Place | None:
    """Where an expression at a place may come by another number when it is come to again."""
    turned = {
        each.id
        for one in ast.walk(given)
        if isinstance(one, ast.comprehension)
        for each in stored_in(one.target)
    }
    containers = {
        id(one.value) for one in ast.walk(given) if isinstance(one, ast.Attribute | ast.Subscript)
    }
    for one in _parts(given):
        found = None
        if isinstance(one, ast.Name) and one.id in turned:
            found = place
        elif isinstance(one, ast.Call):
            found = _returns_others(program, place, one)
        elif isinstance(one, ast.Name):
            found = _is_bound_anew(program, place, one.id)
        elif isinstance(one, ast.Attribute | ast.Subscript):
            found = _is_set_anew(program, one)
        if not found and isinstance(one, ast.Name | ast.Attribute) and id(one) not in containers:
            found = _is_written(program, last_name(one), None)
        if found:
            return found
    return None


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
        if isinstance(one, ast.Call) and (item := _item(one)):
            one = item
        yield one
        if not isinstance(one, ast.Call):
            wanted += ast.iter_child_nodes(one)
        elif last_name(one.func) in OF_NUMBERS:
            wanted += [*one.args, *(each.value for each in one.keywords)]


def _item(call: ast.Call) -> ast.Subscript | None:
    """What ``options.get("rate")`` takes out of a dictionary."""
    of = call.func
    key = call.args[0] if call.args else None
    if isinstance(of, ast.Attribute) and of.attr == "get" and isinstance(key, ast.Constant):
        return ast.Subscript(of.value, key, ast.Load())
    return None


def _is_bound_anew(program: Question, place: Place, name: str) -> Place | None:
    """Where a variable may get another value later, or its parameter be given another."""
    texts, inner = program.texts, program.texts.function_at(place)
    if program.is_asked(inner or place[0], name):
        return None  # or the answer is known already
    named = [
        one for one in texts.bound
        if one.place[0] == place[0] and isinstance(one.target, ast.Name) and one.target.id == name
    ]  # fmt: skip
    own = [one for one in named if one.function is inner]
    if inner is not None and name in parameters_of(inner):
        if looped := [one for one in program.again(own) if one.looped]:
            return looped[0].place
        given = [*handed(program, inner, name), *_values(own)]
        return next(filter(None, (changes(program, *one) for one in given)), None)
    if name in texts.shared or not own:
        around = [None, *texts.around(place)]
        own = [one for one in named if one.function in around or name in texts.shared]
    return _others_of(program, own)


def _others_of(program: Question, every: Sequence[Bound]) -> Place | None:
    """Where one of all assignments to something may change it."""
    again = program.again(every)
    if program.by_reason:
        reasons = program.texts.for_a_reason
        names = [one for one in again if id(one.node) in reasons or _gives_others(program, one)]
        return names[0].place if names else None
    several = len(again) > 1 or len(again) < len(every)
    return again[0].place if again and (several or _gives_others(program, again[0])) else None


def _is_set_anew(program: Question, given: ast.Attribute | ast.Subscript) -> Place | None:
    """Where what an object or a list keeps may be replaced later."""
    if program.is_asked("", ast.dump(given)):
        return None
    texts = program.texts
    if isinstance(given, ast.Subscript):
        key = given.slice.value if isinstance(given.slice, ast.Constant) else None
        return _is_written(program, last_name(given.value), key)
    for one in texts.defined.get(given.attr, []):
        if isinstance(one, Function) and one.decorator_list:  # a property
            return _returned(program, one)
    every = [
        one for one in texts.bound
        if (isinstance(one.target, ast.Attribute) and one.target.attr == given.attr)
        or (
            isinstance(one.target, ast.Name) and one.target.id == given.attr
            and (one.function is None or given.attr in texts.shared)
        )
    ]  # fmt: skip
    found = _others_of(program, every) or program.made_anew(every)
    return found or _is_set_by_name(program, given.attr)


def _is_written(program: Question, name: str, key: Any) -> Place | None:
    """Where a list, a dictionary or an array may be changed where it is, or one item of it.

    A word is the key of one thing, under whatever name that goes.
    """
    texts = program.texts
    names = texts.also_called([name], parts=program.in_array)
    for one in program.again(texts.bound):
        itself = program.in_array and id(one.target) in texts.changed_by_itself
        if itself and last_name(one.target) in names:
            return one.place
        if isinstance(one.target, ast.Subscript):
            item = one.target.slice.value if isinstance(one.target.slice, ast.Constant) else None
            alike = None in (item, key) or item == key
            if alike and ((item and isinstance(key, str)) or names & goes_by(program, one)):
                return one.place
    for file, call in program.calls:
        named = [one.arg for one in call.keywords]
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        changes = of is not None and last_name(call.func) in CHANGING and last_name(of) in names
        others = key is not None and named and None not in named and key not in named
        into = [one.value for one in call.keywords if one.arg == "out"]
        if (changes and not others) or names & {*map(last_name, into)}:
            return file, call.lineno
    return None


def _is_set_by_name(program: Question, name: str) -> Place | None:
    """Where an attribute may be written that is not called by its name there."""
    for one in program.again(program.texts.bound):
        key = one.target.slice if isinstance(one.target, ast.Subscript) else None
        if isinstance(key, ast.Constant) and key.value == name and goes_by(program, one) & BY_NAME:
            return one.place
    for file, call in program.calls:
        is_set = last_name(call.func) == "setattr" and len(call.args) == 3
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        named = [one.arg for one in call.keywords]
        updated = of is not None and last_name(call.func) == "update" and _names(of) & BY_NAME
        reasons = program.texts.for_a_reason
        if (is_set and not isinstance(call.args[1], ast.Constant) and id(call) in reasons) or (
            updated and (name in named or not named)
        ):
            return file, call.lineno
    return None


def _names(container: ast.expr) -> set[str]:
    return {last_name(container.func if isinstance(container, ast.Call) else container)}


def goes_by(program: Question, one: Bound) -> set[str]:
    """The names under which what is written into may be known: its own, and where it comes from."""
    assert isinstance(one.target, ast.Subscript)
    container, found = one.target.value, _names(one.target.value)
    if isinstance(container, ast.Name) and one.function:
        several = handed(program, one.function, container.id)
        found |= {last_name(given) for _, given in several}
    return found - {""}


def _gives_others(program: Question, one: Bound) -> bool:
    """Whether an assignment that is come to again may give another value than before."""
    if one.value is None:
        return True
    mine = ast.dump(one.target).replace("Store()", "Load()")
    itself = any(ast.dump(each) == mine for each in ast.walk(one.value))
    return itself or changes(program, one.place, one.value) is not None


def _values(of: Iterable[Bound]) -> Iterator[tuple[Place, ast.expr]]:
    return ((one.place, one.value) for one in of if one.value is not None)


def _returns_others(program: Question, place: Place, call: ast.Call) -> Place | None:
    """Where a call may come by another number than before: not if it always returns the same."""
    name = last_name(call.func)
    if program.by_reason:
        given = [*call.args, *(one.value for one in call.keywords)]
        return next(filter(None, (changes(program, place, one) for one in given)), None)
    known = [one for one in program.texts.defined.get(name, []) if isinstance(one, Function)]
    if not known:
        return None if name in OF_NUMBERS else place
    return next(filter(None, (_returned(program, one) for one in known)), None)


def _returned(program: Question, function: Function) -> Place | None:
    """Where a function may come by another number to return: not if there is one alone."""
    file = next(file for file, tree in program.texts.trees.items() if function in ast.walk(tree))
    returned = [one for one in ast.walk(function) if isinstance(one, ast.Return)]
    values = [one.value for one in returned if one.value is not None]
    if len(values) != 1 or any(isinstance(one, ast.Yield) for one in ast.walk(function)):
        return file, function.lineno
    return changes(program, (file, values[0].lineno), values[0])
