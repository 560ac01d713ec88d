"""What a watched run told by itself, as findings of the report, beside those of the probes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from diagnose.causes.widening import BIASES
from diagnose.command import class_numbers
from diagnose.examining.size_shown import SIZE, decided
from diagnose.instruments.comparing import ENOUGH, working
from diagnose.render.part_words import WORDS, decay, in_order, made_sound, sound_learns
from diagnose.report import (
    ABSENT,
    BY_EXCHANGE,
    ERROR,
    MASKED,
    NOT_APPLICABLE,
    PARTS,
    PRESENT,
    RISK,
    UNTRAINABLE,
    Finding,
    Parts,
    Report,
    Twin,
    Where,
)
from diagnose.style.text import percent, plain
from diagnose.telling.record import KINDS, OF_STEP, Told

# These a probe judges by trainings or by the whole network, where there is one: it knows better. A
# network has one of them or none, whatever the line.
LEFT_TO_PROBES = {
    "output-range", "frozen-parameter", "softmax-axis", "update-direction",
    "symmetric-initialization",
}  # fmt: skip
# What these did to samples before they were trained on, or tested on, nothing undoes. Where samples
# that were mixed are known as they were, trainings show no more than how well either are learned by
# heart. Samples of a class that is not among them cannot be made up, either.
BEYOND_EXCHANGE = {
    "sorted-split", "mixed-samples", "scaled-by-sample", "missing-classes", "dataset-shift",
    "target-in-window", "unrelated-labels",
}  # fmt: skip
# Of a sound answer an exchange has the preparation and the forward pass, not how answers are read
# off and counted, nor of which weights they are.
UNIT = "answer-unit"
READ_OFF = {"misleading-metric", "untrained-weights", class_numbers.KIND, UNIT}
# Some samples may be left aside for a reason.
NEVER_TAKEN = "never-taken"
# What a probe tells of classes, by the samples that are there.
MISSING = "missing-classes"
# Of an update that is to blame.
DECAY = "weight-decay"
# Biases that are trained and not computed with: not a size lacks them, but the forward pass.
UNUSED = "unused-bias"
# One object in several places, which is written into.
ALIASED = "aliased-arrays"
# Where chance splits them, few in a hundred test samples have a target that is larger, or smaller,
# than all of a hundred that are trained on.
MOST_OUTSIDE = 0.5
# A step goes down what it is handed; where that is no gradient, it is not said to go down the loss.
DIRECTION, GRADIENT = "update-direction", "wrong-gradient"
TABLE = "broadcast-shape"
# The part that has a rate of its own.
PACE = "pace"
# A probe points at a statement, a run at the operation in it: so many lines apart they mean one.
NEAR = 2


def findings_told(
    told: Sequence[Told], select: Collection[str] = (), ignore: Collection[str] = (),
    *, of_a_run: bool = True,
) -> list[Finding]:  # fmt: skip
    """Each thing that was seen as a finding; of those selected, without those ignored.

    of_a_run: whether it was seen while a script of the author's ran.
    """
    seen = {"seen": "while the script ran"} if of_a_run else {}
    some = [one for one in told if (not select or one.kind in select) and one.kind not in ignore]
    return [replace(_finding(one), numbers=one.numbers | seen) for one in some]


def _finding(told: Told) -> Finding:
    kind = KINDS[told.kind]
    return Finding(
        defect=told.kind,
        status=PRESENT,
        observed=f"{told.observed}.",
        expected=kind.expected,
        where=Where(file=told.file, line=told.line, text=told.text) if told.line else None,
        advice=told.advice or kind.advice,
        numbers=told.numbers,
        part=told.part or kind.part,
        severity=told.severity or kind.severity,
    )


def joined(report: Report, told: Sequence[Finding], *, every_probe: bool = True) -> Report:
    """The report with what its script told by itself; what a probe says already stands once.

    every_probe: whether all defects were looked for, so that a part is known to have none.
    """
    report = _joined(report, told)
    return _with_unexplained(report) if every_probe else report


def _joined(report: Report, told: Sequence[Finding]) -> Report:
    name = report.network.name
    told, undone = class_numbers.without_undone(told, report)
    others = [] if undone else class_numbers.answered_otherwise(report)
    told += [*map(_finding, others), *_unlike(report)]
    every = [
        _by_the_step(_with_put_aside(_placed(one, told), report.watched), told)
        for one in report.findings.get(name, [])
    ]
    if report.watched is not None:
        wrong = any((one.defect, one.status) == (GRADIENT, PRESENT) for one in every)
        every = [_not_judged(one) if wrong else one for one in every]
    added = [one for one in told if not any(_says(probe, one) for probe in every)]
    named = {one.defect for one in added}
    # what no probe saw in the network was seen beside it: the one does not contradict the other
    silent = (ABSENT, NOT_APPLICABLE)
    kept = [one for one in every if one.status not in silent or one.defect not in named]
    if not kept and not added:
        return report
    added = [_weighed(one, report.parts, kept) for one in added]
    found = [_with_reach(one) for one in (*kept, *added)]
    report = replace(report, findings={**report.findings, name: found})
    fails = report.twin is not None and report.twin.fails
    beside = [*added, *(one for one in kept if one.defect in BEYOND_EXCHANGE)]
    parts = _with_told(report, beside, fails)
    return replace(report, parts=parts and _with_one_object(parts, added, kept))


def _with_unexplained(report: Report) -> Report:
    """The report with a finding for each part that is to blame and in which nothing was found.

    What shows it are trainings: with every part sound but this one, and with this one sound too.
    """
    parts, name = report.parts, report.network.name
    if parts is None or parts.undecided or not parts.minimal:
        return report
    every = report.findings.get(name, [])
    known = {one.part for one in every if one.status == PRESENT}
    # what is one array in two places belongs to the part that stands where it does
    shared = {
        (one.where.file, one.where.line)
        for one in every
        if one.status == PRESENT and one.defect == ALIASED and one.where
    }
    known |= {part for part, where in parts.places.items() if (where.file, where.line) in shared}
    if any(one.defect == "test-preparation" for one in every):
        known |= {"input"}  # samples of the test, or of the training: one of both is made otherwise
    parts = _explained_first(parts, known)
    report = replace(report, parts=parts)
    added = [
        _unexplained(parts, part, report.twin.instead(part) if report.twin else "")
        for part in parts.minimal[0]
        if part in parts.places and part in parts.alone and part not in known
    ]
    if SIZE in {*parts.minimal[0]} - known and report.twin:
        every = [decided(one, report.twin, parts) for one in every]
    return replace(report, findings={**report.findings, name: [*every, *added]})


def _explained_first(parts: Parts, known: Collection[str]) -> Parts:
    """The sets of parts that close the gap, first those whose every part has a finding."""
    found = {*known} & parts.alone.keys()
    order = sorted(range(len(parts.minimal)), key=lambda at: not {*parts.minimal[at]} <= found)
    return replace(
        parts,
        minimal=[parts.minimal[at] for at in order],
        rates=[parts.rates[at] for at in order if parts.rates],
        epochs=[parts.epochs[at] for at in order if parts.epochs],
    )


def _unexplained(parts: Parts, part: str, lacks: str) -> Finding:
    """The finding: how far a sound part takes the network, alone or beside the others.

    lacks: what a sound network of the same shape has not, where it needs that.
    """
    where, without = parts.places[part], parts.without.get(part)
    alone = parts.minimal[0] == [part]
    said = f"no known mistake was seen in this part, the {WORDS[part]}"
    if lacks:
        said += (
            f"; a sound network with {lacks} reaches {parts.twin:.3f} instead of {parts.found:.3f}"
        )
    elif alone or without is None:
        said += (
            f"; with a sound one in its place, and nothing else changed, the network reaches "
            f"{parts.alone[part]:.3f} instead of {parts.found:.3f}"
        )
    else:
        said += (
            f"; with every part sound but this one the network reaches {without:.3f}, and with "
            f"this one sound too {parts.twin:.3f}"
        )
    kind = "unlike-its-twin"
    if part == "step" and parts.decays:
        kind = DECAY
        most = max(parts.decays, key=lambda name: parts.decays[name])
        said = (
            f"the gradient of {most} holds {decay(parts, parts.decays[most])}, where "
            f"that of the mean loss is 1; {said.partition('; ')[2]}"
        )
    seen = Told(
        kind=kind, file=where.file, line=where.line, text=where.text, part=part,
        observed=said,
    )  # fmt: skip
    advice = made_sound(parts, part, lacks) if kind != DECAY else ""
    numbers = {"alone": parts.alone[part], "without": without, "shown": BY_EXCHANGE}
    made = replace(_finding(seen), numbers=numbers)
    return replace(made, advice=advice) if advice else made


def _unlike(report: Report) -> list[Finding]:
    """What it means that a sound network fails on the test samples of the script alone."""
    unlike, watched = report.data.get("unlike_test"), report.watched or {}
    row = watched.get("roles", {}).get("test samples")
    if unlike is None or row is None:
        return []
    if unlike.get("lost"):
        return [_unrelated(unlike, watched)]
    tested = f"{unlike['score']:.3f} of the {row['text']} that the script tests on"
    if "slope" in unlike:
        return [_in_other_unit(unlike, watched, tested)]
    if unlike.get("outside", 0) > MOST_OUTSIDE:
        kind, line, severity = "sorted-split", int(row.get("split") or row["line"]), ""
        said = (
            f"{unlike['held_out']:.3f} of training samples that were left out of its training, and "
            f"only {tested}: {percent(unlike['outside'])} of these have targets beyond all that it "
            "trains on"
        )
    elif unlike.get("apart") and not unlike["sure"]:
        # samples that are split off others were made with these
        line = int(row.get("split") or row.get("made") or row["line"])
        kind, severity = "dataset-shift", ""
        said = (
            f"{unlike['held_out']:.3f} of training samples that were left out of its training, and "
            f"only {tested}: these are unlike the training samples, or labelled otherwise"
        )
    else:
        kind, line = "test-preparation", int(row["line"])
        severity = "" if unlike["sure"] else RISK
        said = f"and {tested}, " + (
            "fewer than who guesses: they are prepared in another way, or their labels have other "
            "numbers"
            if unlike["sure"]
            else "as who guesses: consistent with labels of the training that say nothing of their "
            "samples, and with tests prepared in another way, or whose labels have other numbers"
        )
    seen = Told(
        kind=kind, file=str(watched["script"]), line=line, severity=severity,
        observed=f"a {sound_learns(unlike['trained'], in_numbers='outside' in unlike)}, {said}. So "
        "everything here is tested on the samples that it trains on",
        numbers={name: unlike[name] for name in ("score", "trained", "held_out") if name in unlike},
    )  # fmt: skip
    return [replace(_finding(seen), numbers=dict(seen.numbers))]


def _in_other_unit(unlike: dict[str, Any], watched: dict[str, Any], tested: str) -> Finding:
    """What it means that test targets are all that a sound network answers, in another unit."""
    row = watched["roles"]["test samples"]
    seen = Told(
        kind=UNIT, file=str(watched["script"]), line=int(row.get("answered") or row["line"]),
        observed=f"a {sound_learns(unlike['trained'], in_numbers=True)}, and {tested}; these are "
        f"about {plain(unlike['slope'])} times its answers plus {plain(unlike['shift'])}: numbers "
        "in the unit of its training are held against others",
    )  # fmt: skip
    numbers = {name: unlike[name] for name in ("score", "trained", "held_out", "slope", "shift")}
    return replace(_finding(seen), numbers=numbers)


def _unrelated(unlike: dict[str, Any], watched: dict[str, Any]) -> Finding:
    """What it means that a sound network learns samples by heart, and nothing that holds beside."""
    row = watched["roles"].get("labels") or watched["roles"]["targets"]
    if "order" in unlike:
        said = f"the labels stand in another order than their samples: {in_order(unlike)}"
    else:
        said = (
            f"a {sound_learns(unlike['trained'])}, but {unlike['held_out']:.3f} of those that were "
            f"left out of its training, and {unlike['score']:.3f} of the test samples: no more "
            "than who guesses. So these labels tell nothing of their samples, as if they belonged "
            "to others"
        )
    names = ("score", "trained", "held_out", "order", "as_given", "in_order")
    numbers = {name: unlike[name] for name in names if name in unlike}
    line = int(row.get("made") or row["line"]) if "order" in unlike else int(row["line"])
    seen = Told(
        kind="unrelated-labels", file=str(watched["script"]), line=line, observed=said,
        numbers=numbers,
    )  # fmt: skip
    return replace(_finding(seen), numbers=numbers)


def _weighed(told: Finding, parts: Parts | None, probes: Sequence[Finding]) -> Finding:
    """How bad it is that test samples are prepared otherwise, where trainings have told.

    And that no step takes samples that are there. What a probe judges is as bad as it says.
    """
    judged = [one.severity for one in probes if (one.defect, one.status) == (told.defect, PRESENT)]
    if told.defect in LEFT_TO_PROBES and judged:
        return replace(told, severity=judged[0])
    if told.defect == NEVER_TAKEN and parts is not None and not parts.undecided:
        blamed = any("order" in one for one in parts.minimal)
        return replace(told, severity=ERROR if blamed else RISK)
    if told.defect != "test-preparation" or parts is None or parts.undecided:
        return told
    if "trained" in told.numbers:
        return told  # a training has told
    if any("answer" in one for one in parts.minimal):
        return replace(told, severity=ERROR)
    return replace(told, severity=RISK if told.severity == ERROR else told.severity)


def _with_reach(one: Finding) -> Finding:
    """A finding marked where no training shows what it does: what a script prints stays wrong."""
    for_good = _is_for_good(one) or one.part == "answer"
    if one.status != PRESENT or one.severity != ERROR or not for_good:
        return one
    return replace(one, numbers={**one.numbers, UNTRAINABLE: True})


def _with_told(report: Report, told: Sequence[Finding], fails: bool) -> Parts | None:
    """What closes the gap, with the parts that the run told to be wrong and no exchange can tell.

    These are the answer, which we count ourselves; samples that are mixed or scaled one by one
    before anything trains on them, which no exchange takes apart again; and a split that leaves one
    class to test on. What the script prints stays wrong without them: also where the network is as
    good as a sound one on what it is given. Where no part closes the gap because a sound
    network ``fails`` as well, it is whatever else was done to samples, too. Answers that only have
    other numbers than their targets are mended in either.
    """
    parts = report.parts
    if parts is None or parts.undecided:
        return parts
    spoilt = fails and not parts.minimal
    if not parts.minimal and not spoilt and parts.found < ENOUGH * parts.best:
        return parts  # what closes the gap was not found
    parts = _with_biases(parts, told, report.twin)
    for part in ("data", "input", "answer"):
        wrong = [one for one in told if one.part == part and _is_beyond(one, spoilt)]
        exchanged = part in parts.alone and not any(map(_is_for_good, wrong))
        if not wrong or exchanged:
            continue
        where = next((one.where for one in wrong if one.where), None)
        if all(class_numbers.ANSWERED_AS in one.numbers for one in wrong):
            parts = class_numbers.in_either(parts, report, where)
            continue
        if part == "answer":
            parts = _as_printed(parts, report.twin)
        sets = parts.minimal or [[]]
        parts = replace(
            parts,
            minimal=[[each for each in PARTS if each in {*one, part}] for one in sets],
            rates=parts.rates or [None],
            epochs=parts.epochs or [None],
            places=parts.places | ({part: where} if where else {}),
        )
    return parts


def _as_printed(parts: Parts, twin: Twin | None) -> Parts:
    """The parts, of which one alone is enough that does, measured from what is printed.

    Where right answers are read off or counted wrongly, the gap that a person sees may begin at
    chance: nine tenths of the way from there are what works. At the author's own rate.
    """
    if twin is None or not parts.minimal:
        return parts
    works = working(twin.symptoms.chance, twin.score)
    blamed = {*parts.blamed} - {PACE}
    enough = [one for one in PARTS if one in blamed and parts.alone.get(one, 0.0) >= works]
    if not enough:
        return parts
    none = len(enough) * [None]
    return replace(parts, minimal=[[one] for one in enough], rates=[*none], epochs=[*none])


def _with_biases(parts: Parts, told: Sequence[Finding], twin: Twin | None) -> Parts:
    """Parts of which the forward pass is to blame for biases that are there, and not the size."""
    unused = [one.where for one in told if one.defect == UNUSED and one.where]
    if not unused or twin is None or twin.lacks != BIASES:
        return parts
    return _meant(parts, SIZE, "forward", unused[0])


def _with_one_object(parts: Parts, told: Sequence[Finding], probes: Sequence[Finding]) -> Parts:
    """Parts of which the start is to blame for rows that are one object, and not the gradient.

    Each of them gets the gradients of all then, and no line of the backward pass is wrong.
    """
    shared = [one.where for one in told if one.defect == ALIASED and one.part == "start"]
    wrong = [one for one in probes if (one.defect, one.status) == (GRADIENT, PRESENT)]
    if not wrong or any(OF_STEP in one.numbers for one in wrong) or not shared or shared[0] is None:
        return parts
    return _meant(parts, "gradient", "start", shared[0])


def _meant(parts: Parts, blamed: str, other: str, where: Where) -> Parts:
    """Parts of which another one is to blame, which stands there."""

    def named(part: str) -> str:
        return other if part == blamed else part

    sets = [[one for one in PARTS if one in {*map(named, each)}] for each in parts.minimal]
    return replace(
        parts,
        minimal=sets,
        alone={named(part): value for part, value in parts.alone.items()},
        places=parts.places | {other: where},
    )


def _is_beyond(told: Finding, spoilt: bool) -> bool:
    """Whether something is wrong that no exchange of parts can undo; spoilt: of such samples."""
    beyond = spoilt or told.part == "answer" or _is_for_good(told)
    return told.severity == ERROR and beyond


def _is_for_good(told: Finding) -> bool:
    """Whether no exchange of parts undoes what was done to samples, or to answers."""
    return told.defect in READ_OFF | BEYOND_EXCHANGE


def _placed(probe: Finding, told: Sequence[Finding]) -> Finding:
    """A probe's finding, with the place where it is mended, as the run saw that.

    The probe sees where two shapes meet; the run also where the one got its shape.
    """
    for one in told if probe.status == PRESENT else ():
        if _says(probe, one) and _is_seen_at(probe, one) and not _near(probe, one):
            return replace(probe, where=one.where, observed=f"{probe.observed}. {one.observed}")
    return probe


def _with_put_aside(probe: Finding, watched: dict[str, Any] | None) -> Finding:
    """The finding of classes that are never shown, where the test set alone has samples of them.

    Then it is the split that keeps them from being shown, and no loop over what it left.
    """
    row = (watched or {}).get("roles", {}).get("test samples", {})
    if (probe.defect, probe.status) != (MISSING, PRESENT) or not row.get("put_aside"):
        return probe
    said = f"{row['put_aside']:,} samples of these were taken out of the test set to try it"
    where = probe.where
    if watched and row.get("split"):
        where = Where(file=str(watched["script"]), line=int(row["split"]))
    observed = f"{probe.observed}; {said}"
    return replace(probe, observed=observed, advice=KINDS["sorted-split"].advice, where=where)


def _by_the_step(probe: Finding, told: Sequence[Finding]) -> Finding:
    """A probe's finding on gradients, with what the step itself has shown, run again.

    That is exact, and knows the line.
    """
    shown = _shown_by_the_step(probe, told)
    if probe.status != PRESENT or not shown:
        return probe
    meant = next((one for one in shown if _near(probe, one)), shown[0])
    return replace(
        probe, where=meant.where, advice=meant.advice, observed=meant.observed.removesuffix("."),
        numbers={**probe.numbers, **shown[0].numbers},
    )  # fmt: skip


def _shown_by_the_step(probe: Finding, told: Sequence[Finding]) -> list[Finding]:
    """What the step has shown that a probe's finding is on.

    Where every step goes up, a probe may say that all gradients have the wrong sign: that is one.
    Where outputs meet the targets of all samples, it compares with the gradient that is meant.
    """
    of_step = [one for one in told if OF_STEP in one.numbers]
    same = [one for one in of_step if one.defect == probe.defect]
    other = {one.defect for one in of_step}
    return same or (of_step if probe.defect == GRADIENT and other <= {DIRECTION, TABLE} else [])


def _not_judged(probe: Finding) -> Finding:
    """The finding on the direction of steps, where what they are handed is no gradient."""
    if (probe.defect, probe.status) != (DIRECTION, ABSENT):
        return probe
    said = "the steps go down what they are handed, and that is not the gradient of the loss"
    return replace(probe, status=MASKED, observed=said, advice="mend wrong-gradient first")


def _near(probe: Finding, told: Finding) -> bool:
    if probe.where is None or told.where is None:
        return False
    return abs(probe.where.line - told.where.line) <= NEAR


def _says(probe: Finding, told: Finding) -> bool:
    if probe.status == PRESENT and told in _shown_by_the_step(probe, [told]):
        return _near(probe, told)
    if probe.defect != told.defect:
        return False
    if probe.status == ABSENT:
        return probe.defect in LEFT_TO_PROBES and OF_STEP not in told.numbers
    if probe.status == PRESENT and probe.defect in LEFT_TO_PROBES:
        return True
    if probe.status != PRESENT or probe.where is None:
        return False
    return _near(probe, told) or _is_seen_at(probe, told)


def _is_seen_at(probe: Finding, told: Finding) -> bool:
    """Whether a probe points at the line in which the run saw what it tells of another one."""
    line = told.numbers.get("line_seen")
    return probe.where is not None and line is not None and abs(probe.where.line - line) <= NEAR
