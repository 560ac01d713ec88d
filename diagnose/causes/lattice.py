"""Which defects cause a symptom: train with repairs on and off, and look.

For d defects found, the network is trained with each of the 2^d sets of repairs, every set with the
same seeds: the same initial draws and the same permutations, so that differences are paired.
From the values of a symptom on that lattice follow the minimal repairs, each repair's share
(Shapley value: Shapley 1953; for factorial experiments see Owen 2014, "Sobol' indices and Shapley
value", SIAM/ASA J. Uncertainty Quantification 2), a verdict on each defect and the interaction.

Whether a network works is its outcome: balanced accuracy, or the share of variance explained. Sets
are compared with the best of them, and not with that of all repairs, for a repair may hurt; a set
that makes the outcome noticeably worse cures nothing, however well it looks otherwise; and a set
that stops, or ends without an answer, has no value.

Sets of repairs are bit masks: bit i stands for the i-th defect found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import factorial
from typing import TypeVar

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE, answers
from diagnose.report import Symptoms
from diagnose.symptoms import score
from diagnose.training.budget import OutOfTime
from diagnose.training.loop import Run
from diagnose.training.trainer import Trainer

Repair = Callable[[Network], Network]
Item = TypeVar("Item")


# A set of repairs cures a symptom when it removes nine tenths of the distance between as found and
# the best set: the last tenth is what repairs that only polish may do, and what the best of many
# sets has by luck.
CURED = 0.9
# What a cure may leave over, a repair may be worth without counting as a contribution.
RELEVANT = 1 - CURED
# More would be more than 2^10 trainings per seed.
MOST_DEFECTS = 10
WHAT = "training with repairs on and off"


def repaired(network: Network, repairs: Iterable[Repair]) -> Network:
    """The network with all these repairs, applied in the order given."""
    for repair in repairs:
        network = repair(network)
    return network


def every_set(network: Network, repairs: Iterable[Repair]) -> list[Network]:
    """The network with every set of repairs, ``(2^d,)``, each applied in the order given."""
    variants = [network]
    for repair in repairs:
        variants += [repair(one) for one in variants]
    return variants


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """What was measured with every set of repairs, ``(2^d, seeds)`` each.

    values: of each symptom that is traced. scores: the outcome, 0 to 1, more is better. answered:
    whether the trained network gives answers at all. troubles: for sets of which some training
    stopped or ended without an answer, why.
    """

    values: dict[str, Array]
    scores: Array
    answered: Array
    troubles: dict[int, str] = field(default_factory=dict)

    def has_value(self) -> Array:
        """Whether each set has a value: it gives answers with most of the seeds."""
        most: Array = self.answered.mean(axis=1) > 0.5
        return most

    def may_cure(self) -> Array:
        """The sets that answer, and that do not make the outcome noticeably worse."""
        mean = self.scores.mean(axis=1)
        may: Array = self.has_value() & (mean > mean[0] - NOTICEABLE)
        return may


def measure_lattice(
    network: Network, repairs: Sequence[Repair], seeds: Sequence[int], trainer: Trainer
) -> Lattice:
    """Train all sets of repairs with all seeds, and look at what comes of it.

    With fewer seeds where time is limited; OutOfTime where there is none for one.
    """
    variants = every_set(network, repairs)
    if trainer.pool.budget.is_limited:
        seeds = _in_time(variants, seeds, trainer)
    measured = list[Symptoms]()
    troubles: dict[int, str] = {}
    for at, (run, seen) in enumerate(_trained(variants, seeds, trainer)):
        measured.append(seen)
        if run.stopped or not answers(seen):
            why = f"it stops with {run.stopped}" if run.stopped else "its answers are not finite"
            troubles.setdefault(at // len(seeds), why)

    def table(values: Iterable[float]) -> Array:
        return np.array(list(values)).reshape(-1, len(seeds))

    return Lattice(
        values={
            symptom.name: table(symptom.counted(one) for one in measured)
            for symptom in network.task.traced
        },
        scores=table(score(one) for one in measured),
        answered=table(answers(one) for one in measured),
        troubles=troubles,
    )


def _trained(
    variants: Sequence[Network], seeds: Sequence[int], trainer: Trainer
) -> Iterator[tuple[Run, Symptoms]]:
    """Each variant trained with each seed, and what it does.

    Seed by seed where other processors train meanwhile: with the next, while these are asked.
    """
    turns = [[*seeds]]
    if trainer.pool.foresees:
        trainer.foresee([(variant, seed) for variant in variants for seed in seeds])
        turns = [[seed] for seed in seeds]
    made = dict[tuple[int, int], tuple[Run, Symptoms]]()
    for some in turns:
        places = [(at, seed) for at in range(len(variants)) for seed in some]
        runs = trainer.runs([(variants[at], seed) for at, seed in places], WHAT)
        asked = [(variants[at], run) for (at, _), run in zip(places, runs, strict=True)]
        seen = trainer.answering.symptoms(asked)
        made.update(zip(places, zip(runs, seen, strict=True), strict=True))
    for at in range(len(variants)):
        yield from (made[at, seed] for seed in seeds)


def foresee(
    network: Network, repairs: Sequence[Repair], seeds: Sequence[int], trainer: Trainer
) -> None:
    """Have those sets trained meanwhile that a repair adds which was just found to be needed.

    repairs: it is the last of them. Of samples that are mixed no sets are trained.
    """
    if network.whole or len(repairs) > MOST_DEFECTS or not trainer.pool.foresees:
        return
    with suppress(Exception):  # the author's code may raise anything; it is heard of in its turn
        variants = every_set(network, repairs)
        new = variants[len(variants) // 2 if len(repairs) > 1 else 0 :]
        trainer.foresee([(variant, seed) for variant in new for seed in seeds])


def _in_time(variants: Sequence[Network], seeds: Sequence[int], trainer: Trainer) -> Sequence[int]:
    """The seeds with which there is time to train all variants, which are then trained.

    All at once, which is quicker, or else one seed after the other.
    """
    every = [(one, seed) for one in variants for seed in seeds]
    done = 0
    with suppress(OutOfTime):
        if trainer.pool.budget.fits(trainer.seconds(every)):
            trainer.runs(every, WHAT)
            return seeds
    try:
        for seed in seeds:
            trainer.runs([(one, seed) for one in variants], WHAT)
            done += 1
    except OutOfTime:
        if not done:
            raise
    return seeds[:done]


def chosen(items: Sequence[Item], mask: int) -> list[Item]:
    """The items whose bit is set."""
    return [item for bit, item in enumerate(items) if mask >> bit & 1]


def cured_fractions(
    gains: Array, may: Array | None = None, noticeable: float = NOTICEABLE
) -> Array | None:
    """How much of the distance from as found to the best set each set removes; 1 is the best.

    gains: ``(2^d,)``, mean over seeds, more is better; may: the sets that may cure (default: all);
    the others remove nothing. None when there is nothing worth curing: when no set makes an
    improvement that one would notice.
    """
    may = np.ones(len(gains), bool) if may is None else may
    distance = max(gains[may], default=gains[0]) - gains[0]
    if distance < noticeable:
        return None
    return np.where(may, (gains - gains[0]) / distance, 0.0)


def reference(fractions: Array | None) -> int:
    """The set that others are held against: all repairs if these cure, else the best set."""
    if fractions is None:
        return 0
    return len(fractions) - 1 if fractions[-1] >= CURED else int(fractions.argmax())


def cures(gains: Array, noticeable: float = NOTICEABLE) -> Array:
    """How much of a cure each set is: 0 as found or worse, 1 as the last set or better.

    gains: ``(2^d, seeds)``, more is better, the cures likewise. Clipped, because a network that
    repairs half done have made worse than it was found is as uncured as it was: by how much it is
    worse, which for a network that answers nan is a convention, must not weigh in the shares. The
    distance is that of the means, so that a seed on which there is little to cure weighs little.
    """
    mean = gains.mean(axis=1)
    distance = mean[-1] - mean[0]
    if distance < noticeable:
        return np.zeros_like(gains)
    return np.clip((gains - gains[0]) / distance, 0.0, 1.0)


def within(whole: int) -> list[int]:
    """The sets within a set, in the order of a lattice of their own: its n-th bit for bit n."""
    bits = [bit for bit in range(whole.bit_length()) if whole >> bit & 1]
    return [sum(1 << bit for bit in chosen(bits, mask)) for mask in range(2 ** len(bits))]


def minimal_sets(cured: Array) -> list[int]:
    """The sets that cure and have no proper subset that does; smallest first.

    cured: ``(2^d,)`` booleans.
    """
    minimal: list[int] = []
    for mask in sorted(range(len(cured)), key=lambda m: (m.bit_count(), m)):
        if cured[mask] and not any(mask & one == one for one in minimal):
            minimal.append(mask)
    return minimal


def shapley(values: Array) -> Array:
    """Shapley value of each repair: ``(2^d, ...)`` values -> ``(d, ...)`` shares.

    The mean, over all orders in which repairs could be made, of what a repair changes when its
    turn comes. Shares of one column add up to its last value less its first.
    """
    count = len(values).bit_length() - 1
    shares = np.zeros((count, *values.shape[1:]))
    for mask in range(len(values)):
        size = mask.bit_count()
        for bit in range(count):
            if not mask >> bit & 1:
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                shares[bit] += weight * (values[mask | 1 << bit] - values[mask])
    return shares


def ladder(gains: Array, *groups: int) -> list[int]:
    """The best order to repair in: bits, those of each group in turn, each time the best one."""
    order: list[int] = []
    mask = 0
    for group in groups:
        while left := [bit for bit in range(group.bit_length()) if group & ~mask & 1 << bit]:
            best = max(left, key=lambda bit: gains[mask | 1 << bit])
            order.append(best)
            mask |= 1 << best
    return order
