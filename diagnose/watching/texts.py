"""What the author wrote, file by file: what is defined there, what gets a value, what stands where.

It is parsed once, for all that is asked of it while the program runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diagnose.network.authors_code import expression_of
from diagnose.recording.reaching import reached

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
Around = Definition | ast.Lambda
Loop = ast.For | ast.AsyncFor | ast.While
# What changes a list, a dictionary, a set or an array that is there.
CHANGING = {
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend",
    "extendleft", "fill", "heappop", "heappush", "insert", "intersection_update", "pop", "popitem",
    "popleft", "push", "put", "remove", "reverse", "rotate", "setdefault", "sort", "update",
}  # fmt: skip
Place = tuple[str, int]  # a file and a line


@dataclass(frozen=True)
class Bound:
    """Where something gets a value.

    node: what gives it. function: in which it stands, if in one; looped: whether a loop there comes
    to it again and again. value: what it gets, where that is an expression alone.
    """

    place: Place
    node: ast.AST
    target: ast.expr
    value: ast.expr | None
    function: Function | None
    looped: bool

    @property
    def begins(self) -> bool:
        """Whether an object gets it as it is made."""
        return self.function is not None and is_init(self.function)


class Texts:
    """The files of a program, by their names; SyntaxError of one that is no Python."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.trees = {file: ast.parse(text) for file, text in texts.items()}

    @cached_property
    def nodes(self) -> dict[str, list[ast.AST]]:
        """All that stands in each of them."""
        return {file: [*ast.walk(tree)] for file, tree in self.trees.items()}

    @cached_property
    def every(self) -> list[ast.AST]:
        """All that stands in any of them."""
        return [one for nodes in self.nodes.values() for one in nodes]

    @cached_property
    def defined(self) -> dict[str, list[Definition]]:
        """All functions and classes, by name."""
        found: dict[str, list[Definition]] = {}
        for one in self.every:
            if isinstance(one, Definition):
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """All calls, by the last name of what is called, in the order of each text."""
        found: dict[str, list[ast.Call]] = {}
        for tree in self.trees.values():
            calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
            for one in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
                if name := last_name(one.func):
                    found.setdefault(name, []).append(one)
        return found

    @cached_property
    def outer(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in."""
        return {child: one for one in self.every for child in ast.iter_child_nodes(one)}

    @cached_property
    def called_by(self) -> dict[str, list[Function | ast.Lambda]]:
        """By the names by which they are called, functions, and what makes objects of classes."""
        found: dict[str, list[Function | ast.Lambda]] = {}
        for name, several in self.defined.items():
            for each in several:
                is_class = isinstance(each, ast.ClassDef)
                made = [
                    one for one in (each.body if is_class else [each]) if isinstance(one, Function)
                ]
                made = [one for one in made if one.name == "__init__" or not is_class]
                found.setdefault(name, []).extend(made)
        for one in self.every:
            if isinstance(one, ast.Assign) and isinstance(one.value, ast.Lambda):
                for target in one.targets:
                    found.setdefault(last_name(target), []).append(one.value)
        return found

    @cached_property
    def calling(self) -> dict[str, list[Function]]:
        """By variables that stand for objects of the program's alone, what a call of these does.

        As ``opt(params, grads)`` does after ``opt = Adam()``, if that class has a ``__call__``.
        """
        made: dict[int, list[Function]] = {}
        for one in self.every:
            if isinstance(one, Function) and one.name == "__call__":
                for call in self.made_by(one):
                    made.setdefault(id(call), []).append(one)
        found: dict[str, list[Function]] = {}
        others = {"", *self.defined}
        for bound in self.bound:
            name, several = last_name(bound.target), made.get(id(bound.value), [])
            found.setdefault(name, []).extend(several)
            others |= set() if several else {name}
        return {name: several for name, several in found.items() if name not in others}

    @cached_property
    def modules(self) -> set[str]:
        """Names of modules, into which nothing is put: ``np.add(a, b, out=c)`` writes into c."""
        return self._names_given_by(ast.Import)

    @cached_property
    def imported(self) -> set[str]:
        """The names that imports give."""
        return self.modules | self._names_given_by(ast.ImportFrom)

    def _names_given_by(self, kind: type[ast.Import] | type[ast.ImportFrom]) -> set[str]:
        imports = (one for one in self.every if isinstance(one, kind))
        every = (each for one in imports for each in one.names)
        return {each.asname or each.name.partition(".")[0] for each in every}

    @cached_property
    def bound(self) -> list[Bound]:
        """All that gets a value by an assignment."""
        return [
            one for file, tree in self.trees.items() for one in _bound_in(tree, file, None, False)
        ]

    @cached_property
    def shared(self) -> set[str]:
        """Variables that functions within their scope give a value, too."""
        return {
            each
            for one in self.every
            if isinstance(one, ast.Global | ast.Nonlocal)
            for each in one.names
        }

    @cached_property
    def another_name(self) -> dict[str, set[str]]:
        """By each name those that stand for the same by an assignment alone, in either direction.

        As with ``rates = opt.rates``: what is written into one is written into both.
        """
        found: dict[str, set[str]] = {}
        for one in (each for each in self.every if isinstance(each, ast.Assign)):
            for target in one.targets:
                for sides in pairs(target, one.value, whole=True):
                    names = {last_name(side) for side in sides if side is not None} - {""}
                    if len(names) == 2:
                        for name in names:
                            found.setdefault(name, set()).update(names - {name})
        return found

    @cached_property
    def taken_out_of(self) -> dict[str, set[str]]:
        """By each name what it may be a part of, as of an array with ``lr = rates[:1]``.

        Or what may be a part of it: what is written into one is written into the other.
        """
        found: dict[str, set[str]] = {}
        for one in self.every:
            if isinstance(one, ast.Assign) and isinstance(one.value, ast.Subscript):
                for target in one.targets:
                    part, of = last_name(target), last_name(one.value.value)
                    found.setdefault(part, set()).add(of)
                    found.setdefault(of, set()).add(part)
        return found

    def also_called(self, names: Iterable[str], *, parts: bool = False) -> set[str]:
        """Names, and all others of what they stand for; parts: also of what they are parts of."""

        def others(name: str) -> set[str]:
            more = self.taken_out_of.get(name, set()) if parts else set()
            return (self.another_name.get(name, set()) | more) - {""}

        return reached(filter(None, names), others)

    @cached_property
    def changed_by_itself(self) -> set[int]:
        """By their ``id``, the targets of ``a += b``, which changes an array where it is."""
        return {id(one.target) for one in self.every if isinstance(one, ast.AugAssign)}

    def around(self, place: Place) -> list[Around]:
        """What is defined around a line, the innermost last."""
        file, line = place
        within = [
            one
            for one in self.nodes.get(file, ())
            if isinstance(one, Around) and stands_at(one, line)
        ]
        return sorted(within, key=lambda one: one.lineno)

    def function_at(self, place: Place) -> Function | None:
        """The innermost function around a line."""
        return next((one for one in self.around(place)[::-1] if isinstance(one, Function)), None)

    def reached(self, nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
        """All that stands there, and in what the program defines and names there."""
        wanted, met = [*nodes], set[str]()
        while wanted:
            for one in ast.walk(wanted.pop()):
                yield one
                name = last_name(one)
                if name in self.defined and name not in met:
                    met.add(name)
                    wanted += self.defined[name]
                called = last_name(one.func) if isinstance(one, ast.Call) else ""
                if called in self.calling and called not in met:
                    met.add(called)
                    wanted += self.calling[called]

    def loops_at(self, place: Place) -> list[Loop]:
        """The loops of any kind that begin at a line."""
        file, line = place
        return [
            one
            for one in self.nodes.get(file, ())
            if isinstance(one, Loop) and line in (one.lineno, begins(one))
        ]

    def only_loop_at(self, place: Place) -> Loop | None:
        """The same, if there is but one."""
        found = self.loops_at(place)
        return found[0] if len(found) == 1 else None

    @cached_property
    def for_a_reason(self) -> set[int]:
        """By their ``id``, all nodes that are come to for a reason only."""
        reasons = (one for one in self.every if isinstance(one, ast.If))
        parts = (part for one in reasons for part in (*one.body, *one.orelse))
        return {id(one) for part in parts for one in ast.walk(part)}

    def within(self, place: Place) -> frozenset[int] | None:
        """By their ``id``, all nodes that may be come to while a loop goes on; None without one.

        place: where the loop begins. Functions that are handed on may be called by another name,
        and what has a name of Python's own by none.
        """
        loop = self.only_loop_at(place)
        if loop is None:
            return None
        functions = [one for one in self.every if isinstance(one, Function)]
        pythons = [one for one in functions if one.name.startswith("__") and not is_init(one)]
        found = [*self.reached([loop, *pythons])]
        if any(self._is_by_another_name(one) for one in found):
            lambdas = [one for one in self.every if isinstance(one, ast.Lambda)]
            found += self.reached(lambdas)
            found += self.reached(
                one for one in functions if one.name in self.handed_on or one.decorator_list
            )
        return frozenset(map(id, found))

    @cached_property
    def handed_on(self) -> set[str]:
        """The names that stand where nothing is called by them, as of a callback."""
        called = {id(one.func) for one in self.every if isinstance(one, ast.Call)}
        return {last_name(one) for one in self.every if id(one) not in called} - {""}

    def calls_of(self, function: Function | ast.Lambda) -> list[ast.Call]:
        """Where a function is called, as far as its name tells; a lambda has none."""
        return self.calls.get(getattr(function, "name", ""), [])

    def made_by(self, begins: Function) -> list[ast.Call]:
        """The calls that make an object of the class which begins so, or of its heirs."""
        classes = [one for one in self.every if isinstance(one, ast.ClassDef)]
        names = {one.name for one in classes if begins in one.body}
        count = -1
        while count != (count := len(names)):
            names |= {one.name for one in classes if names & {*map(last_name, one.bases)}}
        return [call for name in sorted(names) for call in self.calls.get(name, [])]

    def may_call(self, call: ast.Call, function: Function) -> bool:
        """Whether a call may be of a function that is handed on, by another name."""
        least = len(positional_of(function))
        count = len(call.args) + len(call.keywords)
        method = parameters_of(function)[:1] == ["self"]
        return (
            function.name in self.handed_on
            and count == least - method
            and self._is_by_another_name(call)
        )

    def _is_by_another_name(self, node: ast.AST) -> bool:
        """Whether a call is of what a variable stands for."""
        name = last_name(node.func) if isinstance(node, ast.Call) else None
        return (
            name is not None and name not in self.defined and (not name or name in self.variables)
        )

    @cached_property
    def variables(self) -> set[str]:
        """The names of all variables, attributes and parameters."""
        given = {one.arg for one in self.every if isinstance(one, ast.arg)}
        return given | {last_name(one.target) for one in self.bound}

    def loop_at(self, place: Place) -> ast.For | None:
        """The for loop that begins at a line, if it is the only one, and no ``else`` follows it."""
        found = [one for one in self.loops_at(place) if isinstance(one, ast.For)]
        return found[0] if len(found) == 1 and not found[0].orelse else None


def innermost(node: ast.AST, kind: Any, outer: Mapping[ast.AST, ast.AST]) -> Any:
    """The innermost of a kind that a node stands in, or is itself; outer: what each stands in."""
    while not isinstance(node, kind):
        node = outer[node]
    return node


def stands_at(node: ast.stmt | ast.expr, line: int) -> bool:
    """Whether a line is one of those of a node."""
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def last_name(node: ast.AST) -> str:
    """What stands last in a name: ``step`` of ``net.step``; nothing of what is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def last_of(target: ast.AST) -> str:
    """The same of what something is taken out of: ``W`` of ``self.W[0]``."""
    while isinstance(target, ast.Subscript | ast.Starred):
        target = target.value
    return last_name(target)


def is_init(function: Function) -> bool:
    """Whether a function makes an object what it is at first."""
    return function.name in ("__init__", "__post_init__")


def begins(loop: Loop) -> int:
    """The line under which the turns of a loop are noted, as ``recording.rewriting`` has it."""
    return (loop.test if isinstance(loop, ast.While) else loop.iter).lineno


def parameters_of(function: Function | ast.Lambda) -> list[str]:
    """The names of all parameters but those that gather what is left."""
    of = function.args
    return [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)]


