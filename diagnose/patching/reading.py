"""Edits after which a script that could not be read can be: of what was seen while it ran.

Some faults keep a network from being read: a softmax over the samples is none, gradients that are
never set back are a state that is carried along, and parameters that no step moves are not found.
Where an edit of the line that was seen makes a copy of which a network is read and certified, that
copy is what all other edits are tried on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import libcst as cst

from diagnose.patching.arithmetic import along
from diagnose.patching.nodes import all_in, assigned, is_call
from diagnose.patching.placed import into_their_loop, run_in_each_turn
from diagnose.patching.places import name_called, names_in
from diagnose.patching.plain import before_their_step, set_back_too_early, written_into_targets
from diagnose.patching.script import library
from diagnose.patching.source import Edit, Source
from diagnose.patching.starting import told_apart
from diagnose.patching.steps import bound_in_place
from diagnose.patching.sums import of_sums
from diagnose.patching.trial import Trials

# Copies that are run to find one that can be read.
MOST_COPIES = 24


def _over_classes(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """A sum of exponentials over the classes, be they in columns or in rows."""
    for call in source.of_type(cst.Call):
        if source.line(call) in lines:
            for axis in ("1", "0"):
                for text in along(source, call, axis):
                    why = "the sum is over the classes"
                    yield source.edit(call, text, "forward", why, "softmax-axis")


def _set_back(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """Sums on these lines, or in the functions that are called there, begun anew."""
    called = {name_called(one) for one in source.of_type(cst.Call) if source.line(one) in lines}
    sums = [
        one
        for one in source.of_type(cst.AugAssign)
        if source.line(one) in lines
        or (isinstance(scope := source.scope(one), cst.FunctionDef) and scope.name.value in called)
    ]
    yield from of_sums(source, sums)


def _probabilities(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """``logp - targets`` as ``np.exp(logp) - targets``, and the other way round."""
    for node in source.operations(cst.Subtract):
        if source.line(node) not in lines:
            continue
        why = "the gradient is the probabilities less the targets, and not their logarithms"
        for one in (node.left, node.right):
            text = f"{library(source)}.exp({source.text(one)})"
            yield source.edit(one, text, "gradient", why, "log-probabilities")


def _nowhere_by_zero(source: Source, lines: frozenset[int]) -> Iterator[Edit]:
    """``(x - mean) / spread``, 0 / 0 where all are alike, by ``np.where(spread == 0, 1, spread)``.

    So these columns are 0; and wherever it divides in that function, be it samples of the test.
    """
    every: list[tuple[cst.CSTNode, cst.BaseExpression]]
    every = [(one, one.right) for one in source.operations(cst.Divide)]
    every += [(one, one.value) for one in source.of_type(cst.AugAssign)
              if isinstance(one.operator, cst.DivideAssign)]  # fmt: skip
    for site, divisor in every:
        if source.line(site) not in lines or not any(names_in(divisor)):
            continue
        text = source.text(divisor.with_changes(lpar=(), rpar=()))
        guarded = f"{library(source)}.where({text} == 0, 1, {text})"
        alike = [(other, guarded) for one, other in every if source.scope(one) is source.scope(site)
                 and source.text(other) == source.text(divisor)]  # fmt: skip
        why = "what does not vary is divided by 1, and not by 0"
        yield source.edit_each(alike, "input", why, "not-finite")


def asked_anew(source: Source) -> Iterator[Edit]:
    """An answer out of a list of those of a whole batch, ``[net.forward(x) for x in X]``, anew.

    Where a loop goes through both: all that a forward pass keeps for the backward pass of a sample
    is that of the last one by then. What only adds up an error stays.
    """
    for made in source.of_type(cst.Assign):
        every, name = made.value, assigned(made)
        if not isinstance(every, cst.ListComp) or not isinstance(every.elt, cst.Call):
            continue
        samples = source.text(every.for_in.iter)
        for loop in source.of_type(cst.For):
            if not is_call(loop.iter, "zip") or not isinstance(loop.target, cst.Tuple):
                continue
            names = [source.text(one.value).strip("()") for one in loop.target.elements]
            of = {source.text(one.value): n for one, n in zip(loop.iter.args, names, strict=False)}
            if not {samples, name} <= of.keys() or source.scope(loop) is not source.scope(made):
                continue
            text, own = source.text(every.elt), source.text(every.for_in.target).strip("()")
            for one, its in zip(own.split(","), of[samples].split(","), strict=False):
                text = re.sub(rf"\b{one.strip()}\b", its.strip(), text)
            taken = [
                (one, text)
                for one in all_in(loop.body, cst.Name)
                if one.value == of[name]
                and not any(isinstance(up, cst.AugAssign) for up in source.above(one))
            ]
            why = "what is kept of a sample is there when its error goes back"
            if taken:
                yield source.edit_each(taken, "forward", why, "stale-forward")


READABLE: dict[str, Callable[[Source, frozenset[int]], Iterator[Edit]]] = {
    "softmax-axis": _over_classes,
    "log-probabilities": _probabilities,
    "update-direction": _set_back,
    "frozen-parameter": bound_in_place,
    "aliased-arrays": told_apart,
    "not-finite": _nowhere_by_zero,
    "stale-forward": run_in_each_turn,
    "stepped-too-early": before_their_step,
}


def readable(source: Source, seen: Sequence[tuple[str, int]], trials: Trials) -> list[Edit]:
    """The fewest edits with which a network is read; none where there are no such.

    seen: the kind and the line of each thing that was seen. Only edits that keep the number of
    lines, so that what is read of the copy stands at the author's own lines. Also steps in the loop
    behind which they stand: where only the last turn is stepped by, no loop of steps is read. Nor
    are targets that an error is written into, and steps by gradients that are zero by then.
    """
    plain = [*written_into_targets(source), *set_back_too_early(source)]
    every = [*told_edits(source, seen), *plain, *into_their_loop(source), *asked_anew(source)]
    edits = [one for one in every if _keeps_lines(source, one)]
    sets = [[one] for one in edits]
    sets += [[*pair] for pair in combinations(edits, 2) if pair[0].defect != pair[1].defect]
    trials.foresee(sets[:MOST_COPIES])
    for some in sets[:MOST_COPIES]:
        if trials.run(some) is not None:
            return some
    return []


def told_edits(source: Source, seen: Sequence[tuple[str, int]]) -> list[Edit]:
    """Edits of the lines at which something was seen, by its kind."""
    return [
        one
        for kind, maker in READABLE.items()
        if (lines := frozenset(line for name, line in seen if name == kind))
        for one in maker(source, lines)
    ]


def _keeps_lines(source: Source, edit: Edit) -> bool:
    """Whether there are as many; those between what is moved stand one further."""
    return not sum(
        one.text.count("\n") - source.code.count(b"\n", one.start, one.end) for one in edit.splices
    )
