"""Edits of parts that are held against sound ones, one by one, until there is no difference.

No training is needed for these: a forward pass, a gradient, a step or targets are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diagnose.patching.arithmetic import (
    of_forward,
    of_gradient,
)
from diagnose.patching.outcomes import Outcome
from diagnose.patching.pairs import of_data
from diagnose.patching.predicting import of_prediction
from diagnose.patching.script import Maker, Script
from diagnose.patching.source import Edit
from diagnose.patching.steps import of_step
from diagnose.patching.targets import of_targets
from diagnose.patching.trial import Trials

# In this order, since a wrong gradient may hide what the rest does.
HELD: dict[str, Maker] = {
    "data": of_data, "targets": of_targets, "forward": of_forward, "gradient": of_gradient,
    "step": of_step, "answer": of_prediction,
}  # fmt: skip


# Whether edits, with what they make of the script, are all that it takes.
Enough = Callable[[list[Edit], Outcome], bool]


def held(
    script: Script, trials: Trials, part: str, chosen: list[Edit], enough: Enough | None = None
) -> tuple[list[Edit], bool]:
    """Edits after which a part does what the sound one does, and whether it does.

    enough: whether some edits are, whatever is left; asked of each that brings a part nearer.
    """
    candidates = script.named_first(HELD[part](script))
    shown = script.mends if part in ("gradient", "step") else []
    now = trials.run(chosen)
    while now is None or part in now.off:
        better = _next(trials, part, chosen, [*shown, *candidates], now)
        if better is None:
            return chosen, False
        chosen, now = better
        if enough is not None and part in now.off and enough(chosen, now):
            return chosen, False
    return chosen, True


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
