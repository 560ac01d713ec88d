"""Trainings whose steps are made, or not, by what the network has answered before.

As where only samples are taken that were answered wrongly: ``if i in right: continue``, a list of
those that are hard, a loop that goes on until a sample is right. Which samples come is then another
matter for another network, and a training with other parameters would take others. Steps for whose
sake the tape has a comparison are read as they are (``gated``); what is kept in Python's own sets,
lists and flags is told by the text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from diagnose.network.authors_code import expression_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Ref
from diagnose.recording.rewriting import Site
from diagnose.watching.comes_of import At, ComesOf
from diagnose.watching.going_on import GoingOn
from diagnose.watching.scopes import Function, Key, by_name
from diagnose.watching.texts import (
    Place,
    Texts,
    innermost,
    last_name,
    stands_at,
    targets_of,
)
from diagnose.watching.understanding import Understood

CHOSEN = (
    "which samples are trained on depends on what the network has answered before: `{}`; read is a "
    "training that takes its samples without asking the network, or a plain comparison around all "
    "of the step, as in `if y * s < 1`"
)
ON = (
    "the training goes on at `{}`, with the weights that its first loop leaves, and is more than "
    "that; read is a training of one loop over its epochs, with a rate for each, as in "
    "`for epoch in range(60): lr = 0.1 if epoch < 30 else 0.01`, or with `--line {}` its first "
    "loop alone"
)
UNSEEN = (
    "`{}` says whether something else is done to the weights, which no step did that was seen, and "
    "later ones may; read is what each step does, as in `W *= min(1, limit / norm)`"
)
BESIDE = (
    "`{}` changes the weights beside the steps of an epoch, once in it; read is a training whose "
    "steps do all that is done to them: do it in each step, by a factor so much nearer to 1"
)
UNTOLD = "whether the network chooses its samples could not be told from the program's text"
Over = ast.For | ast.AsyncFor
Each = Over | ast.While
LEAVING = ast.Continue | ast.Break | ast.Return | ast.Pass
# Through so many names, and calls, a sample is followed back to where it was taken out of others.
FURTHER = 6


def refuse_chosen(
    understood: Understood, texts: Texts, sites: Sequence[Site], epochs: Site | None
) -> None:
    """NotReadError where what the network answered decides which samples its steps take.

    Also where that cannot be told, and where the training goes on in another loop. texts: of all
    files of the program; epochs: the loop over the epochs, None where it is not known.
    """
    loop = sites[understood.roles.step.loop.site]
    try:
        asked = _Chosen(texts, understood.roles, sites)
        found, why = asked.found(loop), CHOSEN
        if found is None:
            found, why = asked.unseen(loop), UNSEEN
        if found is None and epochs is not None:
            found, why = asked.beside(loop, epochs), BESIDE
        if found is None and epochs is not None:
            found, why = asked.going_on(epochs), ON
    except Exception as error:  # a text that nobody thought of
        raise NotReadError(f"{UNTOLD} ({type(error).__name__}: {error})", loop) from error
    if found is not None:
        file, node = found
        text = ast.unparse(node).split("\n")[0][:100]
        site = replace(loop, file=file, line=node.lineno, text=text)
        raise NotReadError(why.format(text, epochs.line if epochs else 0), site)


class _Chosen:
    """Looks for what decides of a step, around the loop that makes them and within its turns."""

    def __init__(self, texts: Texts, roles: Roles, sites: Sequence[Site]) -> None:
        step = roles.step
        self.texts, self.roles, self.sites = texts, roles, sites
        self.comes = ComesOf(texts)
        self.scopes = self.comes.scopes
        self.done = {node.site for node in step.nodes}
        self.files = {tree: file for file, tree in texts.trees.items()}
        self.steps: set[ast.stmt] = set()
        for key in step.keys:
            made = step.made(key)
            if made is not None:
                self.steps |= {*self._statements(sites[step.nodes[made].site])}
        for site, text in texts_of_state(step, sites):
            for statement in self._statements(site):
                self.comes.begin_with(text, self.scopes.scope_of(statement))
        for one in self.steps:
            for target in targets_of(one):
                self.comes.begin_with(target, self.scopes.scope_of(one))
        self.parameters = {*self.comes.full}
        self.comes.follow()
        self.stepping = self._all_stepping()
        # what is compared in the step itself is read there
        self.read = {sites[node.site].at for node in step.graph if node.kind == "compare"}

    def _statements(self, site: Site) -> Iterator[ast.stmt]:
        """The innermost statements that stand at a line."""
        every = [
            one
            for one in self.texts.nodes.get(site.file, ())
            if isinstance(one, ast.stmt) and stands_at(one, site.line)
        ]
        for one in every:
            if not any(self.scopes.around[other] is one for other in every):
                yield one

    def file_of(self, node: ast.AST) -> str:
        return self.files[innermost(node, ast.Module, self.scopes.around)]

    def found(self, loop: Site) -> tuple[str, ast.stmt | ast.expr] | None:
        """What decides which samples are taken; None if nothing does."""
        node = self.texts.only_loop_at(loop.at)
        if node is None:
            return None
        every = chain(self._around(node), self._within(node), self._left(node), self._of_samples())
        return next(((self.file_of(one), one) for one in every), None)

    def going_on(self, epochs: Site) -> tuple[str, ast.stmt | ast.expr] | None:
        """What steps the same parameters once the loop over the epochs is done; None if nothing."""
        node = self.texts.only_loop_at(epochs.at)
        if node is None or not any(True for _ in self._stepping(node)):
            return None  # a generator may go through the samples
        found = GoingOn(self.scopes, self.steps, self.parameters).behind(node)
        return None if found is None else (self.file_of(found), found)

    def beside(self, loop: Site, epochs: Site) -> tuple[str, ast.stmt | ast.expr] | None:
        """What scales the parameters in an epoch beside the loop over its steps, if anything."""
        inner, outer = (self.texts.only_loop_at(one.at) for one in (loop, epochs))
        if inner is None or outer is None or inner is outer:
            return None
        for one in outer.body:
            if isinstance(one, ast.AugAssign) and isinstance(one.op, ast.Mult | ast.Div):
                key = self.scopes.base(one.target, self.scopes.scope_of(one))
                if key is not None and key in self.parameters:
                    return self.file_of(one), one
        return None

    def unseen(self, loop: Site) -> tuple[str, ast.stmt | ast.expr] | None:
        """What decides whether a step does more to its parameters, as no step did that was seen.

        As where weights are made smaller once they are large; None if there is none.
        """
        node = self.texts.only_loop_at(loop.at)
        done = {self.sites[at].at for at in self.done}
        bodies = [body for body, _ in self._bodies(node)] if node is not None else []
        every = (one for body in bodies for part in body for one in ast.walk(part))
        for one in (each for each in every if isinstance(each, ast.If)):
            for branch in (one.body, one.orelse):
                lines = self._changing(branch)
                if lines and not lines & done and self._decides(one.test):
                    return self.file_of(one), one.test
        return None

    def _changing(self, branch: Sequence[ast.stmt]) -> set[Place]:
        """The lines of a branch that give parameters a value."""
        return {
            (self.file_of(one), one.lineno)
            for part in branch
            for one in ast.walk(part)
            if isinstance(one, ast.Assign | ast.AugAssign)
            and {self.scopes.base(each, self.scopes.scope_of(one)) for each in targets_of(one)}
            & self.parameters
        }

    def _decides(self, test: ast.expr) -> bool:
        if (self.file_of(test), test.lineno) in self.read:
            return False
        return self.comes.decides(test, self.comes.at(test))

    def _chain(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """All that stands around a node, also where its function is called, each with the inner."""
        todo, met = [node], set[ast.AST]()
        while todo:
            inner = todo.pop()
            while not isinstance(inner, ast.Module | Function):
                outer = self.scopes.around[inner]
                yield outer, inner
                inner = outer
            if isinstance(inner, Function) and inner not in met:
                met.add(inner)
                todo += self.texts.calls_of(inner)

    def _around(self, loop: Each) -> Iterator[ast.expr]:
        """Loops, from that of the steps outwards, that go through what was answered."""
        outer = [*self._loops_around(loop)]
        for one in (loop, *(each for each, _ in outer)):
            if isinstance(one, Over) and self.comes.of(one.iter, self.comes.at(one)):
                yield one.iter
        for each, at in outer:
            yield from (
                one
                for one in _leaving(each.body[:at], ast.Continue)
                if self._decides(one) and not self.comes.stays(one, each)
            )

    def _loops_around(self, loop: Each) -> Iterator[tuple[Each, int]]:
        """The loops around one, from the inner to the outer, and where in their body it stands."""
        for outer, inner in self._chain(loop):
            if isinstance(outer, Each) and inner in outer.body:
                yield outer, outer.body.index(inner)

    def _left(self, loop: Each) -> Iterator[ast.expr]:
        """Where answers end the loop of the steps, and one around it goes on with other samples.

        Not where that begins another training, of parameters that are drawn anew.
        """
        outer = next((one for one, _ in self._loops_around(loop)), None)
        if outer is None or self._draws_anew(outer, loop):
            return
        tests = [*_leaving(loop.body, ast.Break)]
        tests += [loop.test] if isinstance(loop, ast.While) else []
        yield from (one for one in tests if self._decides(one))

    def _draws_anew(self, outer: Each, loop: Each) -> bool:
        """Whether parameters get another value in a loop, by no step, beside the loop within it."""
        todo: list[ast.AST] = [*outer.body]
        met = set[ast.AST]()
        while todo:
            one = todo.pop()
            if one is loop or one in met:
                continue
            met.add(one)
            if isinstance(one, ast.Assign) and one not in self.steps:
                scope = self.scopes.scope_of(one)
                if {self.scopes.base(each, scope) for each in targets_of(one)} & self.parameters:
                    return True
            if isinstance(one, ast.Call):
                todo += self._called(one)
            todo += ast.iter_child_nodes(one)
        return False

    def _within(self, loop: Each) -> Iterator[ast.expr]:
        """Conditions in a turn of the loop that leave out what steps, or what follows of it.

        Not where other parameters step all the same, as around a relu: such a branch is one of the
        step's own, and read as far as it was gone through.
        """
        for body, is_loop in self._bodies(loop):
            last = max((one.lineno for each in body for one in self._stepping(each)), default=0)
            tests = [
                *(one for one in _leaving(body, ast.Continue) if is_loop),
                *(one for one in _leaving(body, ast.Return) if not is_loop),
            ]
            for one in tests:
                if one.lineno < last and self._decides(one):
                    yield one
            steps = {one for each in body for one in self._stepping(each)}
            for each in (one for statement in body for one in ast.walk(statement)):
                if isinstance(each, ast.If | ast.IfExp | ast.Match):
                    test = each.subject if isinstance(each, ast.Match) else each.test
                    if steps and steps == {*self._stepping(each)} and self._decides(test):
                        yield test
                elif isinstance(each, ast.Try):
                    yield from self._raised(each, last)
                elif isinstance(each, ast.Call):
                    yield from self._called_by_answer(each)
                elif isinstance(each, ast.BoolOp):
                    first, *others = each.values
                    if any([*self._stepping(one)] for one in others) and self._decides(first):
                        yield first

    def _raised(self, tried: ast.Try, last: int) -> Iterator[ast.expr]:
        """Conditions for whose sake an exception leaves out what steps, here or after it."""
        leaves = any(isinstance(one, LEAVING) for each in tried.handlers for one in ast.walk(each))
        inner = any([*self._stepping(one)] for one in (*tried.body, *tried.orelse))
        if not tried.handlers or not (inner or (leaves and tried.lineno < last)):
            return
        called = [
            function
            for one in tried.body
            for each in ast.walk(one)
            for function in self._called(each)
        ]
        for one in (each for part in (*tried.body, *called) for each in ast.walk(part)):
            if isinstance(one, ast.Assert) and self._decides(one.test):
                yield one.test
            raises = any(isinstance(each, ast.Raise) for each in ast.walk(one))
            if isinstance(one, ast.If) and raises and self._decides(one.test):
                yield one.test

    def _called_by_answer(self, call: ast.Call) -> Iterator[ast.expr]:
        """What says which of several functions is called, if it comes of answers."""
        of, at = call.func, self.comes.at(call)
        given = [of]
        if isinstance(of, ast.Name):
            given = [
                one.value
                for one in ast.walk(at.scope)
                if isinstance(one, ast.Assign) and of.id in map(last_name, one.targets)
            ]
        for one in given:
            test = one.slice if isinstance(one, ast.Subscript) else getattr(one, "test", None)
            if isinstance(test, ast.expr) and self._decides(test):
                yield test

    def _bodies(self, loop: Each) -> Iterator[tuple[list[ast.stmt], bool]]:
        """What is done in a turn: in the loop, and in functions that step, called from there."""
        todo: list[tuple[list[ast.stmt], bool]] = [(loop.body, True)]
        met = set[ast.AST]()
        while todo:
            body, is_loop = todo.pop()
            yield body, is_loop
            for one in (one for each in body for one in self._stepping(each)):
                for function in self._called(one):
                    if function not in met and isinstance(function, ast.FunctionDef):
                        met.add(function)
                        todo.append((function.body, False))

    def _called(self, one: ast.AST) -> list[Function]:
        if not isinstance(one, ast.Call):
            return []
        return self.scopes.called(one.func, self.scopes.scope_of(one))

    def _stepping(self, node: ast.AST) -> Iterator[ast.stmt | ast.expr]:
        """What of a statement steps: by itself, or a call of a function that does."""
        for one in ast.walk(node):
            if not isinstance(one, ast.stmt | ast.expr):
                continue
            if one in self.steps or {*self._called(one)} & self.stepping:
                yield one

    def _all_stepping(self) -> set[Function]:
        """The functions that step, or call one that does."""
        every = {one for several in self.scopes.functions.values() for one in several}
        inner = {one: [*ast.walk(one)] for one in every}
        found = {one for one in every if self.steps & {*inner[one]}}
        count = -1
        while count != (count := len(found)):
            found |= {one for one in every if any({*self._called(e)} & found for e in inner[one])}
        return found

    def _of_samples(self) -> Iterator[ast.expr]:
        """Where samples were taken by numbers that come of answers."""
        step, x = self.roles.step, self.roles.x
        node = step.graph[step.parts(x)[0][0]]
        site = self.sites[node.site]
        taken = expression_of(site.operand(node.kind, step.parts(x)[0][1]))
        if taken is None:
            return
        ast.increment_lineno(taken, site.line - 1)
        for one in self._statements(site):
            self.scopes.stands_in(taken, one)
            yield from self._taken(taken, self.comes.at(one), FURTHER)

    def _taken(self, one: ast.expr, at: At, further: int) -> Iterator[ast.expr]:
        """Numbers, and lists, that come of answers and by which something was taken."""
        if not further:
            return
        if isinstance(one, ast.Subscript):
            if self.comes.of(one.slice, at):
                yield one
            yield from self._taken(one.value, at, further - 1)
        elif isinstance(one, ast.Call):
            inner = [one.func.value] if isinstance(one.func, ast.Attribute) else []
            for each in [*inner, *one.args]:
                yield from self._taken(each, at, further - 1)
        elif isinstance(one, ast.Name):
            key = self.scopes.key(one.id, at.scope)
            if key in self.comes.kept and at.bound.get(one.id, True):
                yield one
            yield from self._bound(key, further - 1)

    def _bound(self, key: Key, further: int) -> Iterator[ast.expr]:
        """The same of what a variable stands for."""
        scope, name = key
        for one, _, of in self.scopes.given.get(key, ()):
            if of is not None:
                yield from self._taken(of, self.comes.at(one), further)
        if isinstance(scope, Function):
            for call in self.texts.calls_of(scope):
                for value in (each for given, each in by_name(call, scope) if given == name):
                    yield from self._taken(value, self.comes.at(call), further)


def texts_of_state(step: Step, sites: Sequence[Site]) -> Iterator[tuple[Site, ast.expr]]:
    """The texts by which operations of a step take its parameters, each once."""
    known: set[tuple[int, int]] = set()
    for node in step.graph:
        for at, taken in enumerate(node.args):
            if (node.site, at) in known or not isinstance(taken, Ref) or not step.state(taken):
                continue
            known.add((node.site, at))
            text = expression_of(sites[node.site].operand(node.kind, (0, at)))
            if text is not None:
                yield sites[node.site], text


def _leaving(body: Sequence[ast.stmt], how: type[ast.stmt]) -> Iterator[ast.expr]:
    """Conditions by which a loop goes on to its next turn, or ends, or by which a function ends.

    The latter also within its loops.
    """
    inner = ast.With | ast.Try | (ast.For | ast.While if how is ast.Return else ast.With)
    for one in body:
        if isinstance(one, ast.If | ast.Match):
            within = [*one.body, *one.orelse] if isinstance(one, ast.If) else [
                each for case in one.cases for each in case.body
            ]  # fmt: skip
            if any(isinstance(each, how) for each in within):
                yield one.test if isinstance(one, ast.If) else one.subject
            yield from _leaving(within, how)
        elif isinstance(one, inner):
            yield from _leaving(one.body, how)
