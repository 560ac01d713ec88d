"""What the probes of the pace measure with: trainings at other rates.

Everything is measured on the network in which the other defects found are repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.instruments.bench import Bench
from diagnose.instruments.comparing import falls_short, working
from diagnose.instruments.handful import Constant
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import blocked, forward_rows
from diagnose.network.record import Network
from diagnose.report import Numbers
from diagnose.symptoms import chance as chance_of
from diagnose.symptoms import score

# Factors of about three from a hundredth to ten times the rate as found: learning curves are flat
# within such a factor (Bengio 2012).
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# Where they do not do and the last one is among the best, the search goes on in powers of ten.
FURTHER_DOWN = (1e-5, 1e-4, 1e-3)
FURTHER_UP = (1e2, 1e3, 1e4, 1e5)
# A share of right answers of as many images as are looked at is known to 1.6 %: rates that are no
# further apart than that are alike.
ALIKE = 0.016
# A tenth of the way from chance to perfect. A network that no pace lifts so far does not learn for
# another reason; then its pace cannot be judged.
LEARNS = 0.1
# What is gained on training images and for more than half lost on new ones is mostly by heart.
CARRIED_OVER = 0.5
# A rate that is less than a thousandth of what it was does in a whole training of a thousand epochs
# what one epoch did: a decay of three powers of ten ends a training.
JUMP = 1e3
# In use with plain gradient descent are 0.001 to 1: ten times and a hundredth of this.
USUAL_RATE = 0.1
# Three seeds find the best pace; five, as many as show causes, tell whether it is better.
SEEDS = 5


@dataclass(frozen=True)
class Scaled:
    """A schedule, times a factor."""

    learning_rate: Callable[[int], float]
    factor: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.factor * self.learning_rate(epoch)

    @property
    def at(self) -> Callable[[int, int], float]:
        """The rate of a step; not there if that of an epoch stays the same."""
        inner: Callable[[int, int], float] = self.learning_rate.at  # type: ignore[attr-defined]
        return lambda epoch, step: self.factor * inner(epoch, step)


@dataclass(frozen=True)
class Until:
    """An order that shows its samples until a point of the training, in epochs, and then none."""

    order: Callable[[Array, int, int], Array]
    stop: float
    batch_size: int

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples; at the end whole batches, and in the first epoch one."""
        order = self.order(labels, epoch, seed)
        share = min(max(self.stop - epoch, 0.0), 1.0)
        if share == 1.0:
            return order
        steps = int(share * len(order) / self.batch_size)
        return order[: self.batch_size * max(steps, int(epoch == 0))]


def sweep(bench: Bench, constant: float | None) -> list[Numbers]:
    """Train at multiples of the network's own rates, or of a constant one in their place.

    From the smallest to the largest factor.
    """
    tried = _multiples(bench, constant, FACTORS)
    chance, most = chance_of(bench.sane), max(one["trained"] for one in tried)
    if is_learned(most, chance):
        return tried
    near = most - LEARNS * (1 - chance)
    down, up = (one["trained"] >= near for one in (tried[0], tried[-1]))
    return [
        *(_multiples(bench, constant, FURTHER_DOWN) if down else []),
        *tried,
        *(_multiples(bench, constant, FURTHER_UP) if up else []),
    ]


def is_learned(trained: float, chance: float) -> bool:
    """Whether training images are answered nine tenths of the way from chance to all of them."""
    return trained >= working(chance, 1.0)


def _multiples(bench: Bench, constant: float | None, factors: Sequence[float]) -> list[Numbers]:
    rate = bench.sane.learning_rate(0) if constant is None else constant
    named: list[Numbers] = [
        {"factor": one, "rate": one * rate, "constant": constant is not None} for one in factors
    ]
    seen = trained(bench, [at_rate(bench.sane, one) for one in named])
    return [{**one, **found} for one, found in zip(named, seen, strict=True)]


def at_rate(network: Network, one: Numbers) -> Network:
    """The network at the rates of one of the trainings of a sweep."""
    if one["constant"]:
        return replace(network, learning_rate=Constant(one["rate"]))
    if one["factor"] == 1.0:
        return network
    return replace(network, learning_rate=Scaled(network.learning_rate, one["factor"]))


