"""Where an epoch of a training ends: what the samples of its steps tell of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

import numpy as np

from diagnose.reading.began import firsts_taken
from diagnose.reading.edges import AFTER
from diagnose.reading.kept_samples import KeptSamples
from diagnose.reading.targets import thread_of
from diagnose.recording.nodes import Ref

# So many steps show that samples are taken in turn: of two that are drawn, one time in a thousand.
IN_TURN = 12
# Of the second epoch, so many steps say in which order it takes the samples.
SECOND = 12
KNOWN = 0.5
PASSES = 3
# A pass of so many more steps is waited for: it takes a fraction of a second.
SOON = 1000


def site_of_epochs(
    kept: KeptSamples,
    turns: Mapping[int, list[int]],
    ticks: Mapping[int, int],
    torn: Collection[int],
) -> int | None:
    """The loop that begins with each epoch, once so much of two was seen; None before.

    turns: before which steps each loop began a turn. ticks: how often it did so. torn: the loops at
    whose turns the state was not kept.
    """
    if not turns:
        return None
    done, tape, site_of_steps = len(kept.steps), kept.tape, kept.roles.step.loop.site
    if done > max(starts[-1] for starts in turns.values()) + SECOND:
        return None  # as in nearly all steps
    is_alone = 1 in (tape.begun[site_of_steps], tape.whiles[site_of_steps])
    # of loops that begin with an epoch, that over the epochs turns least often
    for site, starts in sorted(turns.items(), key=lambda one: ticks[one[0]]):
        begins = sorted({one for one in starts[-PASSES - 2 :] if one < done})
        if len(begins) < 2 or done != begins[-1] + min(SECOND, begins[-1] - begins[-2]):
            continue
        if site in torn:
            continue
        # no loop goes around it: what turns may be an evaluation within
        alone = is_alone and len(starts) <= PASSES + 1 and _are_passes(kept, begins)
        if alone or (not is_alone and _are_epochs(kept, *begins[-2:])):
            return site
    return None


def _are_epochs(kept: KeptSamples, first: int, second: int) -> bool:
    """Whether what begins with step ``first`` and ``second`` may be two epochs.

    The second takes samples of the first, and so did what was before: of samples that are drawn,
    one may come twice in a row.
    """
    known = {*kept.taken(first, second)}
    others = kept.taken(second, len(kept.steps)), kept.taken(max(first - SECOND, 0), first)
    return all(sum(one in known for one in some) >= KNOWN * len(some) for some in others)


def _are_passes(kept: KeptSamples, begins: list[int]) -> bool:
    """Whether between any two of the first such steps all samples come, and each of them once.

    So often: by chance four that are drawn do so one time in a thousand, others never. It is asked
    once.
    """
    if len(begins) <= PASSES:
        return False
    passes = [kept.taken(first, end) for first, end in pairwise(begins)]
    known = {*passes[0]}
    return all(len(one) == len(known) and known == {*one} for one in passes)


def is_full_batch(kept: KeptSamples, *, is_ended: bool) -> bool:
    """Whether every step takes all samples; is_ended: whether no further step comes."""
    last = kept.steps[-4:]
    if len(last) < 4 or (len(kept.steps) < AFTER and not is_ended):
        return False
    if kept.rows[last[-1]] != kept.rows[last[-2]]:
        return False  # asked in each step, and so it is mostly
    sets = [kept.rows[one] for one in last]
    if any(one != sets[0] for one in sets):
        return False
    if len({kept.came.get(one, 0) for one in last}) > 1:
        return False  # samples that are alike, from several places
    # a single sample that is taken again and again, and no other before it, as one drawn may be
    return len(kept.arrays[last[0]][0]) > 1 or (
        len(set(kept.steps)) == 1 and not _takes_one_of_several(kept)
    )


def goes_around(kept: KeptSamples) -> bool:
    """Whether a loop will soon turn that goes around the steps, and was begun with what they step.

    One in which that is made, as for each of several rates, goes around other trainings too. What
    it turns between is an epoch, though every step of that takes the same samples.
    """
    tape, step = kept.tape, kept.roles.step
    own, left = step.loop.site, tape.items_left
    if not left.get(own, SOON) < SOON:
        return False
    around = [one for one, count in tape.running.items() if count and left.get(one, 0) > 0]
    begun = [at for at, one in tape.turns if one in around and one != own]
    firsts = [one.node for one in firsts_taken(step).values() if isinstance(one, Ref)]
    return bool(begun) and max(firsts, default=begun[0]) < min(begun)


def cycle(kept: KeptSamples) -> int:
    """Of a training without a loop over epochs that takes its batches in turn: how many."""
    count = len(kept.arrays)
    if count == 1 and _takes_one_of_several(kept):
        return 0
    in_turn = all(one == at % count for at, one in enumerate(kept.steps))
    return count if in_turn and len(kept.steps) >= 2 * count else 0


def _takes_one_of_several(kept: KeptSamples) -> bool:
    """Whether the last step took a single sample out of several."""
    thread = thread_of(kept.origins[-1][0], 1, kept.roles, samples=True)
    return thread is not None and thread.root().length > 1


def may_be_others(kept: KeptSamples) -> bool:
    """Whether samples that seem to be taken in turn may be others that are equal to them."""
    return _is_in_a_pass(kept) and not _come_from_one_place_each(kept)


def _is_in_a_pass(kept: KeptSamples) -> bool:
    """Whether a loop around that of the steps, such as one over epochs, will soon turn."""
    site = kept.roles.step.loop.site
    around = any(count and one != site for one, count in kept.tape.running.items())
    return around and 0 < kept.coming() < SOON


def _come_from_one_place_each(kept: KeptSamples) -> bool:
    """Whether what is equal was taken from the same place each time, and that is known."""
    places: dict[int, list[int]] = {}
    for at, number in enumerate(kept.steps):
        thread = kept.samples_of(at)
        place = None if thread is None else [int(one) for one in thread.places()]
        if place is None or places.setdefault(number, place) != place:
            return False
    return True


def is_drawn(kept: KeptSamples) -> bool:
    """Whether samples come in no order, and there are several targets among them."""
    if kept.noisy or cycle(kept):
        return False
    first = kept.arrays[0][1]
    return any(not np.array_equal(one[:1], first[:1]) for _, one in kept.arrays)
