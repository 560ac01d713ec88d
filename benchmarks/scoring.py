"""Hold what the tool said of each case against what was planted and what the trainings show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.planting import NONE, Case, Fault
from benchmarks.truth import Truth

# Names that say the same of one line: the planted defect, what the tool may call it instead, and
# why. The repair of either takes the fault away.
INSTEAD: Mapping[tuple[str, str], str] = {
    ("update-direction", "wrong-gradient"): "a step up the gradient is one down its negative",
    ("wrong-gradient", "update-direction"): "a step down the negative gradient is one up",
    ("broadcast-shape", "wrong-gradient"): "a bias gradient that is a matrix is not the derivative",
    ("misleading-metric", "broadcast-shape"): "each answer is compared with every label",
    ("saturation", "initialization-offset"): "biases drawn far from zero are what saturates",
}
# What the tool may say besides, since it is true of the planted line as well.
BESIDES: Mapping[tuple[str, str], str] = {
    ("symmetric-initialization", "initialization-scale"): "weights all alike have spread 0",
    ("symmetric-initialization", "initialization-offset"): "all 1 is drawn around 1, not 0",
    ("aliased-arrays", "output-range"): "targets in which old ones are left do not sum to one",
}


@dataclass(frozen=True)
class Verdict:
    """One case with one seed, judged.

    missed: planted defects that were not found; extra: defects found that were not planted.
    refused: why there is no report.
    masked: what else it said of what was missed. said: which causes are true and which were named,
    if these are others.
    causes: whether those that it names of the symptom that the trainings show are the right ones,
    all and only; top: whether the first of them is one; None where the trainings do not tell.
    """

    case: Case
    seed: int
    found: tuple[str, ...]
    missed: tuple[str, ...]
    extra: tuple[str, ...]
    refused: str | None
    causes: bool | None
    top: bool | None
    masked: str
    said: str
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether exactly what was planted was found."""
        return not (self.missed or self.extra or self.refused)


def attribute(planted: Iterable[Fault], found: Collection[str]) -> tuple[set[str], set[str]]:
    """Which planted defects no finding stands for, and which findings stand for none."""
    missed: set[str] = set()
    explained: set[str] = set()
    for fault in planted:
        names = {fault.defect, *(name for one, name in INSTEAD if one == fault.defect)}
        if not names & {*found}:
            missed.add(fault.defect)
        explained |= names | {*fault.also}
        explained |= {name for one, name in BESIDES if one == fault.defect}
    return missed, {*found} - explained


def judge(case: Case, seed: int, said: Mapping[str, Any], truth: Truth | None) -> Verdict:
    """Judge what the tool said of a case; ``truth`` is None where no training could tell."""
    statuses: Mapping[str, str] = said["findings"]
    found = sorted(name for name, status in statuses.items() if status == "present")
    missed, extra = attribute(faults_of(case), found)
    causes = top = None
    words = ""
    if truth is not None and truth.is_certain and case.defects:
        causes, top, words = judge_causes(case, said["causes"], truth)
    hidden = [
        f"{name} is {status}"
        for name in sorted(missed)
        if (status := statuses.get(name, "absent")) != "absent"
    ]
    return Verdict(
        case=case,
        seed=seed,
        found=tuple(found),
        missed=tuple(sorted(missed)),
        extra=tuple(sorted(extra)),
        refused=said["refused"],
        causes=causes,
        top=top,
        masked=", ".join(hidden),
        said=words,
        seconds=said["seconds"],
    )


def judge_causes(
    case: Case, causes: Mapping[str, Any], truth: Truth
) -> tuple[bool, bool | None, str]:
    """Whether the named causes are right, whether the first is, and what was said and is true."""
    if truth.worst is None:
        blamed = sorted({name for one in causes.values() for name in one["causes"]})
        text = f"blames {', '.join(blamed)}, and nothing does harm" if blamed else ""
        return not blamed, None, text
    true = [fault for fault in faults_of(case) if fault.name in truth.causes]
    named: Sequence[str] = causes.get(truth.worst, {"causes": []})["causes"]
    missed, extra = attribute(true, named)
    # A cause is shown by its repair, and that of what is as true of a line mends the line too.
    missed -= {fault.defect for fault in true if {*fault.also} & {*named}}
    top = bool(named) and named[0] not in extra
    right = not missed and not extra
    names = ", ".join(sorted(fault.defect for fault in true))
    text = f"cause of {truth.worst}: {names}; named: {', '.join(named) or 'none'}"
    return right, top, "" if right else text


def faults_of(case: Case) -> list[Fault]:
    """The faults of a case that are no traps."""
    return [fault for fault in case.planted if fault.defect != NONE]


def share(values: Iterable[bool | None]) -> tuple[int, int]:
    """How many are true, of how many that are known."""
    known = [one for one in values if one is not None]
    return sum(known), len(known)


def precision_and_recall(verdicts: Iterable[Verdict]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of all that was found, what was planted; of all that was planted, what was found."""
    right = found = planted = 0
    for one in verdicts:
        right_here = len(one.case.defects) - len(one.missed)
        right, planted = right + right_here, planted + len(one.case.defects)
        found += right_here + len(one.extra)
    return (right, found), (right, planted)
