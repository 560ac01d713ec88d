"""The sentences that every format shares, made from the Report alone.

A claim is a number in the report, or it says "consistent with". The word cause is used only
for what trainings with repairs on and off have shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from diagnose.render.text import listed, number, percent, plain, plural, tiny
from diagnose.report import (
    ABSENT,
    CAUSE,
    CONTRIBUTES,
    ERROR,
    HARMLESS,
    MASKED,
    NOT_APPLICABLE,
    NOT_REACHED,
    PRESENT,
    STATUSES,
    UNCOVERED,
    Cause,
    Effect,
    Finding,
    Report,
    Symptoms,
    Verdict,
)
from diagnose.tasks import CLASSIFICATION, SYMPTOMS, TASKS, Expectation, Task

# Groups of targets, by which the answers of a network that answers with numbers are shown.
GROUPS = 10


def symptom_name(symptom: str) -> str:
    """Give a symptom's name in a table."""
    known = SYMPTOMS.get(symptom)
    return known.label if known else symptom.replace("_", " ")


def symptom_value(symptom: str, value: float | None) -> str:
    """Write a symptom's value in the unit that people think of it in."""
    known = SYMPTOMS.get(symptom)
    return known.written(value) if known else number(value)


def task_of(seen: Symptoms) -> Task:
    """What the network that shows these symptoms is for."""
    return TASKS.get(seen.task, CLASSIFICATION)


def names(report: Report) -> list[str]:
    """Names of the networks in the report: the one under test, then the one beside it."""
    return [one.name for one in (report.network, report.against) if one]


def findings(report: Report, *statuses: str) -> list[Finding]:
    """Select the findings on the network under test with one of these statuses, or all."""
    every = report.findings.get(report.network.name, [])
    return [one for one in every if not statuses or one.status in statuses]


def verdict(report: Report) -> list[str]:
    """Say what is the matter, in one to a few plain sentences; the first is what is seen."""
    if is_healthy(report):
        return healthy(report)
    sentences = [*interruption(report), _seen(report)]
    present = [one.defect for one in findings(report, PRESENT)]
    if report.causes:
        sentences += _caused(report)
    elif present:
        which = "Which of these matter" if len(present) > 1 else "Whether it matters"
        sentences.append(
            f"That is consistent with what the probes found: {listed(present)}. {which} was not "
            "tried: no cause is named without training with repairs on and off."
        )
    elif not report.interrupted:
        sentences.append(_unexplained(report))
    return [one for one in [*sentences, *_unjudged(report)] if one]


def interruption(report: Report) -> list[str]:
    """Say that the diagnosis was interrupted, and what is missing."""
    if not report.interrupted:
        return []
    name = report.network.name
    missing = [] if name in report.symptoms else ["the symptoms"]
    if later := findings(report, NOT_REACHED):
        missing.append(f"{len(later)} of {plural(len(findings(report)), 'probe')}")
    if not report.causes and not report.settings.get("probes_only"):
        missing.append("the causes")
    if report.against and any(
        one.status == NOT_REACHED for one in report.findings.get(report.against.name, [])
    ):
        missing.append(f"what {report.against.name} shows beside it")
    return [f"Interrupted {report.interrupted}. Missing here: {listed(missing) or 'nothing'}."]


def is_healthy(report: Report) -> bool:
    """Whether every probe judged, none found anything, and the symptoms look sound too."""
    judged = findings(report)
    silent = all(one.status in {ABSENT, NOT_APPLICABLE} for one in judged)
    return bool(judged) and silent and not _looks_ill(report) and not report.interrupted


def healthy(report: Report) -> list[str]:
    """Three lines: nothing was found, how the network does, and what was tried."""
    name = report.network.name
    seen = report.symptoms.get(name)
    probes = plural(len(findings(report)), "known defect")
    lines = [f"{name}: none of the {probes} that were looked for is present."]
    if seen and task_of(seen) is CLASSIFICATION:
        lines.append(
            f"Balanced accuracy {number(seen.balanced_accuracy)} "
            f"(chance {number(1 / len(seen.class_shares))}), skew {number(seen.skew)}, "
            f"favourite answer {seen.favoured_class} for {percent(seen.favoured_share)}."
        )
    elif seen:
        lines.append(
            f"Unexplained variance {tiny(seen.unexplained_variance)} (chance 1), input dependence "
            f"{tiny(seen.input_dependence)} (that of the targets: 1)."
        )
    tried = [plural(len(findings(report)), "probe")]
    if seen:
        tried.append(plural(seen.images, f"test {task_of(seen).sample}"))
    if trainings := report.runs.get("trainings"):
        tried.append(plural(trainings, "training"))
    return [*lines, f"Tried: {', '.join(tried)}; nothing is left to repair."]


