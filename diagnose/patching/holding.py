"""Edits of parts that are held against sound ones, one by one, until there is no difference.

No training is needed for these: a forward pass, a gradient, a step or targets are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.patching.arithmetic import of_forward, of_gradient
from diagnose.patching.pairs import of_data
from diagnose.patching.predicting import of_prediction
from diagnose.patching.script import Maker, Script
from diagnose.patching.source import Edit
from diagnose.patching.steps import of_step
from diagnose.patching.targets import of_targets
from diagnose.patching.trial import Outcome, Trials

# In this order, since a wrong gradient may hide what the rest does.
HELD: dict[str, Maker] = {
    "data": of_data, "targets": of_targets, "forward": of_forward, "gradient": of_gradient,
    "step": of_step, "answer": of_prediction,
}  # fmt: skip


def held(script: Script, trials: Trials, part: str, chosen: list[Edit]) -> tuple[list[Edit], bool]:
    """Edits after which a part does what the sound one does, and whether it does."""
    candidates = script.named_first(HELD[part](script))
    now = trials.run(chosen)
    while now is None or part in now.off:
        better = _next(trials, part, chosen, candidates, now)
        if better is None:
            return chosen, False
        chosen, now = better
    return chosen, True


def _next(
    trials: Trials, part: str, chosen: list[Edit], candidates: Sequence[Edit], now: Outcome | None
) -> tuple[list[Edit], Outcome] | None:
    """The first edit that mends the part, or leaves fewer gradients wrong."""
    for one in candidates:
        if any(one.meets(other) for other in chosen):
            continue
        got = trials.run([*chosen, one])
        if got is None or (now and (got.differing - now.differing - {part})):
            continue
        fewer = part == "gradient" and now is not None and len(got.wrong) < len(now.wrong)
        if part not in got.off or fewer:
            return [*chosen, one], got
    return None
