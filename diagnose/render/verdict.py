"""The first sentences of a report: what is seen, and what it comes from."""

from __future__ import annotations

from diagnose.network.tasks import CLASSIFICATION, TASKS, answers
from diagnose.render import part_words, time_words
from diagnose.render.cause_words import (
    complaint,
    contributors,
    cure_sentence,
    grouped_cures,
    harmless,
    left_out,
    not_judged,
    outcome_sentence,
    uncovered,
    why,
    worse,
)
from diagnose.render.words import findings, overflowed, own_run, shown, task_of, unread, was_read
from diagnose.report import (
    ABSENT,
    ERROR,
    MASKED,
    NOT_APPLICABLE,
    NOT_JUDGED,
    NOT_REACHED,
    PRESENT,
    WORSE,
    Report,
    Symptoms,
)
from diagnose.style.text import listed, number, percent, plural, tiny


def verdict(report: Report) -> list[str]:
    """Say what is the matter, in one to a few plain sentences; the first is what is seen."""
    if not was_read(report):
        return unread(report, part_words.sound_on_samples(report))
    if is_healthy(report):
        return healthy(report)
    sentences = [*interruption(report), _seen(report), *own_run(report)]
    sentences += part_words.sentences(report)
    there = [one.defect for one in findings(report, PRESENT) if one not in shown(report)]
    present = list(dict.fromkeys(there))
    if report.causes:
        sentences += _caused(report)
    elif here := [one for one in present if one in part_words.found_in_blamed(report)]:
        beside = [one for one in present if one not in here]
        sentences.append(f"Found there: {listed(here)}.")
        sentences += [f"Found elsewhere, and not tried: {listed(beside)}."] if beside else []
    elif present:
        which = "Which of these matter" if len(present) > 1 else "Whether it matters"
        sentences.append(
            f"That is consistent with what the probes found: {listed(present)}. {which} was not "
            "tried: no cause is named without training with repairs on and off."
        )
    elif not report.interrupted and not (
        report.parts and (report.parts.minimal or report.parts.undecided)
    ):
        sentences.append(_unexplained(report))
    sentences += [*_unjudged(report), *time_words.sentences(report)]
    return [one for one in sentences if one]


def paragraphs(report: Report) -> list[str]:
    """The verdict in up to three paragraphs: what is seen, what is possible, what causes it."""
    said = verdict(report)
    own = [one for one in own_run(report) if one in said[1:]]
    first = " ".join([said[0], *own])
    rest = [one for one in said[1:] if one not in own]
    of_parts = [one for one in part_words.sentences(report) if one in rest]
    others = [one for one in rest if one not in of_parts]
    return [one for one in (first, " ".join(of_parts), " ".join(others)) if one]


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
    """Whether every probe judged, none found anything, and the symptoms look sound too.

    And where there is a sound twin, the network is as good.
    """
    judged = findings(report)
    silent = all(one.status in {ABSENT, NOT_APPLICABLE} for one in judged)
    parts = report.parts
    worse = parts is not None and (bool(parts.minimal) or parts.undecided)
    sound = silent and not worse and not _looks_ill(report)
    cut = time_words.cuts(report)
    return bool(judged) and sound and not report.interrupted and not cut


def healthy(report: Report) -> list[str]:
    """Three lines: nothing was found, how the network does, and what was tried."""
    name = report.network.name
    seen = report.symptoms.get(name)
    probes = plural(len(findings(report)), "known defect")
    lines = [f"{name}: none of the {probes} that were looked for is present."]
    if seen and task_of(seen) is CLASSIFICATION:
        lines.append(
            f"Balanced accuracy {number(seen.balanced_accuracy)} "
            f"(chance {number(seen.chance)}), skew {number(seen.skew)}, "
            f"favourite answer {seen.favoured_class} for {percent(seen.favoured_share)}."
        )
    elif seen:
        lines.append(
            f"Unexplained variance {tiny(seen.unexplained_variance)} (chance 1), input dependence "
            f"{tiny(seen.input_dependence)} (that of the targets: 1)."
        )
    if report.twin:
        lines[-1] += f" A sound network of its shape: {number(report.twin.score)}."
    tried = [plural(len(findings(report)), "probe")]
    if seen:
        tried.append(plural(seen.images, f"test {task_of(seen).sample}"))
    if trainings := report.runs.get("trainings"):
        tried.append(plural(trainings, "training"))
    return [*lines, *own_run(report), f"Tried: {', '.join(tried)}; nothing is left to repair."]


