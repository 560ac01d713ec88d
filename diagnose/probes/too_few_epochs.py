"""The training ends long before it is done: there are too few epochs.

What it looks at
    How well the images that were trained on are answered at the end, over five seeds, with the
    other defects repaired. Where that is not nine tenths of the way from chance to all of them, the
    training is made four and sixteen times as long, at the network's own rates; a schedule is
    stretched over it. It is a defect only if both these images and new ones are then answered much
    better, and most of what was missing is there. What another rate does as well within the same
    epochs was found before, as learning-rate.

Why it skews the probabilities
    Weights that were hardly moved still answer as they were drawn, or as the last few images that
    were seen would have it.

Example:
    for epoch in range(3):
        for i in range(0, len(images), 128):    # 1,500 images: 36 steps in all

Use instead
    as many epochs as it takes until the loss stands still, and a look at the accuracy on the
    training images: where it still rises, go on.

When it stays silent
    Training images that are answered well; longer trainings that get little further, or only learn
    their own images by heart. Of a training that was cut short here it says nothing, nor where a
    longer one would take too long.

References:
    L. Prechelt, "Early Stopping - But When?" in "Neural Networks: Tricks of the Trade" (1998).
    Stanford CS231n, notes on training neural networks, part 3: the loss, and the gap between
    training and validation accuracy, over epochs.

"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diagnose.instruments.bench import Bench, Defect, finding, not_applicable
from diagnose.instruments.comparing import ENOUGH
from diagnose.instruments.lengths import LONGER, cut, ends_early, lengthened, longer
from diagnose.instruments.rates import LEARNS, SEEDS, is_learned, trained
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.report import ABSENT, MASKED, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, REPAIRED, new_figure
from diagnose.style.text import percent, plural
from diagnose.symptoms import chance as chance_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "too-few-epochs"

# Planted: of the usual tens of epochs one or two are left.
FEWER = 20


def measure(bench: Bench) -> Numbers:
    """Train as long as the author does, and where that does not do, for longer."""
    network = bench.sane
    numbers: Numbers = {
        "epochs": bench.trainer.epochs,
        "named_epochs": network.epochs,
        "samples": len(bench.data.labels),
        "measure": network.task.score,
        "chance": chance_of(network),
        "own": None,
        "longer": [],
        "where": bench.place("epochs"),
    }
    if cut(bench) > 1:
        return numbers
    numbers["own"] = trained(bench, [network], SEEDS)[0]
    if not is_learned(numbers["own"]["trained"], numbers["chance"]):
        numbers["longer"] = longer(bench)
    return numbers


def _enough(numbers: Numbers) -> Any:
    """The shortest of the longer trainings that is as good as any of them."""
    most = max(one["trained"] for one in numbers["longer"])
    return next(one for one in numbers["longer"] if one["trained"] >= most - NOTICEABLE)


def judge(numbers: Numbers) -> Finding:
    """Does a longer training answer much better, training images and new ones?"""
    epochs, own, chance = numbers["epochs"], numbers["own"], numbers["chance"]
    if own is None:
        named = numbers["named_epochs"]
        reason = f"trained for {epochs} of its {named} epochs: what is cut short says nothing of it"
        return not_applicable(NAME, reason, numbers)
    measured = f"{numbers['measure']} {own['trained']:.3f} on its training images"
    if not numbers["longer"] and not is_learned(own["trained"], chance):
        reason = f"{measured}, and a training {LONGER[0]} times as long would take too long here"
        return not_applicable(NAME, reason, numbers)
    status, advice = ABSENT, ""
    observed = f"after {plural(epochs, 'epoch')} {measured}"
    if numbers["longer"]:
        enough = _enough(numbers)
        observed += (
            f" and {own['score']:.3f} on new ones, after {enough['times'] * epochs} epochs at the "
            f"same rate {enough['trained']:.3f} and {enough['score']:.3f}"
        )
        if enough["trained"] - chance < LEARNS * (1 - chance):
            status, advice = MASKED, "find what keeps the network from learning, then look again"
        elif ends_early(own, enough, chance):
            status, advice = PRESENT, f"train {enough['times']} times as long"
    expected = (
        f"training images answered {percent(ENOUGH)} of the way from chance ({chance:.2f}) to all "
        "of them, or little better after many more epochs"
    )
    return finding(NAME, expected, numbers, status, observed, advice)


def repair(network: Network, numbers: Numbers) -> Network:
    """Go through as many epochs in each as it takes."""
    return lengthened(network, _enough(numbers)["times"])


def inject(network: Network) -> Network:
    """Leave one epoch of many."""
    if network.epochs == 1:
        raise ValueError("it is trained for one epoch, and there are no fewer")
    return replace(network, epochs=max(1, network.epochs // FEWER))


def draw(numbers: Numbers) -> Figure:
    """Score on training images and on new ones over the length of the training."""
    figure, (axes,) = new_figure(6.4, 2.6)
    tried = [{"times": 1, **(numbers["own"] or {"trained": 0, "score": 0})}, *numbers["longer"]]
    names = [f"{one['times'] * numbers['epochs']} epochs" for one in tried]
    for shift, (key, label, color) in enumerate(
        (("trained", "training images", FOUND), ("score", "new images", REPAIRED))
    ):
        at = [place + 0.4 * shift for place in range(len(tried))]
        axes.bar(at, [one[key] for one in tried], 0.38, color=color, label=label)
    axes.set_xticks([place + 0.2 for place in range(len(tried))], names)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(numbers["measure"])
    axes.legend(frameon=False, loc="lower right")
    return figure


DEFECT = Defect(NAME, "pace", __doc__, measure, judge, repair, inject, draw, RISK)
