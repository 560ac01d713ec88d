"""What the probe of the learning rate measures: trainings at other rates, steps, and the course.

Everything is measured on the network in which the other defects found are repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.calculus.gradients import UndefinedLossError, loss
from diagnose.instruments.bench import Bench
from diagnose.instruments.handful import Constant
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.layers import blocked, forward_rows
from diagnose.network.record import Network
from diagnose.report import Numbers
from diagnose.symptoms import chance as chance_of
from diagnose.symptoms import score
from diagnose.training.loop import batches, step

# Factors of about three from a hundredth to ten times the rate as found: learning curves are flat
# within such a factor (Bengio 2012).
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# Where the best of these is the last one, or none learns, the search goes on in powers of ten.
FURTHER_DOWN = (1e-3, 1e-4, 1e-5)
FURTHER_UP = (1e2, 1e3, 1e4, 1e5)
# A network that no rate lifts a tenth of the way from chance to perfect does not learn for another
# reason; then its rate cannot be judged.
LEARNS = 0.1
STEPS_LOOKED_AT = 100
# The size of a step against that of the weights is usually about 1e-3 (CS231n): a thousand steps
# may then change everything. If steps of that size and more do not do, they are too few.
USUAL_STEP = 1e-3
# A rate that is less than a thousandth of what it was does in a whole training of a thousand epochs
# what one epoch did: a decay of three powers of ten ends a training.
JUMP = 1e3
# The parts of a training after which its loss is looked at.
PARTS = {"quarter": 0.25, "three_quarters": 0.75}
# Tried where a schedule gives no rate but 0: what is in use with plain gradient descent.
USUAL_RATES = (1.0, 0.1, 0.01, 0.001)


@dataclass(frozen=True)
class Scaled:
    """A schedule, times a factor."""

    learning_rate: Callable[[int], float]
    factor: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.factor * self.learning_rate(epoch)


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


def sweep(bench: Bench, usual: float | None) -> list[Numbers]:
    """Train at rates around the network's own; from the smallest to the largest factor.

    usual: the size of its steps against that of the weights, where that is known.
    """
    tried = _scaled(bench, FACTORS)
    seen = [one["score"] for one in tried]
    chance = chance_of(bench.sane)
    # Seen as what a rate changes: by luck an untrained network may be better than chance.
    idle = min(max(seen) - chance, max(seen) - min(seen)) < LEARNS * (1 - chance)
    top = best(tried)["factor"]
    if idle or top == FACTORS[0]:
        tried = [*_scaled(bench, FURTHER_DOWN), *tried]
    # Not before steps are of a usual size has a rate shown what it can do.
    tiny = usual is not None and usual * FACTORS[-1] < USUAL_STEP
    if idle or tiny or top == FACTORS[-1]:
        tried = [*tried, *_scaled(bench, FURTHER_UP)]
    return sorted(tried, key=lambda one: float(one["factor"]))


def best(tried: Sequence[Any]) -> Any:
    """The training with the highest score; of equals, the one nearest as found."""
    return max(tried, key=lambda one: (one["score"], -abs(np.log(one["factor"]))))


def _scaled(bench: Bench, factors: Sequence[float]) -> list[Numbers]:
    network = bench.sane
    rate = network.learning_rate(0)
    variants = [replace(network, learning_rate=Scaled(network.learning_rate, f)) for f in factors]
    seen = trained(bench, variants)
    return [{"factor": f, "rate": f * rate, **one} for f, one in zip(factors, seen, strict=True)]


def trained(bench: Bench, variants: Sequence[Network]) -> list[Numbers]:
    """Train each variant with each seed: score, loss, and units through which nothing passes."""
    pairs = [(one, seed) for one in variants for seed in bench.seeds]
    runs = bench.trainer.runs(pairs, "trying learning rates")
    some = bench.sample(bench.sane)
    many = len(bench.seeds)
    seen = []
    for at in range(0, len(pairs), many):
        mine = [(net, run) for (net, _), run in zip(pairs[at:], runs[at : at + many], strict=False)]
        scores = [score(bench.trainer.symptoms(*one)) for one in mine]
        losses = [bench.trainer.loss(net, run.parameters) for net, run in mine]
        seen.append(
            {
                "score": float(np.mean(scores)),
                "low": min(scores),
                "high": max(scores),
                "losses": losses,
                "dead_units": float(
                    np.mean([dead_units(net, run.parameters, some) for net, run in mine])
                ),
            }
        )
    return seen


def dead_units(network: Network, parameters: Arrays, rows: Array) -> float:
    """Share of all hidden units that pass (nearly) no gradient on any row."""
    with np.errstate(all="ignore"):
        hidden = forward_rows(network, parameters, rows)[:-1]
        parts = [
            blocked(layer, pre, out).all(axis=0)
            for layer, (pre, out) in zip(network.layers, hidden, strict=False)
        ]
    return float(np.mean(np.concatenate([*parts])) if parts else 0.0)


def course(bench: Bench, part: str) -> Numbers:
    """The training loss at the start, after a part of the training, and at the end.

    part: one of ``PARTS``. One list each, with an entry for each seed.
    """
    network, trainer = bench.sane, bench.trainer
    until = Until(network.order, PARTS[part] * trainer.epochs, network.batch_size)
    pairs = [
        (one, seed) for one in (replace(network, order=until), network) for seed in bench.seeds
    ]
    runs = trainer.runs(pairs, "following the loss")
    losses = [trainer.loss(network, run.parameters) for run in runs]
    many = len(bench.seeds)
    return {
        "start": [trainer.loss(network, network.init(seed)) for seed in bench.seeds],
        part: losses[:many],
        "end": losses[many:],
    }


def steps(bench: Bench) -> Numbers:
    """Take the first steps of a training: their size, and whether they overshoot."""
    network, labels = bench.sane, bench.data.labels
    rows = bench.trainer.rows(network)
    parameters = network.init(bench.seed)
    rate = network.learning_rate(0)
    # Weights that begin at zero have no size that a step could be held against.
    begun = [layer.weight for layer in network.layers if np.any(parameters[layer.weight])]
    ratios: dict[str, list[float]] = {name: [] for name in begun}
    worse = taken = 0
    for index in batches(network, labels, 0, bench.seed):
        if taken == STEPS_LOOKED_AT:
            break
        after, _ = step(network, copied(parameters), rows[index], labels[index], rate)
        worse += _raises_loss(network, parameters, after, rows[index], labels[index])
        for name, values in ratios.items():
            with np.errstate(all="ignore"):
                size = float(np.linalg.norm(parameters[name]))
                change = float(np.linalg.norm(after[name] - parameters[name]))
            if size > 0 and np.isfinite(change):
                values.append(change / size)
        parameters, taken = after, taken + 1
    return {
        "update_to_weight": {
            name: float(np.median(values)) for name, values in ratios.items() if values
        },
        "steps": taken,
        "overshooting": worse / max(taken, 1),
    }


def usual_size(ratios: Mapping[str, float]) -> float | None:
    """The size of steps against that of the weights, layers together; None where none moves."""
    sizes = [one for one in ratios.values() if one > 0]
    return float(np.exp(np.mean(np.log(sizes)))) if sizes else None


def _raises_loss(
    network: Network, before: Arrays, after: Arrays, rows: Array, labels: Array
) -> bool:
    try:
        return not loss(network, after, rows, labels) <= loss(network, before, rows, labels)
    except UndefinedLossError:
        return False


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


def constants(bench: Bench) -> list[Numbers]:
    """Train at constant rates instead of the schedule: those that it names or takes, or usual ones.

    With each rate also a tenth of it is tried, for a rate that was never used may be too large.
    """
    network = bench.sane
    named = [network.learning_rate(epoch) for epoch in range(bench.trainer.epochs)]
    levels = {abs(rate) for rate in (*named[:1], *named[-1:], max(named, key=abs))}
    levels.add(abs(network.initial_learning_rate or 0.0))
    rates = {one for rate in levels if rate > 0 for one in (rate, rate / 10)}
    ordered = sorted(rates or USUAL_RATES)
    seen = trained(bench, [replace(network, learning_rate=Constant(rate)) for rate in ordered])
    return [{"rate": rate, **one} for rate, one in zip(ordered, seen, strict=True)]


# The rate is at fault when it gets less than nine tenths of what the best rate gets above chance.
ENOUGH = 0.9


def is_better(one: Any, than: Any, chance: float) -> bool:
    """Whether another rate gets much further, on test and on training images.

    The mean over seeds must not rest on one lucky or unlucky seed.
    """
    gain = one["score"] - chance
    enough = than["score"] - chance >= ENOUGH * gain
    apart = than["high"] < one["high"] and than["low"] < one["low"]
    fits = not mean_loss(than["losses"]) <= mean_loss(one["losses"])
    return not enough and apart and fits


def mean_loss(losses: list[float]) -> float:
    """Mean over seeds; a loss that is not finite counts as endless."""
    return float(np.mean(losses)) if np.isfinite(losses).all() else float("inf")
