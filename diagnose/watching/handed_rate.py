"""Whether a learning rate may be another one later on than in the epochs that were seen.

``net.step(schedule(epoch))`` gives the step a number, and in the first epochs always the same one.
What may become of it stands in the program's text: what the expression is made of is looked up
there, the names that get a value in the course of a loop, the functions that return it, and of a
parameter what is handed in at each call of its function.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

# What these return is made of what they are given, and of nothing else.
OF_NUMBERS = {"abs", "float", "float32", "float64", "int", "max", "min", "round", "sqrt"}
# How many numbers there are: batches of other sizes have no other rate for that.
SIZES = {"shape", "size"}
# What changes a list or a dictionary that is there.
CHANGING = {"clear", "insert", "pop", "popleft", "remove", "reverse", "rotate", "update"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, int]  # a file and a line


@dataclass(frozen=True)
class Bound:
    """Where something gets a value.

    function: in which it stands, if in one; looped: whether a loop there comes to it again and
    again. value: what it gets, where that is an expression alone.
    """

    place: Place
    target: ast.expr
    value: ast.expr | None
    function: Function | None
    looped: bool

    @property
    def begins(self) -> bool:
        """Whether an object gets it as it is made."""
        return self.function is not None and self.function.name == "__init__"


class Texts:
    """The functions of a program, the calls in it, and what gets a value where."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.trees = {file: ast.parse(text) for file, text in texts.items()}
        self._asked: set[tuple[Function | str, str]] = set()

    def is_asked(self, within: Function | str, name: str) -> bool:
        """Whether it was asked already if a variable changes; it is so from now on.

        Methods of one name that hand a rate on to each other would be followed around and around.
        """
        asked = (within, name) in self._asked
        self._asked.add((within, name))
        return asked

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """All functions, by name."""
        found: dict[str, list[Function]] = {}
        for one in self._every():
            if isinstance(one, Function):
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def turned(self) -> set[str]:
        """Names that a loop binds to something else in each turn, or that are counted up."""
        targets: list[ast.expr] = []
        for one in self._every():
            if isinstance(one, ast.For | ast.comprehension | ast.AugAssign):
                targets.append(one.target)
        names = (one for target in targets for one in ast.walk(target))
        return {
            one.id for one in names if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }

    @cached_property
    def bound(self) -> list[Bound]:
        """All that gets a value by an assignment."""
        return [
            one for file, tree in self.trees.items() for one in _bound_in(tree, file, None, False)
        ]

    @cached_property
    def shared(self) -> set[str]:
        """Variables of a module that functions give a value, too."""
        return {each for one in self._every() if isinstance(one, ast.Global) for each in one.names}

    @cached_property
    def changed(self) -> set[str]:
        """Lists and dictionaries that are changed where they are."""
        return {
            _name(one.func.value)
            for one in self._every()
            if isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute)
            and one.func.attr in CHANGING
        }

    def _every(self) -> Iterator[ast.AST]:
        for tree in self.trees.values():
            yield from ast.walk(tree)

    def calls(self, name: str) -> Iterator[tuple[str, ast.Call]]:
        """The calls of what has a name, each with the file in which it stands."""
        for file, tree in self.trees.items():
            for one in ast.walk(tree):
                if isinstance(one, ast.Call) and _name(one.func) == name:
                    yield file, one

    def around(self, place: Place) -> Function | None:
        """The innermost function around a line."""
        file, line = place
        within = [
            one
            for one in ast.walk(self.trees.get(file) or ast.Module([], []))
            if isinstance(one, Function) and one.lineno <= line <= (one.end_lineno or 0)
        ]
        return max(within, key=lambda one: one.lineno, default=None)


def _bound_in(node: ast.AST, file: str, function: Function | None, looped: bool) -> Iterator[Bound]:
    """What gets a value within a part of a program; in comprehensions only for themselves."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension):
            continue
        if isinstance(child, ast.Name | ast.Attribute | ast.Subscript):
            alone = isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
            value = getattr(node, "value", None) if alone else None
            declared = isinstance(node, ast.AnnAssign) and value is None
            if isinstance(child.ctx, ast.Store) and not declared:
                yield Bound((file, child.lineno), child, value, function, looped)
        if isinstance(child, ast.Call) and (named := _set_by_name(child)):
            yield Bound((file, child.lineno), named, child.args[2], function, looped)
        if isinstance(child, Function):
            yield from _bound_in(child, file, child, False)
        else:
            again = looped or isinstance(child, ast.For | ast.While)
            yield from _bound_in(child, file, function, again)


def _set_by_name(call: ast.Call) -> ast.Attribute | None:
    """What ``setattr(of, "name", value)`` sets."""
    if _name(call.func) != "setattr" or len(call.args) != 3:
        return None
    of, name, _ = call.args
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return None
    return ast.Attribute(of, name.value, ast.Store())


def may_be_another(texts: Mapping[str, str], file: str, line: int, text: str) -> bool:
    """Whether another number may come later of an expression in a line.

    texts: of all files of the program, by their names.
    """
    try:
        given = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False  # the place of a number that has no name
    return _changes(Texts(texts), (file, line), given)


def _handed(program: Texts, function: Function, name: str) -> Iterator[tuple[Place, ast.expr]]:
    """What is handed in for a parameter, wherever its function is called, and where that is."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if name not in _parameters(function) or name == "self":
        return
    for file, call in program.calls(function.name):
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


