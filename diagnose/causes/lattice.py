"""Which defects cause a symptom: train with repairs on and off, and look.

For d defects found, the network is trained with each of the 2^d sets of repairs, every set with the
same seeds: the same initial draws and the same permutations, so that differences are paired.
From the values of a symptom on that lattice follow the minimal repairs, each repair's share
(Shapley value: Shapley 1953; for factorial experiments see Owen 2014, "Sobol' indices and Shapley
value", SIAM/ASA J. Uncertainty Quantification 2), a verdict on each defect and the interaction.

Sets of repairs are bit masks: bit i stands for the i-th defect found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import factorial
from typing import TypeVar

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.training.trainer import Trainer

Repair = Callable[[Network], Network]
Item = TypeVar("Item")


# A set of repairs cures a symptom when it removes nine tenths of the distance between as found and
# all repaired: the last tenth is what repairs that only polish may do.
CURED = 0.9
# What a cure may leave over, a repair may be worth without counting as a contribution.
RELEVANT = 1 - CURED
# More would be more than 2^10 trainings per seed.
MOST_DEFECTS = 10


def repaired(network: Network, repairs: Iterable[Repair]) -> Network:
    """The network with all these repairs, applied in the order given."""
    for repair in repairs:
        network = repair(network)
    return network


def measure_lattice(
    network: Network, repairs: Sequence[Repair], seeds: Sequence[int], trainer: Trainer
) -> dict[str, Array]:
    """Train all sets of repairs with all seeds; ``(2^d, seeds)`` values for each traced symptom."""
    variants = [repaired(network, chosen(repairs, mask)) for mask in range(2 ** len(repairs))]
    pairs = [(variant, seed) for variant in variants for seed in seeds]
    runs = trainer.runs(pairs, "training with repairs on and off")
    measured = [trainer.symptoms(net, run) for (net, _), run in zip(pairs, runs, strict=True)]
    return {
        symptom.name: np.array([symptom.counted(one) for one in measured]).reshape(-1, len(seeds))
        for symptom in network.task.traced
    }


def chosen(items: Sequence[Item], mask: int) -> list[Item]:
    """The items whose bit is set."""
    return [item for bit, item in enumerate(items) if mask >> bit & 1]


def cured_fractions(gains: Array, noticeable: float = NOTICEABLE) -> Array | None:
    """How much of the distance from as found to all repaired each set removes; 0 to about 1.

    gains: ``(2^d,)``, mean over seeds, more is better. None when there is nothing worth curing:
    when all repairs together make no improvement that one would notice.
    """
    distance = gains[-1] - gains[0]
    if distance < noticeable:
        return None
    return (gains - gains[0]) / distance


def cures(gains: Array, noticeable: float = NOTICEABLE) -> Array:
    """How much of a cure each set is: 0 as found or worse, 1 as all repaired or better.

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


def ladder(gains: Array, start: int) -> list[int]:
    """The best order to repair in: bits, first those of the set ``start``, each time the best."""
    count = len(gains).bit_length() - 1
    order: list[int] = []
    mask = 0
    for group in (start, (1 << count) - 1):
        while left := [bit for bit in range(count) if group & ~mask & 1 << bit]:
            best = max(left, key=lambda bit: gains[mask | 1 << bit])
            order.append(best)
            mask |= 1 << best
    return order
