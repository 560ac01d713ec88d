"""What the trainings with repairs on and off have shown, in sentences and selections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.network.tasks import SYMPTOMS
from diagnose.render.words import findings, shown, symptom_name, symptom_value
from diagnose.report import (
    ABSENT,
    CAUSE,
    CONTRIBUTES,
    HARMLESS,
    NOT_JUDGED,
    PRESENT,
    UNCOVERED,
    WORSE,
    Cause,
    Effect,
    Report,
    Verdict,
)
from diagnose.style.text import listed, percent

# Of more sets of repairs that cure, the first is told, and how many others there are.
FEW_CURES = 2
# Verdicts beside which a share of the cure says nothing.
NO_SHARE = {HARMLESS, WORSE, NOT_JUDGED, ABSENT}


def grouped_cures(report: Report) -> list[tuple[list[str], list[list[str]]]]:
    """Symptoms that can be cured, grouped by their smallest cures."""
    groups: list[tuple[list[str], list[list[str]]]] = []
    for symptom, cause in report.causes.items():
        cures = cause.minimal_repairs
        if not cures:
            continue
        same = next((group for group in groups if _same(group[1], cures)), None)
        if same:
            same[0].append(symptom)
        else:
            groups.append(([symptom], cures))
    return groups


def _same(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> bool:
    return {frozenset(one) for one in some} == {frozenset(one) for one in others}


def complaint(symptom: str) -> str:
    """Give a symptom the name by which somebody who has it would complain of it."""
    known = SYMPTOMS.get(symptom)
    return known.complaint if known else f"the {symptom_name(symptom)}"


def cure_sentence(what: str, cures: Sequence[Sequence[str]], several: bool = False) -> str:
    """Say what cures a complaint, as a clause without capital and full stop."""
    verb, goes, them = ("are", "go", "them") if several else ("is", "goes", "it")
    if len(cures) == 1 and len(cures[0]) == 1:
        return f"{what} {verb} caused by {cures[0][0]} alone"
    if len(cures) == 1:
        all_ = "both" if len(cures[0]) == 2 else f"all {_count(len(cures[0]))}"
        return (
            f"{what} {verb} caused by {listed(cures[0])}, and {goes} only when {all_} are "
            "repaired together"
        )
    if len(cures) > FEW_CURES:
        first = f"{listed(cures[0])} {'together' if len(cures[0]) > 1 else 'alone'}"
        return f"{what} {verb} cured by {first}, or by another of {len(cures) - 1} sets of repairs"
    shared = [one for one in cures[0] if all(one in cure for cure in cures)]
    if not shared:
        ways = [f"{listed(one)} {'together' if len(one) > 1 else 'alone'}" for one in cures]
        return f"{what} {verb} cured by either of {len(cures)} sets of repairs: {'; '.join(ways)}"
    ways = [f"with {listed([one for one in cure if one not in shared])}" for cure in cures]
    these = "it" if len(shared) == 1 else "these"
    return (
        f"{what} {verb} caused by {listed(shared)}, and repairing {these} cures {them} only "
        f"together {listed(ways, last='or')}"
    )


def outcome_sentence(cause: Cause) -> str:
    """With how many seeds the network works when the smallest cure is made; nothing if with all.

    And what that leaves, where it does not work even so.
    """
    if not cause.works_in or cause.works_in[0] == cause.works_in[1]:
        return ""
    works, seeds = cause.works_in
    if works:
        return f"Repaired so, it works with {works} of {seeds} seeds."
    best = symptom_value(cause.symptom, cause.best)
    return (
        f"That is the most that repairs bring ({symptom_name(cause.symptom)} {best}), and it does "
        "not work even so: something else is wrong too."
    )


def interactions(report: Report) -> list[str]:
    """Say how repairs depend on each other, once for symptoms that the same repairs cure."""
    said = []
    for symptoms, _ in grouped_cures(report):
        *others, last = (report.causes[one] for one in symptoms)
        text = last.interaction
        if others:
            text += f". The same repairs cure {listed([change(one) for one in others])}"
        said.append(text)
    said += [one.interaction for one in report.causes.values() if not one.minimal_repairs]
    return [_sentence(one, tried(report)) for one in said if one]


def _sentence(text: str, names: Iterable[str]) -> str:
    """Give a text a capital, unless it begins with a name, and a full stop."""
    start = text if text.startswith(tuple(names)) else text[0].upper() + text[1:]
    return start.rstrip(".") + "."


def change(cause: Cause) -> str:
    """Write a symptom as found and with the best repairs."""
    found, repaired = (symptom_value(cause.symptom, one) for one in (cause.found, cause.best))
    return f"{symptom_name(cause.symptom)} ({found} -> {repaired} {best_words(cause)})"


def best_words(cause: Cause) -> str:
    """Which repairs the others are held against."""
    every = len(cause.best_repairs) == len(cause.verdicts)
    return "with every repair" if every else f"with {listed(cause.best_repairs)} repaired"


def _count(size: int) -> str:
    words = ("three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[size - 3] if 3 <= size <= 10 else str(size)


def verdicts_of(report: Report, defect: str) -> dict[str, Verdict]:
    """One defect's verdict per symptom."""
    return {
        symptom: cause.verdicts[defect]
        for symptom, cause in report.causes.items()
        if defect in cause.verdicts
    }