def _parameters(function: Function) -> set[str]:
    """The names of all parameters but those that gather what is left."""
    of = function.args
    return {one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)}


def _least(function: Function) -> int:
    """How many parameters a call must give."""
    return len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)


def _changes(program: Texts, place: Place, given: ast.expr) -> bool:
    """Whether an expression at a place may be another number when it is come to again."""
    for one in _parts(given):
        if isinstance(one, ast.Name) and one.id in program.turned:
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
        if isinstance(one, ast.Call) and _name(one.func) == "len":
            continue
        yield one
        if not isinstance(one, ast.Call):
            wanted += ast.iter_child_nodes(one)
        elif _name(one.func) in OF_NUMBERS:
            wanted += [*one.args, *(each.value for each in one.keywords)]


def _is_bound_anew(program: Texts, place: Place, name: str) -> bool:
    """Whether a variable may have another value later, or its parameter be given another."""
    inner = program.around(place)
    if program.is_asked(inner or place[0], name):
        return False  # or the answer is known already
    named = [
        one for one in program.bound
        if one.place[0] == place[0] and isinstance(one.target, ast.Name) and one.target.id == name
    ]  # fmt: skip
    own = [one for one in named if one.function is inner]
    if inner is not None and name in _parameters(inner):
        if any(one.looped for one in own):
            return True
        handed = [*_handed(program, inner, name)]
        return _any_changes(program, [*handed, *_values(own)])
    if name in program.shared or not own:
        own = [one for one in named if one.function is None or name in program.shared]
        inner = None
    again = [one for one in own if one.looped or one.function is not None]
    return bool(again) and (len(own) > 1 or _gives_others(program, again[0]))


def _is_set_anew(program: Texts, given: ast.Attribute | ast.Subscript) -> bool:
    """Whether what an object or a list keeps may be replaced later."""
    if program.is_asked("", ast.dump(given)):
        return False
    every = [one for one in program.bound if _are_same(one.target, given)]
    again = [one for one in every if one.looped or not (one.begins or one.function is None)]
    if isinstance(given, ast.Subscript):
        return bool(again) or _name(given.value) in program.changed
    begun = len(again) < len(every) or any(
        one.function is None and isinstance(one.target, ast.Name) and one.target.id == given.attr
        for one in program.bound
    )
    return bool(again) and (len(again) + begun > 1 or _gives_others(program, again[0]))


def _are_same(target: ast.expr, given: ast.Attribute | ast.Subscript) -> bool:
    """Whether an assignment may be to what is taken: an attribute, or an item, of one name."""
    if isinstance(target, ast.Attribute) and isinstance(given, ast.Attribute):
        return target.attr == given.attr
    if not (isinstance(target, ast.Subscript) and isinstance(given, ast.Subscript)):
        return False
    keys = [ast.dump(one.slice) for one in (target, given) if isinstance(one.slice, ast.Constant)]
    return _name(target.value) == _name(given.value) and len({*keys}) < 2


def _gives_others(program: Texts, one: Bound) -> bool:
    """Whether an assignment that is come to again may give another value than before."""
    if one.value is None:
        return True
    mine = ast.dump(one.target).replace("Store()", "Load()")
    itself = any(ast.dump(each) == mine for each in ast.walk(one.value))
    return itself or _changes(program, one.place, one.value)


def _values(of: Iterable[Bound]) -> Iterator[tuple[Place, ast.expr]]:
    return ((one.place, one.value) for one in of if one.value is not None)


def _any_changes(program: Texts, of: Iterable[tuple[Place, ast.expr]]) -> bool:
    return any(_changes(program, *one) for one in of)


def _returns_others(program: Texts, call: ast.Call) -> bool:
    """Whether a call may return another number than before: not if it always returns the same."""
    known = program.functions.get(_name(call.func), [])
    if not known and _name(call.func) in OF_NUMBERS:
        return False
    return not known or any(not _is_constant(one) for one in known)


def _is_constant(function: Function) -> bool:
    """Whether a function does nothing but return an expression that has none of its parameters."""
    body = [one for one in function.body if not _is_text(one)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    arguments = function.args
    own = {
        one.arg
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        if one.arg != "self"
    }
    return not any(_depends(one, own) for one in ast.walk(body[0].value))


def _depends(one: ast.AST, own: Collection[str]) -> bool:
    return isinstance(one, ast.Call) or (isinstance(one, ast.Name) and one.id in own)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
