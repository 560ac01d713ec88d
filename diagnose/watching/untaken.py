"""What steps would do for a reason that none of those met which were read, by the author's text.

As clipping does, of gradients that are seldom so large: ``if norm > 5: g = g * 5 / norm``. A
network that is read of steps which never came to it has no such line. Nothing is wrong with that as
long as no step comes to it; so it is no reason to read nothing, and is said.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from diagnose.recording.reaching import reached
from diagnose.telling.record import Told
from diagnose.watching.handover import Handover
from diagnose.watching.scopes import by_name
from diagnose.watching.texts import (
    Function,
    Loop,
    Place,
    Texts,
    innermost,
    last_name,
    last_of,
    names_in,
    names_in_text,
    variables_in,
)

UNTAKEN = "untaken-branch"
# Numbers below which nothing of a training lies, but a divisor that is kept from being 0.
TINY = 1e-6
OPERATIONS = ast.BinOp | ast.Call | ast.Subscript | ast.UnaryOp | ast.AugAssign
BOUND = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr


@dataclass(frozen=True)
class Untaken:
    """Of the steps of a loop, what they would do for a reason that comes of answers.

    texts: the program's. loop: that makes the steps. operands: the texts of what these take. done:
    by file, line and text, the operations that gave what is stepped by. decides: whether something
    comes of answers, and none of the steps holds it. file_of: in which file something stands.
    """

    texts: Texts
    loop: Loop
    operands: Collection[str]
    done: Collection[tuple[str, int, str]]
    decides: Callable[[ast.expr], bool]
    file_of: Callable[[ast.AST], str]

    def found(self) -> list[tuple[Place, str]]:
        """Where such conditions stand, each with its text, the first one first."""
        inside, every = self._made_of(), [*self.texts.reached(self.loop.body)]
        found = set[tuple[Place, str]]()
        for one in every:
            for test, branch in _branches(one, self.texts.outer):
                if not branch or _is_guard(test) or not self._is_part(branch, inside):
                    continue
                if not self._is_done(test, branch) and self._decides(test):
                    found.add(((self.file_of(test), test.lineno), ast.unparse(test)))
        return sorted(found)

    def _decides(self, test: ast.expr) -> bool:
        """Whether a condition comes of answers; in a comprehension, what that goes through."""
        asked, outer = [test], self.texts.outer[test]
        while not isinstance(outer, ast.stmt):
            asked += [one.iter for one in getattr(outer, "generators", ())]
            outer = self.texts.outer[outer]
        return any(map(self.decides, asked))

    def _is_done(self, test: ast.expr, branch: list[ast.AST]) -> bool:
        """Whether an operation of a branch was seen; so it is where there is none to be seen."""
        own = {*self._operations(branch)} - {*self._operations([test])}
        return not own or bool(own & {*self.done})

    def _operations(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int, str]]:
        """The operations that stand there, as their places have them."""
        for one in (each for node in nodes for each in ast.walk(node)):
            if isinstance(one, OPERATIONS):
                yield self.file_of(one), one.lineno, ast.unparse(one).split("\n")[0][:100]

    def _is_part(self, branch: list[ast.AST], inside: set[str]) -> bool:
        """Whether what a branch binds, or gives back, goes into the steps."""
        for one in (each for part in branch for each in ast.walk(part)):
            if isinstance(one, BOUND):
                targets = one.targets if isinstance(one, ast.Assign) else [one.target]
                every = [each for part in targets for each in getattr(part, "elts", [part])]
                names = {last_of(each) for each in every}
                if isinstance(one, ast.AugAssign) or isinstance(every[0], ast.Subscript):
                    names |= self._stand_for(names)  # an array is changed where it is
                if names & inside:
                    return True
            elif isinstance(one, ast.Return) and one.value is not None:
                function = self.texts.function_at((self.file_of(one), one.lineno))
                if function is not None and function.name in inside:
                    return True
        outer = self.texts.outer[branch[0]]
        if not isinstance(outer, ast.IfExp):
            return False
        return self._is_part([innermost(outer, ast.stmt, self.texts.outer)], inside)

    def _stand_for(self, names: set[str]) -> set[str]:
        """What loops go through under these names, as ``for g in (dW, db)``."""
        return {
            each
            for one in self.texts.reached(self.loop.body)
            if isinstance(one, ast.For) and names & variables_in(one.target)
            for each in names_in(one.iter)
        }

    def _made_of(self) -> set[str]:
        """The names of what the steps take, of what that is made of, and so on."""
        makes: dict[str, set[str]] = {}
        for one in self.texts.reached(self.loop.body):
            for name, value in self._given(one):
                makes.setdefault(name, set()).update(names_in(value))
        read = (name for text in self.operands for name in names_in_text(text))
        return reached(read, lambda name: makes.get(name, set()))

    def _given(self, one: ast.AST) -> Iterator[tuple[str, ast.AST]]:
        """Names that get a value, and functions that give one back, each with that."""
        if isinstance(one, BOUND) and one.value is not None:
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            for target in (each for part in targets for each in ast.walk(part)):
                if isinstance(getattr(target, "ctx", None), ast.Store):
                    yield last_of(target), one.value
        elif isinstance(one, ast.For | ast.comprehension):
            yield from ((name, one.iter) for name in sorted(variables_in(one.target)))
        elif isinstance(one, ast.Return) and one.value is not None:
            function = self.texts.function_at((self.file_of(one), one.lineno))
            if function is not None:
                yield function.name, one.value
        elif isinstance(one, ast.Call):
            for called in self.texts.defined.get(last_name(one.func), []):
                if isinstance(called, Function):
                    yield from ((name, value) for name, value in by_name(one, called) if name)


def told_of_untaken(read: Handover) -> tuple[Told, ...]:
    """What is said of a network whose steps may do something that none did of which it was read."""
    return tuple(
        Told(
            kind=UNTAKEN, file=file, line=line,
            observed=f"`{text}` decides what a step does, as where gradients are clipped, and it "
            "went one way in all steps that were read. The trainings of this report go that way "
            "always; where the script's own go the other, they are not its own any more",
        )
        for file, line, text in read.said.get("untaken", ())
    )  # fmt: skip


def _branches(
    one: ast.AST, outer: dict[ast.AST, ast.AST]
) -> Iterator[tuple[ast.expr, list[ast.AST]]]:
    """What is done one way or the other, each with the condition."""
    if isinstance(one, ast.IfExp):
        yield one.test, [one.body]
        yield one.test, [one.orelse]
    if not isinstance(one, ast.If):
        return
    yield one.test, [*one.body]
    rest: list[ast.AST] = [*one.orelse]
    if not rest and isinstance(one.body[-1], ast.Return):
        for _, body in ast.iter_fields(outer[one]):
            if isinstance(body, list) and one in body:
                rest = body[body.index(one) + 1 :]
    yield one.test, rest


def _is_guard(test: ast.expr) -> bool:
    """Whether a condition only keeps a divisor from being 0, or asks what something is."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    if not isinstance(test.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        return True
    sides = (one.value for one in (test.left, test.comparators[0]) if isinstance(one, ast.Constant))
    return any(isinstance(one, int | float) and abs(one) <= TINY for one in sides)
