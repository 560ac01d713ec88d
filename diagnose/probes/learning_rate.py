"""The learning rate is far too large, or far too small, for the network once the rest is right.

What it looks at
    Whole trainings at rates from a hundredth to ten times the network's own, and further where the
    best of these is the last one, with the other defects repaired; where these take long, shorter
    ones, on fewer of the images. The best is the one that answers its training images best, or of
    equals the smallest. It is held against the network's own in whole trainings with five seeds: it
    is a defect if both these images and new ones are answered much better. Where the own rate gets
    nine tenths of the way to all training images, no other is tried: none could be much better.
    Where the rates of a schedule collapse or jump, its multiples are hardly rates; then constant
    ones are tried instead.

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
    Rates that get nine tenths of what the best one gets, or fall short of it by no more than seeds
    do: small ones with many epochs, those of sums over a batch, schedules that end near 0, or warm
    up from 0. Larger rates that are better only because the training is too short: where it was cut
    here, and where more epochs at its own rate do what no rate does, which is too-few-epochs.

References:
    Y. Bengio, "Practical Recommendations for Gradient-Based Training of Deep Architectures" (2012),
    section 3.1.1. Stanford CS231n, notes on training neural networks, part 3, on searching rates
    in powers of ten.

"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.comparing import ENOUGH
from diagnose.instruments.lengths import cut, ends_early, is_affordable, lengthened, longer
from diagnose.instruments.rates import (
    LEARNS,
    SEEDS,
    Scaled,
    at_rate,
    best,
    collapses,
    is_learned,
    is_outdone,
    named_rate,
    strange_schedule,
    sweep,
    trained,
)
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.report import ABSENT, MASKED, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, logarithmic, new_figure
from diagnose.symptoms import chance as chance_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "learning-rate"


def measure(bench: Bench) -> Numbers:
    """Sweep the rate, with the other defects repaired, and hold the best against the own one."""
    network, written = bench.sane, bench.sane.initial_learning_rate
    rates = [network.learning_rate(epoch) for epoch in range(bench.trainer.epochs)]
    steps = -(-len(bench.data.labels) // network.batch_size)
    strange = collapses(network, len(rates), steps) or strange_schedule(rates, written)
    if (alone := _beyond_others(bench)) is not None:
        brief, tried, whole, own = bench, [_as_it_is(rates[0], alone)], alone, alone
    else:
        brief, tried = _swept(bench, named_rate(rates, written) if strange else None)
        whole, own = (trained(one, [network])[0] for one in (bench, brief))
    top = best(tried)
    # no rate is much better than one with which a whole training learns all there is
    learned = is_learned(whole["trained"], chance_of(network))
    compared = _compared(bench, whole if learned else own, top)
    outdone = compared is not None and is_outdone(compared[0], compared[1], chance_of(network))
    return {
        "written_rate": written,
        "rates": rates,
        "rates_as_found": [bench.network.learning_rate(epoch) for epoch in range(len(rates))],
        "strange_schedule": strange,
        "measure": network.task.score,
        "chance": chance_of(network),
        "others_repaired": network is not bench.network,
        "own": own,
        "sweep": tried,
        "compared": compared,
        "longer": longer(bench) if outdone and _is_larger(top) and cut(bench) == 1 else [],
        "epochs": [bench.trainer.epochs, network.epochs],
        "where": (bench.place("schedule") if top["constant"] else None)
        or bench.place("learning_rate"),
        **({"whole": whole, "samples": len(brief.data.labels)} if brief is not bench else {}),
    }


def _beyond_others(bench: Bench) -> Numbers | None:
    """Trainings at the own rate that no other could outdo; None where one might.

    They answer their images nine tenths of the way from chance to all of them, with as many seeds
    as rates are compared with, and new ones better than by chance: not even a rate that answered
    every image of the training would be much better (``are_apart``), so none has to be tried. Where
    the training is cut short here, it is not what rates are compared by.
    """
    if cut(bench) > 1:
        return None
    by_chance = chance_of(bench.sane)
    # one seed tells whether to ask the others; with other rates they train in less time than alone
    if not is_learned(trained(bench, [bench.sane], 1)[0]["trained"], by_chance):
        return None
    own = trained(bench, [bench.sane], SEEDS)[0]
    learns = own["score"] - by_chance >= LEARNS * (1 - by_chance)
    return own if learns and is_learned(own["trained"], by_chance) else None


def _as_it_is(rate: float, own: Numbers) -> Numbers:
    """The network's own rates as the only training of a sweep."""
    return {"factor": 1.0, "rate": rate, "constant": False, **own}


def _swept(bench: Bench, constant: float | None) -> tuple[Bench, list[Numbers]]:
    """Trainings at other rates, and what they were made on.

    Where trainings are long these are short ones, if a whole one does no worse at the own rate:
    then nothing happens late in it.
    """
    brief = bench.brief
    if brief is not bench:
        whole, short = (trained(one, [bench.sane])[0] for one in (bench, brief))
        if any(short[one] - whole[one] >= NOTICEABLE for one in ("trained", "score")):
            brief = bench
    return brief, sweep(brief, constant)


def _compared(bench: Bench, own: Numbers, top: Numbers) -> list[Numbers] | None:
    """The trainings at the own rate and at the best, with more seeds; None if they are as good.

    A training that was cut short favours larger rates. These are held against the network's own
    over as many epochs as the network names, and where that takes too long, not at all.
    """
    if top["score"] - own["score"] < NOTICEABLE:
        return None
    times = cut(bench) if _is_larger(top) else 1
    if times > 1 and not is_affordable(bench, times):
        return None
    variants = [lengthened(one, times) for one in (bench.sane, at_rate(bench.sane, top))]
    return trained(bench, variants, SEEDS)


