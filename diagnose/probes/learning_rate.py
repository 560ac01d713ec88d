"""The learning rate is far too large, or far too small, for the network once the rest is right.

What it looks at
    Whole trainings at rates from a hundredth to ten times the network's own, and further where that
    shows nothing, with the other defects repaired. Another rate that gets further is no defect yet.
    Too large: hidden units die or saturate during the training, or steps raise the loss of the
    very samples that they were made on, or the loss does not fall or ends above where it began.
    Too small: the loss still falls at the end, the steps are tiny against the weights (where these
    begin at zero: have done next to nothing), and less than half of the way is done or the best
    rate is a hundred times as large. Then the schedule: the rate of each epoch, and the rate that
    was written down.

Why it skews the probabilities
    A step that overshoots can push a ReLU's pre-activation below zero for every image. The unit
    then gets no gradient and never comes back; when enough are gone, the output no longer depends
    on the image. A rate far too small leaves the network near its initial, arbitrary favourite.

Example:
    lr = 0.5
    for step in range(10 * len(images)):
        if step % 3 == 0:       # meant for epochs: after ten steps nothing moves any more
            lr = lr / 10

Use instead
    a rate found by trying: factors of three, a short training each, and the largest that still
    trains well; then divide it when the loss no longer falls (epoch > 0 and epoch % 3 == 0).

When it stays silent
    Rates that are not the best but get nine tenths of what the best one gets; a rate that is off
    by less than a factor of ten; steps of a usual size of which there are too few; schedules that
    end near 0, or warm up from 0, where a constant rate does no better.

References:
    Y. Bengio, "Practical Recommendations for Gradient-Based Training of Deep Architectures" (2012),
    section 3.1.1. Update-to-weight ratio near 1e-3: Stanford CS231n, notes on training neural
    networks, part 3. Steps that raise their own loss: LeCun et al., "Efficient BackProp" (1998),
    section 5.1: a rate above twice the inverse curvature.

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.instruments.bench import Bench, Defect, place
from diagnose.instruments.handful import Constant
from diagnose.instruments.rates import (
    ENOUGH,
    LEARNS,
    USUAL_STEP,
    Scaled,
    best,
    constants,
    course,
    is_better,
    mean_loss,
    steps,
    strange_schedule,
    sweep,
    usual_size,
)
from diagnose.instruments.rates import dead_units as _dead_units
from diagnose.network.record import Network, fan_out
from diagnose.report import ABSENT, MASKED, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, logarithmic, new_figure
from diagnose.symptoms import chance as chance_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "learning-rate"

# Within less than a factor of ten a rate is a matter of tuning: the usual grid has steps of three,
# and one step to either side of the best is no mistake (Bengio 2012).
FAR = 10.0
# Sound networks lose some units: at three times the best rate up to a fifth, and train as well. So
# this speaks only where a rate ten times smaller trains much better, and loses a tenth fewer, and
# not where that is two units of fifteen: by two standard errors of the share that is lost.
MANY_UNITS = 0.1
STANDARD_ERRORS = 2.0
# With half of the steps raising the loss of their own samples, they undo what the others do.
OFTEN = 0.5
# A loss that falls by less than a hundredth in three quarters of a training does not fall.
FALLS = 0.99
# What is left is more than what was done, and a loss falls ever more slowly: a training several
# times as long would be needed.
HALF = 0.5
# Where the best rate is a hundred times the network's own, a training as long as that is out of the
# question: what is still missing, be it less than half, comes by the rate or not at all.
HUNDREDFOLD = 100.0
# Weights that all begin at zero have no size. There the loss tells whether steps are small: in a
# convex problem a training that is long enough does more than a tenth of the way at a fair rate.
NEXT_TO_NOTHING = 0.1


def measure(bench: Bench) -> Numbers:
    """Take steps, follow the loss and sweep the rate, with the other defects repaired."""
    network = bench.sane
    epochs = range(bench.trainer.epochs)
    rates = [network.learning_rate(epoch) for epoch in epochs]
    strange = strange_schedule(rates, network.initial_learning_rate)
    taken = steps(bench)
    tried = sweep(bench, usual_size(taken["update_to_weight"]))
    part = _part(network, tried)
    units = sum(fan_out(network, layer, network.init(0)) for layer in network.layers[:-1])
    some = bench.sample(network)
    start = [_dead_units(network, network.init(seed), some) for seed in bench.seeds]
    return {
        "written_rate": network.initial_learning_rate,
        "rates": rates,
        "rates_as_found": [bench.network.learning_rate(epoch) for epoch in epochs],
        "measure": network.task.score,
        "chance": chance_of(network),
        "sweep": tried,
        "losses": course(bench, part) if part else None,
        "strange_schedule": strange,
        "constant_rates": constants(bench) if strange else [],
        "relu": any(layer.activation == "relu" for layer in network.layers[:-1]),
        "dead_units_at_start": float(np.mean(start)),
        "units": len(bench.seeds) * units,
        **taken,
        "where": bench.place("learning_rate"),
    }


def _part(network: Network, tried: Sequence[Any]) -> str | None:
    """After which part of the training its loss is looked at, if another rate is better.

    For a rate that may be too large, after the first quarter: does it fall at all? For one that may
    be too small, before the last: does it still fall?
    """
    mine, factor = _own(tried), best(tried)["factor"]
    if 1 < factor < FAR or not any(is_better(one, mine, chance_of(network)) for one in tried):
        return None
    return "quarter" if factor <= 1 else "three_quarters"


def _own(tried: Sequence[Any]) -> Any:
    """The training at the network's own rates."""
    return next(one for one in tried if one["factor"] == 1.0)


