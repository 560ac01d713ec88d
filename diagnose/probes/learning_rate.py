"""The learning rate is far too large, or far too small, for the network once the rest is right.

What it looks at
    The rates that the epochs really use, and the rate that was written down. Then, with the other
    defects repaired: the size of a step against the size of the weights, layer by layer; the loss
    on a sample right after the step on that very sample; how many hidden units die during training;
    and whole trainings at rates from a hundredth to ten times the network's own.

Why it skews the probabilities
    A step that overshoots can push a ReLU's pre-activation below zero for every image. The unit
    then gets no gradient and never comes back; when enough are gone, the output no longer depends
    on the image. A rate far too small leaves the network near its initial, arbitrary favourite.

Example:
    lr = 0.5
    for epoch in range(10):
        if epoch % 3 == 0:
            lr = lr / 10        # already in the first epoch: 0.5 is never used

Use instead
    a rate found by trying: factors of three, a short training each, and the largest that still
    trains well; then divide it when the loss no longer falls (epoch > 0 and epoch % 3 == 0).

When it stays silent
    Rates that are not the best but get nine tenths of what the best one gets.

References:
    Y. Bengio, "Practical Recommendations for Gradient-Based Training of Deep Architectures" (2012),
    section 3.1.1. Update-to-weight ratio near 1e-3: Stanford CS231n, notes on training neural
    networks, part 3.

"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.activations import forward_rows
from diagnose.gradients import loss
from diagnose.network import Arrays, Network
from diagnose.pictures import FOUND, NEUTRAL, logarithmic, new_figure
from diagnose.probes.defect import Bench, Defect, Numbers, place
from diagnose.report import ABSENT, MASKED, PRESENT, Finding
from diagnose.symptoms import chance as chance_of
from diagnose.symptoms import score
from diagnose.training import batches, step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "learning-rate"

# Factors of about three from a hundredth to ten times the rate as found: learning curves are flat
# within such a factor (Bengio 2012).
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# The rate is at fault when it gets less than nine tenths of what the best rate gets above chance.
ENOUGH = 0.9
# A network that no rate lifts a tenth of the way from chance to perfect does not learn for another
# reason; then its rate cannot be judged.
LEARNS = 0.1
STEPS_LOOKED_AT = 100


@dataclass(frozen=True)
class Scaled:
    """A schedule, times a factor."""

    learning_rate: Callable[[int], float]
    factor: float

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch."""
        return self.factor * self.learning_rate(epoch)


def _steps(bench: Bench) -> Numbers:
    """Take the first steps of a training: their size, and whether they overshoot."""
    network, labels = bench.sane, bench.data.labels
    rows = bench.trainer.rows(network)
    parameters = network.init(bench.seed)
    rate = network.learning_rate(0)
    ratios: dict[str, list[float]] = {layer.weight: [] for layer in network.layers}
    worse = taken = 0
    for index in batches(network, labels, 0, bench.seed):
        if taken == STEPS_LOOKED_AT:
            break
        before = loss(network, parameters, rows[index], labels[index])
        after, _ = step(network, parameters, rows[index], labels[index], rate)
        worse += not loss(network, after, rows[index], labels[index]) <= before
        for name, values in ratios.items():
            with np.errstate(all="ignore"):
                size = float(np.linalg.norm(parameters[name]))
                change = float(np.linalg.norm(after[name] - parameters[name]))
            values.append(change / size if size > 0 else np.nan)
        parameters, taken = after, taken + 1
    return {
        "update_to_weight": {name: float(np.median(values)) for name, values in ratios.items()},
        "steps": taken,
        "overshooting": worse / max(taken, 1),
    }


def _dead_units(network: Network, parameters: Arrays, rows: Any) -> float:
    """Share of all hidden units that are 0 on every row."""
    hidden = forward_rows(network, parameters, rows)[:-1]
    return float(np.mean(np.concatenate([(out == 0).all(axis=0) for _, out in hidden] or [[0.0]])))


