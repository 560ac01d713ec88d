"""The answer for the author of a script: what is wrong, at which lines, and what shows it.

Each thing is said once, by the strongest that was measured: what a patch that was tried does; else
the trainings with repairs on and off; else the exchange of parts. Nothing that was not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.instruments.labelled import is_another_share, is_larger_share, stays_behind
from diagnose.network.tasks import CLASSIFICATION, NOTICEABLE, TASKS, answers
from diagnose.render import part_words, patch_words, time_words
from diagnose.render.cause_words import harmless
from diagnose.render.verdict import interruption, is_healthy
from diagnose.render.words import findings, shown, starts_as_seen, task_of, was_read
from diagnose.report import (
    PRESENT,
    SEVERE,
    UNTRAINABLE,
    Cause,
    Finding,
    Report,
    Symptoms,
    Where,
)
from diagnose.style.places import is_head, line_in, placed
from diagnose.style.text import listed, number, percent, plain, plural

# So many samples are counted: of more, a share says more than their number.
COUNTED = 20
# Characters of what the script prints last that are quoted: a line of a terminal.
QUOTED = 72
# Of more than one beyond these, it is told how many there are.
FEW = 3
GRADIENT = "wrong-gradient"
# How long and how fast a network trains.
PACE = frozenset({"learning-rate", "too-few-epochs"})
# Lines of a file, numbered from 1.
Lines = list[tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Lines of a script as they are, and as they should be; None where that was not shown."""

    found: Lines
    repaired: Lines | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something wrong in one place: what it is called, its lines, and why it is wrong.

    line: 0, and no changes, where no line is known.
    defect: its name, where it has one.
    advice: what to do, where trainings have shown that it helps and no line is known.
    """

    file: str
    line: int
    what: str
    changes: list[Change]
    why: str
    defect: str = ""
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is seen and what mends it, in paragraphs; the places; what else was found.

    Places with what to write there stand first.
    """

    said: list[str]
    places: list[Place]
    beside: list[str]


def answer(report: Report) -> Answer:
    """All that the first screen says of a report on a script."""
    patch = report.patch
    if patch and patch["diff"]:
        places = _patched(report, patch)
        places += _without_edit(report, patch, places)
    else:
        places = _found(report)
    named = {one.defect for one in places}
    named |= {one["defect"] for one in patch["hunks"]} if patch else set()
    there = {one.line for one in places}
    rest = [one for one in _present(report) if one.defect not in named]
    rest = [one for one in rest if one.where is None or one.where.line not in there]
    said = [text for some in (_seen, _mended, interruption) if (text := " ".join(some(report)))]
    return Answer(said=said, places=places, beside=[*_beside(report, rest)])


def _present(report: Report) -> list[Finding]:
    """What was found, but for parts in which nothing was."""
    return [one for one in findings(report, PRESENT) if one not in shown(report)]


# What the script's own run shows


def _seen(report: Report) -> list[str]:
    """How the script's own network does, and what the script printed."""
    seen, watched = report.symptoms.get(report.network.name), report.watched or {}
    script = watched.get("script") or report.network.name
    if report.interrupted and not was_read(report):
        said = f"{script}: the network was not read out of it by then."
    elif not was_read(report):
        said = f"{script}: {_unread(report)}"
    elif seen is None:
        late = time_words.untrained(report)
        said = late or f"{script}: what it answers was not measured."
    else:
        run = f", {_whose_run(report, seen)}" if starts_as_seen(report) else ""
        said = f"{script}{_level(report, seen)}{run}."
    printed = _last(watched.get("printed") or []) if watched.get("whole") else ""
    return [said, *([f"It printed last: `{printed}`."] if printed else [])]


def _whose_run(report: Report, seen: Symptoms) -> str:
    """By which run a network is judged, which begins as the script's own does.

    Where the script counts otherwise in that very run, that is said.
    """
    watched, numbers = report.watched or {}, report.data.get("renumbered", [])
    if watched.get("roles", {}).get("test samples", {}).get("anew"):
        return "trained and tested on all of your samples split anew"
    if numbers != sorted(numbers):
        return "with its class numbers set right, which are not in your run"
    if not watched.get("whole"):
        return "trained here from your own start"
    otherwise = _counts_otherwise(report, seen)
    return "as counted here; your run counts otherwise" if otherwise else "in your run"


