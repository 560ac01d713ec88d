"""The patch of a script, and what is said of it in the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.errors import BadInputError
from diagnose.instruments.comparing import beyond_seeds, working
from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.answer import answered
from diagnose.patching.as_if_read import as_if_read, guesses
from diagnose.patching.base import (
    FAILS,
    Base,
    asks_otherwise,
    base_of,
    is_seen,
    seen_at,
    to_mend,
    with_defects,
    wrong_parts,
)
from diagnose.patching.handed import Handed, Load, script_of
from diagnose.patching.holding import HELD
from diagnose.patching.judging import goal_of, is_better, is_share, is_the_same, is_worse, level
from diagnose.patching.lengths import of_more_turns
from diagnose.patching.notebooks import read
from diagnose.patching.pace import hangs_on_results, only_slow
from diagnose.patching.plain import plain_slips
from diagnose.patching.printing import TOLD, Likely, by_print, likeliest, measured
from diagnose.patching.reading import told_edits
from diagnose.patching.repeated import has_repeated_columns, mended_though_sound
from diagnose.patching.said import (
    BY_PRINT,
    BY_PRINT_ALONE,
    COUNTED,
    NOTHING,
    OTHERWISE,
    OVER,
    left_of,
    no_twin,
    part_of_the_way,
    record,
    still_there,
    untried,
)
from diagnose.patching.script import Script
from diagnose.patching.search import Search
from diagnose.patching.slips import counts_answers, of_slips
from diagnose.patching.source import Edit, Source, hunks, touched, unified
from diagnose.patching.told_alone import FAR, is_refuted, mended_beside, mended_by_print, with_each
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

# With so many seeds sets of parts are compared, and so patches too.
SEEDS = 3
# And with so many where a network with errors hardly falls short: twice as many as a report takes.
MORE_SEEDS = 10
# A search takes twice as long as the report, whose trainings it makes anew for what it tries, and
# two minutes where that was quick, which is some dozen copies; on a slow machine as many of them
# take longer, and fewer end before the rate of what is mended is looked for.
AS_LONG, LEAST_SECONDS, LEAST_COPIES = 2.0, 120.0, 12
# Shares of the time, as of so many parts to mend, that are left for the script's own runs at last;
# and those for everything else, when it is run at first.
SPARED, QUICKLY = 3, 5
# As found, and with an edit or two, and with what is needed of them at last.
FEWEST_TRIED = 4
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
    bounded: bool = False,
    whole: bool = False,
    at_once: int = 1,
    progress: Show = hide,
    load: Load | None = None,
) -> dict[str, Any]:
    """Look for the edits that make a script work: what the report says of them.

    seen: the script as it was watched, or a network that was handed over, of which ``load`` gives
    that of a copy; report: on its network. seconds: how long a copy is watched at most;
    most_seconds: after how many no edit is tried any more; bounded: nor goes on what was begun
    before. whole: mend what is harmless, too, as far as nothing gets worse by it. at_once: how many
    copies run beside each other. ``diff`` is empty where nothing was found, and ``left`` says why,
    or what a patch leaves as it is. ``tried`` is None where nothing was run. Nothing is written
    into the script's folder.
    """
    reason = _cannot(seen, report, whole)
    if reason:
        return record(path, left=[reason])
    try:
        source, what = read(path), f"trying edits of {path.name}"
        ends = Budget.of(max(most_seconds, 0.0) if bounded else None)
        with copied_folder(path) as folder, ends.alarm():
            trials = Trials(
                source=source, folder=folder, arguments=arguments, seconds=seconds,
                found=seen.network, seed=int(report.settings.get("seed", 0)),
                show=lambda done, total: progress(what, done, total),
                further=_further(seen, report), on_training=asks_otherwise(report),
                most_seconds=most_seconds, load=load, asked=seen.asked, stops=bool(seen.stopped),
                bounded=bounded, at_least=0 if bounded else LEAST_COPIES, at_once=at_once,
            )  # fmt: skip
            with closing(trials):
                return _tried(path, trials, seen, report, whole)
    except OutOfTime:
        return record(path, left=[OVER])
    except (NoTrialError, BadInputError) as error:
        return record(path, left=[f"no patch: {error}"])
    except KeyboardInterrupt:  # the report is there already, and is given out
        return record(path, left=["no patch: interrupted while edits were tried"])
    except Exception as error:  # the report is as right without one
        return record(path, left=[f"no patch: the search was stopped by {error!r} in diagnose"])


def _cannot(seen: Watched | Handed, report: Report, whole: bool) -> str:
    """Why no edit is tried at all; nothing where some are."""
    if seen.network is None:
        return ""
    if report.interrupted is not None:
        return "no patch: the diagnosis was interrupted"
    if report.twin is None or report.parts is None:
        return ""  # what it prints may tell
    if not to_mend(report) and not is_seen(report):
        if report.twin.fails:
            return FAILS if isinstance(seen, Handed) else ""
        # its answers may be counted wrongly, which what it prints tells
        counts = isinstance(seen, Watched) and seen.network.classes > 1
        return "" if whole or counts or has_repeated_columns(seen.network) else NOTHING
    return ""


def _is_sound(seen: Watched | Handed, report: Report) -> bool:
    """Whether the network of a script was read, and is as good as a sound one."""
    blamed = to_mend(report) or is_seen(report) or report.twin is None or report.twin.fails
    blamed = blamed or report.parts is None
    return isinstance(seen, Watched) and seen.network is not None and not blamed


def _says_less(trials: Trials, report: Report) -> bool:
    """Whether the script prints a far smaller share of right answers than its network reaches.

    That network is as good as a sound one; how it is asked and counted may be mistaken. Nothing is
    known of one whose run takes so long that hardly an edit could be tried beside it.
    """
    found = report.parts.found if report.parts is not None else 0.0
    classes = trials.found.classes if trials.found is not None else 0
    line = trials.printed((), max(trials.left, 0.0) / FEWEST_TRIED)[1]
    return is_share(line, classes) and level(line, line, classes) < found - FAR


def _tried(
    path: Path, trials: Trials, seen: Watched | Handed, report: Report, whole: bool
) -> dict[str, Any]:
    """The record of what comes of the edits."""
    source, first = trials.source, trials.seed
    seeds = range(first, first + min(SEEDS, int(report.settings.get("seeds", SEEDS))))
    sound = not whole and _is_sound(seen, report)
    script = script_of(source, seen, seen.network, report) if seen.network is not None else None
    if sound and script is not None and (edits := mended_though_sound(script, trials)):
        return _printed(path, trials, edits, BY_PRINT)
    if sound and not _says_less(trials, report):
        return record(path, left=[NOTHING])
    if trials.bounded:
        trials.keep_for_the_end()
    if script is not None:
        trials.steady = not hangs_on_results(script)
    if seen.network is not None and (report.twin is None or report.parts is None):
        return _told(path, trials, seen, report)
    base = base_of(source, trials, seen, report, seeds)
    if isinstance(base, str):
        if script is not None:
            likely = likeliest(script)
            edits = _likeliest_by_print(script, likely.answers if sound else likely, trials)
            return _printed(path, trials, edits, base if not edits else BY_PRINT)
        edits = _by_print_alone(trials, report)
        return _printed(path, trials, edits, base if not edits else BY_PRINT_ALONE)
    by_chance = chance(base.outcome.network)
    search = Search(
        script=base.script, trials=trials, seeds=seeds, twin=base.twin,
        works=max(working(by_chance, base.twin.score), half_way(by_chance)),
        effective=abs(base.twin.rate * base.outcome.author.unit), given=base.given, whole=whole,
    )  # fmt: skip
    tried = {"found": base.found, "patched": None, "twin": base.twin.score, "works_in": [0, 0]}
    sets = [*(base.blamed or [[]])]
    # A copy with sound samples may be nearly as good as its twin, and not with every seed.
    sets += [one for one in to_mend(report) if base.given and one not in sets]
    # Where that does not work, errors may hide from the exchange that they belong together.
    last = with_defects(report)
    sets += [last] if wrong_parts(report) and last not in sets else []
    likely = likeliest(base.script, base.outcome)
    likely = likely.answers if sound else likely
    quick, wrong = _quickly(search, base, likely, {part for one in sets for part in one})
    if quick is not None and not wrong:
        return record(path, **quick | {"tried": tried | quick["tried"]})
    with trials.shared(SPARED):  # for edits that are judged by what the script prints
        best, left, ended = _searched(search, base, sets, last)
    left += ended
    best = best or (quick and quick | {"left": [*quick["left"], still_there(wrong), *ended]})
    if best is None and ended and search.working is not None:
        best = _kept(search, base, *search.working)  # perhaps more than it takes
        best = best and best | {"left": [*best["left"], *ended]}
    if best is None and base.found is not None:
        works = search.works
        part = search.most_of_the_way(base.found)
        best = _kept(search, base, *part) if part is not None else None
        if best is not None:
            reached = best["tried"]["patched"]
            best["left"] = [*best["left"], part_of_the_way(reached, works), *dict.fromkeys(left)]
    trials.show(MOST_RUNS, MOST_RUNS)
    works_in = 0 if best is None else best["tried"]["works_in"][0]
    edits = [] if works_in else _likeliest_by_print(base.script, likely, trials, base.given)
    printed, classes = trials.printed(edits)[1], base.script.network.classes
    if edits and (best is None or is_better(best["tried"]["printed"][1], printed, classes)):
        return _printed(path, trials, edits, BY_PRINT)
    if best is not None:
        return record(path, **best | {"tried": tried | best["tried"]})
    tried |= {"patched": search.best, "runs": trials.runs}
    return record(path, left=list(dict.fromkeys(left)), tried=tried)


def _quickly(
    search: Search, base: Base, likely: Likely, parts: Collection[str]
) -> tuple[dict[str, Any] | None, set[str]]:
    """The record of edits that findings name, or of the blamed parts that a print brings forward.

    A run of the script takes a part of the time of a copy that is watched and trained. None but
    where its training works with every seed, as with any other edits. And the parts to mend that
    are as wrong as they were.
    """
    trials = search.trials
    with trials.shared(QUICKLY), suppress(OutOfTime), Budget.of(max(trials.left, 0.0)).alarm():
        with trials.shared(QUICKLY):
            found = search.of_told(search.script.told(likely.every))
        if quick := _works_always(search, base, found, parts):
            return quick
        # samples that no step takes are in the wrong place as often as the step is
        also = {"step", "order"} if "data" in parts else set[str]()
        edits = [one for one in likely.first if one.part in {*parts, *also}]
        goal = goal_of(search.script.report, search.script.network.classes)
        later = of_more_turns(search.script) if "pace" in parts else ()
        some = mended_by_print(
            edits, trials, goal.classes, base.given, enough=goal.enough, later=later
        )
        some = [] if is_refuted(some, trials) else some
        every = [*base.given, *(one for one in some if not any(map(one.meets, base.given)))]
        found = search.wanted(search.with_right_gradients(every)) if some else None
        if quick := _works_always(search, base, found, parts):
            return quick
        line = trials.printed(every)[1]
        good = level(line, line, goal.classes) >= goal.enough
        if some and good and trials.is_another(every):
            # what is read of it then is another network, and no training of this one tells
            return _shown(trials, every, BY_PRINT), set()
    return None, set()


def _works_always(
    search: Search, base: Base, found: tuple[list[Edit], np.ndarray] | None, parts: Collection[str]
) -> tuple[dict[str, Any], set[str]] | None:
    """What ``_quickly`` gives of some edits; None where they do not work with every seed.

    Or where there are none, or nothing gets better by them when they are tried.
    """
    if found is None or not float(found[1].min()) >= search.works:
        return None
    made = _kept(search, base, *found)
    return None if made is None else (made, _still_wrong(search, parts, found[0]))


def _searched(
    search: Search, base: Base, sets: Sequence[list[str]], last: list[str]
) -> tuple[dict[str, Any] | None, list[str], list[str]]:
    """The record of the best edits for some sets of parts, and what was tried and does not work.

    And that the search was ended, if it was. last: what is tried where none of the others works.
    """
    best: dict[str, Any] | None = None
    wrong: set[str] = set()
    left: list[str] = []
    rang = True  # until it is known that all were tried
    trials, report = search.trials, search.script.report
    with suppress(OutOfTime), Budget.of(max(trials.left, 0.0)).alarm():
        for blamed in sets:
            if blamed is last and best is not None:
                continue
            with trials.shared(len(sets) - 1 - sets.index(blamed)):
                got = search.edits_for(blamed)
            made = _kept(search, base, *got) if got is not None else None
            if made is None:
                sound = got is not None and not blamed
                nothing = OTHERWISE if sound and _says_less(trials, report) else NOTHING
                left += [nothing if sound else left_of(search, blamed)]
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
    return best, left, ended


def _still_wrong(search: Search, blamed: Collection[str], edits: Sequence[Edit]) -> set[str]:
    """The parts to mend in which an error was found, and which are with some edits as they were.

    What works may get by without: steps that are too long as they are, by a smaller rate. Only of
    parts that are held against sound ones it is known; a pace or a start need only do.
    """
    got = search.trials.run(edits)
    named = wrong_parts(search.script.report) & {*blamed} & HELD.keys()
    return named & got.off if got is not None else set()


def _by_print_alone(trials: Trials, report: Report) -> list[Edit]:
    """Edits of a script that cannot be read, which what it prints shows to work."""
    source = trials.source
    script = next(guesses(source, report))
    first = script.named_first(of_slips(source))
    every = script.named_first([*dict.fromkeys([*first, *as_if_read(source, report)])])
    seen = [one for kind, maker in TOLD.items() if kind in script.found for one in maker(script)]
    told = [*told_edits(source, seen_at(report)), *script.told([*seen, *every])]
    plain = plain_slips(source)
    goal = goal_of(report, 2 * counts_answers(source))
    later = of_more_turns(script)
    edits = mended_beside(
        [*plain, *told], first, every, trials, goal.classes, goal.enough, later,
        with_each(plain, told),
    )  # fmt: skip
    return edits if goal.is_reached(trials.printed(edits)[1]) else []


def _likeliest_by_print(
    script: Script, likely: Likely, trials: Trials, beside: Sequence[Edit] = ()
) -> list[Edit]:
    """Edits of a script that was read, which what it prints shows to work.

    beside: what was held against sound parts, beside which all others are tried first.
    """
    goal = goal_of(script.report, script.network.classes)
    with trials.shared(1):  # for whether they make wrong what is right
        told = script.told(likely.every)
        edits = mended_beside(
            told, likely.first, likely.every, trials, goal.classes, goal.enough,
            of_more_turns(script), beside,
        )  # fmt: skip
    return [] if is_refuted(edits, trials) else edits


def _told(path: Path, trials: Trials, seen: Watched | Handed, report: Report) -> dict[str, Any]:
    """The record of edits of what was seen, by what the script prints."""
    assert seen.network is not None
    script = script_of(trials.source, seen, seen.network, report)
    told = {one.kind for one in seen.seen if not one.severity}
    wrong = wrong_parts(report)
    edits = by_print(script, trials, told, wrong)
    if not edits:
        edits = measured(script, trials, wrong)
        edits = _likeliest_by_print(script, likeliest(script, trials.run(())), trials, edits)
    why = f"{no_twin(report)}; {BY_PRINT}" if edits else f"no patch: {no_twin(report)}"
    return _printed(path, trials, edits, why)


def _printed(path: Path, trials: Trials, edits: list[Edit], why: str) -> dict[str, Any]:
    """The record of edits that are judged by what the script prints; of none, why."""
    if not edits:
        return record(path, left=[why])
    return record(path, **_shown(trials, edits, why))


def _shown(trials: Trials, edits: list[Edit], why: str) -> dict[str, Any]:
    """What the record says of edits that are judged by what the script prints."""
    edits = without_idle(trials, edits)
    printed = [trials.printed(some)[1] for some in ((), edits)]
    tried = {
        "found": None, "patched": None, "twin": None, "works_in": [0, 0], "printed": printed,
        "runs": trials.runs,
    }  # fmt: skip
    return _written(trials.source, edits) | {"tried": tried, "left": [why]}


def _written(source: Source, edits: Sequence[Edit]) -> dict[str, Any]:
    """What the record says of how edits change the file."""
    return {
        "diff": unified(source, edits),
        "lines": touched(source, edits),
        "hunks": hunks(source, edits),
    }


def _further(seen: Watched | Handed, report: Report) -> float:
    """How many seconds a copy runs on: until it has tested, where that tells of a finding."""
    if seen.tested_after is not None:
        return SPARE + SLOWER * seen.tested_after
    return FURTHER if any(kind in AFTERWARDS for kind, _ in seen_at(report)) else 0.0


def _kept(
    search: Search, base: Base, edits: list[Edit], scores: np.ndarray
) -> dict[str, Any] | None:
    """The record of edits that work; None where nothing gets better by them.

    Nor where the script does not come to its end any more, or only learns a little faster. That
    the network as found falls short was shown before, with more seeds.
    """
    trials, by_chance = search.trials, chance(search.script.network)
    edits = answered(search.script, trials, edits, float(scores.mean()), by_chance)
    edits = edits if search.whole else without_idle(trials, edits)
    as_found, before = trials.printed(())
    to_its_end, after = trials.printed(edits)
    same = is_the_same(before, after)
    learns = base.found is not None and _is_better(search, base, edits, scores)
    classes = search.script.network.classes
    # with targets in another unit an error is in that unit, too, and says nothing
    same_unit = bool(classes) or all(one.part != "targets" for one in edits)
    prints = partial(is_better, classes=classes)
    says = not learns and same_unit and trials.is_always_better(prints, (), edits)
    harmless = search.whole and not is_worse(before, after, classes)
    better = learns or says or harmless or (base.found is None and not same)
    # who runs a copy sees no more than what it prints, though its network learn better
    worse = same_unit and is_worse(before, after)
    more = float(scores.mean()) - (base.found or 0.0)
    slow = not search.whole and only_slow(edits, (before, after), classes, more)
    if not edits or not better or worse or slow or (as_found and not to_its_end):
        return None
    edits = sorted(edits, key=lambda one: one.splices)
    counted = learns and classes and same
    return _written(trials.source, edits) | {
        "left": [COUNTED] if counted else [],
        "tried": {
            "patched": float(scores.mean()),
            "works_in": [int((scores >= search.works).sum()), len(scores)],
            "printed": [before, after],
            "runs": trials.runs,
        },
    }


def _is_better(search: Search, base: Base, edits: list[Edit], scores: np.ndarray) -> bool:
    """Whether the network learns noticeably better with edits than as found.

    Where seeds may do as much as it falls short by, both are trained with more of them.
    """
    if base.shown:
        return bool(scores.mean() - (base.found or 0.0) >= NOTICEABLE)
    got = search.trials.run(edits)
    if got is None:
        return False
    seeds = range(search.seeds[0], search.seeds[0] + MORE_SEEDS)
    before, after = base.outcome.scores(seeds), got.scores(seeds)
    return bool(after.mean() - before.mean() >= NOTICEABLE) and beyond_seeds(before, after)
