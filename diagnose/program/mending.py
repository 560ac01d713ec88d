"""The edit of a statement with which the gradients are right: tried on the graph, not by training.

Each edit stands for other operations in the graph: another operand, another sign, a factor less or
more, a transpose, another axis. The step is run again with them, and the gradients are compared
with the adjoints: exact, in milliseconds. What is found is written into the author's own line.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from diagnose.program.edits import Candidate, candidates
from diagnose.program.judging import Judgement, judgement
from diagnose.program.locating import Slip
from diagnose.program.points import Point, all_again, first_step, step_of
from diagnose.program.signals import signals
from diagnose.program.stepping import rising
from diagnose.program.writing import Text
from diagnose.recording.sites import Site

# Seconds for the edits of one slip.
SECONDS = 6.0


@dataclass(frozen=True, kw_only=True)
class Mend:
    """An edit with which gradients are right, and what holds with it."""

    candidate: Candidate
    judgement: Judgement


def mended(
    trial: Trial, slip: Slip, sites: Sequence[Site], texts: Mapping[str, Text],
    ends: float = math.inf,
) -> Mend | None:  # fmt: skip
    """The smallest edit that sets a slip right; None where none of those that are known does."""
    made = trial.made
    best: tuple[Order, Mend] | None = None
    ends = min(ends, time.process_time() + SECONDS)
    wanted = len(made.right) + len(made.level) + len(slip.spoils)
    for wider in (False, True):
        for several in candidates(made, slip, sites, texts, wider=wider):
            if best is not None and _is_enough(*best):
                break
            for one in several:
                if time.process_time() > ends:
                    break
                for found in trial.tried(one, wanted, slip.spoils):
                    if not made.right.keys() <= found.right.keys() | found.level:
                        continue
                    mend = Mend(candidate=one, judgement=found)
                    order = _order(mend, trial.parameters)
                    if best is None or order < best[0]:
                        best = order, mend
        if best is not None:
            break
    return best[1] if best is not None else None


Order = tuple[int, int, bool, float, int]


def _is_enough(order: Order, mend: Mend) -> bool:
    """Whether one small edit of a statement sets all right: less likely ones are not looked at."""
    _, apart, is_own, cost, _ = order
    return not (mend.judgement.wrong or apart or is_own) and cost <= 1


def _order(mend: Mend, parameters: Mapping[int, int]) -> Order:
    """By how many gradients are right, and of how many the sign is not that of the others."""
    found = mend.judgement
    changed = sum(one.end - one.start + len(one.text) for one in mend.candidate.splices)
    up = rising(found, parameters)
    apart = min(len(up), len(found.right) - len(up))
    return -len(found.right), apart, not found.signal.standard, mend.candidate.cost, changed


class Trial:
    """Runs a step with edits, at the same points, and judges its gradients anew.

    hypotheses: signals that may be meant, each with its adjoints and what holds without any edit.
    """

    def __init__(self, made: Judgement, parameters: Mapping[int, int]) -> None:
        reached = {*made.right, *made.wrong, *made.level}
        self.made = made
        self.parameters = {one: after for one, after in parameters.items() if one in reached}
        self.passed = made.graph.behind(made.joint.outputs)
        self.hypotheses = [made]
        for one in signals(made.graph, made.joint, made.points):
            if one.standard and one != made.signal:
                found = judgement(made.points, made.joint, one, self.parameters)
                self.hypotheses += [found] if found is not None else []

    def _steps_on(self, points: Sequence[Point], moved: Set[int]) -> bool:
        """Whether each parameter is still stepped, by numbers, that was before an edit."""
        for one in moved:
            after = self.parameters[one]
            for before, point in zip(self.made.points, points, strict=True):
                step = step_of(point, one, after)
                if not np.isfinite(step).all() or (
                    not step.any() and step_of(before, one, after).any()
                ):
                    return False
        return True

    def tried(
        self, edit: Candidate, wanted: int, spoiled: frozenset[int]
    ) -> Iterator[Judgement]:  # fmt: skip
        """What holds with an edit, of signals with which so many gradients are right then.

        spoiled: those that are to become right; by any of them most edits are known to be none.
        """
        made = self.made
        for value, one in edit.operations.items():
            if any(operand >= value for operand in one.operands):
                return
        graph = made.graph.edited(edit.operations)
        affected = graph.reached(edit.operations.keys())
        if not affected.isdisjoint(self.passed):
            return
        joint = made.joint.edited(graph, affected)
        moved = {one for one, after in self.parameters.items() if after in affected}
        if not moved & spoiled:
            return
        some = {min(moved & spoiled)}
        few = all_again(first_step(made.points), affected, graph)
        points: list[Point] | None = None
        for before in self.hypotheses if few else ():
            stays = {each: fit for each, fit in before.right.items() if each not in moved}
            sure = len(stays) + len(before.level)
            asked = {each: self.parameters[each] for each in moved - before.level}
            if sure + len(asked) < wanted or not affected.isdisjoint(before.signal.own):
                continue
            truths = before.truths[: len(few)]
            quick = {each: self.parameters[each] for each in some - before.level}
            first = judgement(few, joint, before.signal, quick, truths)
            if first is not None and first.wrong:
                continue
            first = judgement(few, joint, before.signal, asked, truths)
            if first is None or first.promise[0] + sure < wanted:
                continue
            points = points or all_again(made.points, affected, graph)
            if not points or not self._steps_on(points, moved):
                return
            found = judgement(points, joint, before.signal, asked, before.truths)
            if found is not None and len(found.right) + sure >= wanted:
                yield replace(
                    found, right={**stays, **found.right}, level=before.level,
                    wrong=found.wrong | (before.wrong - moved),
                )  # fmt: skip