def _looks_ill(report: Report) -> bool:
    """Whether the symptoms alone say that something is wrong, be it found or not."""
    seen = report.symptoms.get(report.network.name)
    if seen is None:
        return False
    return seen.overflowed > 0 or any(one.is_ill(seen) for one in task_of(seen).symptoms)


def answers(seen: Symptoms) -> bool:
    """Whether the network's outputs are numbers, so that its answers mean something."""
    if task_of(seen) is CLASSIFICATION:
        return seen.favoured_class is not None and None not in seen.mean_probabilities
    return seen.unexplained_variance is not None


def _seen(report: Report) -> str:
    name = report.network.name
    seen = report.symptoms.get(name)
    if seen is None and report.interrupted:
        return f"What {name} answers was not measured."
    if seen is None:
        return f"{name} was probed; its symptoms were not measured."
    if trouble := report.runs.get("stopped", {}).get(name):
        return f"{name} gives no answer: {trouble}."
    if not answers(seen):
        outputs = "probabilities" if task_of(seen) is CLASSIFICATION else "outputs"
        return f"{name} gives no answer: its {outputs} are not finite for {_overflowed(seen)}."
    if task_of(seen) is not CLASSIFICATION:
        return _numbers_seen(name, seen)
    sentence = (
        f"{name} answers {seen.favoured_class} for {percent(seen.favoured_share)} of the images"
    )
    if seen.input_dependence is not None and seen.input_dependence < 1e-6:
        sentence += ", with the same probabilities whatever the image"
    sentence += (
        f"; its balanced accuracy is {number(seen.balanced_accuracy)} "
        f"(chance {number(1 / len(seen.class_shares))})."
    )
    if seen.overflowed:
        sentence += f" Its own softmax is not finite for {_overflowed(seen)}."
    return sentence


def _numbers_seen(name: str, seen: Symptoms) -> str:
    """Say how a network answers with numbers: all alike, or how far from the targets."""
    if seen.input_dependence is not None and seen.input_dependence < 1e-6:
        sentence = f"{name} gives the same answer whatever it is shown; "
    else:
        sentence = (
            f"The answers of {name} are spread {tiny(seen.input_dependence)} times as widely as "
            "the targets; "
        )
    return (
        f"{sentence}it leaves {tiny(seen.unexplained_variance)} of the targets' variance "
        "unexplained (always answering the mean: 1)."
    )


def _overflowed(seen: Symptoms) -> str:
    samples = f"{task_of(seen).sample}s"
    return f"{seen.overflowed:,} of {seen.images:,} {samples}"


def _unexplained(report: Report) -> str:
    judged = findings(report, ABSENT, NOT_APPLICABLE)
    if not judged:
        return "No probe has judged it."
    return (
        f"None of the {plural(len(judged), 'defect')} that were looked for is present; whatever "
        "is wrong is not among them."
    )


def _unjudged(report: Report) -> list[str]:
    stopped = [one.defect for one in findings(report, ERROR)]
    hidden = [one.defect for one in findings(report, MASKED)]
    sentences = []
    if hidden:
        sentences.append(f"Masked, so not judged: {listed(hidden)}.")
    if stopped:
        what = plural(len(stopped), "probe")
        sentences.append(f"{what} stopped with an error: {listed(stopped)}.")
    return sentences


def _caused(report: Report) -> list[str]:
    """Say per group of symptoms with the same cures what must be repaired, then what need not."""
    clauses = [
        cure_sentence(listed([_complaint(one) for one in symptoms]), cures, len(symptoms) > 1)
        for symptoms, cures in grouped_cures(report)
    ]
    sentences = []
    if clauses:
        said = "; ".join(clauses)
        sentences.append(f"{said[0].upper()}{said[1:]}.")
    else:
        sentences.append(
            "No set of repairs that was tried changes the symptoms enough to cure any."
        )
    if later := uncovered(report):
        sentences.append(
            f"{listed(later)} {'shows' if len(later) == 1 else 'show'} only once the others are "
            "repaired."
        )
    if extra := contributors(report):
        verb = "moves" if len(extra) == 1 else "move"
        sentences.append(f"{listed(extra)} {verb} the numbers, but no cure needs it.")
    if idle := harmless(report):
        verb = "is" if len(idle) == 1 else "are"
        sentences.append(
            f"{listed(idle)} {verb} real but {'causes' if len(idle) == 1 else 'cause'} "
            "nothing here."
        )
    if untried := left_out(report):
        sentences.append(f"Found, but not tried by training: {listed(untried)}.")
    return sentences


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


