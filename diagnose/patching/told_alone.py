"""Edits that are judged by what a script prints last: of what was told, and the likeliest slips.

Nothing else need be known of its network, so only a far better result counts: a share of right
answers that neither seeds nor many trials bring by chance, or less than half of the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import comb, isclose, isfinite, lcm

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.judging import (
    ENOUGH,
    HALF,
    NO_GUESS,
    Kind,
    Result,
    are_few,
    gained,
    is_better,
    is_share,
    level,
    result,
    says_alike,
)
from diagnose.patching.only_told import without_told
from diagnose.patching.pace import is_of_rate, without_longer_steps
from diagnose.patching.placed import surely_misplaced
from diagnose.patching.signs import without_odd_turns
from diagnose.patching.source import Edit, is_python
from diagnose.patching.trial import RUNS, Trials

# So much larger a share. Of two networks that guess one of two classes, one is so much better than
# the other once in 14 times on twenty test samples, once in 170 on fifty. Of more classes, by so
# much as half more no guess gets better.
FAR = 0.25
# By what makes a step of what was never or hardly stepped nothing that is right gets better, and
# runs are held against each other three by three: so little as their means tell as surely.
UNMOVED, OF_STEPS = "frozen-parameter", FAR / 3**0.5
# Of fewer test samples three of four are guessed more often, as 9 of 12 once in 14 times, and there
# are a hundred tries. How many there are is known of counts, and of shares that are not rounded:
# of 0.9166666666666666 that they are 12, or a multiple. What was found is there before any try.
GUESSED, GUESSED_AT_ONCE = 0.001, 0.01
MOST_COUNTED, DIGITS, CLOSE = 500, 6, 1e-9
# Two shares that are both so many of so few, as .5 and .75 of four, are hardly ever of many.
FEW = 8
# Targets of no task are so far off: an error that large, or none at all, is one without bounds, of
# which nearly all goes by whatever bounds it. So the best edit is taken, and not the first.
UNBOUNDED = 1e15
# Who always answers the mean is not so many times as far off as the best network, squared or not:
# a training went astray, and what one edit leaves of that error is a result of its own.
ASTRAY = 1e6
# Copies that are run to their end: what these do not mend is no slip that is known here.
MOST_COPIES = 240
# Two faults at once are the rule, and three are rare.
MOST_TOGETHER = 3
# Once a result is far better, so many more edits are tried for a better one.
MOST_FURTHER = 24
# Edits of what was told, beside each of which all others are tried.
MOST_TOLD, SHARES = 2, 3
# A share of the time that is left for what is tried beside the first edit that helps.
LEFT_FOR_OTHERS = 0.4
# Of so many trainings the best is what a network gives: the script itself draws other numbers.
MEASURED = 3
# What makes a training faster halves the loss of a sound one, too, as often as not.
FASTER = (
    *("learning-rate", "initialization-scale", "too-few-epochs", "weight-decay"),
    "unnormalized-input",
)


def mended_by_print(
    edits: Sequence[Edit], trials: Trials, classes: int = 0, given: Sequence[Edit] = (),
    least: float = HALF, enough: float = ENOUGH, later: Sequence[Edit] = (),
) -> list[Edit]:  # fmt: skip
    """The edits with which the script prints a far better result; none where there are no such.

    edits: the likeliest first. classes: of a script that is known to count its right answers.
    given: an edit of what is known to be a mistake, which may show only beside others: these may
    make the training faster, too. least: the share of an error that is to be gone. enough: with
    such a result no other edit is tried. later: what is no mistake by itself, as few epochs, and is
    tried beside what helps, where a share of right answers is printed.
    """
    (_, found), (to_its_end, now) = (trials.printed(some) for some in ((), given))
    shown = result(found, classes)
    if given and not to_its_end:
        return []
    if shown is None or level(found, found, classes) > 1 - FAR:
        return []
    source = trials.source
    edits = without_odd_turns(source, without_told(source, edits))
    sure = surely_misplaced(source)
    enough = ENOUGH if shown.kind is Kind.ERROR else enough
    unbounded = is_unbounded(shown)
    if shown.of_loss and not unbounded and not given:
        edits = [one for one in without_longer_steps(source, edits) if one.defect not in FASTER]
    chosen: list[Edit] = [*given]
    left, base, step = MOST_COPIES, found, NOTICEABLE
    for _ in range(MOST_TOGETHER):
        if level(now, base, classes) >= enough and not unbounded:
            break
        best: tuple[float, Edit, str] | None = None
        kept = LEFT_FOR_OTHERS * trials.left  # for what is tried beside the first that helps
        further = MOST_FURTHER
        beside = later if chosen and not shown.of_loss else ()
        trials.foresee_printed([*chosen, one] for one in (*edits, *beside))
        for one in (*edits, *beside):
            helps = best is not None
            if trials.is_late or not left or (helps and trials.left < kept) or not further:
                break
            if any(one.meets(other) for other in chosen):
                continue
            if not is_python(trials.source, [*chosen, one]):
                continue
            left -= 1
            trials.show(MOST_COPIES - left, MOST_COPIES)
            to_its_end, line = trials.printed([*chosen, one])
            more = _gained(now, line, classes) if to_its_end else 0.0
            is_far = is_far_better(base, best[2] if best is not None else now, classes)
            further -= is_far and not unbounded
            most = best is None or _is_less(best[2], line, classes, best[0], more)
            if more >= step and most and not is_refuted([*chosen, one], trials):
                best = more, one, line
                enough_now = level(line, base, classes) >= enough and not unbounded
                if enough_now or one in sure:
                    break
        if best is None:
            break
        chosen, now = [*chosen, best[1]], best[2]
        if unbounded or _is_lost(now, base):  # what is left is of a training that has bounds
            unbounded, base, step = False, now, HALF
            edits = [one for one in edits if one.defect not in FASTER]
    if shown.of_loss and level(now, found, classes) < least:
        return []
    unmoved = all(one.defect == UNMOVED for one in chosen)
    far = OF_STEPS if unmoved and len(trials.printed_again(chosen)) == RUNS else FAR
    if not is_far_better(found, now, classes, far):
        return []
    chosen = _needed(chosen, trials, classes)
    if all(one in later for one in chosen):
        return []  # more of a training that may be sound
    idle = given and shown.of_loss and not is_unbounded(shown) and not {*given} & {*chosen}
    if idle and all(one.defect in FASTER for one in chosen):
        return []  # as may be one that is only faster, beside what was given and does nothing
    better = partial(is_far_better, classes=classes, far=far)
    return chosen if trials.is_always_better(better, (), chosen) else []


def is_unbounded(shown: Result | None) -> bool:
    """Whether an error is no number, or one that no task has."""
    if shown is None or shown.kind is not Kind.ERROR:
        return False
    return not isfinite(shown.value) or abs(shown.value) > UNBOUNDED


def _is_lost(line: str, before: str) -> bool:
    """Whether next to nothing is left of an error, which is that of a training that went astray."""
    now, other = result(line), result(before)
    if now is None or other is None or not now.kind is other.kind is Kind.ERROR:
        return False
    return 0 < ASTRAY * abs(now.value) < abs(other.value)


def _is_less(before: str, after: str, classes: int, *gains: float) -> bool:
    """Whether a result is better than that of the best edit so far, by what each has gained.

    Of an error without bounds both have gained all of it, and are held against each other.
    """
    alike = gains[1] == gains[0] == 1
    return gains[1] > gains[0] or (alike and _gained(before, after, classes) >= NOTICEABLE)


def _needed(chosen: list[Edit], trials: Trials, classes: int) -> list[Edit]:
    """Those of some edits without which the result is worse."""
    for one in tuple(chosen):
        fewer = [other for other in chosen if other is not one]
        with_it, (to_its_end, without) = trials.printed(chosen)[1], trials.printed(fewer)
        if fewer and to_its_end and _gained(without, with_it, classes) < NOTICEABLE:
            chosen = fewer
    return chosen


def is_refuted(chosen: Sequence[Edit], trials: Trials) -> bool:
    """Whether an edit is not what it is said to be; of a script that was not read, none can be."""
    if trials.found is None:
        return False
    return makes_wrong(chosen, trials) or says_more_than_it_gives(chosen, trials)


def says_more_than_it_gives(chosen: Sequence[Edit], trials: Trials) -> bool:
    """Whether with an edit of how answers are counted more are said to be right than are.

    That was measured of the copy's network with some seeds, the best of which counts: whoever
    compares answers with something that they always equal is told that all are right.
    """
    outcome = trials.run(chosen) if any(one.part == "answer" for one in chosen) else None
    if outcome is None or not outcome.network.classes:
        return False
    line, classes = trials.printed(chosen)[1], outcome.network.classes
    if not is_share(line, classes):
        return False
    said = level(line, line, classes) - FAR
    seeds = range(trials.seed, trials.seed + MEASURED)  # the first that gives as much is enough
    return said > 0 and all(said > float(outcome.scores((seed,)).max()) for seed in seeds)


def makes_wrong(chosen: Sequence[Edit], trials: Trials) -> bool:
    """Whether an edit is not what it is said to be, where the copies are read.

    One makes a gradient wrong that is right without it, or right but for its sign: a training of
    few steps may print more by a gradient that is wrong, and larger. Or it is said to be of the
    rate, and leaves the rate as it is: by another number the script does something else.
    """
    outcome = trials.run(chosen) if chosen else None
    rated = [one for one in chosen if is_of_rate(one)]
    if outcome is None or not (outcome.wrong or rated):
        return False
    for one in chosen:
        if one.part == "pace" and one not in rated:
            continue  # a schedule makes no gradient
        without = trials.run([other for other in chosen if other is not one])
        if without is None:
            continue
        if without.wrong < outcome.wrong or outcome.astray - without.astray:
            return True
        if one in rated and isclose(without.rate, outcome.rate, rel_tol=CLOSE):
            return True
    return False


def mended_first(
    first: Sequence[Edit], every: Sequence[Edit], trials: Trials, classes: int = 0,
    enough: float = ENOUGH, later: Sequence[Edit] = (),
) -> list[Edit]:  # fmt: skip
    """By the likeliest edits; else by all, with which nearly all of an error is to be gone.

    An edit of a formula that is right may make a training faster, too.
    """
    if is_unbounded(result(trials.printed(())[1], classes)):
        first = list(dict.fromkeys([*first, *every]))
    chosen = _surely_better(trials, classes, enough)
    chosen = chosen or mended_by_print(first, trials, classes, enough=enough, later=later)
    return (
        chosen
        or mended_by_print(every, trials, classes, least=ENOUGH, enough=enough, later=later)
        or _surely_better(trials, classes, NO_GUESS)
    )


def _surely_better(trials: Trials, classes: int, least: float) -> list[Edit]:
    """What stands where it surely does not belong, as a step below a print, moved; else nothing.

    Nobody means that, so that a share need only be noticeably larger in each of three runs than in
    each of the others: of the few steps that are made some are lucky. least: such a share.
    """
    better = partial(is_better, classes=classes)
    for one in surely_misplaced(trials.source):
        line = trials.printed([one])[1]
        if trials.is_late or not is_share(line, classes):
            break
        reached = level(line, line, classes) >= least
        draws = reached and len(trials.printed_again([one])) > 1
        if draws and trials.is_always_better(better, (), [one]):
            return [one]
    return []


def with_each(given: Sequence[Edit], told: Sequence[Edit]) -> list[Edit]:
    """With the first edit of each thing that was told: faults that are known hide each other."""
    first = [*given]
    for one in told:
        if not any(one.defect == other.defect or one.meets(other) for other in first):
            first.append(one)
    return first


def mended_beside(
    told: Sequence[Edit], first: Sequence[Edit], every: Sequence[Edit], trials: Trials,
    classes: int = 0, enough: float = ENOUGH, later: Sequence[Edit] = (),
    measured: Sequence[Edit] = (),
) -> list[Edit]:  # fmt: skip
    """The same; where nothing helps by itself, beside an edit of what was told.

    A mistake that is known may be hidden by another one, so that mending it shows nothing yet.
    measured: edits of what was held against sound parts, beside which all others come first.
    """
    chosen: list[Edit] = []
    with trials.shared(len(told[:MOST_TOLD]) * SHARES):
        if measured:
            beside = list(dict.fromkeys([*told, *first, *every]))
            with trials.shared(SHARES):
                chosen = mended_by_print(
                    beside, trials, classes, measured, ENOUGH, enough=enough, later=later
                )
        chosen = chosen or mended_first(
            [*told, *first], [*told, *every], trials, classes, enough, later
        )
    for one in told[:MOST_TOLD]:
        if not chosen and not trials.is_late:
            chosen = mended_by_print(every, trials, classes, [one], ENOUGH, later=later)
    return chosen


def _gained(before: str, after: str, classes: int) -> float:
    """How much better a result is that is printed with the same words."""
    return gained(before, after, classes) if says_alike(before, after) else 0.0


def is_far_better(before: str, after: str, classes: int = 0, far: float = FAR) -> bool:
    """Whether a result is better by more than seeds may do: of a share, by so much as ``far``."""
    more = _gained(before, after, classes)
    if is_share(after, classes):
        now = level(after, before, classes)
        enough = now > HALF and (more >= HALF or (more >= far and now >= NO_GUESS))
        return enough and not _is_guessed(before, after, classes)
    return more >= HALF and not are_few(before, after, classes)


def _is_guessed(before: str, after: str, classes: int) -> bool:
    """Whether both shares may be guesses of one of two classes, of few test samples.

    Not where all are right, as of the four of xor.
    """
    shares = level(before, after, classes), level(after, before, classes)
    found = result(after, classes)
    count = found.whole if found is not None else 0
    count = count or lcm(*(_denominator(one) for one in shares))
    if count > 1 and not (found is not None and found.whole):  # where one is not rounded, none is
        count = lcm(*(_least(one) for one in shares))
    if count == 1 and (least := lcm(*(_least(one) for one in shares))) <= FEW:
        count = least
    if count <= 1 or shares[1] >= 1:
        return False
    wrong, right = count - round(shares[0] * count), round(shares[1] * count)
    return _by_guess(count, right) > GUESSED and _by_guess(count, wrong) > GUESSED_AT_ONCE


def _denominator(share: float) -> int:
    """Of how many samples a share is one, or a part of as many; 1 where that is not known."""
    near = Fraction(share).limit_denominator(MOST_COUNTED)
    return near.denominator if share != round(share, DIGITS) and abs(near - share) < CLOSE else 1


def _least(share: float) -> int:
    """The fewest samples of which a share can be one, be it rounded or not."""
    return Fraction(share).limit_denominator(MOST_COUNTED).denominator


def _by_guess(count: int, right: int) -> float:
    """How often so many or more of ``count`` are guessed, of two classes."""
    return sum(comb(count, one) for one in range(right, count + 1)) / 2**count
