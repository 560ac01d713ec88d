"""The sentences that every format shares, made from the Report alone.

A claim is a number in the report, or it says "consistent with". The word cause is used only
for what trainings with repairs on and off have shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from diagnose.network.tasks import CLASSIFICATION, SYMPTOMS, TASKS, Expectation, Task, answers
from diagnose.report import (
    ABSENT,
    BY_EXCHANGE,
    CUT_SEEDS,
    PRESENT,
    SEVERE,
    STATUSES,
    Finding,
    Report,
    Symptoms,
)
from diagnose.style.places import line_in, placed
from diagnose.style.text import listed, number, plain, plural

# Groups of targets, by which the answers of a network that answers with numbers are shown.
GROUPS = 10


def symptom_name(symptom: str) -> str:
    """Give a symptom's name in a table."""
    return symptom.replace("_", " ")


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


def columns(report: Report) -> dict[str, Symptoms]:
    """The symptoms side by side: of the network, of its sound twin, of the one beside it."""
    shown = {name: report.symptoms[name] for name in names(report) if name in report.symptoms}
    if not shown or report.twin is None:
        return shown
    first, *others = shown
    rest = {name: shown[name] for name in others}
    return {first: shown[first], "sound twin": report.twin.symptoms, **rest}


def seen_on(report: Report, samples: str) -> str:
    """Say which samples the symptoms are of."""
    if report.data.get("tested_on_training_images"):
        return f"{samples}, those that were trained on"
    return f"{samples} that were not trained on"


def overflowed(seen: Symptoms) -> str:
    """Write of how many samples an output was not finite."""
    samples = f"{task_of(seen).sample}s"
    return f"{seen.overflowed:,} of {seen.images:,} {samples}"


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
    if starts_as_seen(report) and report.symptoms:
        said.append(
            "This table is of one training, from the script's own start; what follows on parts, "
            f"causes and repairs: {over(report, seeds_of_causes(report))}, if not said otherwise."
        )
    for name, seen in report.symptoms.items():
        if seen.overflowed and answers(seen):
            said.append(
                f"{name}: its own softmax is not finite for {overflowed(seen)}; the numbers come "
                "from one that does not overflow."
            )
    if reason := report.runs.get("no_twin"):
        said.append(f"{report.network.name}: no sound twin was made: {reason}.")
    if report.causes and any(_is_clipped(one) for one in report.symptoms.values()):
        said.append("A symptom above 1 counts as 1 where causes are looked for.")
    for name, reasons in report.runs.get("own_functions", {}).items():
        if reasons:
            most = max(reasons, key=lambda reason: reasons[reason])
            said.append(
                f"{name}: {plural(sum(reasons.values()), 'training')} ran on the network's own "
                f"functions instead of the compiled loop: {most}"
                + (f" ({reasons[most]} of them)." if len(reasons) > 1 else ".")
            )
    return said


def _is_clipped(seen: Symptoms) -> bool:
    values = (one.value(seen) for one in task_of(seen).symptoms)
    return any(value is not None and value > 1 for value in values)


def place(finding: Finding) -> str:
    """Write where a finding points, ``file:line``, or nothing."""
    return placed(finding.where.file, finding.where.line) if finding.where else ""


def stands(finding: Finding) -> str:
    """Quote the author's line that a finding points at; of a function's head, say that it is in it.

    Nothing where the line's text is not known.
    """
    where = finding.where
    if where is None or not where.text:
        return ""
    within = "in " if where.text.startswith(("def ", "async def ", "class ", "@")) else ""
    text = where.text.replace("`", "'")
    return f"{within}line {where.line}: `{text}`"


def mild(finding: Finding) -> str:
    """How bad a defect is that is present, where it is no error."""
    return "" if finding.severity == SEVERE else finding.severity


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


def was_read(report: Report) -> bool:
    """Whether there is a network: one handed over, or one read out of a script and certified."""
    return report.watched is None or bool(report.watched["certified"])


