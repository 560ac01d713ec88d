"""What a search begins with: the script as found, or a copy in which what was seen is mended.

Where what was seen of the samples is mended, the copy gets a sound twin of its own, and its parts
are exchanged anew: those of the report say nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagnose.causes.agreement import best_repaired, is_yardstick
from diagnose.causes.in_time import compare_in_time
from diagnose.causes.widening import ADDED, in_words
from diagnose.instruments.comparing import working
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.biases import SIZE
from diagnose.patching.handed import Handed, HandedScript, script_of
from diagnose.patching.outcomes import Outcome, outcome_of
from diagnose.patching.pace import ENDS_EARLY
from diagnose.patching.said import NO_YARDSTICK, NOT_IN_ORDER, TOO_LONG
from diagnose.patching.script import TABLE, Script
from diagnose.patching.search import MENDED
from diagnose.patching.seen import SEEN, more_shown, numbered_alike, related, unseen
from diagnose.patching.source import Edit, Source
from diagnose.patching.trial import Trials
from diagnose.report import PARTS, PRESENT, SEVERE, Finding, Report, Twin
from diagnose.symptoms import chance, half_way
from diagnose.training.budget import Budget
from diagnose.training.cuts import Cuts
from diagnose.training.pool import Pool
from diagnose.watching.script import Watched

# The share of the time that is left for the copy's own twin; edits take the rest.
COMPARING = 0.5
FAILS = (
    "no patch: a sound network of this shape does not learn these samples either, and "
    "no edit of the code that is known here changes that"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Base:
    """What the search begins with.

    outcome: the script with the edits that are given, as it was read; as_found: without them.
    blamed: sets of parts to mend, one of them.
    """

    script: Script
    outcome: Outcome
    as_found: Outcome
    twin: Twin
    blamed: list[list[str]]
    given: Sequence[Edit]

    @property
    def sound(self) -> float | None:
        """What a sound network reaches; None where that is measured by repairs."""
        return self.twin.score if self.twin.shape else None


def base_of(
    source: Source, trials: Trials, seen: Watched | Handed, report: Report, seeds: Sequence[int]
) -> Base | str:
    """What to begin with; the reason where there is nothing."""
    outcome = outcome_of(trials.found, trials.seed)
    if outcome is None:
        return "no patch: its layers are not dense ones"
    told = frozenset(one.kind for one in seen.seen)
    as_found = replace(outcome, told=told, roles=seen.roles)
    trials.know(as_found)
    script = script_of(source, seen, trials.found, report)
    # nothing was seen of what was handed over, so nothing tells by itself
    given = [] if isinstance(script, HandedScript) else _given(script, trials, as_found, report)
    if isinstance(given, str):
        return given
    if not given and report.twin is not None and report.parts is not None:
        return _as_found(script, as_found, report)
    # A copy with other samples has a sound twin of its own, and so has what the report had no time
    # to compare with one.
    base = trials.run(given) or as_found
    pool = Pool(budget=Budget.of(max(trials.left, 0.0)))
    trainer = replace(base.trainer, pool=pool)
    cuts = Cuts()
    compared = compare_in_time(base.network, trainer, seeds, cuts, COMPARING)
    if isinstance(compared, tuple) and not given and not is_yardstick(compared, report.causes):
        compared = None
    repaired = None if given else _as_repaired(report, base.network)
    if compared is None and report.twin is not None:  # then that of the report has to do
        twin, blamed = report.twin, to_mend(report)
    elif isinstance(compared, tuple):
        twin, blamed = compared[0], to_mend(replace(report, parts=compared[1]))
    elif compared is None and repaired is not None:
        twin, blamed = repaired, [with_defects(report)]
    else:
        return no_sound_network(compared, cuts.noted)
    return Base(
        script=script, outcome=base, as_found=as_found, twin=twin, blamed=blamed, given=given
    )


def no_sound_network(reason: str | None, cut: Sequence[object]) -> str:
    """That there is none to measure by, and why; cut: what there was no time for."""
    why = reason or (TOO_LONG if cut else NO_YARDSTICK)
    return f"no patch: there is no sound network to measure an edit by: {why}"


def _as_repaired(report: Report, network: Network) -> Twin | None:
    """What to measure by where no sound network does as well as the author's own, repaired.

    It has no shape, since it was not made of sound parts. None where no repair was tried.
    """
    best, seen = best_repaired(report.causes), report.symptoms.get(report.network.name)
    if best is None or seen is None:
        return None
    return Twin(
        score=best, rate=abs(float(network.learning_rate(0))), epochs=network.epochs,
        works_in=[0, 0], found_works_in=[0, 0], shape="", symptoms=seen, same_shape=best, lacks="",
        trained=best, fails=False,
    )  # fmt: skip


def _given(script: Script, trials: Trials, as_found: Outcome, report: Report) -> list[Edit] | str:
    """The edits of what was seen of the samples; or that nothing can be mended."""
    given = unseen(script, trials, [])
    # where a sound network fails, too, and nothing was seen that is to be mended
    fails = report.twin is not None and report.twin.fails
    fails = fails and not (to_mend(report) or is_seen(report) or wrong_parts(report))
    if fails or "missing-classes" in script.found:
        given += more_shown(script, trials, given, as_found)
    if report.twin is not None:
        by_chance = chance(as_found.network)
        rate = abs(report.twin.rate * as_found.author.unit)
        half = max(half_way(by_chance), working(by_chance, report.twin.score))
        given += related(script, trials, given, rate, half)
        if not given and "order" in report.data.get("unlike_test", {}):
            return NOT_IN_ORDER
        given += numbered_alike(script, trials, given, rate, half)
    return FAILS if fails and not given else given


def _as_found(script: Script, outcome: Outcome, report: Report) -> Base:
    """To begin with the script as it is."""
    assert report.twin is not None
    twin, blamed = report.twin, to_mend(report)
    if blamed == [[SIZE]] and not twin.lacks:
        twin = replace(twin, lacks=_units_lacking(report))
    return Base(
        script=script, outcome=outcome, as_found=outcome, twin=twin, blamed=blamed, given=()
    )


def _units_lacking(report: Report) -> str:
    """Hidden units that were shown to be needed, where the twin has the author's; else nothing."""
    if report.twin is None or report.twin.lacks:
        return ""
    for one in _present(report):
        times = one.numbers.get("times") if one.defect == "too-few-units" else None
        if times:
            return in_words([max(ADDED, times * units) for units in one.numbers["units"]])
    return ""


