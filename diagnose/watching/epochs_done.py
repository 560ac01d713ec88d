"""How many epochs a training has: as its loop says, or as there were once it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from diagnose.reading.collecting import Collector
from diagnose.reading.not_read import NotReadError
from diagnose.reading.samples import Samples
from diagnose.recording.sites import Site

# Of so many passes, two are whole, and were begun and ended by the same loop.
PASSES = 3
NO_STEPS = (
    "no step was made in {} of the turns that were seen of the loop over the epochs; read is one "
    "each of whose turns makes some"
)


def epochs_written(seen: Collector) -> int | None:
    """How many epochs the program trains, where the loop says it."""
    if seen.epoch_site is not None:
        return seen.tape.lengths.get(seen.epoch_site)
    steps = seen.tape.lengths.get(seen.roles.step.loop.site)
    every = seen.segments()
    if not every:
        # what has no second pass is one, or a part of one that goes on
        return max((steps or 0) // max(seen.drawn or len(seen.steps), 1), 1)
    if seen.tape.begun[seen.roles.step.loop.site] > 1 and not seen.is_over:
        return None  # a loop around it begins it anew, and says how often
    return None if steps is None else max(steps // len(every[0]), 1)


def steps_of_all(seen: Collector | None) -> int:
    """How many steps the training has, if that is known; else 0."""
    if seen is None:
        return 0
    segments = seen.segments()
    size = len(segments[0]) if segments else seen.drawn
    return (epochs_written(seen) or 0) * size if size else 0


def epochs_done(seen: Collector, begun: Mapping[int, int]) -> int | None:
    """How many there were; None while more may come, or where they cannot be told apart.

    begun: how many turns each loop began.
    """
    if not seen.is_ended or seen.is_over:
        return None
    site, steps = seen.epoch_site, 1
    if site is None:
        every = seen.segments()
        if not every:
            return None
        site, steps = seen.roles.step.loop.site, len(every[0])
    # a turn in which a for loop has found nothing left is none
    return (begun[site] - seen.tape.ran_out[site]) // steps or None


def epochs_over(seen: Collector, begun: Mapping[int, int]) -> int:
    """How many epochs were seen from beginning to end, while there are more to come."""
    if seen.epoch_site is not None:
        return begun[seen.epoch_site] - 1
    segments = seen.segments()
    return len(segments) if segments else len(seen.rates) // max(seen.drawn, 1)


def passes_unlike(seen: Collector) -> tuple[int, int] | None:
    """How many steps two passes of a loop around the steps have, where no two epochs were alike."""
    tape = seen.tape
    if seen.epoch_site is not None or seen.drawn or tape.begun[seen.site] < PASSES:
        return None
    for site, starts in seen.turns.items():
        sizes = [end - first for first, end in pairwise(starts)]
        unlike = [(one, other) for one, other in pairwise(sizes) if one != other]
        if tape.begun[site] == 1 and unlike:
            return unlike[0]
    return None


def has_just_begun(seen: Collector) -> bool:
    """Whether an epoch has begun of which no step was made yet."""
    site = seen.epoch_site
    return site is not None and not seen.is_over and seen.turns[site][-1] == len(seen.steps)


def refuse_without_steps(seen: Collector, sites: Sequence[Site]) -> None:
    """NotReadError where turns of the loop over the epochs were over without a step."""
    site = seen.epoch_site
    if site is not None and not seen.is_over and seen.empty[site]:
        raise NotReadError(NO_STEPS.format(seen.empty[site]), sites[site])


def all_taken(epochs: int, samples: Samples, rates: Sequence[Sequence[float]]) -> int | None:
    """As how many passes through all samples so many epochs count, each of which takes a part.

    As where four batches are an epoch, and the next goes on behind them. None where the rate is
    another in some of them. Or each of which takes all of them several times.
    """
    every = len(samples.rows)
    if samples.taken in (0, every):
        return epochs
    if samples.taken < every and len({rate for one in rates for rate in one}) > 1:
        return None
    return max(round(epochs * samples.taken / every), 1)


def of_each_pass(rates: list[list[float]], samples: Samples) -> list[list[float]]:
    """The rates of epochs, by pass: of those in which each step takes all samples, by step."""
    times = samples.taken // len(samples.rows)
    if times < 2:
        return rates
    return [[rate] for one in rates for rate in (one * times if len(one) == 1 else one)]