def harm_of_a_large_rate(numbers: Numbers) -> str | None:
    """By which mechanism the network's own rate is too large, in words; None if by none."""
    chance, mine = numbers["chance"], _own(numbers["sweep"])
    top, losses = best(numbers["sweep"]), numbers["losses"]
    # Where nothing at all is learned, it takes no factor of ten to be a defect.
    idle = mine["score"] - chance < LEARNS * (top["score"] - chance)
    far = 1.0 if idle else FAR
    smaller = [one for one in numbers["sweep"] if one["factor"] < 1 / far + 1e-9]
    if top["factor"] > 1 or not any(is_better(one, mine, chance) for one in smaller):
        return None
    lost = mine["dead_units"] - max(numbers["dead_units_at_start"], top["dead_units"])
    error = np.sqrt(mine["dead_units"] * (1 - mine["dead_units"]) / max(numbers["units"], 1))
    if lost > max(MANY_UNITS, STANDARD_ERRORS * error):
        return f"hidden units {'die' if numbers['relu'] else 'saturate'} in training"
    if numbers["overshooting"] > OFTEN:
        return "steps overshoot"
    seen = list(zip(losses["start"], losses["quarter"], losses["end"], strict=True))
    stuck = [not end < FALLS * min(start, quarter) for start, quarter, end in seen]
    if 2 * sum(stuck) > len(seen) or any(not end <= start for start, _, end in seen):
        start, quarter, end = max(seen, key=lambda one: (not np.isfinite(one[2]), one[2] - one[0]))
        return (
            f"the training loss does not fall in {sum(stuck)} of {len(seen)} trainings, in the "
            f"worst of them {start:.3g} at the start, {quarter:.3g} after a quarter of the "
            f"training, {end:.3g} at its end"
        )
    return None


def harm_of_a_small_rate(numbers: Numbers) -> str | None:
    """By which mechanism the network's own rate is too small, in words; None if by none."""
    chance, mine, losses = numbers["chance"], _own(numbers["sweep"]), numbers["losses"]
    top = best(numbers["sweep"])
    larger = [
        one for one in numbers["sweep"] if one["factor"] >= FAR and is_better(one, mine, chance)
    ]
    usual = usual_size(numbers["update_to_weight"])
    idle = usual is None and bool(numbers["update_to_weight"])
    if top["factor"] < FAR or not larger or idle:
        return None
    start, end = mean_loss(losses["start"]), mean_loss(losses["end"])
    distance = start - mean_loss(top["losses"])
    done = (start - end) / distance if distance > 0 else 1.0
    gained = (mine["score"] - chance) / (top["score"] - chance)
    if usual is not None:
        small, told = usual < USUAL_STEP, f"a step changes the weights by {usual:.1e} of their size"
    else:
        small, told = done < NEXT_TO_NOTHING, f"all of them do {done:.1%} of the way"
    falling = end <= mean_loss(losses["three_quarters"]) <= start
    short = min(done, gained) < HALF or top["factor"] >= HUNDREDFOLD
    if falling and small and short:
        return (
            f"steps are small and the training ends long before it is done: {told}, and the "
            f"training loss, {start:.3g} at the start, is still falling at the end, "
            f"{mean_loss(losses['three_quarters']):.4g} to {end:.4g} in the last quarter; the "
            f"better rate reaches {mean_loss(top['losses']):.3g}"
        )
    return None


def harm_of_the_schedule(numbers: Numbers) -> Any:
    """The constant rate that does much better than a strange schedule; None if none does."""
    chance, mine = numbers["chance"], _own(numbers["sweep"])
    good = [one for one in numbers["constant_rates"] if is_better(one, mine, chance)]
    return max(good, key=lambda one: float(one["score"]), default=None)


