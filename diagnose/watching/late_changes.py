"""Whether a step does something else later than in the epochs that were seen, by the author's text.

What was read of a step holds for steps like those that were seen. Where a line changes for a reason
that comes with the epochs what the steps are made of, as ``if epoch == 50: momentum = 0.9`` or a
part of the weights that is stepped from some epoch on, later ones may be unlike them. Numbers that
the steps take are asked for like rates; of samples, and of what is done for a reason, it counts
only if the reason changes from epoch to epoch, and what is changed goes into the steps; not where
the epochs that were seen went both ways already, as with ``if epoch % 5 == 0``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from diagnose.recording.reaching import reached
from diagnose.watching.by_their_use import filled
from diagnose.watching.handed_rate import Question, changes, goes_by, handed
from diagnose.watching.late_noise import amounts
from diagnose.watching.scopes import by_name
from diagnose.watching.texts import (
    Bound,
    Function,
    Place,
    Texts,
    apart,
    gets_itself,
    last_name,
    last_of,
    names_in,
    names_in_text,
    pairs,
    parameters_of,
    targets_of,
)
from diagnose.watching.ways_seen import RANGES, ways_seen

# What leaves numbers as they are until they are too large, or too small.
LIMITING = {"clip", "fmax", "fmin", "max", "maximum", "min", "minimum", "where"}
MIXING = {"permutation", "permuted", "sample"}


@dataclass(frozen=True)
class LateChanges:
    """Of a training, by the lines where its loops begin: over the epochs, and over the steps.

    They may be the same. numbers: what the steps take as numbers, each with its place and text, and
    whether it is an array.
    operands: the texts of all that they take; but: that of the rate; carried: those of what a step
    leaves to the next, as the parameters. over, count: how many epochs, and steps, were seen.
    """

    texts: Texts
    epochs: Place
    steps: Place
    numbers: Collection[tuple[Place, str, bool]]
    operands: Collection[str]
    but: str = ""
    carried: Collection[str] = ()
    over: int = 0
    count: int = 0

    def found(self) -> Place | None:
        """Where the first of them is; None where there is none."""
        within = self.texts.within(self.epochs)
        if within is None or self.texts.within(self.steps) is None:
            return None
        every = [
            *self._of_numbers(within), *self._between(within), *self._of_state(within),
            *self._limited(within), *self._in_steps(within), *self._of_sizes(within),
            *self._of_noise(within),
        ]  # fmt: skip
        return min(every, default=None)

    def _of_numbers(self, within: frozenset[int]) -> Iterator[Place]:
        beside = self._beside(within) | self._counting(within)  # steps were seen to do the rest
        question = Question(self.texts, beside, within)
        for at, text, in_array in self.numbers:
            asked = replace(question.anew(), in_array=in_array)
            if found := changes(asked, at, ast.parse(text, mode="eval").body):
                yield found

    def _of_sizes(self, within: frozenset[int]) -> Iterator[Place]:
        """Where epochs come to more samples than before, by ``range(0, n)``, or ``order[:n]``."""
        over = self.texts.loops_at(self.steps)[0]
        if self.epochs == self.steps or not isinstance(over, ast.For):
            return
        beside = self._beside(within)
        parts = [
            one.value
            for one in self.texts.bound
            if id(one.node) in beside
            and one.value is not None
            and last_of(one.target) in self._names
        ]
        every = (one for part in (over.iter, *parts) for one in ast.walk(part))
        taken = [one for one in every if isinstance(one, ast.Slice)]
        ends = [end for one in taken for end in (one.lower, one.upper) if end is not None]
        if isinstance(over.iter, ast.Call) and last_name(over.iter.func) in RANGES:
            ends += over.iter.args
        question = Question(self.texts, beside, within)
        for end in ends:
            if found := changes(question.anew(), self.steps, end):
                yield found

    def _of_noise(self, within: frozenset[int]) -> Iterator[Place]:
        """Where more noise, or less, is added from epoch to epoch than in those that were seen."""
        beside = self._beside(within)
        question = Question(self.texts, beside, within)
        made = {last_of(one.target) for one in self._bound_in_steps} | self._state
        for file, tree in self.texts.trees.items():
            for amount in amounts(one for one in ast.walk(tree) if id(one) in self._in):
                if not made & names_in(amount):
                    at = file, amount.lineno
                    if found := changes(question.anew(), at, amount):
                        yield found

    def _between(self, within: frozenset[int]) -> Iterator[Place]:
        """Where names of the steps get another value in some epochs, beside the steps."""
        question = Question(self.texts, within, within, by_reason=True)
        carried = self._state
        made = {last_of(one.target) for one in self._bound_in_steps} - carried
        for choice in self._choices(self._beside(within)):
            at = choice.file, choice.test.lineno
            if not (changes(question.anew(), at, choice.test) or names_in(choice.test) & carried):
                continue
            went = self._ways_seen(choice.test)
            for one in self._bound_by(choice, within):
                # What was done before the first step, and never again, was not seen to do anything
                # to later ones: of that, only another order is like the one before it.
                if {*went} == {True, False} and (
                    True in went[1:] or _only_mixes(one.target, choice)
                ):
                    continue
                # what is put back before the training ends is another matter for no step
                names = {last_of(one.target)}
                if isinstance(one.target, ast.Subscript):
                    names |= goes_by(question.anew(), one)
                put_back = names & carried and id(one.node) in choice.ending
                if names & self._names - made and not put_back and self._is_theirs(one):
                    yield one.place

    def _of_state(self, within: frozenset[int]) -> Iterator[Place]:
        """Where what steps carry is made of itself between them, and of what may be another later.

        As with ``W *= mask``, where the mask was all 1 in the epochs that were seen.
        """
        beside = self._beside(within)
        question = Question(self.texts, beside, within)
        for one in self.texts.bound:
            if id(one.node) not in beside or last_of(one.target) not in self._state:
                continue
            given = self.texts.outer.get(one.target)
            if not isinstance(given, ast.Assign | ast.AugAssign):
                continue
            others = [
                each for each in ast.walk(given.value) if isinstance(each, ast.Name | ast.Attribute)
            ]
            if gets_itself(given, one.target) and any(
                changes(question.anew(), one.place, each)
                for each in others
                if last_name(each) not in self._state
            ):
                yield one.place

    def _limited(self, within: frozenset[int]) -> Iterator[Place]:
        """Where what steps carry is kept within limits between them, which it may reach later."""
        beside = self._beside(within)
        for file, one in (
            (file, one)
            for file, tree in self.texts.trees.items()
            for one in ast.walk(tree)
            if id(one) in beside
        ):
            into: list[ast.expr] = []
            if isinstance(one, ast.Assign | ast.AugAssign):
                into = targets_of(one)
            elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
                given = [each.value for each in one.value.keywords if each.arg == "out"]
                into = [part for each in given for part in apart(each)]
            names = {last_of(each) for each in into} & self._state
            if (
                isinstance(one, ast.stmt)
                and names
                and any(
                    isinstance(each, ast.Call)
                    and last_name(each.func) in LIMITING
                    and names & names_in(each)
                    for each in ast.walk(one)
                )
            ):
                yield file, one.lineno

    def _in_steps(self, within: frozenset[int]) -> Iterator[Place]:
        """Where steps do something else for a reason that changes beside them."""
        beside = self._beside(within) | self._counting(within)
        question = Question(self.texts, beside, within, by_reason=True)
        for choice in self._choices(self._in):
            place = choice.file, choice.test.lineno
            if {*self._ways_seen(choice.test)} == {True, False}:
                continue
            leaves = any(self._leaves_a_step(one, choice) for one in choice.body)
            # what is called there, as a test is, does what steps do by themselves
            inside = {id(one) for one in choice.body}
            bound = {last_name(one.target) for one in self.texts.bound if id(one.node) in inside}
            if (leaves or bound & self._names) and any(
                changes(question.anew(), place, one) for one in self._asked_of(choice.test)
            ):
                yield place

    def _asked_of(self, test: ast.expr) -> list[ast.expr]:
        """A reason; or what the loops of a step go through that give all of its names their values.

        Beside the steps another loop may have the same name, as ``for k in range(3)`` in a test.
        """
        loops = [one for one in self.texts.every if isinstance(one, ast.For) and id(one) in self._in
                 and any(each is test for line in one.body for each in ast.walk(line))]  # fmt: skip
        named, names = names_in(test), {name for one in loops for name in names_in(one.target)}
        if not named <= names:
            return [test]
        return [one.iter for one in loops if names_in(one.target) & named]

    def _counting(self, within: frozenset[int]) -> frozenset[int]:
        """Where steps count themselves, as ``t += 1`` does, and something is done from a number on.

        Not where so many were seen, or where it is set back within the training.
        """
        bound = [one for one in self.texts.bound if id(one.node) in within]
        found = set[int]()
        for one in self._bound_in_steps:
            given, name = self.texts.outer.get(one.target), last_name(one.target)
            if not (isinstance(given, ast.AugAssign) and isinstance(given.value, ast.Constant)):
                continue
            again = [
                each
                for each in bound
                if last_name(each.target) == name
                and type(each.target) is type(one.target)
                and each != one
            ]
            if not again and any(self._is_more(test, name) for test in self.texts.every):
                found.add(id(one.node))
        return frozenset(found)

    def _is_more(self, test: ast.AST, name: str) -> bool:
        """Whether a count is held against a number that it had not come to, as far as is known."""
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return False
        sides = [test.left, test.comparators[0]]
        counts = [one for one in sides if last_name(one) == name]
        if len(counts) != 1:
            return False
        (other,) = (one for one in sides if one is not counts[0])
        known = other
        if isinstance(other, ast.Name | ast.Attribute):
            values = [
                one.value for one in self.texts.bound if last_of(one.target) == last_of(other)
            ]
            known = values[0] if len(values) == 1 and values[0] is not None else other
        value = known.value if isinstance(known, ast.Constant) else None
        return not isinstance(value, int | float) or value > self.count

    def _leaves_a_step(self, node: ast.AST, choice: _Choice) -> bool:
        """Whether a step, or an epoch, ends there that has something left to do.

        A training whose epochs are its steps ends by a ``break``, and is no other until then.
        """
        if isinstance(node, ast.Break):
            return self.epochs != self.steps
        return isinstance(node, ast.Continue) and any(
            one.place > (choice.file, node.lineno)
            for one in self._bound_in_steps
            if one.place[0] == choice.file and last_name(one.target) in self._names
        )

    def _ways_seen(self, reason: ast.expr) -> list[bool]:
        """Which way a reason went in each epoch that was seen, where the epoch tells."""
        loop = self.texts.only_loop_at(self.epochs)
        return [] if loop is None else ways_seen(loop, reason, self.over)

    @cached_property
    def _state(self) -> set[str]:
        """The names of what a step leaves to the next."""
        return {last_of(ast.parse(one, mode="eval").body) for one in self.carried} - {""}

    @cached_property
    def _loops(self) -> list[ast.AST]:
        """The loop over the steps, or its body where that is the one over the epochs."""
        return [
            *(self.texts.loops_at(self.steps)[0].body if self.epochs == self.steps
              else self.texts.loops_at(self.steps))
        ]  # fmt: skip

    @cached_property
    def _in(self) -> frozenset[int]:
        return frozenset(map(id, self.texts.reached(self._loops)))

    def _beside(self, within: frozenset[int]) -> frozenset[int]:
        return within - self._in

    @cached_property
    def _bound_in_steps(self) -> list[Bound]:
        return [one for one in self.texts.bound if id(one.node) in self._in]

    @cached_property
    def _names(self) -> set[str]:
        """The names that the steps are made of, but for what makes the rate alone."""
        loops = [one for one in self.texts.every if isinstance(one, ast.For)]
        sizes = [name for one in loops if id(one) in self._in for name in names_in(one.iter)]
        called = {
            last_name(one.func)
            for one in self.texts.every
            if id(one) in self._in and isinstance(one, ast.Call)
        }
        read = {name for text in self.operands for name in names_in_text(text)}
        every = self._made_of({*sizes, *read}) | called
        return every - self._made_of(names_in_text(self.but))

    def _made_of(self, names: set[str]) -> set[str]:
        """Names, and those of which steps make what these stand for."""
        return reached(names, lambda name: self._makes.get(name, set()))

    @cached_property
    def _makes(self) -> dict[str, set[str]]:
        """By each name that gets a value in the steps, the names in what it gets."""
        found: dict[str, set[str]] = {}
        question = Question(self.texts, self._in, self._in)
        for one in self.texts.reached(self._loops):
            if isinstance(one, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
                names = names_in(one.value) if one.value else set()
                for target in targets_of(one):
                    found.setdefault(last_of(target), set()).update(names)
            elif isinstance(one, Function):
                for name in parameters_of(one):
                    given = [
                        name for _, each in handed(question, one, name) for name in names_in(each)
                    ]
                    found.setdefault(name, set()).update(given)
        return found

    def _choices(self, within: frozenset[int]) -> Iterator[_Choice]:
        """What is done for a reason only, within a part of the program."""
        for file, tree in self.texts.trees.items():
            for one in ast.walk(tree):
                if id(one) not in within:
                    continue
                if isinstance(one, ast.If):
                    body = [each for part in (*one.body, *one.orelse) for each in ast.walk(part)]
                    ending = {id(node) for each in _ending(one) for node in ast.walk(each)}
                    yield _Choice(file, one.test, body, frozenset(ending))
                elif isinstance(one, ast.Assign | ast.AugAssign | ast.AnnAssign):
                    for each in ast.walk(one.value) if one.value else ():
                        if isinstance(each, ast.IfExp):
                            yield _Choice(file, each.test, [*ast.walk(one)])

    def _bound_by(self, choice: _Choice, within: frozenset[int]) -> list[Bound]:
        """What gets a value there, or in functions that are called there, and not twice."""
        inside = {id(one) for one in choice.body}
        calls = [one for one in choice.body if isinstance(one, ast.Call)]
        called = [
            one
            for call in calls
            for one in self.texts.defined.get(last_name(call.func), [])
            if isinstance(one, Function)
        ]
        inside |= {id(one) for one in self.texts.reached(called)} if called else set()
        found = [one for one in self.texts.bound if id(one.node) in inside & within]
        found += [
            Bound((choice.file, one.lineno), one, of, None, self.texts.function_at(place), False)
            for one in calls
            for of in (filled(one), *self._written_by(one))
            if of is not None and (place := (choice.file, one.lineno))
        ]
        names = [last_name(one.target) for one in found]
        return [
            one
            for one in found
            if one.function not in called
            or (_is_once(one, names) and not self._is_local(one.target))
        ]

    def _written_by(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a call hands to a function that writes into it."""
        for function in self.texts.defined.get(last_name(call.func), []):
            if not isinstance(function, Function):
                continue
            given = dict(by_name(call, function))
            for one in ast.walk(function):
                into = filled(one)
                if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                    into = one
                elif isinstance(one, ast.AugAssign):
                    into = one.target
                while isinstance(into, ast.Subscript):
                    into = into.value
                if isinstance(into, ast.Name) and into.id in given:
                    yield given[into.id]

    def _is_local(self, target: ast.expr) -> bool:
        """Whether what gets a value is a variable of its function alone."""
        return isinstance(target, ast.Name) and target.id not in self.texts.shared

    def _is_theirs(self, one: Bound) -> bool:
        """Whether what gets a value there is the variable of that name that the steps read."""
        around = (None, self.texts.function_at(self.steps))
        return one.function in around or not self._is_local(one.target)