def _is_larger(one: Numbers) -> bool:
    """Whether rates are larger than the network's own, as a constant is than what collapses."""
    return bool(one["constant"] or one["factor"] > 1)


def judge(numbers: Numbers) -> Finding:
    """Does the network's own rate fall short of the best one?"""
    chance, compared, top = numbers["chance"], numbers["compared"], best(numbers["sweep"])
    whole = numbers.get("whole", numbers["own"])
    learned = max(one["score"] for one in (whole, *numbers["sweep"])) - chance
    status, advice = ABSENT, "nothing to do"
    if learned < LEARNS * (1 - chance):
        status = MASKED
        advice = "find what keeps the network from learning at any rate, then look again"
    elif compared and is_outdone(compared[0], compared[1], chance) and not _is_too_short(numbers):
        status, advice = PRESENT, f"start at about {top['rate']:.2g}"
        if top["constant"]:
            advice = (
                "look at the counter that the schedule is fed (epochs, not steps) and where it is "
                f"applied; a constant {top['rate']:.2g} is a start"
            )
        if numbers["others_repaired"]:
            advice = f"with the others repaired, {advice}"
    expected = (
        f"at least {ENOUGH:.0%} of what the best rate gets above chance ({chance:.2f}), "
        "or less by no more than seeds do"
    )
    return finding(NAME, expected, numbers, status, "; ".join(_told(numbers)), advice)


def _is_too_short(numbers: Numbers) -> bool:
    """Whether longer trainings at its own rate do what no rate does in these epochs."""
    (own, top), chance = numbers["compared"], numbers["chance"]
    return any(
        ends_early(own, one, chance) and is_outdone(top, one, chance) for one in numbers["longer"]
    )


def _told(numbers: Numbers) -> Iterator[str]:
    """What the sweep shows, whatever it shows."""
    own, top, compared = numbers["own"], best(numbers["sweep"]), numbers["compared"]
    mine, other = (one["score"] for one in compared or (own, top))
    rates, first = [one["rate"] for one in numbers["sweep"]], numbers["rates"][0]
    if numbers["strange_schedule"]:
        yield numbers["strange_schedule"]
    varies = " in the first epoch" if len(set(numbers["rates"])) > 1 else ""
    told = f"at the network's own rate, {first:.3g}{varies}, {numbers['measure']} {mine:.3f}"
    others = f"{len(rates)} from {rates[0]:.3g} to {rates[-1]:.3g}"
    if len(rates) == 1:
        told += f", and {own['trained']:.3f} on its training images: no rate could do much better"
    elif top["constant"] or top["factor"] != 1:
        constant = "a constant " if top["constant"] else ""
        told += f", and at {constant}{top['rate']:.3g}, the best of {others}, {other:.3f}"
    else:
        told += f", as good as any of {others}"
    told += ", with the other defects found repaired" if numbers["others_repaired"] else ""
    yield told + (
        f", in trainings on {numbers['samples']:,} of the samples"
        if "samples" in numbers and not compared
        else ""
    )
    if own["dead_units"] > top["dead_units"]:
        yield (
            f"hidden units dead on every image after training: {own['dead_units']:.0%} at its own "
            f"rate, {top['dead_units']:.0%} at the best"
        )
    here, named = numbers["epochs"]
    if numbers["longer"] and _is_too_short(numbers):
        most = max(numbers["longer"], key=lambda one: float(one["score"]))
        yield f"after {most['times'] * here} epochs at its own rate {most['score']:.3f}"
    if compared is None and here < named and other - mine >= NOTICEABLE:
        yield (
            f"a training of {here} of its {named} epochs favours larger rates, and says nothing "
            "of its own"
        )
    written, found = numbers["written_rate"], numbers["rates_as_found"][0]
    if written is not None and not np.isclose(written, found):
        yield (
            f"the rate written down, {written:g}, is never used: the schedule makes it {found:g} "
            "before the first step"
        )


def repair(network: Network, numbers: Numbers) -> Network:
    """Use the best rate of the sweep: a multiple of the schedule, or a constant in its place."""
    return at_rate(network, best(numbers["sweep"]))


def inject(network: Network) -> Network:
    """Ten times the rate."""
    return replace(network, learning_rate=Scaled(network.learning_rate, 10.0))


def draw(numbers: Numbers) -> Figure:
    """Score and dead units over the rate."""
    figure, (score, dead) = new_figure(6.4, 2.8, columns=2)
    tried, first = numbers["sweep"], numbers["rates"][0]
    for axes, key, title in (
        (score, "score", numbers["measure"]),
        (dead, "dead_units", "hidden units dead after training"),
    ):
        axes.plot([one["rate"] for one in tried], [one[key] for one in tried], "o-", color=FOUND)
        if first:
            axes.axvline(first, color=NEUTRAL, linestyle="--")
        logarithmic(axes, "x")
        axes.set_ylim(0, 1.02)
        axes.set_title(title, loc="left")
        axes.set_xlabel("learning rate, first epoch (dashed: as found)")
    return figure


DEFECT = Defect(NAME, "pace", __doc__, measure, judge, repair, inject, draw, RISK)