def judge(numbers: Numbers) -> Finding:
    """Does another rate train much better, and is it seen why?"""
    chance = numbers["chance"]
    mine, top, constant = (
        _own(numbers["sweep"]),
        best(numbers["sweep"]),
        harm_of_the_schedule(numbers),
    )
    harm = harm_of_a_large_rate(numbers) or harm_of_a_small_rate(numbers)
    learned = max(one["score"] for one in (top, *numbers["constant_rates"])) - chance
    status = PRESENT if constant or harm else ABSENT
    if learned < LEARNS * (1 - chance):
        status = MASKED
    advice = {
        PRESENT: f"start at about {top['rate']:.2g}",
        MASKED: "find what keeps the network from learning at any rate, then look again",
        ABSENT: "nothing to do",
    }[status]
    if status == MASKED:
        low, high = numbers["sweep"][0]["factor"], numbers["sweep"][-1]["factor"]
        observed = (
            f"no rate from {low:g} to {high:g} times the network's own lifts "
            f"{numbers['measure']} above {chance + learned:.3f} (chance {chance:.3f})"
        )
    elif constant:
        observed = (
            f"{numbers['strange_schedule']}; at these rates {numbers['measure']} "
            f"{mine['score']:.3f}, at a constant {constant['rate']:.3g} "
            f"{constant['score']:.3f}, with the other defects found repaired"
        )
        advice = (
            "look at the counter that the schedule is fed (epochs, not steps) and where it is "
            f"applied; a constant {constant['rate']:.2g} is a start"
        )
    else:
        observed = _told(numbers, harm)
    return Finding(
        defect=NAME,
        status=status,
        observed=observed,
        expected=f"at least {ENOUGH:.0%} of what the best rate gets above chance ({chance:.2f})"
        + (", or no sign that the rate is why" if status == ABSENT else ""),
        where=place(numbers),
        advice=advice,
        numbers=numbers,
    )


def _told(numbers: Numbers, harm: str | None) -> str:
    """Say what the sweep shows, and if there is harm, by which mechanism."""
    mine, top = _own(numbers["sweep"]), best(numbers["sweep"])
    observed = (
        f"at the network's own rates (first epoch {mine['rate']:.3g}) {numbers['measure']} "
        f"{mine['score']:.3f}, at {top['factor']:g} times these "
        f"{top['score']:.3f}, with the other defects found repaired"
    )
    if harm:
        sizes = numbers["update_to_weight"].items()
        observed += (
            f"; {harm}; hidden units {'dead' if numbers['relu'] else 'saturated'} on every image: "
            f"{numbers['dead_units_at_start']:.0%} at the "
            f"start, {mine['dead_units']:.0%} after training, {top['dead_units']:.0%} at "
            f"the better rate; {numbers['overshooting']:.0%} of the first {numbers['steps']} "
            "steps raise the loss of their own sample"
        )
        if sizes:
            observed += "; update-to-weight ratio " + ", ".join(
                f"{name} {value:.1e}" for name, value in sizes
            )
    written, first = numbers["written_rate"], numbers["rates_as_found"][0]
    if written is not None and not np.isclose(written, first):
        observed += (
            f"; the rate written down, {written:g}, is never used: the schedule makes it "
            f"{first:g} before the first step"
        )
    return observed


def repair(network: Network, numbers: Numbers) -> Network:
    """Use the best constant rate if the schedule is at fault, else the best factor on it."""
    if constant := harm_of_the_schedule(numbers):
        return replace(network, learning_rate=Constant(constant["rate"]))
    scaled = Scaled(network.learning_rate, best(numbers["sweep"])["factor"])
    return replace(network, learning_rate=scaled)


def inject(network: Network) -> Network:
    """Ten times the rate."""
    return replace(network, learning_rate=Scaled(network.learning_rate, 10.0))


def draw(numbers: Numbers) -> Figure:
    """Score and dead units over the rate."""
    figure, (score, dead) = new_figure(6.4, 2.8, columns=2)
    tried = numbers["sweep"] if numbers["rates"][0] else numbers["constant_rates"]
    rates = [one["rate"] for one in tried]
    for axes, key, title in (
        (score, "score", numbers["measure"]),
        (dead, "dead_units", "hidden units dead after training"),
    ):
        axes.plot(rates, [one[key] for one in tried], "o-", color=FOUND)
        if numbers["rates"][0]:
            axes.axvline(numbers["rates"][0], color=NEUTRAL, linestyle="--")
        logarithmic(axes, "x")
        axes.set_ylim(0, 1.02)
        axes.set_title(title, loc="left")
        axes.set_xlabel("learning rate, first epoch (dashed: as found)")
    return figure


DEFECT = Defect(NAME, "pace", __doc__, measure, judge, repair, inject, draw, RISK)
