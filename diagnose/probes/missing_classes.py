"""Some classes are never shown in training.

What it looks at
    Which labels the training order of all epochs reaches, and which labels there are.

Why it skews the probabilities
    A class that is never shown only ever appears as a wrong answer: each step lowers its
    probability. The network cannot give it, and the classes that are shown share what is left.

Example:
    for digit in range(2):          # a quick trial, left in
        for image in images_of(digit):

Use instead
    for digit in range(10):         # every class that the network has an output for

When it stays silent
    Rare classes: one sample in an epoch is enough for this probe, though not for learning. A
    network that answers with numbers has no classes, and is not judged. Of a class that is neither
    shown nor tested on nothing can be tried: it is a risk.

References:
    H. He and E. A. Garcia, "Learning from Imbalanced Data", IEEE Transactions on Knowledge and
    Data Engineering 21 (2009), for the milder case of classes seen too rarely.

"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding, not_applicable
from diagnose.instruments.class_runs import Ordering, is_sorted_by_class
from diagnose.instruments.handful import Everything
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.tasks import REGRESSION
from diagnose.report import RISK, Finding, Numbers
from diagnose.style.figures import ALERT, NEUTRAL, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "missing-classes"
# An order that leaves out less than that, of the classes that it shows, holds some back.
MOST = 0.5
NO_CLASSES = "the network answers with numbers, and there are no classes to miss"


@dataclass(frozen=True)
class WithMissing:
    """An order with all samples of the classes that it leaves out, in its own manner.

    After the others, class by class, where it goes class by class itself; at random places among
    them otherwise. So it neither makes nor mends a class order.
    """

    order: Ordering
    missing: tuple[int, ...]

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        shown = self.order(labels, epoch, seed)
        added = np.concatenate([np.flatnonzero(labels == one) for one in self.missing])
        if is_sorted_by_class(labels[shown]):
            return np.concatenate([shown, added])
        rng = np.random.default_rng([seed, epoch])
        places = np.concatenate([np.sort(rng.random(len(shown))), rng.random(len(added))])
        return np.concatenate([shown, added])[np.argsort(places)]


@dataclass(frozen=True)
class OnlyClasses:
    """An order without the samples of some classes."""

    order: Ordering
    below: int

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        order = self.order(labels, epoch, seed)
        return order[labels[order] < self.below]


def measure(bench: Bench) -> Numbers:
    """Count how often each class is shown in the whole training."""
    network, labels = bench.network, bench.data.labels
    if network.task is REGRESSION:
        return {"reason": NO_CLASSES}
    shown = np.zeros(network.classes, np.int64)
    taken = set[int]()
    rounds = 1
    for epoch in range(bench.trainer.epochs):
        order = network.order(np.array(labels), epoch, bench.seed)
        taken |= {*order.tolist()}
        rounds = max(1, round(len(order) / len(labels)))
        shown += np.bincount(labels[order], minlength=network.classes)[: network.classes]
    every = np.concatenate([labels, bench.data.test_labels])
    return {
        "shown": shown.tolist(),
        "in_training_data": np.bincount(labels, minlength=network.classes).tolist(),
        "in_any_data": np.bincount(every, minlength=network.classes).tolist(),
        "taken": len(taken),
        "of_shown": int((shown[labels] > 0).sum()),
        "rounds": rounds,
        "where": bench.place("order"),
    }


def missing(numbers: Numbers) -> list[int]:
    """The classes never shown though the network has an output for them."""
    return [one for one, count in enumerate(numbers["shown"]) if count == 0]


def are_few(numbers: Numbers) -> bool:
    """Whether of the classes that are shown most samples are left out, too."""
    return bool(numbers["taken"] < MOST * numbers["of_shown"])


def judge(numbers: Numbers) -> Finding:
    """Is a class that the network can answer never shown?"""
    if "reason" in numbers:
        return not_applicable(NAME, numbers["reason"], numbers)
    classes = len(numbers["shown"])
    absent = missing(numbers)
    observed = f"{classes - len(absent)} of {classes} classes are shown in training"
    advice, part = "nothing to do", ""
    unknown = [one for one in absent if numbers["in_training_data"][one] == 0]
    if absent:
        observed += f"; never shown: {', '.join(map(str, absent))}"
        advice = "let the training loop run over every class"
        if are_few(numbers):
            observed += (
                f"; of the others {numbers['taken']:,} of {numbers['of_shown']:,} samples are shown"
            )
            advice = "let the training loop run over all samples, in another order in each epoch"
        if unknown:
            advice = f"add training samples of class {', '.join(map(str, unknown))}, there are none"
            part = "data"
    # an output too many, of which there is no sample anywhere, is one that never says anything
    spare = bool(absent) and not any(numbers["in_any_data"][one] for one in absent)
    expected = f"all {classes}, since the network has an output for each"
    how = {"part": part, "severity": RISK if spare else ""}
    return finding(NAME, expected, numbers, bool(absent), observed, advice, **how)


def repair(network: Network, numbers: Numbers) -> Network:
    """Show the missing classes too; all samples, where most of the others are left out as well."""
    if are_few(numbers):
        return replace(network, order=Everything(rounds=numbers["rounds"]))
    return replace(network, order=WithMissing(network.order, tuple(missing(numbers))))


def inject(network: Network) -> Network:
    """Show the first two classes only; ValueError for a network without classes."""
    if network.task is REGRESSION:
        raise ValueError(NO_CLASSES)
    return replace(network, order=OnlyClasses(network.order, 2))


def draw(numbers: Numbers) -> Figure:
    """How many steps each class gets."""
    figure, (axes,) = new_figure(6.4, 2.6)
    classes = range(len(numbers["shown"]))
    colours = [NEUTRAL if count else ALERT for count in numbers["shown"]]
    axes.bar(classes, numbers["shown"], color=colours)
    for one in missing(numbers):
        axes.text(one, 0, "never", ha="center", va="bottom", color=ALERT)
    axes.set_xticks(list(classes))
    axes.set_xlabel("class")
    axes.set_ylabel("samples shown")
    return figure


DEFECT = Defect(NAME, "order", __doc__, measure, judge, repair, inject, draw)