def _counts_otherwise(report: Report, seen: Symptoms) -> bool:
    """Whether a script that ran to its end prints another share of right answers.

    Of a network that is scored on what it trains on this is not known: what is printed may be of
    other samples.
    """
    watched, share = report.watched or {}, seen.balanced_accuracy
    if not watched.get("whole") or share is None or not seen.are_even:
        return False
    if report.data.get("tested_on_training_images"):
        return False
    return is_another_share("\n".join(watched.get("printed") or []), share, seen.images)


def gradients_right(count: int, others: int = 0) -> str:
    """What is said of the step of a training in which no gradient is wrong.

    others: of how many parameters it was not looked at.
    """
    which = "the gradient of its parameter is" if count == 1 else f"all {count} gradients are"
    if others:
        which = f"of {count + others} gradients {count} were judged, and these are"
    return f"its step was run again and differentiated: {which} right"


def _unread(report: Report) -> str:
    nothing = [one for one in _present(report) if one.numbers.get("nothing_to_learn")]
    if nothing:
        return f"{nothing[0].observed} No network can learn anything of that."
    if (step := _step(report)) is None:
        return f"it was not trained here: {_refusal(report)}"
    if not step["wrong"]:
        return f"{gradients_right(step['right'], step.get('others', 0))}."
    every, is_one = step["right"] + step["wrong"], step["wrong"] == 1
    return (
        f"its step was run again and differentiated: {step['wrong']} of {every} gradients "
        f"{'is' if is_one else 'are'} wrong."
    )


def _step(report: Report) -> dict[str, int] | None:
    """How many gradients of the step are right and wrong; None where that was not shown.

    Those that are wrong by what was supposed are so by a finding alone: it may have been meant
    otherwise.
    """
    step = (report.watched or {}).get("step")
    shown = any(one.numbers.get("of_step") for one in _present(report))
    return step if step and (shown if step["wrong"] else step["right"]) else None


def _refusal(report: Report) -> str:
    """Why no network was read, and what to do.

    What its layers were thought to be, where they were not made out, stands in the whole report.
    """
    watched = report.watched or {}
    parted = watched.get("parted") or {}
    place = f" ({placed(parted['file'], parted['line'])})" if parted.get("line") else ""
    reason = (
        f"{parted['reason']}{place}" if parted.get("of_run") else "its layers were not made out"
    )
    new = f"diagnose new my_network.py --from {watched.get('script')}"
    return f"{reason}. Its network can be handed over: {new}."


def _level(report: Report, seen: Symptoms) -> str:
    """How good a network is, beside who guesses."""
    if trouble := report.runs.get("stopped", {}).get(report.network.name):
        return f" gives no answer: {trouble}"
    if not answers(seen):
        return f" gives no answer: its outputs are nan or infinite for {_off(seen)}"
    if task_of(seen) is not CLASSIFICATION:
        score = 1 - (seen.unexplained_variance or 0.0)
        nothing = " is no better than the mean:" if score < NOTICEABLE else ":"
        return (
            f"{nothing} R2 {number(score)} on {_samples(report, seen)} (1 is perfect, always "
            "answering the mean gives 0)"
        )
    score, chance = seen.balanced_accuracy or 0.0, seen.chance
    nothing = " is no better than guessing:" if score < chance + NOTICEABLE else ":"
    if seen.images <= COUNTED and len({round(one, 6) for one in seen.class_shares}) == 1:
        right, by_chance = (f"{one * seen.images:.0f}" for one in (score, chance))
        every = plural(seen.images, "sample")
        return f"{nothing} {right} of {every} right (by guessing: {by_chance})"
    return (
        f"{nothing} {percent(score)} right of {_samples(report, seen)}, each class counted alike "
        f"(by guessing: {percent(chance)})"
    )


def _off(seen: Symptoms) -> str:
    return f"{seen.overflowed:,} of {plural(seen.images, 'sample')}"


def _samples(report: Report, seen: Symptoms) -> str:
    trained = report.data.get("tested_on_training_images")
    samples = plural(seen.images, "sample")
    return f"the {samples} that it trains on" if trained else f"{samples} that it was not shown"


def _last(printed: list[str]) -> str:
    """As many of the last lines that were printed as fit into one."""
    text = ""
    for line in reversed(printed):
        longer = f"{' '.join(line.split())} {text}".rstrip().replace("`", "'")
        if text and len(longer) > QUOTED:
            break
        text = longer if len(longer) <= QUOTED else f"...{longer[-QUOTED:]}"
    return text


# What was tried, and what that gave