def watched_rows(report: Report) -> list[tuple[str, str, str]]:
    """What was read out of a script: what it is, the line, and what stands there."""
    watched = report.watched or {"script": "", "roles": {}}
    return [
        (name, line_in(watched["script"], one["line"]) if one["line"] else "", one["text"])
        for name, one in watched["roles"].items()
    ]


def how_sure(report: Report) -> str:
    """How far what was read out of a script can be trusted: steps seen, certified or not."""
    watched = report.watched or {}
    sure = "it does what the script did" if watched.get("certified") else "not certified"
    return f"{watched.get('steps', 0):,} steps; {sure}"


def starts_as_seen(report: Report) -> bool:
    """Whether the first training begins with the very parameters that the script began with."""
    return report.watched is not None and was_read(report) and report.settings.get("seed") == 0


def own_run(report: Report) -> list[str]:
    """What the script's own run has to do with what is said of its network; of a script alone."""
    watched = report.watched or {}
    if not starts_as_seen(report) or report.network.name not in report.symptoms:
        return []
    if watched.get("whole") and watched.get("printed"):
        printed = " / ".join(one.strip() for one in watched["printed"]).replace("`", "'")
        return [f"The script's own run printed last: `{printed}`."]
    if watched.get("whole"):
        return []
    return [
        "This is its network trained here once more, from the script's own start: the script "
        "itself was stopped once its network was read, so what it prints at its end was not seen."
    ]


def over(report: Report, seeds: int) -> str:
    """With which trainings a mean was taken, so that none is held for the script's own run."""
    if seeds < 2:
        return "one training"
    if starts_as_seen(report):
        return f"means over {seeds} trainings, from its own start and {seeds - 1} drawn anew"
    return f"means over {seeds} seeds"


def seeds_of_causes(report: Report) -> int:
    """With how many seeds the repairs were switched on and off."""
    noted = report.within["cut"] if report.within else []
    fewer = [one["done"] for one in noted if one["what"] == CUT_SEEDS]
    return int(min([report.settings.get("seeds", 1), *fewer]))


def told(report: Report) -> list[Finding]:
    """What the run of a watched script told by itself, without any probe."""
    return [one for one in findings(report, PRESENT) if "seen" in one.numbers]


def how_many_found(report: Report) -> str:
    """How many defects the probes found, and what was seen in the run or shown by trainings."""
    seen, by_parts = told(report), shown(report)
    probed = [one for one in findings(report) if one not in seen and one not in by_parts]
    present = sum(one.status == PRESENT for one in probed)
    parts = [f"{present} of {len(probed)} defects looked for"] if probed else []
    if seen:
        parts.append(f"{len(seen)} seen while the script ran")
    if by_parts:
        parts.append(f"{len(by_parts)} shown by the exchange of parts")
    return ", ".join(parts)


def shown(report: Report) -> list[Finding]:
    """The parts to blame in which nothing else was found, shown by the exchange with a twin."""
    return [one for one in findings(report, PRESENT) if one.numbers.get("shown") == BY_EXCHANGE]


def unread(report: Report, sound: str = "") -> list[str]:
    """Why no network was read out of a script: what happened, and where.

    sound: what a sound network learns of its samples, if that is known.
    """
    watched = report.watched or {}
    parted = watched.get("parted") or {}
    place = f"{placed(parted['file'], parted['line'])}: " if parted.get("line") else ""
    seen = told(report)
    nothing = [one.observed for one in seen if one.numbers.get("nothing_to_learn")]
    if nothing:
        return [
            f"{watched.get('script')}: {nothing[0]} No network can learn anything of that, "
            "so nothing was trained."
        ]
    kinds = dict.fromkeys(one.defect for one in seen)
    also = (
        f"Seen while it ran: {listed(kinds)}; what {'it does' if len(kinds) == 1 else 'they do'} "
        "was not tried."
    )
    untrained = "" if sound else ", so nothing was trained"
    return [
        f"{watched.get('script')}: no network was read out of it{untrained}.",
        f"{place}{parted.get('reason', '')}.",
        *([also] if seen else []),
        *([sound] if sound else []),
        "Its functions can be handed over instead: diagnose new my_network.py --from "
        f"{watched.get('script')} writes a file to start from, with what was read.",
    ]