def tried(report: Report) -> list[str]:
    """Names of the defects whose repairs were switched on and off, in the report's order."""
    return list(dict.fromkeys(name for cause in report.causes.values() for name in cause.verdicts))


def left_out(report: Report) -> list[str]:
    """Defects that are present, but whose repair was not tried though others were."""
    done = set(tried(report))
    present = [one.defect for one in findings(report, PRESENT) if one not in shown(report)]
    return [one for one in present if one not in done] if report.causes else []


def harmless(report: Report) -> list[str]:
    """Defects that are present and have no effect on any symptom."""
    return [
        name
        for name in tried(report)
        if all(one.verdict == HARMLESS for one in verdicts_of(report, name).values())
    ]


def uncovered(report: Report) -> list[str]:
    """Defects that show in some symptom once others are repaired, and are needed for none."""
    return _strongest(report, UNCOVERED, CAUSE)


def contributors(report: Report) -> list[str]:
    """Defects whose repair moves some symptom, and which no symptom's cure needs."""
    return _strongest(report, CONTRIBUTES, CAUSE, UNCOVERED)


def _strongest(report: Report, verdict: str, *stronger: str) -> list[str]:
    """Defects with a verdict on some symptom, and a stronger one on none."""
    kinds = {
        name: {v.verdict for v in verdicts_of(report, name).values()} for name in tried(report)
    }
    return [
        name for name, seen in kinds.items() if verdict in seen and not seen.intersection(stronger)
    ]


def worse(report: Report) -> list[str]:
    """Defects whose repair makes the network worse, and which no symptom's cure needs."""
    return _strongest(report, WORSE, CAUSE)


def not_judged(report: Report) -> list[str]:
    """Defects of which trainings say nothing, since repaired they give no answers."""
    return _strongest(report, NOT_JUDGED, CAUSE)


def why(report: Report, defect: str, verdict: str) -> str:
    """The sentence of the first symptom with this verdict on a defect."""
    given = verdicts_of(report, defect).values()
    return next((one.sentence for one in given if one.verdict == verdict), "")


def why_harmless(report: Report, defect: str) -> str:
    """Say by numbers that leaving a defect in, or repairing it alone, changes nothing."""
    left, cured = [], []
    for symptom, one in verdicts_of(report, defect).items():
        left.append(f"{symptom_name(symptom)} {symptom_value(symptom, one.without)}")
        cured.append(symptom_value(symptom, report.causes[symptom].best))
    said = f"left in the repaired network: {', '.join(left)} (repaired: {', '.join(cured)})"
    if worst := _worst(report, defect):
        symptom, effect = worst
        values = [symptom_value(symptom, one) for one in (effect.before, effect.after)]
        missing = [one for one in tried(report) if one not in {*effect.repaired, defect}]
        when = f"before {listed(missing, 'or')}" if missing else "after all others"
        said += f"; but repaired {when}, it turns {symptom_name(symptom)} "
        said += " into ".join(values)
    return said


def _worst(report: Report, defect: str) -> tuple[str, Effect] | None:
    """The largest harm that repairing a defect does on top of some of the other repairs."""
    harms = []
    for symptom, one in verdicts_of(report, defect).items():
        cause = report.causes[symptom]
        if (
            one.effect
            and (one.effect.after - one.effect.before) * (cause.repaired - cause.found) < 0
        ):
            harms.append((abs(one.effect.after - one.effect.before), symptom, one.effect))
    return max(harms, key=lambda harm: harm[0])[1:] if harms else None


def share(cause: Cause, defect: str, interval: bool = False) -> str:
    """Write a defect's share of the cure in percent, with its range over seeds if asked.

    Nothing where there is nothing to cure, or for a defect without a part in it: a share of hardly
    anything says nothing.
    """
    if not cause.minimal_repairs or cause.verdicts[defect].verdict in NO_SHARE:
        return ""
    one = cause.verdicts[defect].share
    text = percent(one.mean)
    return f"{text} ({percent(one.low)} to {percent(one.high)})" if interval else text