def _looks_ill(report: Report) -> bool:
    """Whether the symptoms alone say that something is wrong, be it found or not."""
    seen = report.symptoms.get(report.network.name)
    if seen is None:
        return False
    return seen.overflowed > 0 or any(one.is_ill(seen) for one in task_of(seen).symptoms)


def _seen(report: Report) -> str:
    name = report.network.name
    seen = report.symptoms.get(name)
    if seen is None and report.interrupted:
        return f"What {name} answers was not measured."
    if seen is None and (late := time_words.untrained(report)):
        return late
    if seen is None:
        return f"{name} was probed; its symptoms were not measured."
    if trouble := report.runs.get("stopped", {}).get(name):
        return f"{name} gives no answer: {trouble}."
    if not answers(seen):
        outputs = "probabilities" if task_of(seen) is CLASSIFICATION else "outputs"
        return f"{name} gives no answer: its {outputs} are not finite for {overflowed(seen)}."
    if task_of(seen) is not CLASSIFICATION:
        return _numbers_seen(name, seen)
    sentence = (
        f"{name} answers {seen.favoured_class} for {percent(seen.favoured_share)} of the images"
    )
    if seen.input_dependence is not None and seen.input_dependence < 1e-6:
        sentence += ", with the same probabilities whatever the image"
    sentence += (
        f"; its balanced accuracy is {number(seen.balanced_accuracy)} "
        f"(chance {number(seen.chance)})."
    )
    if seen.overflowed:
        sentence += f" Its own softmax is not finite for {overflowed(seen)}."
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


def _unexplained(report: Report) -> str:
    judged = findings(report, ABSENT, NOT_APPLICABLE)
    if not judged:
        return "No probe has judged it."
    if findings(report, NOT_REACHED) or (report.watched and not _looks_ill(report)):
        return f"Of the {plural(len(judged), 'defect')} that were looked for none is present."
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
        cure_sentence(listed([complaint(one) for one in symptoms]), cures, len(symptoms) > 1)
        for symptoms, cures in grouped_cures(report)
    ]
    sentences = []
    if clauses:
        said = "; ".join(clauses)
        sentences.append(f"{said[0].upper()}{said[1:]}.")
        sentences.append(_outcome(report))
        sentences.append(part_words.beside_causes(report))
    elif part_words.is_as_good(report):
        sentences.append("There is nothing to cure.")
    else:
        sentences.append(
            "No set of repairs that was tried changes the symptoms enough to cure any."
        )
    sentences.append(time_words.few_seeds(report))
    if later := uncovered(report):
        sentences.append(
            f"{listed(later)} {'shows' if len(later) == 1 else 'show'} only once the others are "
            "repaired."
        )
    if extra := contributors(report):
        verb = "moves" if len(extra) == 1 else "move"
        sentences.append(f"{listed(extra)} {verb} the numbers, but no cure needs it.")
    for one in worse(report):
        sentences.append(f"{one} is real, but {why(report, one, WORSE)}: leave it for later.")
    for one in not_judged(report):
        sentences.append(f"{one} was not judged: {why(report, one, NOT_JUDGED)}.")
    if idle := harmless(report):
        verb = "is" if len(idle) == 1 else "are"
        sentences.append(
            f"{listed(idle)} {verb} real but {'causes' if len(idle) == 1 else 'cause'} "
            "nothing here."
        )
    if untried := left_out(report):
        sentences.append(f"Found, but not tried by training: {listed(dict.fromkeys(untried))}.")
    return sentences


def _outcome(report: Report) -> str:
    """Whether the network works once its answers are cured, where that is not with every seed."""
    outcomes = [task.goodness.name for task in TASKS.values()]
    traced = [cause for symptom, cause in report.causes.items() if symptom in outcomes]
    return " ".join(outcome_sentence(one) for one in traced)