@dataclass(frozen=True)
class _Choice:
    """What is done for a reason: the file, the reason, and all that stands there.

    ending: by their ``id``, what stands where the training ends then.
    """

    file: str
    test: ast.expr
    body: list[ast.AST]
    ending: frozenset[int] = frozenset()


def _ending(choice: ast.If) -> Iterator[ast.stmt]:
    """What is done where the loop ends for a reason, or for one more within that."""
    for body in (choice.body, choice.orelse):
        if body and isinstance(body[-1], ast.Break | ast.Return):
            yield from body
        for one in body:
            if isinstance(one, ast.If):
                yield from _ending(one)


def _only_mixes(target: ast.expr, choice: _Choice) -> bool:
    """Whether what gets a value there is an order, or itself in another one."""
    value = next(iter(_given_to(target, choice.body)), None)
    if isinstance(value, ast.Call):
        return last_name(value.func) in MIXING
    return isinstance(value, ast.Subscript) and (
        ast.unparse(value.value) == ast.unparse(target) and isinstance(value.slice, ast.Name)
    )


def _given_to(target: ast.expr, body: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """What something gets, alone or side by side with others."""
    for one in (each for each in body if isinstance(each, ast.Assign)):
        for each in one.targets:
            sides = pairs(each, one.value, whole=True)
            yield from (value for part, value in sides if part is target and value is not None)


def _is_once(one: Bound, names: list[str]) -> bool:
    """Whether something is set, and not set back there."""
    return names.count(last_name(one.target)) == 1