def best(tried: Sequence[Any]) -> Any:
    """The training that answers its own images best: of those alike, as found, or the smallest.

    By test images it would be chosen by what it is then judged by, and flattered. A larger rate
    stands nearer to those at which trainings fail.
    """
    most = max(one["trained"] for one in tried)
    alike = [one for one in tried if one["trained"] >= most - ALIKE]
    return next((one for one in alike if one["factor"] == 1.0), alike[0])


def named_rate(rates: Sequence[float], written: float | None) -> float:
    """The constant rate in the place of a schedule: the one written down, the first, the largest.

    Where there is none but 0, one from which a sweep meets what is usual with plain descent.
    """
    named = (written or 0.0, rates[0], max(rates, key=abs), USUAL_RATE)
    return next(abs(rate) for rate in named if rate)


def trained(bench: Bench, variants: Sequence[Network], seeds: int | None = None) -> list[Numbers]:
    """Train each variant: its scores, one for each seed, and hidden units through which none pass.

    trained: the mean score on training images; score: that on test images. seeds: how many.
    """
    many = len(bench.seeds) if seeds is None else seeds
    several = range(bench.seed, bench.seed + many)
    pairs = [(one, seed) for one in variants for seed in several]
    runs = bench.trainer.runs(pairs, "trying learning rates")
    made = [(network, run) for (network, _), run in zip(pairs, runs, strict=True)]
    answering, some = bench.trainer.answering, bench.sample(bench.sane)
    tested, learnt = answering.symptoms(made), answering.scores(made)
    seen = []
    for at in range(0, len(made), many):
        scores = [score(one) for one in tested[at : at + many]]
        learned = learnt[at : at + many]
        dead = [dead_units(network, run.parameters, some) for network, run in made[at : at + many]]
        seen.append(
            {
                "score": float(np.mean(scores)),
                "scores": scores,
                "trained": float(np.mean(learned)),
                "learned": learned,
                "dead_units": float(np.mean(dead)),
            }
        )
    return seen


def is_outdone(own: Any, other: Any, chance: float) -> bool:
    """Whether another pace does much better: on the images trained on, and on new ones.

    What is better on new ones alone has not learned more; on the others alone, only these by heart.
    """
    carried = other["score"] - own["score"] >= CARRIED_OVER * (other["trained"] - own["trained"])
    return carried and all(
        falls_short(own[one], other[one], chance) for one in ("learned", "scores")
    )


def dead_units(network: Network, parameters: Arrays, rows: Array) -> float:
    """Share of all hidden units that pass (nearly) no gradient on any row."""
    with np.errstate(all="ignore"):
        hidden = forward_rows(network, parameters, rows)[:-1]
        parts = [
            blocked(layer, pre, out).all(axis=0)
            for layer, (pre, out) in zip(network.layers, hidden, strict=False)
        ]
    return float(np.mean(np.concatenate([*parts])) if parts else 0.0)


def collapses(network: Network, epochs: int, steps: int) -> str | None:
    """In how many steps a rate that changes within an epoch is next to nothing; None if in few."""
    if not network.changes_within_epochs:
        return None
    every = [abs(network.rate(epoch, step)) for epoch in range(epochs) for step in range(steps)]
    largest = max(every)
    small = sum(rate * JUMP < largest for rate in every)
    if 2 * small < len(every):
        return None
    return (
        f"the rate changes from step to step: in {small:,} of {len(every):,} steps it is less than "
        f"a thousandth of the {largest:.3g} that it once was"
    )


def strange_schedule(rates: Sequence[float], written: float | None) -> str | None:
    """What is strange about the rates of the epochs, in words; None if nothing is."""
    given = [abs(rate) for rate in rates]
    if not any(given):
        return "the rate is 0 in every epoch"
    for epoch, (now, then) in enumerate(pairwise(given)):
        low, high = sorted((now, then))
        if high > JUMP * low:
            verb = "falls" if then < now else "jumps"
            return f"the rate {verb} from {now:.3g} in epoch {epoch} to {then:.3g} in the next"
    largest = max(*given, abs(written or 0.0))
    small = sum(rate * JUMP < largest for rate in given)
    if 2 * small >= len(given):
        whose = "that is written down" if largest > max(given) else "that it begins with"
        return (
            f"in {small} of {len(given)} epochs the rate is less than a thousandth of the "
            f"{largest:.3g} {whose}"
        )
    return None