def _mended(report: Report) -> list[str]:
    """What mends it, by what was trained; of what nothing does, what is known."""
    patch, cured = report.patch, _cured(report)
    if patch and patch["diff"]:
        more = cured is not None and _leaves(patch, cured)
        return [_by_patch(report, patch), *([_by_repairs(report, cured)] if cured and more else [])]
    seen = report.symptoms.get(report.network.name)
    if is_healthy(report):
        beside = "."
        if report.twin:
            beside = f"; another of its shape, on the same samples: {number(report.twin.score)}."
        if seen is not None and starts_as_seen(report) and _counts_otherwise(report, seen):
            return [f"Nothing wrong was found but how your script counts its answers{beside}"]
        return [f"Nothing wrong was found{beside}"]
    if report.settings.get("probes_only") and _present(report):
        return ["Nothing was trained with any of it mended: --probes-only."]
    ill = bool(_present(report)) and not part_words.is_as_good(report)
    none = [_no_edit(report)] if patch and ill else []
    if cured is not None:
        return [_by_repairs(report, cured), *none]
    return [one for one in (*_by_parts(report), *none) if one]


def _leaves(patch: dict[str, Any], cured: Cause) -> bool:
    """Whether a patch that mends the step alone leaves what a cure takes as well."""
    is_of_step = bool((patch["tried"] or {}).get("measure"))
    return is_of_step and not {one["defect"] for one in patch["hunks"]} >= {
        *cured.minimal_repairs[0]
    }


def _no_edit(report: Report) -> str:
    if report.code:  # what the step was shown right with
        return "No edit of your lines was shown to mend all of it; what is below is exact alone."
    return "No edit of your lines was shown to mend it."


def _by_patch(report: Report, patch: dict[str, Any]) -> str:
    tried = patch["tried"]
    changed = "one line" if patch["lines"] == 1 else f"{patch['lines']} lines"
    if tried is None:
        return f"To change: {changed}; {listed(patch['left'][:1])}."
    works, seeds = tried["works_in"]
    if tried["patched"] is None:
        before, after = tried.get("printed") or ["", ""]
        then = f" it prints last: `{after}`." if before and after else ", as below."
        return f"With {changed} changed{then}"
    if tried.get("measure"):
        before = "not finite" if tried["found"] is None else plain(tried["found"])
        return (
            f"With {changed} changed the mean squared error is {plain(tried['patched'])} instead "
            f"of {before}, and less in {works} of {plural(seeds, 'training')}."
        )
    before, after = tried.get("printed") or ["", ""]
    then = f" It then prints last: `{after}`." if before and after else ""
    behind = stays_behind(before, after, tried["patched"])
    if report.data.get("tested_on_training_images") and is_larger_share(before, after):
        behind = False  # of samples that it was not shown fewer are right, and more than before
    if then and behind:
        then += " By that it does not work yet: something else is wrong as well."
    reached = _change(report, tried["found"], tried["patched"])
    if not works:
        return f"With {changed} changed it is better, and does not work yet: {reached}.{then}"
    seen = report.symptoms.get(report.network.name)
    many = seen is not None and seen.images > COUNTED  # few are mostly all that there are
    on_trained = (many or behind) and report.data.get("tested_on_training_images")
    does = "learns the samples that it trains on" if on_trained else "works"
    does = "learns" if behind and not on_trained else does
    return (
        f"With {changed} changed it {does} in {works} of {plural(seeds, 'seed')}: {reached}.{then}"
    )


def _change(report: Report, before: float, after: float) -> str:
    """An outcome beside that as found, each a mean over seeds."""
    seen = report.symptoms.get(report.network.name)
    right = seen is not None and task_of(seen) is CLASSIFICATION
    so, as_found = (percent(one) if right else number(one) for one in (after, before))
    if not right and before <= 0:
        as_found = "0 or less"  # where answers are worse than the mean, means end there
    beside = f" (as found: {as_found})" if seen is None or answers(seen) else ""
    return f"{f'{so} right' if right else f'R2 {so}'} on average{beside}"


def _cured(report: Report) -> Cause | None:
    """The outcome, where repairs of what was found cure it; not a pace alone of a wrong step."""
    traced = (report.causes.get(task.goodness.name) for task in TASKS.values())
    cured = next((one for one in traced if one is not None and one.minimal_repairs), None)
    if cured is not None and PACE.issuperset(cured.minimal_repairs[0]) and _exact(report):
        return None  # more of a step that is wrong mends nothing
    if cured is not None and report.twin is not None and report.twin.fails:
        return cured if any(cured.works_in[:1]) else None  # a little better than by chance
    return cured


