"""What of a program comes of its parameters, by its text: also what a condition on them decides.

What goes through Python's own numbers, lists and sets leaves nothing on the tape. So names are
followed in the text: what an expression is made of, what is kept for a condition's sake, and what
a function makes of what it is handed. Where the text does not tell, nothing comes of anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from diagnose.watching.by_their_use import filled, is_key
from diagnose.watching.scopes import Function, Key, Scopes, by_name
from diagnose.watching.texts import (
    Texts,
    innermost,
    is_replaced,
    last_name,
    pairs,
    targets_of,
    variables_in,
)
from diagnose.watching.through_files import goes_into_open, is_known, opened, written

# How large something is says nothing of the numbers in it, nor does what it is.
SIZES = {"shape", "size", "ndim", "dtype"}
OF_NO_NUMBERS = {"len", "type", "isinstance", "id", "zeros_like", "ones_like", "empty_like"}
# Conditions that hold where numbers have overflowed: what is done then is no training any more.
OF_OVERFLOW = {"isnan", "isfinite", "isinf"}
# So is a loss that is larger: of ten classes at chance, summed over 60,000 samples, it is 1.4e5.
EXPLODED = 1e6


class At(NamedTuple):
    """Where an expression stands: in which scope, and whether what is handed in counts there.

    bound: of names whose value there is known, whether that comes of it.
    """

    scope: ast.AST
    own: bool
    bound: Mapping[str, bool] = {}


class ComesOf:
    """What comes of some variables of a program, as far as its texts tell."""

    def __init__(self, texts: Texts) -> None:
        self.scopes = Scopes(texts)
        self.by_key: set[Key] = set()  # names that are keys of what is under them
        self._changed: dict[ast.AST, set[str]] = {}
        self.beginning: set[Key] = set()  # what all of it comes of
        self.full: set[Key] = set()
        self.by_itself: set[Key] = set()  # local variables, whatever their function is handed
        self.returning: set[ast.AST] = set()
        self.changing: set[tuple[ast.AST, str]] = set()  # parameters that are written into
        self.kept: set[Key] = set()  # containers that were filled, or not, for its sake
        # of names that got a value just before a statement, whether that comes of it
        self.before: dict[ast.stmt, Mapping[str, bool]] = {}
        self.opened = opened(texts.every)
        # files that are there, or not, for its sake, and those that hold it, by the texts of paths
        self.made: set[str] = set()
        self.filled: set[str] = set()

    def begin_with(self, expression: ast.expr, scope: ast.AST) -> None:
        """Something comes of itself, and so does what it is taken out of."""
        self._begin(expression, scope, 3)

    def _begin(self, expression: ast.expr, scope: ast.AST, further: int) -> None:
        for each in expression.elts if isinstance(expression, ast.Tuple | ast.List) else ():
            self._begin(each, scope, further)
        key = self.scopes.base(expression, scope)
        if key is None:
            return
        self._add(key, own=True)
        self.beginning.add(key)
        if not further or key[0] is None:
            return
        for one, target, of in self.scopes.given.get(key, ()):
            taken = isinstance(of, ast.Subscript | ast.Attribute) or not isinstance(one, ast.Assign)
            if of is not None and taken and isinstance(target, ast.Name):
                self._begin(of, self.scopes.scope_of(one), further - 1)

    def follow(self) -> None:
        """Find all that comes of it."""
        size = -1
        while size != (size := self._size()):
            for scope in self.scopes.names:
                if isinstance(scope, ast.Lambda):
                    for own in (True, False):
                        if self.of(scope.body, At(scope, own)) and own:
                            self.returning.add(scope)
                    continue
                for own in (False,) if isinstance(scope, ast.Module) else (True, False):
                    self._block(scope.body, At(scope, own), False)

    def _size(self) -> int:
        sets: list[set[Any]] = [
            *(self.full, self.by_itself, self.returning, self.changing, self.kept),
            *(self.made, self.filled),
        ]
        return sum(map(len, sets))

    def _add(self, key: Key, *, own: bool) -> None:
        self.full.add(key)
        if own:
            self.by_itself.add(key)

    def _is_known(self, key: Key, at: At) -> bool:
        return key in (self.by_itself if at.own and key[0] is at.scope else self.full)

    # statements

    def _block(self, body: Iterable[ast.stmt], at: At, decided: bool) -> None:
        """decided: whether a condition says if this is done."""
        bound = dict(at.bound)
        for one in body:
            here = at._replace(bound=dict(bound))
            if not at.own:
                self.before[one] = here.bound
            self._statement(one, here, decided)
            for name in self._touched(one):
                bound.pop(name, None)
            if isinstance(one, ast.Assign) and not decided:
                for target in one.targets:
                    for each, of in pairs(target, one.value, whole=True):
                        if isinstance(each, ast.Name) and of is not None:
                            bound[each.id] = self.of(of, here)
            if isinstance(one, ast.If) and isinstance(one.body[-1], ast.Continue):
                ends = self.stays(one.test, self.scopes.around[one])
                decided = decided or (not ends and self.decides(one.test, here))

    def _touched(self, node: ast.AST) -> set[str]:
        """Names that get another value in a statement, or whose object may be changed there."""
        if node not in self._changed:
            found = set[str]()
            for one in ast.walk(node):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    found.add(one.id)
                elif isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                    found |= variables_in(one)
                elif isinstance(one, ast.Call):
                    every = [one.func, *one.args, *(each.value for each in one.keywords)]
                    of = (each.value if isinstance(each, ast.Attribute) else each for each in every)
                    found |= {each.id for each in of if isinstance(each, ast.Name)}
            self._changed[node] = found
        return self._changed[node]

    def at(self, node: ast.AST) -> At:
        """Where an expression stands, with what is known of names there."""
        scope = self.scopes.scope_of(node)
        inner = innermost(node, ast.stmt | ast.Module | ast.Lambda, self.scopes.around)
        return At(scope, False, self.before.get(inner, {}))

    def decides(self, test: ast.expr, at: At) -> bool:
        """Whether a condition comes of it, and not only where numbers have overflowed."""
        found = self._by_its_numbers(test, at)
        overflown = _is_exploded(test) or any(
            last_name(one) in OF_OVERFLOW for one in ast.walk(test)
        )
        return found and not overflown

    def stays(self, test: ast.expr, loop: ast.AST) -> bool:
        """Whether a condition, once it holds, does so to the end of a loop, as ``if converged``.

        What goes on to the next turn for its sake ends the training, as a ``break`` does.
        """
        key = self.scopes.base(test, self.scopes.scope_of(loop))
        set_to = [
            one.value
            for one in ast.walk(loop)
            if isinstance(one, ast.Assign | ast.AugAssign | ast.NamedExpr)
            for each in targets_of(one)
            if self.scopes.base(each, self.scopes.scope_of(one)) == key
        ]
        return (
            isinstance(test, ast.Name | ast.Attribute)
            and bool(set_to)
            and all(isinstance(one, ast.Constant) and one.value is True for one in set_to)
        )

    def _by_its_numbers(self, test: ast.expr, at: At) -> bool:
        """The same where it is not only asked whether something is there, as ``W is not None``."""
        if isinstance(test, ast.BoolOp):
            return True in [self._by_its_numbers(one, at) for one in test.values]
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._by_its_numbers(test.operand, at)
        found = self.of(test, at)
        if not isinstance(test, ast.Compare) or len(test.ops) > 1:
            of_them = self.scopes.base(test, at.scope) in self.beginning
            return found and not (of_them and not self._is_chosen(test, at))
        left, (right,) = test.left, test.comparators
        if isinstance(test.ops[0], ast.Is | ast.IsNot) and not isinstance(left, ast.Name):
            found = found and self._is_chosen(left, at)
        elif isinstance(test.ops[0], ast.Is | ast.IsNot):
            of_them = self.scopes.key(last_name(left), at.scope) in self.beginning
            found = found and not (of_them and not self._is_chosen(left, at))
        elif isinstance(test.ops[0], ast.In | ast.NotIn):
            of_key = isinstance(left, ast.Constant) or (
                isinstance(left, ast.Name) and self.scopes.key(left.id, at.scope) in self.by_key
            )
            found = found and not (of_key and not self._is_chosen(right, at))
        return found

    def _is_chosen(self, one: ast.expr, at: At) -> bool:
        """Whether something came about for the sake of a condition; also what is no variable."""
        while isinstance(one, ast.Call):
            inner = one.func.value if isinstance(one.func, ast.Attribute) else None
            if inner is None and not one.args:
                return True
            one = one.args[0] if inner is None or one.args else inner
        key = self.scopes.base(one, at.scope)
        return key is None or key in self.kept

    def _statement(self, one: ast.stmt, at: At, decided: bool) -> None:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(one, ast.If):
            by = decided or self.decides(one.test, at)
            self._block(one.body, at, by)
            self._block(one.orelse, at, by)
        elif isinstance(one, ast.For | ast.AsyncFor):
            self.of(one.iter, at)
            within = {each for inner in one.body for each in self._touched(inner)}
            bound = {name: its for name, its in at.bound.items() if name not in within}
            for target, of in pairs(one.target, one.iter):
                its = of is not None and self.of(of, at)
                if its and of is not None and is_key(target, of, one):
                    its = self._is_chosen(of, at)
                    self.by_key.add(self.scopes.key(last_name(target), at.scope))
                self._bind(target, at, its)
                bound |= dict.fromkeys(variables_in(target) - within, its)
            self._block([*one.body, *one.orelse], at._replace(bound=bound), decided)
        elif isinstance(one, ast.While):
            self.of(one.test, at)
            within = {each for inner in one.body for each in self._touched(inner)}
            bound = {name: its for name, its in at.bound.items() if name not in within}
            self._block([*one.body, *one.orelse], at._replace(bound=bound), decided)
        elif isinstance(one, ast.Assign | ast.AnnAssign):
            comes = one.value is not None and self.of(one.value, at)
            for target in one.targets if isinstance(one, ast.Assign) else [one.target]:
                for each, of in pairs(target, one.value, whole=True):
                    its = comes if of is None or of is one.value else self.of(of, at)
                    self._bind(each, at, its or decided, kept=decided)
        elif isinstance(one, ast.AugAssign):
            self._bind(one.target, at, self.of(one.value, at) or decided, changes=True)
        elif isinstance(one, ast.Return):
            comes = one.value is not None and self.of(one.value, at)
            self._returns(at, comes or decided)
        elif isinstance(one, ast.Delete):
            for target in one.targets:
                if isinstance(target, ast.Subscript):
                    self._bind(target, at, decided, changes=True, kept=decided)
        else:
            self._others(one, at, decided)

    def _others(self, one: ast.stmt, at: At, decided: bool) -> None:
        for child in ast.iter_child_nodes(one):
            if isinstance(child, ast.stmt):
                self._block([child], at, decided)
            elif isinstance(child, ast.expr):
                self.of(child, at)
                self._is_put(child, at, decided)
                self._goes_into_files(child, at, decided)
                if decided and isinstance(child, ast.Call):
                    self._is_written(child, at)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                by = isinstance(one, ast.Match) and self.decides(one.subject, at)
                self._block(child.body, at, decided or by)
            elif isinstance(child, ast.withitem):
                comes = self.of(child.context_expr, at)
                self._goes_into_files(child.context_expr, at, decided)
                if child.optional_vars is not None:
                    self._bind(child.optional_vars, at, comes)

    def _returns(self, at: At, comes: bool) -> None:
        if comes and at.own:
            self.returning.add(at.scope)

    def _bind(
        self, target: ast.expr, at: At, comes: bool, *, changes: bool = False, kept: bool = False
    ) -> None:
        """changes: whether an object that is there is changed; kept: for a condition's sake."""
        if isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self._bind(each, at, comes, changes=changes, kept=kept)
            return
        if isinstance(target, ast.Subscript):
            comes = self.of(target.slice, at) or comes
            changes = True
        key = self.scopes.base(target, at.scope)
        if key is None or not comes:
            return
        self._add(key, own=at.own)
        if kept:
            self.kept.add(key)
        if changes and at.own and key[0] is at.scope:
            self.changing.add((at.scope, key[1]))

    def _is_put(self, one: ast.expr, at: At, decided: bool) -> None:
        """A container into which something is put, or that loses something."""
        if isinstance(one, ast.Yield | ast.YieldFrom):
            self._returns(at, decided or (one.value is not None and self.of(one.value, at)))
        into = filled(one)
        given = [each for each in getattr(one, "args", ()) if each is not into]
        given += [each.value for each in getattr(one, "keywords", ())]
        if into is not None and (
            decided or any(self.of(each, at) for each in given) or self._calls_back(given)
        ):
            self._bind(into, at, True, changes=True, kept=decided)

    def _is_written(self, call: ast.Call, at: At) -> None:
        """What a function writes into that is called, or not, for a condition's sake."""
        for function in self.scopes.functions.get(last_name(call.func), []):
            handed = {name: value for name, value in by_name(call, function) if name}
            for one in ast.walk(function):
                if isinstance(one, ast.expr):
                    self._goes_into_files(one, at, True)
                into = filled(one)
                if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                    into = one
                key = None if into is None else self.scopes.base(into, function)
                if key is None:
                    continue
                if key[0] is not function:
                    self._add(key, own=at.own)
                    self.kept.add(key)
                elif key[1] in handed:
                    self._bind(handed[key[1]], at, True, changes=True, kept=True)

    def _goes_into_files(self, expression: ast.expr, at: At, decided: bool) -> None:
        """Files that an expression makes, fills or takes away; decided: for a condition's sake."""
        for one in ast.walk(expression):
            if not isinstance(one, ast.Call):
                continue
            path, into = written(one), goes_into_open(one)
            if path is not None and (decided or self.of(path, at)):
                self.made.add(ast.unparse(path))
            if decided or any(self.of(each, at) for each in one.args):
                if path is not None:
                    self.filled.add(ast.unparse(path))
                if into is not None:
                    self.filled |= self.opened.get(last_name(into), set())

    # expressions

    def of(self, one: ast.expr, at: At) -> bool:
        """Whether an expression comes of it."""
        if isinstance(one, ast.Name):
            known = at.bound.get(one.id)
            return self._is_known(self.scopes.key(one.id, at.scope), at) if known is None else known
        if isinstance(one, ast.Attribute):
            if one.attr in SIZES:
                return False
            of_others = self.scopes.use.is_left_as_it_is(last_name(one.value), one.attr)
            known = not of_others and self._is_known((None, one.attr), at)
            return known or self.of(one.value, at)
        if isinstance(one, ast.Call):
            return self._of_call(one, at)
        if isinstance(one, ast.Lambda):
            return one in self.returning
        if isinstance(one, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._of_comprehension(one, at)
        if isinstance(one, ast.NamedExpr):
            comes = self.of(one.value, at)
            self._bind(one.target, at, comes)
            return comes
        parts = [each for each in ast.iter_child_nodes(one) if isinstance(each, ast.expr)]
        return True in [self.of(each, at) for each in parts]  # each of them may change something

    def _of_comprehension(
        self, one: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, at: At
    ) -> bool:
        bound, comes = dict(at.bound), []
        for each in one.generators:
            inner = at._replace(bound=bound)
            self.of(each.iter, inner)
            for target, of in pairs(each.target, each.iter):
                its = of is not None and self.of(of, inner)
                comes.append(its)
                bound |= dict.fromkeys(variables_in(target), its)
            comes += [self.of(test, at._replace(bound=bound)) for test in each.ifs]
        made = [one.key, one.value] if isinstance(one, ast.DictComp) else [one.elt]
        return True in [*comes, *(self.of(each, at._replace(bound=bound)) for each in made)]

    def _of_call(self, one: ast.Call, at: At) -> bool:
        name = last_name(one.func)
        inner = self.of(one.func.value, at) if isinstance(one.func, ast.Attribute) else False
        if isinstance(one.func, ast.Call):
            inner = self.of(one.func, at)
        values = [*one.args, *(each.value for each in one.keywords)]
        given = [self.of(each, at) for each in values]
        if name in OF_NO_NUMBERS:
            return False
        if is_known(one, self.made, self.filled):
            return True
        known = self.scopes.called(one.func, at.scope)
        for function in known:
            self._handed(one, function, given, at)
        returns = any(function in self.returning for function in known)
        return inner or returns or any(given) or (not known and self._calls_back(values))

    def _calls_back(self, values: Iterable[ast.expr]) -> bool:
        """Whether a function of others gets one that returns it, as ``sorted(of, key=loss)``."""
        known = self.scopes.functions
        return any(one in self.returning for of in values for one in known.get(last_name(of), []))

    def _handed(self, call: ast.Call, function: Function, given: list[bool], at: At) -> None:
        """What is handed to a function, and what that changes of it."""
        for (name, value), comes in zip(by_name(call, function), given, strict=True):
            if name and comes:
                self.full.add((function, name))
            if name and (function, name) in self.changing and not is_replaced(function, name):
                self._bind(value, at, True, changes=True)


def _is_exploded(test: ast.expr) -> bool:
    """Whether a condition holds only where a number is larger than any of a training."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    less, more = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Gt | ast.GtE):
        less, more = more, less
    elif not isinstance(test.ops[0], ast.Lt | ast.LtE):
        return False
    value = less.value if isinstance(less, ast.Constant) else None
    return isinstance(value, int | float) and value >= EXPLODED
