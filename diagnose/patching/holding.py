"""Edits of parts that are held against sound ones, one by one, until there is no difference.

No training is needed for these: a forward pass, a gradient, a step or targets are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import libcst as cst

from diagnose.patching.arithmetic import (
    of_forward,
    of_gradient,
)
from diagnose.patching.inplace import kept_arrays
from diagnose.patching.margins import of_margins
from diagnose.patching.outcomes import Outcome
from diagnose.patching.pairs import of_data
from diagnose.patching.placed import read_before_their_step
from diagnose.patching.predicting import of_prediction
from diagnose.patching.script import Maker, Script
from diagnose.patching.signs import WHY as DOWN
from diagnose.patching.signs import is_turn
from diagnose.patching.source import Edit, Source
from diagnose.patching.stepping import called
from diagnose.patching.steps import of_step
from diagnose.patching.targets import of_targets
from diagnose.patching.trial import Trials

# In this order, since a wrong gradient may hide what the rest does.
HELD: dict[str, Maker] = {
    "data": of_data, "targets": of_targets, "forward": of_forward, "gradient": of_gradient,
    "step": of_step, "answer": of_prediction,
}  # fmt: skip


WRONG = "wrong-gradient"
# Whether edits, with what they make of the script, are all that it takes.
Enough = Callable[[list[Edit], Outcome], bool]


def held(
    script: Script, trials: Trials, part: str, chosen: list[Edit], enough: Enough | None = None
) -> tuple[list[Edit], bool]:
    """Edits after which a part does what the sound one does, and whether it does.

    enough: whether some edits are, whatever is left; asked of each that brings a part nearer.
    """
    candidates = script.named_first(HELD[part](script))
    # of a hinge whose targets have no side no gradient is that of a loss, before they have one
    signed = [*of_margins(script)] if part == "gradient" else []
    signed = [*script.mends, *signed] if part in ("gradient", "step") else signed
    now = trials.run(chosen)
    while now is None or part in now.off:
        there = at_wrong_lines(script, candidates, now) if part == "gradient" else candidates
        there = [*signed, *there]
        better = _next(trials, part, chosen, there, now)
        if better is None:
            return chosen, False
        chosen, now = better
        if enough is not None and part in now.off and enough(chosen, now):
            return chosen, False
    return chosen, True


def at_wrong_lines(
    script: Script, candidates: Sequence[Edit], now: Outcome | None
) -> Sequence[Edit]:
    """The edits, first those of lines at which gradients go wrong that are wrong still.

    Before them what mends another defect, at the line in which that was found. Of the others the
    ones that agree with what is wrong there, and leave alone what is right. Without turns, where
    none leads up the loss.
    """
    if now is None:
        return candidates
    lines = script.found.get(WRONG, {}).get("lines", {})
    places = {name: one["line"] for name, one in lines.items()
              if name in now.wrong and Path(one["file"]).name == script.source.name}  # fmt: skip
    there = {*places.values()}
    some = [one for one in candidates if now.uphill or one.why != DOWN]
    if not now.wrong:  # each goes where it should: its length is mistaken, or what it is read from
        likely = [*read_before_their_step(script)]
        others = [*kept_arrays(script), *(one for one in some if one.defect != WRONG)]
        return list(dict.fromkeys([*likely, *others]))
    if not there:  # as of a copy that is the first to be read: which go up is known all the same
        turned = bool(now.uphill) and not now.astray
        return sorted(some, key=lambda one: turned and not is_turn(one))
    # What is right but for its sign is mended by turning it, and what is astray by nothing such.
    astray, uphill = (
        {line for name, line in places.items() if name in kind} for kind in (now.astray, now.uphill)
    )
    right = _steps_of(script.source, now.along.keys() - now.wrong)
    told = script.told([one for one in some if one.defect != WRONG])

    def is_unlikely(one: Edit) -> bool:
        lines = script.source.written(one)
        spoils = any(start <= each.start < end for each in one.splices for start, end in right)
        if is_turn(one):  # the steps of one parameter may stand on several lines
            return spoils or lines <= astray
        return spoils or not lines & astray or not lines <= there

    return sorted(
        some,
        key=lambda one: (
            one not in told,
            not there & script.source.written(one),
            is_unlikely(one),
            not (is_turn(one) and uphill & script.source.written(one)),
        ),
    )


def _steps_of(source: Source, names: Collection[str]) -> list[tuple[int, int]]:
    """Where the steps of some parameters stand."""
    every = source.of_type(cst.AugAssign)
    return [source.span(one) for one in every if called(one.target) in names]


def _next(
    trials: Trials, part: str, chosen: list[Edit], candidates: Sequence[Edit], now: Outcome | None
) -> tuple[list[Edit], Outcome] | None:
    """The first edit that mends the part, or leaves fewer gradients wrong, or leading uphill."""
    for one, got in trials.each(chosen, candidates):
        if now and (got.off - now.off - {part}):
            continue
        if part not in got.off or (part == "gradient" and now is not None and _nearer(got, now)):
            return [*chosen, one], got
    return None


def _nearer(got: Outcome, now: Outcome) -> bool:
    """Whether fewer gradients are wrong; or as many, of which fewer lead up the loss.

    Of a loss that is not known, gradients are hardly ever the true ones, but none leads up. What
    was right but for its sign is not nearer by being made of something else.
    """
    more, fewer = got.wrong - now.wrong, len(got.wrong) < len(now.wrong)
    if fewer or more or not got.uphill < now.uphill:
        return fewer
    turned = now.uphill - got.uphill
    if now.some_right:  # the loss is known, and what is astray is none the nearer for its side
        turned -= now.astray
    return bool(turned) and got.astray <= now.astray
