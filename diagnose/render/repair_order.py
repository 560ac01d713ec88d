"""What to repair, in which order, and what each step brings."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from diagnose.render import part_words, words
from diagnose.report import PRESENT, SEVERE, UNCOVERED, Cause, Report
from diagnose.style.text import number


@dataclass(frozen=True)
class Step:
    """One step of repairing: what, how, and every symptom after it.

    needed: it is in the first smallest cure of some symptom, or is uncovered by the others.
    """

    repair: str
    needed: bool
    advice: str
    values: dict[str, float | None]


def leading(report: Report) -> Cause | None:
    """Give the symptom whose ladder says in which order to repair.

    The one that takes most repairs to cure, the last on a tie: repairing in its order leaves
    the least unfinished.
    """
    curable = [one for one in report.causes.values() if one.minimal_repairs and one.ladder]
    if not curable:
        return None
    most = max(len(one.minimal_repairs[0]) for one in curable)
    return [one for one in curable if len(one.minimal_repairs[0]) == most][-1]


def _uncovered(cause: Cause) -> list[str]:
    return [name for name, one in cause.verdicts.items() if one.verdict == UNCOVERED]


def steps(report: Report) -> list[Step]:
    """Say what to repair, in which order, with every symptom's measured value after each step."""
    cause = leading(report)
    if cause is None:
        return []
    known = {
        symptom: {frozenset(trial.repairs): trial.value for trial in one.lattice}
        for symptom, one in report.causes.items()
    }
    needed = {
        name
        for one in report.causes.values()
        for name in [*itertools.chain(*one.minimal_repairs[:1]), *_uncovered(one)]
    }
    advice = {one.defect: one.advice for one in words.findings(report, PRESENT)}
    made: set[str] = set()
    steps = []
    for rung in cause.ladder:
        made.add(rung.repair)
        values: dict[str, float | None] = {
            symptom: sets.get(frozenset(made)) for symptom, sets in known.items()
        }
        values[cause.symptom] = rung.value
        steps.append(
            Step(
                repair=rung.repair,
                needed=rung.repair in needed,
                advice=advice.get(rung.repair, ""),
                values=values,
            )
        )
    return steps


@dataclass(frozen=True)
class PartStep:
    """A part to make sound, in which no repair of the ladder lies: what it is called, and how.

    brings: the scores without and with a sound one in its place, where it is enough by itself.
    """

    part: str
    how: str
    brings: str


def beyond(report: Report) -> list[PartStep]:
    """The parts that a smallest set needs and that no needed step of the ladder is about."""
    parts = report.parts
    if parts is None or parts.undecided or not parts.minimal:
        return []
    present = words.findings(report, PRESENT)
    needed = {one.repair for one in steps(report) if one.needed}
    covered = {one.part for one in present if one.defect in needed}
    alone = len(parts.minimal[0]) == 1 and parts.minimal[0][0] in parts.alone
    found = []
    for part in parts.minimal[0]:
        seen = [one for one in present if one.part == part and one.advice]
        grave = [one for one in seen if one.severity == SEVERE] or seen
        lacks = report.twin.instead(part) if report.twin else ""
        how = "; ".join(dict.fromkeys(one.advice for one in grave))
        how = how or part_words.made_sound(parts, part, lacks)
        brings = f"{number(parts.found)} -> {number(parts.alone[part])}" if alone else ""
        if part not in covered and how:
            found.append(PartStep(part_words.named(parts, part), how, brings))
    return found
