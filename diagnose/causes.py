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

from diagnose.network import Array, Network
from diagnose.report import (
    CAUSE,
    CONTRIBUTES,
    HARMLESS,
    UNCOVERED,
    Cause,
    Effect,
    Rung,
    Share,
    Trial,
    Verdict,
)
from diagnose.tasks import NOTICEABLE, SYMPTOMS
from diagnose.trainer import Trainer

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


def trace(symptom: str, defects: Sequence[str], values: Array) -> Cause:
    """Trace one symptom to its causes.

    defects: names, bit 0 first; values: ``(2^d, seeds)``, the symptom for each set and seed.
    """
    mean = values.mean(axis=1)
    full = len(mean) - 1
    noticeable = SYMPTOMS[symptom].noticeable
    gains = values if SYMPTOMS[symptom].higher_is_better else -values
    fractions = cured_fractions(gains.mean(axis=1), noticeable)
    minimal = minimal_sets(fractions >= CURED) if fractions is not None else []
    shares = shapley(cures(gains, noticeable))
    order = ladder(gains.mean(axis=1), minimal[0] if minimal else 0)
    climbed = [sum(1 << bit for bit in order[: n + 1]) for n in range(len(order))]
    return Cause(
        symptom=symptom,
        found=float(mean[0]),
        repaired=float(mean[-1]),
        minimal_repairs=[chosen(defects, mask) for mask in minimal],
        verdicts={
            defect: _verdict(symptom, defects, bit, values, shares[bit], fractions, minimal)
            for bit, defect in enumerate(defects)
        },
        ladder=[
            Rung(repair=defects[bit], value=float(mean[mask]))
            for bit, mask in zip(order, climbed, strict=True)
        ],
        interaction=interaction(symptom, defects, mean, minimal),
        lattice=[
            Trial(
                repairs=chosen(defects, mask),
                value=float(mean[mask]),
                low=float(values[mask].min()),
                high=float(values[mask].max()),
                cured=None if fractions is None else float(fractions[mask]),
            )
            for mask in range(full + 1)
        ],
    )


def _verdict(
    symptom: str,
    defects: Sequence[str],
    bit: int,
    values: Array,
    share: Array,
    fractions: Array | None,
    minimal: Sequence[int],
) -> Verdict:
    mean = values.mean(axis=1)
    full = len(mean) - 1
    alone, without = float(mean[1 << bit]), float(mean[full & ~(1 << bit)])
    word, noticeable = SYMPTOMS[symptom].words, SYMPTOMS[symptom].noticeable
    mine = [mask for mask in minimal if mask >> bit & 1]
    sure = bool((share > 0).all() or (share < 0).all())
    if fractions is None:
        verdict = HARMLESS
        text = f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} repaired: nothing to cure"
    elif mine:
        verdict = CAUSE
        others = [name for name in chosen(defects, mine[0]) if name != defects[bit]]
        text = f"{word} {mean[0]:.3f} -> {mean[mine[0]]:.3f} "
        text += "by this repair alone" if not others else f"together with {_and(others)}"
    elif fractions[1 << bit] < 1 - CURED and _comes_back(
        values, fractions, full & ~(1 << bit), noticeable
    ):
        verdict = UNCOVERED
        text = (
            f"no effect as found ({mean[0]:.3f} -> {alone:.3f}), but left in the repaired "
            f"network {word} is {without:.3f} instead of {mean[-1]:.3f}"
        )
    elif sure and abs(share.mean()) >= RELEVANT:
        verdict = CONTRIBUTES
        text = f"{share.mean():.0%} of the cure, but in no minimal repair"
    else:
        verdict = HARMLESS
        text = f"{share.mean():.0%} of the cure, and left unrepaired it brings nothing back"
    return Verdict(
        verdict=verdict,
        share=Share(low=float(share.min()), mean=float(share.mean()), high=float(share.max())),
        alone=alone,
        without=without,
        effect=_largest_effect(defects, bit, values, noticeable),
        sentence=text,
    )


def _comes_back(values: Array, fractions: Array, mask: int, noticeable: float) -> bool:
    """Whether a set that leaves out one repair no longer cures, noticeably, in every seed."""
    change = values[mask] - values[-1]
    same_way = bool((change > 0).all() or (change < 0).all())
    return bool(fractions[mask] < CURED and same_way and abs(change.mean()) >= noticeable)


def _largest_effect(
    defects: Sequence[str], bit: int, values: Array, noticeable: float
) -> Effect | None:
    """The largest change, the same way in each seed, that one repair makes on the lattice."""
    masks = [mask for mask in range(len(values)) if not mask >> bit & 1]
    changes = np.array([values[mask | 1 << bit] - values[mask] for mask in masks])
    agreed = (changes > 0).all(axis=1) | (changes < 0).all(axis=1)
    sizes = np.where(agreed, np.abs(changes.mean(axis=1)), 0.0)
    if sizes.max() < noticeable:
        return None
    # Of the sets on which it is about as large, the one that leaves the fewest others to blame.
    at = max(np.flatnonzero(sizes >= CURED * sizes.max()), key=lambda n: masks[n].bit_count())
    mean = values.mean(axis=1)
    return Effect(
        repaired=chosen(defects, masks[at]),
        before=float(mean[masks[at]]),
        after=float(mean[masks[at] | 1 << bit]),
    )


def interaction(symptom: str, defects: Sequence[str], mean: Array, minimal: Sequence[int]) -> str:
    """How the repairs of the smallest cure depend on each other, in words and numbers."""
    word = SYMPTOMS[symptom].words
    if not minimal:
        return f"{word} is {mean[0]:.3f} as found and {mean[-1]:.3f} with everything repaired"
    best = minimal[0]
    names = chosen(defects, best)
    text = f"{word} {mean[0]:.3f} -> {mean[best]:.3f}"
    if len(names) == 1:
        text += f" by repairing {names[0]} alone"
    else:
        parts = [best & ~(1 << bit) for bit in range(len(defects)) if best >> bit & 1]
        text += (
            f" needs {_and(names)}, all {len(names)} at once: leaving any one out gives "
            + ", ".join(
                f"{mean[mask]:.3f} (without {_and(chosen(defects, best & ~mask))})"
                for mask in parts
            )
        )
    if len(minimal) > 1:
        text += f"; {len(minimal) - 1} other minimal repair" + ("s" if len(minimal) > 2 else "")
        text += ": " + "; ".join(_and(chosen(defects, mask)) for mask in minimal[1:])
    return text


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
