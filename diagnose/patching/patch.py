"""The patch of a script, and what is said of it in the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.causes.twin import compare
from diagnose.errors import BadInputError
from diagnose.instruments.comparing import working
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.answer import answered
from diagnose.patching.reading import READABLE, readable
from diagnose.patching.script import Script
from diagnose.patching.search import MENDED, Search
from diagnose.patching.seen import SEEN, unseen
from diagnose.patching.source import Edit, Source, hunks, touched, unified
from diagnose.patching.trial import (
    MOST_RUNS,
    NUMBER,
    NoTrialError,
    Outcome,
    Trials,
    copied_folder,
    outcome_of,
)
from diagnose.report import PARTS, PRESENT, Report, Twin
from diagnose.symptoms import chance, half_way
from diagnose.training.progress import Show, hide
from diagnose.watching.script import Watched

# With so many seeds sets of parts are compared, and so patches too.
SEEDS = 3
COUNTED = (
    "what the script prints last hardly changes, though its training now works: that is consistent "
    "with a mistake in how it prepares its test samples, reads off its answers or counts them"
)
UNREAD = (
    "no patch: what was read of the script was not certified, so it cannot be measured whether an "
    "edit helps"
)
NOTHING = "nothing to mend: the network is as good as a sound one of its shape"


def find_patch(
    path: Path,
    seen: Watched,
    report: Report,
    *,
    arguments: Sequence[str] = (),
    seconds: float = 120.0,
    progress: Show = hide,
) -> dict[str, Any]:
    """Look for the edits that make a script work: what the report says of them.

    seen: the script as it was watched; report: on its network. ``diff`` is empty where nothing was
    found, and ``left`` says why, or what a patch leaves as it is. ``tried`` is None where nothing
    was run. Nothing is written into the script's folder.
    """
    reason = _cannot(seen, report)
    if reason:
        return _record(path, left=[reason])
    try:
        source = Source.of(path)
        with copied_folder(path) as folder:
            return _tried(path, source, folder, seen, report, arguments, seconds, progress)
    except (NoTrialError, BadInputError) as error:
        return _record(path, left=[f"no patch: {error}"])
    except KeyboardInterrupt:  # the report is there already, and is given out
        return _record(path, left=["no patch: interrupted while edits were tried"])


def _cannot(seen: Watched, report: Report) -> str:
    """Why no edit is tried at all; nothing where some are."""
    if seen.network is None:
        return "" if any(kind in READABLE for kind, _ in _seen_at(report)) else UNREAD
    if report.interrupted is not None:
        return "no patch: the diagnosis was interrupted"
    if report.twin is None or report.parts is None:
        reason = report.runs.get("no_twin", "no parts were exchanged")
        return f"no patch: there is no sound network to measure an edit by: {reason}"
    if not _blamed(report) and not _is_seen(report):
        if report.twin.fails:
            return (
                "no patch: a sound network of this shape does not learn these samples either, and "
                "no edit of the code that is known here changes that"
            )
        return NOTHING
    return ""


def _blamed(report: Report) -> list[list[str]]:
    """The sets of parts to mend; where no smallest one was found, all in which defects are."""
    parts = report.parts
    if parts is None:
        return []
    if not parts.undecided:
        return sorted(parts.minimal, key=len)
    findings = report.findings.get(report.network.name, [])
    there = {one.part for one in findings if one.status == PRESENT and one.part in MENDED}
    return [[part for part in PARTS if part in there | {"pace"}]]


def _seen_at(report: Report) -> list[tuple[str, int]]:
    """The kind and the line of each finding."""
    findings = report.findings.get(report.network.name, [])
    return [(one.defect, one.where.line) for one in findings if one.where]


def _is_seen(report: Report) -> bool:
    """Whether something was seen of the samples that trainings on them do not tell."""
    findings = report.findings.get(report.network.name, [])
    return any(one.status == PRESENT and one.defect in SEEN for one in findings)


def _tried(
    path: Path, source: Source, folder: Path, seen: Watched, report: Report,
    arguments: Sequence[str], seconds: float, progress: Show,
) -> dict[str, Any]:  # fmt: skip
    first = int(report.settings.get("seed", 0))
    seeds = range(first, first + min(SEEDS, int(report.settings.get("seeds", SEEDS))))
    what = f"trying edits of {path.name}"
    trials = Trials(
        source=source, folder=folder, arguments=arguments, seconds=seconds, found=seen.network,
        seed=first, show=lambda done, total: progress(what, done, total),
    )  # fmt: skip
    start = _start(source, trials, seen, report, seeds)
    if isinstance(start, str):
        return _record(path, left=[start])
    by_chance = chance(start.base.network)
    search = Search(
        script=start.script, trials=trials, seeds=seeds, twin=start.twin,
        works=max(working(by_chance, start.twin.score), half_way(by_chance)),
        effective=abs(start.twin.rate * start.base.author.unit), given=start.given,
    )  # fmt: skip
    found = start.found
    left: list[str] = []
    tried = {"found": found, "patched": None, "twin": start.twin.score, "works_in": [0, 0]}
    for blamed in start.blamed or [[]]:
        got = search.edits_for(blamed)
        # That the network as found falls short was shown before, with more seeds.
        if got is not None and (found is None or got[1].mean() - found >= NOTICEABLE):
            made = _kept(search, source, *got, unread=found is None)
            if made is not None:
                progress(what, MOST_RUNS, MOST_RUNS)
                return _record(path, **made | {"tried": tried | made["tried"]})
        left += [_left(search, blamed)]
    progress(what, MOST_RUNS, MOST_RUNS)
    tried |= {"patched": search.best, "runs": trials.runs}
    return _record(path, left=list(dict.fromkeys(left)), tried=tried)


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """What the search begins with.

    base: the script with the edits that are given, as it was read. found: the outcome of the
    script as found, None where it could not be read. blamed: sets of parts to mend, one of them.
    """

    script: Script
    base: Outcome
    twin: Twin
    found: float | None
    blamed: list[list[str]]
    given: Sequence[Edit]


def _start(
    source: Source, trials: Trials, seen: Watched, report: Report, seeds: Sequence[int]
) -> Start | str:
    """What to begin with; the reason where there is nothing."""
    given: list[Edit] = []
    found = None
    if seen.network is None:
        given = readable(source, _seen_at(report), trials)
        base = trials.run(given) if given else None
        if base is None:
            return UNREAD
        trials.found = base.network
        script = Script(source=source, network=base.network, roles=base.roles, report=report)
    else:
        base = outcome_of(seen.network, trials.seed)
        if base is None:
            return "no patch: its layers are not dense ones"
        found = float(base.scores(seeds).mean())
        script = Script(source=source, network=seen.network, roles=seen.roles, report=report)
    given += unseen(script, trials, given)
    if not given:
        assert report.twin is not None
        return Start(
            script=script, base=base, twin=report.twin, found=found, blamed=_blamed(report),
            given=(),
        )  # fmt: skip
    # A copy with other samples, or the first that could be read, has a sound twin of its own.
    base = trials.run(given) or base
    compared = compare(base.network, base.trainer, seeds)
    if isinstance(compared, str):
        return f"no patch: there is no sound network to measure an edit by: {compared}"
    twin, parts = compared
    blamed = sorted(parts.minimal, key=len)
    return Start(script=script, base=base, twin=twin, found=found, blamed=blamed, given=given)


def _kept(
    search: Search, source: Source, edits: list[Edit], scores: np.ndarray, unread: bool
) -> dict[str, Any] | None:
    """The record of edits that work; None where the script itself does not come to its end.

    unread: whether no network of the script as found was read, so that only what it prints tells
    that it is another one.
    """
    trials, by_chance = search.trials, chance(search.script.network)
    edits = answered(search.script, trials, edits, float(scores.mean()), by_chance)
    as_found, before = trials.printed(())
    to_its_end, after = trials.printed(edits)
    same = says_the_same(before, after)
    if (as_found and not to_its_end) or (unread and same):
        return None
    edits = sorted(edits, key=lambda one: one.splices)
    counted = search.script.network.classes and same
    return {
        "left": [COUNTED] if counted else [],
        "diff": unified(source, edits),
        "lines": touched(source, edits),
        "hunks": hunks(source, edits),
        "tried": {
            "patched": float(scores.mean()),
            "works_in": [int((scores >= search.works).sum()), len(scores)],
            "printed": [before, after],
            "runs": trials.runs,
        },
    }


def says_the_same(before: str, after: str) -> bool:
    """Whether a script prints the same words, and at last a number that is hardly another."""
    if NUMBER.sub("", before) != NUMBER.sub("", after):
        return False
    mine, theirs = (NUMBER.findall(one) for one in (before, after))
    return bool(mine) and abs(float(mine[-1]) - float(theirs[-1])) < NOTICEABLE


def _left(search: Search, blamed: Sequence[str]) -> str:
    """What was tried for a set of parts, and what it gave."""
    without = [one for one in blamed if one in search.left]
    reached = "nothing that could be trained" if search.best is None else f"{search.best:.2f}"
    why = f"; no edit that was tried mends {' and '.join(without)}" if without else ""
    return f"for {', '.join(blamed)}: the best of the edits that were tried reaches {reached}{why}"


def _record(
    path: Path,
    *,
    diff: str = "",
    lines: int = 0,
    hunks: Sequence[dict[str, Any]] = (),
    tried: dict[str, Any] | None = None,
    left: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "file": path.name, "diff": diff, "lines": lines, "hunks": list(hunks), "tried": tried,
        "left": list(left),
    }  # fmt: skip
