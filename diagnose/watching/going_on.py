"""Whether a training goes on behind the loop over its epochs, with the parameters that this leaves.

As with ``for rate in (0.1, 0.01): for epoch in ...``, or ``fit(30, 0.1)`` before ``fit(30, 0.01)``:
that is one training whose rate changes, and its first loop alone is a part of it. Where parameters
are drawn anew before they are stepped again, it is another training. It is told by the text, and
only where that says for sure that the same parameters are stepped by the same lines, or all of them
by others.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from diagnose.watching.by_their_use import filled
from diagnose.watching.scopes import Function, Key, Scopes, by_name
from diagnose.watching.texts import (
    Loop,
    apart,
    gets_itself,
    innermost,
    last_name,
    pairs,
    parameters_of,
    targets_of,
)

# Through so many names, and calls, parameters are followed to the variable that holds them.
FURTHER = 6
TAKEN = ast.Attribute | ast.Subscript


class _AnewError(Exception):
    """Parameters are drawn anew, or the text does not tell what becomes of them."""


@dataclass(frozen=True)
class GoingOn:
    """What is done after a loop, with the parameters that it steps.

    steps: the statements that step them. parameters: the variables and attributes that hold them.
    """

    scopes: Scopes
    steps: Collection[ast.stmt]
    parameters: Collection[Key]
    met: set[ast.AST] = field(default_factory=set)

    def behind(self, loop: Loop) -> ast.stmt | ast.expr | None:
        """What steps the same parameters again; None where nothing does, as far as is known."""
        try:
            return self._behind(loop, self._held_in(loop))
        except _AnewError:
            return None

    # the variables that hold the parameters

    def _held_in(self, loop: Loop) -> set[Key]:
        """The variables that hold them where a loop stands."""
        scope, found = self.scopes.scope_of(loop), set[Key]()
        within = {*ast.walk(loop)}
        for one in self.steps:
            own = self.scopes.scope_of(one)
            found |= self._out_to({*self._roots_of(one)}, own, scope, within, FURTHER)
        return found

    def _out_to(
        self, held: set[Key], own: ast.AST, scope: ast.AST, within: set[ast.AST], further: int
    ) -> set[Key]:
        """The same variables as a scope knows them from which a function is called."""
        if own is scope:
            return held
        shared = {key for key in held if key[0] is scope or isinstance(key[0], ast.Module)}
        if not further or not isinstance(own, ast.FunctionDef):
            return shared
        found = shared
        for call in self.scopes.texts.calls_of(own):
            there = self.scopes.scope_of(call)
            if call in within or (there is not scope and there is not own):
                given = self._handed(call, own, {name for of, name in held if of is own})
                found = found | self._out_to(given, there, scope, within, further - 1)
        return found

    def _roots_of(self, step: ast.stmt) -> Iterator[Key]:
        """What is stepped in a statement, each by the variable out of which it is taken."""
        scope = self.scopes.scope_of(step)
        for target in targets_of(step):
            if self.scopes.base(target, scope) in self.parameters:
                yield from self._roots(target, scope, FURTHER)

    def _roots(self, one: ast.expr, scope: ast.AST, further: int) -> Iterator[Key]:
        """The variables out of which something is taken."""
        if isinstance(one, ast.Tuple | ast.List):
            for each in one.elts:
                yield from self._roots(each, scope, further)
            return
        key = self.scopes.key(name.id, scope) if (name := _held_by(one)) else None
        if key is None:
            return
        taken = [*self._taken_out_of(key)] if further else []
        if not taken or None in taken:
            yield key
        for of in taken:
            if of is not None:
                yield from self._roots(of, scope, further - 1)

    def _taken_out_of(self, key: Key) -> Iterator[ast.expr | None]:
        """What a variable is taken out of, each time that it gets a value; else None."""
        for one, target, of in self.scopes.given.get(key, ()):
            if not any(last_name(each) == key[1] for each in apart(target)):
                continue  # a part of it
            unpacked = isinstance(target, ast.Tuple) and isinstance(of, ast.Name)
            if not isinstance(one, ast.Assign):
                yield _gone_through(of) if isinstance(target, ast.Name) else None
            else:
                taken = isinstance(target, ast.Name) and isinstance(of, TAKEN)
                yield of if unpacked or taken else None
        if isinstance(key[0], Function) and key[1] in parameters_of(key[0]):
            yield None

    def _handed(self, call: ast.Call, function: Function, names: set[str]) -> set[Key]:
        """The variables of a caller that a function knows by these names."""
        scope, found = self.scopes.scope_of(call), set[Key]()
        for name, value in by_name(call, function):
            if name in names:
                found |= {*self._roots(value, scope, FURTHER)}
        first = function.args.args[0].arg if function.args.args else ""
        if first == "self" in names and isinstance(call.func, ast.Attribute):
            found |= {*self._roots(call.func.value, scope, FURTHER)}
        return found

    # what comes after the loop

    def _behind(self, loop: Loop, held: set[Key]) -> ast.stmt | ast.expr | None:
        node: ast.AST = loop
        given = set[Key]()  # what holds them since a function has returned them
        while held or given:
            outer = self.scopes.around[node]
            before, after = _beside(outer, node)
            if found := self._first(after, held, looped=False) or self._later(after, given):
                return found
            if isinstance(outer, Loop) and not held:
                return None
            if isinstance(outer, Loop) and self._has_its_own(outer, held):
                node = outer
                continue
            if isinstance(outer, Loop) and (before or node in outer.body):
                self._not_bound(outer, held)
                return self._first(before, held, looped=True) or outer
            if isinstance(outer, ast.Module):
                return None
            node = outer
            if isinstance(outer, Function):
                calls = self.scopes.texts.calls_of(outer)
                if len({self.scopes.scope_of(one) for one in calls}) != 1:
                    return None
                shared = {key for key in held if isinstance(key[0], ast.Module)}
                own = {name for of, name in held if of is outer}
                held = shared | self._handed(calls[0], outer, own)
                if not own <= {one.arg for one in outer.args.args}:
                    return None  # variables of its own, which end with it
                node = innermost(calls[0], ast.stmt, self.scopes.around)
                given = {*self._returned(outer, calls[0], node, own)}
        return None

    def _later(self, body: Iterable[ast.AST], held: set[Key]) -> ast.stmt | ast.expr | None:
        """What steps first in a body; None also where the parameters are drawn anew before."""
        try:
            return self._first(body, held, looped=False) if held else None
        except _AnewError:
            return None

    def _returned(
        self, function: Function, call: ast.Call, statement: ast.AST, own: set[str]
    ) -> Iterator[Key]:
        """The variables that get the parameters which a function returns, as ``p = fit(W, b)``.

        own: the names of those that it has.
        """
        if not isinstance(statement, ast.Assign) or statement.value is not call:
            return
        scope, names = self.scopes.scope_of(call), {(function, name) for name in own}
        for back in ast.walk(function):
            if not isinstance(back, ast.Return) or self.scopes.scope_of(back) is not function:
                continue
            for target, of in pairs(statement.targets[0], back.value, whole=True):
                if of is not None and {*self._roots(of, function, FURTHER)} & names:
                    yield from self._roots(target, scope, 0)

    def _has_its_own(self, loop: Loop, held: set[Key]) -> bool:
        """Whether each turn has parameters of its own, as those of ``for net in nets``."""
        if not isinstance(loop, ast.For | ast.AsyncFor):
            return False
        scope = self.scopes.scope_of(loop)
        names = [one for one in ast.walk(loop.target) if isinstance(one, ast.Name)]
        return any({*self._roots(one, scope, FURTHER)} & held for one in names)

    def _not_bound(self, loop: Loop, held: set[Key]) -> None:
        """_AnewError where a loop gives one of the variables another value in each turn."""
        if isinstance(loop, ast.For | ast.AsyncFor):
            self._bound(loop.target, held)

    def _bound(self, target: ast.expr, held: set[Key]) -> None:
        scope = self.scopes.scope_of(target)
        for one in ast.walk(target):
            stored = isinstance(getattr(one, "ctx", None), ast.Store)
            if isinstance(one, ast.Name) and stored and self.scopes.key(one.id, scope) in held:
                raise _AnewError

    def _first(
        self, body: Iterable[ast.AST], held: set[Key], *, looped: bool
    ) -> ast.stmt | ast.expr | None:
        """What steps first in a body; _AnewError where the parameters are drawn anew before."""
        for one in body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if isinstance(one, Loop):
                self._not_bound(one, held)
                found = self._first([*one.body, *one.orelse], held, looped=True)
                if isinstance(found, Loop) or (found is None and self._steps_all(one, held)):
                    found = one
            elif isinstance(one, ast.If | ast.With | ast.Try):
                inner = [each for each in ast.iter_child_nodes(one) if isinstance(each, ast.stmt)]
                found = self._first(inner, held, looped=looped)
                if found is not None and isinstance(one, ast.If):
                    raise _AnewError  # or not: it is done for a reason only
            else:
                found = self._of_calls(one, held, looped) or self._of_itself(one, held, looped)
            if found is not None:
                return found
        return None

    def _of_itself(self, one: ast.AST, held: set[Key], looped: bool) -> ast.stmt | ast.expr | None:
        if not isinstance(one, ast.Assign | ast.AugAssign):
            return None
        scope = self.scopes.scope_of(one)
        named = one.value if isinstance(one.value, ast.Name) else None
        if named and isinstance(one, ast.Assign) and {*self._roots(named, scope, FURTHER)} & held:
            return None  # another name for them
        for target in targets_of(one):
            into: ast.expr = target
            while isinstance(into, ast.Subscript):
                into = into.value
            of_them = self.scopes.base(target, scope) in self.parameters or (
                isinstance(into, ast.Name) and into is not target
            )
            if not (of_them and {*self._roots(target, scope, FURTHER)} & held):
                continue
            if looped and one in self.steps:
                return one
            if not (looped and _of_itself(one, target)):
                raise _AnewError
            return None
        if isinstance(one, ast.Assign):
            for part in one.targets:
                self._bound(part, held)
        return None

    def _steps_all(self, loop: Loop, held: set[Key]) -> bool:
        """Whether other lines, in a loop of their own, step all that was stepped."""
        stepped, roots = set[Key | None](), set[Key]()
        for one in ast.walk(loop):
            if isinstance(one, ast.Assign | ast.AugAssign):
                scope = self.scopes.scope_of(one)
                for target in targets_of(one):
                    if _of_itself(one, target):
                        stepped.add(self.scopes.base(target, scope))
                        roots |= {*self._roots(target, scope, FURTHER)}
        every = {key for key in self.parameters if key[0] is None or key in held}
        return bool(every and roots & held) and every <= stepped

    def _of_calls(self, one: ast.AST, held: set[Key], looped: bool) -> ast.stmt | ast.expr | None:
        for call in ast.walk(one):
            if not isinstance(call, ast.Call):
                continue
            scope = self.scopes.scope_of(call)
            known = self.scopes.called(call.func, scope)
            into = None if known else _written_into(call)
            if into is not None and {*self._roots(into, scope, 0)} & held:
                raise _AnewError
            for function in known:
                if function in self.met or isinstance(function, ast.Lambda):
                    continue
                given = self._as_known_in(call, function, held)
                self.met.add(function)
                found = self._first(function.body, given, looped=looped) if given else None
                self.met.discard(function)
                if found is not None:
                    return call
        return None

    def _as_known_in(self, call: ast.Call, function: Function, held: set[Key]) -> set[Key]:
        """The same variables as a function knows them."""
        found = {key for key in held if isinstance(key[0], ast.Module)}
        for one in function.args.args:
            if self._handed(call, function, {one.arg}) & held:
                found.add((function, one.arg))
        return found


def _of_itself(one: ast.Assign | ast.AugAssign, target: ast.expr) -> bool:
    """Whether something gets what it was, plus or less something."""
    adds = isinstance(one, ast.Assign) or isinstance(one.op, ast.Add | ast.Sub)
    return adds and gets_itself(one, target)


def _written_into(call: ast.Call) -> ast.expr | None:
    """What a function that the program does not define writes into."""
    if last_name(call.func) == "setattr" and call.args:
        return call.args[0]
    return filled(call)


def _held_by(one: ast.expr) -> ast.Name | None:
    """The name of what something is taken out of."""
    while isinstance(one, ast.Attribute | ast.Subscript | ast.Starred):
        one = one.value
    return one if isinstance(one, ast.Name) else None


def _gone_through(of: ast.expr | None) -> ast.expr | None:
    """What a loop goes through, without what only counts it, or turns it around."""
    while isinstance(of, ast.Call):
        inner = of.func.value if isinstance(of.func, ast.Attribute) else None
        of = of.args[0] if of.args else inner
    return of if isinstance(of, TAKEN | ast.Name | ast.Tuple | ast.List) else None


def _beside(outer: ast.AST, node: ast.AST) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements before and after one in its body."""
    for _, body in ast.iter_fields(outer):
        if isinstance(body, list) and node in body:
            at = body.index(node)
            return body[:at], body[at + 1 :]
    return [], []