def measure(bench: Bench) -> Numbers:
    """Take steps, then sweep the rate, on the network with the other defects repaired."""
    network = bench.sane
    epochs = range(bench.trainer.epochs)
    swept = [
        replace(network, learning_rate=Scaled(network.learning_rate, factor)) for factor in FACTORS
    ]
    pairs = [(one, seed) for one in swept for seed in bench.seeds]
    runs = bench.trainer.runs(pairs, "trying learning rates")
    some = bench.sample(network)
    sweep = []
    for at, factor in enumerate(FACTORS):
        part = slice(at * len(bench.seeds), (at + 1) * len(bench.seeds))
        seen = [
            score(bench.trainer.symptoms(net, run))
            for (net, _), run in zip(pairs[part], runs[part], strict=True)
        ]
        dead = [
            _dead_units(net, run.parameters, some)
            for (net, _), run in zip(pairs[part], runs[part], strict=True)
        ]
        sweep.append(
            {
                "factor": factor,
                "rate": factor * network.learning_rate(0),
                "score": float(np.mean(seen)),
                "low": min(seen),
                "high": max(seen),
                "dead_units": float(np.mean(dead)),
            }
        )
    start = [_dead_units(network, network.init(seed), some) for seed in bench.seeds]
    return {
        "written_rate": network.initial_learning_rate,
        "rates": [network.learning_rate(epoch) for epoch in epochs],
        "rates_as_found": [bench.network.learning_rate(epoch) for epoch in epochs],
        "score": network.task.score,
        "chance": chance_of(network),
        "sweep": sweep,
        "dead_units_at_start": float(np.mean(start)),
        **_steps(bench),
        "where": bench.place("learning_rate"),
    }


def best(numbers: Numbers) -> Any:
    """The rate of the sweep with the highest score; of equals, the one nearest as found."""
    return max(
        numbers["sweep"],
        key=lambda one: (one["score"], -abs(np.log(one["factor"]))),
    )


def judge(numbers: Numbers) -> Finding:
    """Does another rate train much better?"""
    chance, of = numbers["chance"], numbers["score"]
    own = next(one for one in numbers["sweep"] if one["factor"] == 1.0)
    top = best(numbers)
    gain = top["score"] - chance
    enough = own["score"] - chance >= ENOUGH * gain
    # The mean over seeds must not rest on one lucky or unlucky seed.
    apart = own["high"] < top["high"] and own["low"] < top["low"]
    status = PRESENT if not enough and apart else ABSENT
    if gain < LEARNS * (1 - chance):
        status = MASKED
    ratios = ", ".join(f"{name} {value:.1e}" for name, value in numbers["update_to_weight"].items())
    observed = (
        f"at the network's own rates (first epoch {own['rate']:.3g}) {of} "
        f"{own['score']:.3f}, at {top['factor']:g} times these "
        f"{top['score']:.3f}, with the other defects found repaired"
    )
    if status == PRESENT:
        observed += (
            f"; hidden units dead on every image: {numbers['dead_units_at_start']:.0%} at the "
            f"start, {own['dead_units']:.0%} after training, {top['dead_units']:.0%} at "
            f"the better rate; {numbers['overshooting']:.0%} of the first {numbers['steps']} "
            f"steps raise the loss of their own sample; update-to-weight ratio {ratios}"
        )
    written, first = numbers["written_rate"], numbers["rates_as_found"][0]
    if written is not None and not np.isclose(written, first):
        observed += (
            f"; the rate written down, {written:g}, is never used: the schedule makes it "
            f"{first:g} before the first step"
        )
    if status == MASKED:
        observed = (
            f"no rate from {FACTORS[0]:g} to {FACTORS[-1]:g} times the network's own lifts "
            f"{of} above {top['score']:.3f} (chance {chance:.3f})"
        )
    return Finding(
        defect=NAME,
        status=status,
        observed=observed,
        expected=f"at least {ENOUGH:.0%} of what the best rate gets above chance ({chance:.2f})",
        where=place(numbers),
        advice={
            PRESENT: f"start at about {top['rate']:.2g}",
            MASKED: "find what keeps the network from learning at any rate, then look again",
            ABSENT: "nothing to do",
        }[status],
        numbers=numbers,
    )


def repair(network: Network, numbers: Numbers) -> Network:
    """Use the best rate of the sweep, with the network's own schedule."""
    scaled = Scaled(network.learning_rate, best(numbers)["factor"])
    return replace(network, learning_rate=scaled)


def inject(network: Network) -> Network:
    """Ten times the rate."""
    return replace(network, learning_rate=Scaled(network.learning_rate, 10.0))


def draw(numbers: Numbers) -> Figure:
    """Score and dead units over the rate."""
    figure, (score_, dead) = new_figure(6.4, 2.8, columns=2)
    rates = [one["rate"] for one in numbers["sweep"]]
    for axes, key, title in (
        (score_, "score", numbers["score"]),
        (dead, "dead_units", "hidden units dead after training"),
    ):
        axes.plot(rates, [one[key] for one in numbers["sweep"]], "o-", color=FOUND)
        axes.axvline(numbers["rates"][0], color=NEUTRAL, linestyle="--")
        logarithmic(axes, "x")
        axes.set_ylim(0, 1.02)
        axes.set_title(title, loc="left")
        axes.set_xlabel("learning rate, first epoch (dashed: as found)")
    return figure


DEFECT = Defect(
    name=NAME,
    page=__doc__,
    measure=measure,
    judge=judge,
    repair=repair,
    inject=inject,
    draw=draw,
)
