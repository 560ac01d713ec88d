"""The patch of a script, and what is said of it in the report."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.errors import BadInputError
from diagnose.instruments.comparing import beyond_seeds, working
from diagnose.instruments.labelled import is_larger_share, is_worse
from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.base import (
    FAILS,
    Base,
    base_of,
    is_seen,
    seen_at,
    to_mend,
    with_defects,
    wrong_parts,
)
from diagnose.patching.counted import counted_rightly, tested_as_trained
from diagnose.patching.handed import Handed, Load, script_of
from diagnose.patching.holding import HELD
from diagnose.patching.measured import patch_of_step
from diagnose.patching.notebooks import read
from diagnose.patching.outcomes import Outcome, in_one_unit
from diagnose.patching.pace import hangs_on_results, only_slow
from diagnose.patching.said import (
    NOTHING,
    OTHER_UNIT,
    OVER,
    PACE_ALONE,
    UNREAD,
    left_of,
    no_twin,
    not_better,
    other_rate,
    other_set,
    part_of_the_way,
    record,
    still_there,
    untried,
)
from diagnose.patching.search import Found, Search, for_findings
from diagnose.patching.shown import sources_of
from diagnose.patching.source import Edit, hunks, touched, unified
from diagnose.patching.trial import (
    MOST_RUNS,
    MOST_SECONDS,
    NoTrialError,
    Trials,
    copied_folder,
    without_idle,
)
from diagnose.report import Report
from diagnose.symptoms import chance, half_way
from diagnose.training.budget import Budget, OutOfTime
from diagnose.training.progress import Show, hide
from diagnose.watching.script import FURTHER, Watched

# With so many seeds sets of parts are compared at least, and so patches too.
SEEDS = 3
# With so many where those of the report do not tell whether a patch is better than seeds are.
MORE_SEEDS = 10
# Where nothing says how long everything may take, a search takes twice as long as the report, whose
# trainings it makes anew for what it tries, and two minutes where that was quick.
AS_LONG, LEAST_SECONDS = 2.0, 120.0
# Shares of the time, as of so many parts to mend, that are left for everything else when what
# findings name is tried at first, and for what is measured at last.
QUICKLY, MEASURING = 5, 2
# The share of the time that is left for what was shown of the step alone, run natively.
OF_STEP = 0.25
# What is seen when a training is over.
AFTERWARDS = ("dropout-when-predicting", "sorted-split", "test-preparation")
# A copy runs on until it has tested, if need be so many times as long as the script, and longer.
SLOWER, SPARE = 2.0, 1.0


def seconds_for(took: float) -> float:
    """Seconds in which edits are tried, by those that the report took."""
    return min(max(LEAST_SECONDS, AS_LONG * took), MOST_SECONDS)


def find_patch(
    path: Path,
    seen: Watched | Handed,
    report: Report,
    *,
    arguments: Sequence[str] = (),
    seconds: float = 120.0,
    most_seconds: float = MOST_SECONDS,
    whole: bool = False,
    at_once: int = 1,
    progress: Show = hide,
    load: Load | None = None,
) -> dict[str, Any]:
    """Look for the edits that make a script work: what the report says of them.

    seen: the script as it was watched, or a network that was handed over, of which ``load`` gives
    that of a copy; report: on its network. seconds: how long a copy is watched at most;
    most_seconds: after how many the search is over. whole: mend what is harmless, too, as far as
    nothing gets worse by it. at_once: how many copies run beside each other. ``diff`` is empty
    where nothing was found, and ``left`` says why, or what a patch leaves as it is. ``tried`` is
    None where nothing was run. Nothing is written into the script's folder.
    """
    began = time.monotonic()
    # a file that hands a network over trains nothing when it is run
    runs = load is None and report.interrupted is None
    of_step = runs and any(one.edit is not None for one in seen.seen)
    try:
        made = record(path, left=[reason]) if (reason := _cannot(seen, report, whole)) else None
        step = None
        if made is None and of_step and _is_beside(path, seen):
            # the edits of the script itself may make up for what is wrong in a module
            step = patch_of_step(
                path, seen.seen, arguments=arguments, seconds=most_seconds * OF_STEP,
                at_once=at_once,
            )  # fmt: skip
            made = step if step is not None and step["diff"] else None
        if made is None:
            assert seen.network is not None
            soon = most_seconds * (1 - OF_STEP * of_step)
            what, ends = f"trying edits of {path.name}", Budget.of(max(soon, 0.0))
            source = read(path)
            with copied_folder(path) as folder, suppress(OutOfTime), ends.alarm():
                trials = Trials(
                    source=source, folder=folder, arguments=arguments, seconds=seconds,
                    found=seen.network, seed=int(report.settings.get("seed", 0)),
                    show=lambda done, total: progress(what, done, total),
                    further=_further(seen, report), most_seconds=soon, load=load,
                    asked=seen.asked, stops=bool(seen.stopped), at_once=at_once,
                )  # fmt: skip
                trials.steady = not hangs_on_results(script_of(source, seen, seen.network, report))
                with closing(trials):
                    made = _tried(path, trials, seen, report, whole)
        made = made or record(path, left=[OVER])
        left = most_seconds - (time.monotonic() - began)
        if made["diff"] or not of_step or left <= 0:
            return made
        progress(f"trying edits of {path.name}", 0, 1)
        step = step or patch_of_step(
            path, seen.seen, arguments=arguments, seconds=left, at_once=at_once
        )
        if step is None or (reason == NOTHING and not step["diff"]):
            return made
        known = [] if step["diff"] or reason == UNREAD else made["left"]
        return step | {"left": [*known, *step["left"]]}
    except (NoTrialError, BadInputError) as error:
        return record(path, left=[f"no patch: {error}"])
    except KeyboardInterrupt:  # the report is there already, and is given out
        return record(path, left=["no patch: interrupted while edits were tried"])
    except OSError as error:
        where = error.filename or "what a trial writes"
        return record(path, left=[f"no patch: {where}: {error.strerror or error}"])
    except Exception as error:  # the report is as right without one
        return record(path, left=[f"no patch: the search was stopped by {error!r} in diagnose"])


def _is_beside(path: Path, seen: Watched | Handed) -> bool:
    """Whether the step was shown right with an edit of a module that the script brings along."""
    return len(sources_of(path, seen.seen)) > 1


def _cannot(seen: Watched | Handed, report: Report, whole: bool) -> str:
    """Why no edit is tried at all; nothing where some are."""
    if seen.network is None:
        return UNREAD
    if report.interrupted is not None:
        return "no patch: the diagnosis was interrupted"
    if report.twin is None or report.parts is None:
        return no_twin(report)  # nothing where there was no time for one: the search has some
    if not to_mend(report) and not is_seen(report):
        works = report.parts.found >= max(report.twin.score, half_way(chance(seen.network)))
        if report.twin.fails and not (works and not wrong_parts(report)):
            return FAILS if isinstance(seen, Handed) else ""
        return "" if whole else NOTHING
    return ""


def _tried(
    path: Path, trials: Trials, seen: Watched | Handed, report: Report, whole: bool
) -> dict[str, Any]:
    """The record of what comes of the edits."""
    seeds = range(trials.seed, trials.seed + SEEDS)
    trials.keep_for_the_end()
    with trials.shared(MEASURING):
        base = base_of(trials.source, trials, seen, report, seeds)
    if isinstance(base, str):
        return record(path, left=[base])
    by_chance = chance(base.outcome.network)
    search = Search(
        script=base.script, trials=trials, seeds=seeds, twin=base.twin,
        works=max(working(by_chance, base.twin.score), half_way(by_chance)),
        effective=abs(base.twin.rate * base.outcome.author.unit), given=base.given, whole=whole,
    )  # fmt: skip
    if (counted := _only_counted(search, base)) is not None:
        return record(path, **counted)
    sets = [*(base.blamed or [[]])]
    # A copy with sound samples may be nearly as good as its twin, and not with every seed.
    sets += [parts for parts in to_mend(report) if base.given and parts not in sets]
    # Where that does not work, errors may hide from the exchange that they belong together.
    last = with_defects(report)
    sets += [last] if wrong_parts(report) and last not in sets else []
    quick, wrong = _quickly(search, base, {part for parts in sets for part in parts})
    if quick is not None and not wrong:
        return record(path, **quick)
    best, left = _searched(search, base, sets, last)
    best = best or (quick and quick | {"left": [*quick["left"], still_there(wrong), *left[-1:]]})
    best = best or _nearest(search, base, left)
    trials.show(MOST_RUNS, MOST_RUNS)
    if best is not None:
        return record(path, **best)
    tried = {
        "found": float(base.as_found.scores(seeds).mean()), "patched": search.best,
        "twin": base.sound, "works_in": [0, 0], "runs": trials.runs,
    }  # fmt: skip
    return record(path, left=list(dict.fromkeys(left)), tried=tried)


def _only_counted(search: Search, base: Base) -> dict[str, Any] | None:
    """The record of an edit of what counts the answers, where the network works as it is."""
    trials, scores = search.trials, base.as_found.scores(search.seeds)
    if not (scores >= search.works).all():
        return None
    edit = counted_rightly(trials, (), search.script.report, float(scores[0]))
    if edit is None:
        return None
    return {
        "diff": unified(trials.source, [edit]), "lines": touched(trials.source, [edit]),
        "hunks": hunks(trials.source, [edit]), "left": [],
        "tried": {
            "found": float(scores.mean()), "patched": None, "twin": base.sound,
            "works_in": [len(scores), len(scores)], "runs": trials.runs,
            "printed": [trials.printed(())[1], trials.printed([edit])[1]],
        },
    }  # fmt: skip


@contextmanager
def _in_time(trials: Trials) -> Iterator[None]:
    """What is tried while there is time; what is measured of it at last is left some."""
    with trials.shared(MEASURING):
        if trials.left <= 0:
            raise OutOfTime
        with suppress(OutOfTime), Budget.of(trials.left).alarm():
            yield


def _quickly(
    search: Search, base: Base, parts: Collection[str]
) -> tuple[dict[str, Any] | None, set[str]]:
    """The record of the edits that findings name, and the parts that are as wrong as they were.

    None where they do not work with every seed, or nothing gets better by them.
    """
    found: Found | None = None
    with search.trials.shared(QUICKLY), _in_time(search.trials):
        found = search.of_told(search.script.told(for_findings(search.script)))
    if found is None or not float(found[1].min()) >= search.works:
        return None, set()
    made = _kept(search, base, found[0], [])
    return made, _still_wrong(search, parts, found[0]) if made is not None else set()


def _searched(
    search: Search, base: Base, sets: Sequence[list[str]], last: list[str]
) -> tuple[dict[str, Any] | None, list[str]]:
    """The record of the best edits for some sets of parts, and what was tried and does not work.

    And that the search was ended, if it was. last: what is tried where none of the others works.
    """
    best: dict[str, Any] | None = None
    wrong: set[str] = set()
    left: list[str] = []
    rang = True  # until it is known that all were tried
    trials = search.trials
    with _in_time(trials):
        for blamed in sets:
            if blamed is last and best is not None:
                continue
            with trials.shared(len(sets) - 1 - sets.index(blamed)):
                got = search.edits_for(blamed)
            known = len(left)
            made = _kept(search, base, got[0], left) if got is not None else None
            if made is None:
                nothing = NOTHING if got is not None and not blamed else left_of(search, blamed)
                left += [nothing] if len(left) == known else []
                continue
            reached = made["tried"]["patched"]
            still = _still_wrong(search, blamed, got[0] if got is not None else [])
            works, of = made["tried"]["works_in"]
            less = works == of and len(still) < len(wrong)
            if best is None or less or reached >= best["tried"]["patched"] + NOTICEABLE:
                best, wrong = made, still
            if works == of and not still:
                break
        rang = False
    ended = untried(trials, search.best, rang)
    if best is not None and wrong:
        best["left"] = [*best["left"], still_there(wrong), *ended]
    return best, left + ended


def _nearest(search: Search, base: Base, left: list[str]) -> dict[str, Any] | None:
    """The record of edits that work and were not made smaller, or that bring most of the way."""
    if search.working is not None:
        made = _kept(search, base, search.working[0], left)  # perhaps more than it takes
        return made and made | {"left": [*made["left"], *left[-1:]]}
    part = search.most_of_the_way(float(base.as_found.scores(search.seeds).mean()))
    made = _kept(search, base, part[0], left) if part is not None else None
    if made is None:
        return None
    said = part_of_the_way(made["tried"]["patched"], search.works)
    return made | {"left": [*made["left"], said, *dict.fromkeys(left)]}


def _still_wrong(search: Search, blamed: Collection[str], edits: Sequence[Edit]) -> set[str]:
    """The parts to mend in which an error was found, and which are with some edits as they were.

    What works may get by without: steps that are too long as they are, by a smaller rate. Only of
    parts that are held against sound ones it is known; a pace or a start need only do.
    """
    got = search.trials.run(edits)
    named = wrong_parts(search.script.report) & {*blamed} & HELD.keys()
    return named & got.off if got is not None else set()


def _further(seen: Watched | Handed, report: Report) -> float:
    """How many seconds a copy runs on: until it has tested, where that tells of a finding."""
    if seen.tested_after is not None:
        return SPARE + SLOWER * seen.tested_after
    return FURTHER if any(kind in AFTERWARDS for kind, _ in seen_at(report)) else 0.0


def _kept(search: Search, base: Base, edits: list[Edit], left: list[str]) -> dict[str, Any] | None:
    """The record of edits that work; None where nothing gets better by them, and in left why.

    Nor where the script does not come to its end any more, prints a worse result, or only learns a
    little faster.
    """
    if not edits:
        return None
    trials, report = search.trials, search.script.report
    edits = edits if search.whole else without_idle(trials, edits)
    copy = trials.run(edits)
    if copy is None:
        return None
    shown = {*edits} <= {*search.script.mends}
    as_found, patched = _measured(search, base, copy, shown)
    better = search.whole or _is_better(as_found, patched, shown)
    better = better and _is_no_worse(as_found, patched)
    gained = float(patched.mean() - as_found.mean())
    if not better or (not search.whole and only_slow(edits, gained)):
        left.append(not_better(as_found, patched))
        return None
    ended, before = trials.printed(())
    ends, after = trials.printed(edits) if ended else (True, "")
    same_unit = bool(copy.network.classes) or in_one_unit(copy, base.as_found)
    if not same_unit and not is_larger_share(before, after):
        left.append(OTHER_UNIT)
        return None
    if (ended and not ends) or is_worse(before, after):
        left.append(f"no patch: {after or 'the script does not come to its end'}, with the edits")
        return None
    if tests := tested_as_trained(trials, edits, search.script.mends):
        edits = [*edits, *tests]
        ends, after = trials.printed(edits)
    if (counts := counted_rightly(trials, edits, report, float(patched[0]))) is not None:
        edits = [*edits, counts]
        ends, after = trials.printed(edits)
    works = patched >= search.works
    mended = {edit.part for edit in edits}
    if mended == {"pace"} and not works.any():
        left.append(PACE_ALONE)
        return None
    if not search.whole and float(patched.mean()) < chance(copy.network) + NOTICEABLE:
        left.append(not_better(as_found, patched))  # it guesses as before
        return None
    edits = sorted(edits, key=lambda edit: edit.splices)
    rate = abs(copy.network.learning_rate(0))
    return {
        "diff": unified(trials.source, edits),
        "lines": touched(trials.source, edits),
        "hunks": hunks(trials.source, edits),
        "left": [*other_set(report, mended, bool(works.all())), *other_rate(report, mended, rate)],
        "tried": {
            "found": float(as_found.mean()),
            "patched": float(patched.mean()),
            "twin": base.sound,
            "works_in": [int(works.sum()), len(patched)],
            "rate": rate,
            "printed": [before, after],
            "runs": trials.runs,
        },
    }


def _measured(
    search: Search, base: Base, copy: Outcome, shown: bool = False
) -> tuple[Array, Array]:
    """The outcome as found and of a copy, for each seed of the report, or more that may tell.

    No more than a few, where these tell that nothing gets better. shown: as of ``_is_better``.
    """
    asked = max(SEEDS, int(search.script.report.settings.get("seeds", SEEDS)))
    for count in (SEEDS, asked, MORE_SEEDS):
        seeds = range(search.seeds[0], search.seeds[0] + count)
        as_found, patched = base.as_found.scores(seeds), copy.scores(seeds)
        gained = float(patched.mean() - as_found.mean())
        if not _is_no_worse(as_found, patched) or (gained < NOTICEABLE and not search.whole):
            break
        if count >= asked and (search.whole or _is_better(as_found, patched, shown)):
            break
    return as_found, patched


def _is_no_worse(as_found: Array, patched: Array) -> bool:
    """Whether a copy is noticeably worse with no seed."""
    return bool((np.subtract(patched, as_found) > -NOTICEABLE).all())


def _is_better(as_found: Array, patched: Array, shown: bool = False) -> bool:
    """Whether a copy is worse with no seed, and better by what one notices and seeds do not do.

    That the worst of three seeds is better than the best of three others is so by chance in one
    case of twenty (the rank-sum test of Wilcoxon 1945). Of edits that were shown to be right by the
    step it need not be asked whether seeds do it: no other edit was chosen from.
    """
    more = float(patched.mean() - as_found.mean()) >= NOTICEABLE
    beyond = shown or beyond_seeds(as_found, patched) or patched.min() > as_found.max()
    return more and bool(beyond) and _is_no_worse(as_found, patched)