def positional_of(function: Function | ast.Lambda) -> list[str]:
    """The names of those that are handed in by their place."""
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args)]


def names_in(*nodes: ast.AST) -> set[str]:
    """The last names of all that stands in some nodes."""
    return {last_name(one) for node in nodes for one in ast.walk(node)} - {""}


def names_in_text(text: str) -> set[str]:
    """The same of the text of an expression; none of one that was cut off."""
    given = expression_of(text)
    return set() if given is None else names_in(given)


def variables_in(node: ast.AST) -> set[str]:
    """The names that stand in a node, without those of attributes."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def stored_in(inside: ast.AST) -> list[ast.Name]:
    """Where names get a value, or lose it, of functions that stand in it too."""
    return [
        one
        for one in ast.walk(inside)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    ]


def targets_of(node: ast.AST) -> list[ast.expr]:
    """What an assignment gives a value, or the target of a loop: of several together, each."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [each for one in targets if one is not None for each in apart(one)]


def apart(target: ast.expr) -> list[ast.expr]:
    """The parts of a tuple or a list, and theirs; anything else by itself."""
    if isinstance(target, ast.Tuple | ast.List):
        return [each for one in target.elts for each in apart(one)]
    return [target.value if isinstance(target, ast.Starred) else target]


def gets_itself(node: ast.Assign | ast.AugAssign, target: ast.expr) -> bool:
    """Whether something gets what is made of itself, as ``W -= step`` and ``W = W - step`` do."""
    mine = ast.unparse(target)
    return isinstance(node, ast.AugAssign) or any(
        ast.unparse(each) == mine for each in ast.walk(node.value)
    )