def _complaint(symptom: str) -> str:
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
    """Write a symptom as found and with every repair."""
    found, repaired = (symptom_value(cause.symptom, one) for one in (cause.found, cause.repaired))
    return f"{symptom_name(cause.symptom)} ({found} -> {repaired} with every repair)"


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
    present = [one.defect for one in findings(report, PRESENT)]
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


def why_harmless(report: Report, defect: str) -> str:
    """Say by numbers that leaving a defect in, or repairing it alone, changes nothing."""
    left, cured = [], []
    for symptom, one in verdicts_of(report, defect).items():
        left.append(f"{symptom_name(symptom)} {symptom_value(symptom, one.without)}")
        cured.append(symptom_value(symptom, report.causes[symptom].repaired))
    said = f"left in the repaired network: {', '.join(left)} (all repaired: {', '.join(cured)})"
    if worst := _worst(report, defect):
        symptom, effect = worst
        values = [symptom_value(symptom, one) for one in (effect.before, effect.after)]
        missing = [one for one in tried(report) if one not in {*effect.repaired, defect}]
        said += f"; but repaired before {listed(missing, 'or')}, it turns {symptom_name(symptom)} "
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


def symptom_values(seen: Symptoms) -> dict[str, str]:
    """Write a network's symptoms for a table."""
    return {one.name: one.in_table(seen) for one in task_of(seen).symptoms}


def expectations(seen: Symptoms) -> dict[str, Expectation]:
    """Say for each symptom what a healthy network and chance would give, and why."""
    return {one.name: one.expected(seen) for one in task_of(seen).symptoms}


def answers_by_target(several: Sequence[Symptoms]) -> list[tuple[float, list[float | None]]]:
    """Targets from small to large in ten groups: their mean, and each network's mean answer.

    Of networks that answer with numbers. None where an answer is not finite.
    """
    pairs = [sorted(seen.pairs, key=lambda pair: pair[0] or 0.0) for seen in several]
    count = min((len(one) for one in pairs), default=0)
    edges = [count * at // GROUPS for at in range(GROUPS + 1)]
    groups = [(low, high) for low, high in pairwise(edges) if high > low]
    return [
        (
            _mean([target for target, _ in pairs[0][low:high]]) or 0.0,
            [_mean([answer for _, answer in one[low:high]]) for one in pairs],
        )
        for low, high in groups
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def notes(report: Report) -> list[str]:
    """Say how each network was seen, where that needs saying."""
    said = []
    for name, seen in report.symptoms.items():
        if seen.overflowed and answers(seen):
            said.append(
                f"{name}: its own softmax is not finite for {_overflowed(seen)}; the numbers come "
                "from one that does not overflow."
            )
    if report.causes and any(_is_clipped(one) for one in report.symptoms.values()):
        said.append("A symptom above 1 counts as 1 where causes are looked for.")
    for name, reasons in report.runs.get("own_functions", {}).items():
        for reason, count in reasons.items():
            said.append(
                f"{name}: {plural(count, 'training')} ran on the network's own functions "
                f"instead of the compiled loop: {reason}."
            )
    return said


def _is_clipped(seen: Symptoms) -> bool:
    values = (one.value(seen) for one in task_of(seen).symptoms)
    return any(value is not None and value > 1 for value in values)


def place(finding: Finding) -> str:
    """Write where a finding points, ``file:line``, or nothing."""
    return f"{finding.where.file}:{finding.where.line}" if finding.where else ""


def counted(report: Report, network: str) -> str:
    """Count what the probes said of one network, in one line."""
    every = report.findings.get(network, [])
    parts = []
    for status in STATUSES:
        several = [one.defect for one in every if one.status == status]
        if several:
            named = status not in {ABSENT, PRESENT} or (status == PRESENT and len(several) < 4)
            parts.append(f"{len(several)} {status}{f' ({listed(several)})' if named else ''}")
    return f"{network}: {', '.join(parts) or 'not probed'}"


def share(cause: Cause, defect: str, interval: bool = False) -> str:
    """Write a defect's share of the cure in percent, with its range over seeds if asked.

    Nothing where there is nothing to cure: a share of hardly anything says nothing.
    """
    if not cause.minimal_repairs:
        return ""
    one = cause.verdicts[defect].share
    text = percent(one.mean)
    return f"{text} ({percent(one.low)} to {percent(one.high)})" if interval else text


def settings(report: Report) -> dict[str, str]:
    """Write the settings, the data and the runs as names and values, nested names joined."""
    flat: dict[str, str] = {}
    for part, values in (("", report.settings), ("data", report.data), ("", report.runs)):
        for name, value in values.items():
            label = f"{part} {name}".strip().replace("_", " ")
            if isinstance(value, list | tuple):
                flat[label] = ", ".join(plain(one) for one in value)
            else:
                flat[label] = plain(value)
    return flat