def to_mend(report: Report) -> list[list[str]]:
    """The sets of parts to mend; where no smallest one was found, all in which defects are."""
    parts = report.parts
    if parts is None:
        return []
    if not parts.undecided and (parts.minimal or not _is_less_sure(report)):
        # the twin is trained as long as the author's, and may end as early
        longer = [["pace"]] * any(one.defect == ENDS_EARLY for one in _present(report))
        wider = [[SIZE]] * bool(_units_lacking(report))
        return sorted(parts.minimal, key=len) or longer or wider
    return [with_defects(report)]


def _present(report: Report) -> list[Finding]:
    """The findings of defects that are there."""
    every = report.findings.get(report.network.name, [])
    return [one for one in every if one.status == PRESENT]


def with_defects(report: Report) -> list[str]:
    """All parts in which defects are, and the pace."""
    there = {one.part for one in _present(report) if one.part in MENDED}
    return [part for part in PARTS if part in there | {"pace"}]


def wrong_parts(report: Report) -> set[str]:
    """The parts in which errors were found."""
    return {one.part for one in _present(report) if one.severity == SEVERE}


def _is_less_sure(report: Report) -> bool:
    """Whether a network with errors falls short of its twin by what seeds may do, too."""
    parts, twin = report.parts, report.twin
    short = parts is not None and parts.twin - parts.found >= NOTICEABLE
    fewer = twin is not None and twin.found_works_in[0] < twin.works_in[0]
    return (short or fewer) and bool(wrong_parts(report) & {*MENDED})


def seen_at(report: Report) -> list[tuple[str, int]]:
    """The kind and the line of each finding."""
    findings = report.findings.get(report.network.name, [])
    return [(one.defect, one.where.line) for one in findings if one.where]


def asks_otherwise(report: Report) -> bool:
    """Whether the script's own test samples ask for something else than the training teaches."""
    unlike = report.data.get("unlike_test", {})
    return bool(unlike and not unlike.get("lost")) or "renumbered" in report.data


def is_seen(report: Report) -> bool:
    """Whether something was seen that trainings do not tell: of the samples, or of the answers.

    A table of all pairs that spoils no training was made of answers.
    """
    return asks_otherwise(report) or any(
        one.defect in (*SEEN, TABLE) or one.part == "answer" for one in _present(report)
    )