def pairs(
    target: ast.expr, of: ast.expr | None, *, whole: bool = False
) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Each target of a loop, or of an assignment (whole), and what it gets; None for a number."""
    if whole:
        sides = [one.elts if isinstance(one, ast.Tuple | ast.List) else [] for one in (target, of)]
        several = len(sides[0]) == len(sides[1]) > 0
        yield from zip(*sides, strict=True) if several else [(target, of)]
        return
    if isinstance(of, ast.Call) and isinstance(target, ast.Tuple | ast.List):
        name, each = last_name(of.func), target.elts
        if name == "enumerate" and of.args and len(each) == 2:
            yield each[0], None
            yield from pairs(each[1], of.args[0])
            return
        if name == "zip" and len(of.args) == len(each):
            for one, its in zip(each, of.args, strict=True):
                yield from pairs(one, its)
            return
        if name == "items" and isinstance(of.func, ast.Attribute) and len(each) == 2:
            yield each[0], None
            yield each[1], of.func.value
            return
    yield target, of


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
                yield Bound((file, child.lineno), child, child, value, function, looped)
        if isinstance(child, ast.Call) and (named := _set_by_name(child)):
            yield Bound((file, child.lineno), child, named, child.args[2], function, looped)
        if isinstance(child, Function):
            yield from _bound_in(child, file, child, False)
        else:
            again = looped or isinstance(child, ast.For | ast.While)
            yield from _bound_in(child, file, function, again)


def _set_by_name(call: ast.Call) -> ast.Attribute | None:
    """What ``setattr(of, "name", value)`` sets."""
    if last_name(call.func) != "setattr" or len(call.args) != 3:
        return None
    of, name, _ = call.args
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return None
    return ast.Attribute(of, name.value, ast.Store())


def variables_of(scope: ast.AST) -> Iterator[str]:
    """The variables that a scope has of its own; not those of functions within it."""
    if isinstance(scope, Function | ast.Lambda):
        of = scope.args
        every = [*of.posonlyargs, *of.args, *of.kwonlyargs, of.vararg, of.kwarg]
        yield from (one.arg for one in every if one is not None)
    todo, others = [*ast.iter_child_nodes(scope)], set[str]()
    stored = []
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Global | ast.Nonlocal):
            others |= {*one.names}
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            stored.append(one.id)
        if not isinstance(one, Function | ast.Lambda):
            todo += ast.iter_child_nodes(one)
    yield from (one for one in stored if one not in others)


def is_replaced(function: Function | ast.Lambda, name: str) -> bool:
    """Whether a parameter is given another object within its function."""
    return any(
        isinstance(one, ast.Assign)
        and any(last_name(each) == name for each in one.targets if isinstance(each, ast.Name))
        for one in ast.walk(function)
    )