def _by_repairs(report: Report, cause: Cause) -> str:
    repaired = cause.minimal_repairs[0]
    best = next((one.value for one in cause.lattice if one.repairs == repaired), cause.best)
    turned = cause.symptom == "unexplained_variance"
    before, after = (1 - one if turned else one for one in (cause.found, best))
    said = f"Trained with {listed(repaired)} mended: {_change(report, before, after)}"
    if not cause.works_in:
        return f"{said}."
    works, seeds = cause.works_in
    if not works:
        return f"{said}; that does not make it work: something else is wrong too."
    return f"{said}; it works in {works} of {plural(seeds, 'seed')}."


def _by_parts(report: Report) -> Iterator[str]:
    twin, parts = report.twin, report.parts
    if twin is None or parts is None:
        return
    if part_words.is_beside(parts):
        if not twin.fails:
            yield part_words.twin_sentence(report)
    elif not parts.minimal or ["answer"] in parts.minimal or twin.lacks or twin.fails:
        yield part_words.twin_sentence(report)
    else:
        (works, every), (mine, own) = twin.works_in, twin.found_works_in
        yield (
            f"A sound network of the same shape works in {works} of {plural(every, 'seed')}, this "
            f"one in {mine} of {own}: {number(twin.score)} against {number(parts.found)}."
        )
    if parts.undecided or part_words.is_beside(parts):
        yield from part_words.blame_sentences(report)
    elif parts.minimal and ["answer"] not in parts.minimal:
        smallest = min(parts.minimal, key=len)
        what = listed(part_words.WORDS.get(one, one) for one in smallest)
        others = "; other parts do so too" if len(parts.minimal) > 1 else ""
        yield f"With its {what} in the place of yours the gap closes{others}."


# Where


def _patched(report: Report, patch: dict[str, Any]) -> list[Place]:
    """The places that a patch changes, each with what was found there."""
    places, present = [], _present(report)
    for hunk in patch["hunks"]:
        file = patch_words.file_of(patch, hunk)
        changes = [Change(found=_from(one, "old"), repaired=_from(one, "new"))
                   for one in hunk["changes"]]  # fmt: skip
        lines = {line for one in changes for line, _ in one.found}
        there = next((one for one in present if one.where and one.where.line in lines
                      and Path(one.where.file).name == Path(file).name), None)  # fmt: skip
        meant = there or next((one for one in present if one.defect == hunk["defect"]), None)
        # what a rate does was measured with the patch's own
        why = there.observed if there and there.part != "pace" else hunk["why"]
        places.append(
            Place(
                file=file, line=int(hunk["changes"][0]["line"]), changes=changes,
                what=meant.defect if meant else part_words.WORDS.get(hunk["part"], hunk["part"]),
                why=why, defect=meant.defect if meant else "",
            )
        )  # fmt: skip
    return places


def _without_edit(report: Report, patch: dict[str, Any], mended: list[Place]) -> Iterator[Place]:
    """What must be mended as well, as trainings with repairs show, and no edit was found for."""
    done = {one.defect for one in mended} | {hunk["defect"] for hunk in patch["hunks"]}
    tried = patch["tried"] or {}
    works, seeds = tried.get("works_in") or [0, 1]
    cured = _cured(report)
    is_left = bool(tried) and not works
    if cured is not None:
        is_left = works < seeds or _leaves(patch, cured)
    works_now = bool(tried) and works == seeds and not tried.get("measure")
    for one in _blamed(report) if is_left else _untrainable(report):
        if works_now and "held_out" in one.numbers:
            continue  # what a sound network could not learn, the patched one answers
        if one.where is not None and one.defect not in done:
            yield _place(one, one.where)


def _from(change: dict[str, Any], side: str) -> Lines:
    return [(change["line"] + at, text) for at, text in enumerate(change[side])]


def _found(report: Report) -> list[Place]:
    """The places of what was found and matters, as far as that is known."""
    shown_as, cured = {one.defect for one in report.code}, _cured(report) is not None
    mended = {one.defect: Change(found=one.found, repaired=one.repaired) for one in report.code}
    places: dict[tuple[str, int | str], Place] = {}
    blamed = _blamed(report)
    if not is_healthy(report) and not part_words.is_as_good(report):
        # exact, by the step run again, whatever else keeps it from working
        idle = {*_cleared(report), *(one.defect for one in blamed)}
        exact = [*_exact(report), *(one for one in _present(report) if one.defect in shown_as)]
        blamed += [one for one in exact if one.defect not in idle]
    for one in sorted(blamed, key=lambda one: one.defect not in mended):
        if one.where is None:
            continue
        advice = one.advice if cured and one.defect not in shown_as else ""
        place = _place(one, one.where, mended.pop(one.defect, None), advice)
        places.setdefault((place.file, place.line or one.defect), place)
    return [*places.values()]


