"""How bad each defect is that was found, and from which outcome on a network works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from diagnose.instruments.comparing import working
from diagnose.network.record import Network
from diagnose.network.tasks import TASKS
from diagnose.report import CAUSE, RISK, SEVERE, Cause, Finding, Parts, Symptoms, Twin
from diagnose.symptoms import chance, half_way


def weighed(
    findings: Sequence[Finding], causes: Mapping[str, Cause], seen: Symptoms | None = None
) -> list[Finding]:
    """Findings of which those that were shown to cause a symptom are errors, whatever they are.

    Where nobody tried what they cause, it is those on a network that gives no better answers than
    by chance. Gradients that are right but for their length are a rate for each layer, which some
    choose: no error where trainings have shown that they do no harm.
    """
    ill = seen is not None and TASKS[seen.task].goodness.is_ill(seen)
    harmful = {
        defect
        for cause in causes.values()
        for defect, one in cause.verdicts.items()
        if one.verdict == CAUSE
    }
    untried = not causes and ill

    def weight(one: Finding) -> str:
        if one.severity and (one.defect in harmful or untried):
            return SEVERE
        chosen = one.severity and causes and one.numbers.get("only_lengths")
        return RISK if chosen and one.defect not in harmful else one.severity

    return [replace(one, severity=weight(one)) for one in findings]


def working_level(network: Network, compared: tuple[Twin, Parts] | str | None) -> float | None:
    """The outcome from which a network works, by its twin; half way to perfect at least.

    None where there is no twin.
    """
    if not isinstance(compared, tuple):
        return None
    by_chance = chance(network)
    return max(working(by_chance, compared[0].score), half_way(by_chance))
