"""Edits judged by what the script prints, where there was no time to measure them otherwise.

What was seen while it ran is mended at its line, until the same is not seen again, and what can be
held against a sound part without a training is. Whether that helps is told by the share of right
answers that the script itself prints last.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest

from diagnose.network.tasks import NOTICEABLE
from diagnose.patching.answer import answered, between, of_answer
from diagnose.patching.arithmetic import of_forward, of_gradient
from diagnose.patching.decays import FOUND as DECAY
from diagnose.patching.decays import of_decay
from diagnose.patching.holding import HELD, at_wrong_lines, held
from diagnose.patching.judging import goal_of, level
from diagnose.patching.lengths import of_ends
from diagnose.patching.orders import of_order
from diagnose.patching.outcomes import Outcome
from diagnose.patching.pace import of_schedule
from diagnose.patching.predicting import of_prediction
from diagnose.patching.samples import of_input
from diagnose.patching.script import Maker, Script
from diagnose.patching.seen import SEEN, more_shown
from diagnose.patching.signs import is_turned
from diagnose.patching.slips import of_slips
from diagnose.patching.source import Edit, is_python
from diagnose.patching.starting import of_start
from diagnose.patching.steps import of_step
from diagnose.patching.sums import begun_once, sums_begun_anew
from diagnose.patching.targets import of_targets
from diagnose.patching.trial import Trials
from diagnose.symptoms import chance, half_way

# By what is seen of a run; the likeliest edits of a part are among the first.
TOLD: dict[str, Maker] = {
    **SEEN,
    "output-range": of_targets,
    "broadcast-shape": of_gradient,
    "softmax-axis": of_forward,
    "dropout-scale": of_forward,
    "dropout-mask": of_gradient,
    "update-direction": sums_begun_anew,
    "frozen-parameter": of_step,
    "aliased-arrays": of_start,
    "learning-rate": of_schedule,
    "velocity-anew": begun_once,
    "dropout-when-predicting": of_prediction,
    "test-preparation": of_prediction,
}
# Edits of one line that was seen: what these do not mend is no slip that is known here.
MOST_EDITS = 8


# What only a training tells: here the script's own, for the likeliest edits.
PRINTED: dict[str, Maker] = {"input": of_input, "start": of_start}
MOST_PRINTED = 3


# Of each part so many edits, where nothing tells which part it is.
MOST_OF_A_PART = 6
# More places than these are changed after those edits that change fewer: such as all steps at once.
FEW = 2
# What is held against exact numbers, or is there or not: no training, and no rate, decides of it.
MEASURED = {
    "aliased-arrays", "inplace-mutation", "initialization-offset", "softmax-axis",
    "symmetric-initialization", "unnormalized-input", "update-direction", "wrong-gradient",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Likely:
    """Edits for which nothing is known but what the script prints: the likeliest, and the rest."""

    first: list[Edit]
    rest: list[Edit]

    @property
    def every(self) -> list[Edit]:
        """All of them, the likeliest first."""
        return list(dict.fromkeys([*self.first, *self.rest]))

    @property
    def answers(self) -> Likely:
        """Those of the answer: where the training is as good as a sound one, no others."""
        first, rest = (
            [one for one in some if one.part == "answer"] for some in (self.first, self.rest)
        )
        return Likely(first=first, rest=rest)


def likeliest(script: Script, now: Outcome | None = None) -> Likely:
    """The likeliest edits of each part in turn; those of lines that findings name before others.

    now: the script as it was read; it tells which gradients are wrong, and where they become so.
    """
    makers: list[Maker] = [
        *HELD.values(), *PRINTED.values(), of_order, of_step, of_decay, of_schedule, of_ends,
        of_answer, *TOLD.values(),
    ]  # fmt: skip
    every = [script.named_first(maker(script)) for maker in dict.fromkeys(makers)]
    at = [*dict.fromkeys(makers)].index(of_gradient)
    if now is not None and now.wrong:  # a print does not tell a length from a rate
        every[at] = [*at_wrong_lines(script, every[at], now)]
    every = [_not_refuted(script, one) for one in every]
    known = ((one for one in some if is_python(script.source, [one])) for some in every)
    first = [[*islice(one, MOST_OF_A_PART)] for one in known]
    slips = of_slips(script.source, between(script))
    rest = [[one for one in some if one not in kept]
            for some, kept in zip(every, first, strict=True)]  # fmt: skip
    return Likely(
        first=_in_turns(script, [*first, _not_refuted(script, slips)]),
        rest=_in_turns(script, rest),
    )


def _not_refuted(script: Script, edits: Sequence[Edit]) -> list[Edit]:
    """Edits but for those of a defect that was measured and is not there.

    A line that is right may be made wrong so that few steps get further by chance. So may what
    pulls weights to 0 be left out, where nothing says that it is too strong.
    """
    refuted = script.absent & MEASURED | ({DECAY} - script.found.keys())
    refuted -= {"update-direction"} if is_turned(script) else set()  # of which the gradient is told
    return [one for one in edits if one.defect not in refuted]


def _in_turns(script: Script, every: Sequence[Sequence[Edit]]) -> list[Edit]:
    """The first edits of each part, then the second ones, and so on; of named lines before."""
    some = [one for turn in zip_longest(*every) for one in turn if one is not None]
    # one error is likelier than several alike
    few_first = sorted(some, key=lambda one: len(one.splices) > FEW)
    return list(dict.fromkeys(script.named_first(few_first)))


def measured(
    script: Script, trials: Trials, wrong: Collection[str], chosen: Sequence[Edit] = ()
) -> list[Edit]:
    """The edits, and those that bring parts nearer to sound ones in which errors were found."""
    found = [*chosen]
    for part in HELD:
        if part in wrong:
            found, _ = held(script, trials, part, found)
    return found


def by_print(
    script: Script, trials: Trials, told: Collection[str], wrong: Collection[str] = ()
) -> list[Edit]:
    """Edits of what was told, with which the script prints what a working network does.

    told: the kinds; wrong: parts in which errors were found. None where it does not print a
    noticeably larger share than as found. Of a network that answers with numbers the share is that
    of the error that goes, or what is explained, by the words beside the number.
    """
    classes = script.network.classes
    found = trials.run(()) if "missing-classes" in script.found else None
    chosen = more_shown(script, trials, (), found) if found is not None else []
    for kind, maker in TOLD.items():
        if kind in told:
            chosen += _untold(script, trials, kind, maker, chosen)
    chosen = measured(script, trials, wrong, chosen)
    for part, maker in PRINTED.items():
        if part in wrong:
            likeliest = script.named_first(maker(script))[:MOST_PRINTED]
            chosen, _ = _better(trials, chosen, likeliest, classes)
    by_chance = chance(script.network)
    chosen = answered(script, trials, chosen, half_way(by_chance), by_chance)
    works = partial(goal_of(script.report, classes).works, by_chance=by_chance)
    if not trials.is_always_better(works, (), chosen):
        return []
    more = [*of_schedule(script), *of_ends(script)]
    chosen, reached = _better(trials, chosen, more, classes)
    for one in tuple(chosen):
        fewer = [other for other in chosen if other is not one]
        if fewer and _share(trials, fewer, classes) > reached - NOTICEABLE:
            chosen = fewer
    return chosen


def _better(
    trials: Trials, chosen: list[Edit], edits: Sequence[Edit], classes: int
) -> tuple[list[Edit], float]:
    """Those of some edits with which the script prints noticeably more, each beside the others."""
    reached = _share(trials, chosen, classes)
    trials.foresee_printed([*chosen, one] for one in edits)
    for one in edits:
        if trials.is_late or any(one.meets(other) for other in chosen):
            continue
        share = _share(trials, [*chosen, one], classes)
        if share >= reached + NOTICEABLE:
            chosen, reached = [*chosen, one], share
    return chosen, reached


def _untold(
    script: Script, trials: Trials, kind: str, maker: Maker, chosen: list[Edit]
) -> list[Edit]:
    """The first edit after which this is not seen again."""
    for one, got in trials.each(chosen, script.named_first(maker(script))[:MOST_EDITS]):
        if kind not in got.told:
            return [one]
    return []


def _share(trials: Trials, edits: list[Edit] | tuple[()], classes: int) -> float:
    to_its_end, line = trials.printed(edits)
    if not to_its_end:
        return 0.0
    return level(line, trials.printed(())[1], classes)