def _place(one: Finding, where: Where, change: Change | None = None, advice: str = "") -> Place:
    """Where a finding is, with its edit, if it has one, or else its line, if that is known."""
    if change is None and not _is_no_statement(one):
        change = Change(found=[(where.line, where.text)])
    lines = [*change.found, *(change.repaired or [])] if change else [(0, "")]
    return Place(
        file=where.file, line=lines[0][0], why=one.observed, what=one.defect, defect=one.defect,
        changes=[change] if change else [], advice=advice,
    )  # fmt: skip


def _is_no_statement(one: Finding) -> bool:
    """Whether a finding is placed at no statement that does it, but at one that has to do with it.

    As at the head of a loop, of a gradient; where a gradient or a step is taken off the network
    that was read, and not off what the run did; or, of what a sound network has shown of samples
    and labels, at a line that takes them.
    """
    of_run = one.numbers.get("of_step") or one.numbers.get("seen")
    is_placed = (
        one.part not in ("gradient", "step")
        or one.where is None
        or (of_run and not is_head(one.where.text))
    )
    return not is_placed or "held_out" in one.numbers


def _exact(report: Report) -> list[Finding]:
    """What is wrong in the step, as it showed when it was run again and differentiated."""
    return [one for one in _present(report)
            if one.severity == SEVERE and one.numbers.get("of_step")]  # fmt: skip


def _untrainable(report: Report) -> list[Finding]:
    """What spoils all that a script prints, and no training shows; each once, if it has lines."""
    found = {one.defect: one for one in reversed(_present(report)) if one.numbers.get(UNTRAINABLE)}
    return [*found.values()]


def _blamed(report: Report) -> list[Finding]:
    """What was found that matters: by trainings, where these tell; else what is an error."""
    shown = _by_trainings(report)
    return [*shown, *(one for one in _untrainable(report) if one not in shown)]


def _by_trainings(report: Report) -> list[Finding]:
    present, cured = _present(report), _cured(report)
    if cured is None and _exact(report):
        present = [one for one in present if one.defect not in PACE]
    if cured is not None:
        shown = [one for one in present if one.defect in cured.minimal_repairs[0]]
        if not cured.works_in or cured.works_in[0]:
            return shown
        idle = _cleared(report)  # something else is wrong too
        rest = [one for one in present if one.severity == SEVERE and one not in shown]
        return [*shown, *(one for one in rest if one.defect not in idle)]
    if part_words.is_as_good(report):
        return []
    idle = _cleared(report)
    works = report.twin is None or not report.twin.fails
    if works and report.parts is not None and report.parts.minimal:
        smallest = min(report.parts.minimal, key=len)
        return [one for one in present if one.part in smallest and one.defect not in idle]
    return [one for one in present if one.severity == SEVERE and one.defect not in idle]


def _cleared(report: Report) -> list[str]:
    """What makes no difference, where it was seen to make none beside a network that works."""
    works = is_healthy(report) or part_words.is_as_good(report) or _cured(report) is not None
    sound = report.twin is not None and not report.twin.fails
    return harmless(report) if works or sound else []


def _beside(report: Report, rest: Iterable[Finding]) -> Iterator[str]:
    """What made no difference in trainings, and what was not looked at; nothing else is said."""
    step = (report.watched or {}).get("step") or {}
    if step.get("right") and not step["wrong"]:  # exact, in the run: a probe knows no better
        rest = [one for one in rest if one.defect != GRADIENT or one.numbers.get("of_step")]
    rest, idle = list(rest), _cleared(report)
    blamed = report.parts.blamed if report.parts else []
    cleared = [one for one in rest if one.defect in idle and one.part not in blamed]
    if cleared:
        yield f"also seen, without a difference in trainings here: {_named(cleared)}"
    if late := time_words.shortly(report):
        yield late
    if not was_read(report) and _step(report) and not report.interrupted:
        yield f"not looked at: its data, start, rate and test, for {_refusal(report)}"


def _named(several: Iterable[Finding]) -> str:
    """Each defect once, with its line where the run itself has shown it; of many how many more."""
    named: dict[str, str] = {}
    for one in several:
        is_seen = one.where and (one.numbers.get("of_step") or one.numbers.get("seen"))
        at = f" (line {line_in(one.where.file, one.where.line)})" if one.where and is_seen else ""
        named.setdefault(one.defect, f"{one.defect}{at}")
    every = [*named.values()]
    return listed(every if len(every) <= FEW + 1 else [*every[:FEW], f"{len(every) - FEW} more"])
