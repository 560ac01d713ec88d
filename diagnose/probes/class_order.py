"""Samples are shown class by class instead of in random order.

What it looks at
    The labels in the order in which an epoch shows them: how many runs (stretches of equal labels)
    there are, against how many a random order of the same labels would have. Of a network that
    answers with numbers: how closely each target follows the one before it (their correlation in
    sequence). Then, if the order is no random one: which class the trained network favours, or what
    it answers on average, what it saw last, and what both become when the very same training goes
    through its samples backwards.

Why it skews the probabilities
    Stochastic gradient descent steps towards the sample in front of it. After thousands of steps
    on one class the output bias alone has learned to say that class, and the classes before it
    fade in the order in which they were left: the skew is the memory of the last class seen.

Example:
    for digit in range(10):
        for image in images_of(digit):
            parameters = step(parameters, image, digit)

Use instead
    for index in rng.permutation(len(images)):
        parameters = step(parameters, images[index], labels[index])
    with a new permutation in each epoch.

When it stays silent
    Random orders, also those that happen to have runs; orders that alternate the classes;
    classes of very different size, shuffled; a single batch of all samples, in which the order
    does nothing. Numbers that follow each other only loosely, such as shuffled stretches.

References:
    Number of runs in a random order of several kinds: D. E. Barton and F. N. David, "Multiple
    runs", Biometrika 44 (1957). Correlation of successive numbers in random order: A. Wald and
    J. Wolfowitz, "An exact test for randomness in the non-parametric case based on serial
    correlation", Annals of Mathematical Statistics 14 (1943). How often a sequence with that
    correlation crosses its mean: S. O. Rice, "Mathematical Analysis of Random Noise" (1944/45),
    section 3.3. Shuffling: Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller,
    "Efficient BackProp" (1998), section 4.2.

"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding, spread
from diagnose.instruments.class_runs import (
    FEW,
    SURPRISING,
    Ordering,
    against_chance,
    is_sorted_by_class,
)
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import are_classes, leading
from diagnose.network.tasks import CLASSIFICATION
from diagnose.report import NOT_APPLICABLE, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "class-order"

# Numbers with a correlation of r from each to the next cross their mean arccos(r) / pi of the time
# (Rice), in random order half of it: half as often, then, at cos(pi / 4).
FOLLOWS = math.cos(FEW * math.pi / 2)
# What counts as the end of an epoch, where numbers are averaged: the last tenth.
LAST = 0.1


@dataclass(frozen=True)
class Shuffled:
    """The samples of an order, shuffled anew in each epoch; the same for the same seed.

    However the author orders them: so networks that show the same samples are trained in the same
    order, and what differs between them is not how they were shuffled.
    """

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        samples = np.sort(self.order(labels, epoch, seed))
        return np.random.default_rng([seed, epoch]).permutation(samples)


@dataclass(frozen=True)
class Reversed:
    """An order, back to front."""

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        return self.order(labels, epoch, seed)[::-1]


@dataclass(frozen=True)
class Sorted:
    """An order, sorted by class, or by the number to be answered."""

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        order = self.order(labels, epoch, seed)
        return order[np.argsort(leading(labels)[order], kind="stable")]


def correlation(sequence: Array) -> float:
    """How closely each of ``(n, outputs)`` targets follows the one before: from -1 to 1.

    Of several outputs that which does so most; one that never changes counts as 0.
    """
    centred = sequence - sequence.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    products = (centred[1:] * centred[:-1]).sum(axis=0)
    return float((products / np.where(squares > 0, squares, 1.0)).max())


def measure(bench: Bench) -> Numbers:
    """Look at the first two epochs; if they are in no random order, train for- and backwards."""
    network, labels = bench.network, bench.data.labels
    shown = labels if are_classes(labels) else network.targets(labels)
    epochs = range(min(2, bench.trainer.epochs))
    sequences = [shown[network.order(np.array(labels), epoch, bench.seed)] for epoch in epochs]
    look = _by_runs if are_classes(labels) else _by_correlation
    looks = [look(sequence) for sequence in sequences]
    worst = max(range(len(looks)), key=lambda epoch: looks[epoch]["disorder"])
    sequence = leading(sequences[worst])
    numbers: Numbers = {
        "samples": len(sequence),
        "classes": len(np.unique(sequence)),
        "batch_size": network.batch_size,
        **looks[worst],
        "sequence": sequence[spread(len(sequence), 400)].tolist(),
        "where": bench.place("order"),
    }
    if numbers.pop("disorder") > 0:
        backwards = replace(network, order=Reversed(network.order))
        for name, one in (("forwards", network), ("backwards", backwards)):
            last = leading(shown)[one.order(labels, bench.trainer.epochs - 1, bench.seed)]
            numbers[name] = _trained(bench, one, last)
    return numbers


def _by_runs(sequence: Array) -> Numbers:
    runs, mean, deviation, p = against_chance(sequence)
    return {
        "runs": runs,
        "expected_runs": mean,
        "standard_deviation": deviation,
        "p_value": p,
        "disorder": mean / runs if is_sorted_by_class(sequence) else 0.0,
    }


def _by_correlation(sequence: Array) -> Numbers:
    """In random order its mean is -1/(n - 1) and its variance about 1/n (Wald and Wolfowitz)."""
    n, found = len(sequence), correlation(sequence)
    mean = -1 / max(n - 1, 1)
    # Of several outputs it is the largest of as many chances.
    p = min(1.0, 0.5 * sequence.shape[1] * math.erfc((found - mean) * math.sqrt(n / 2)))
    return {
        "correlation": found,
        "expected_correlation": mean,
        "standard_deviation": 1 / math.sqrt(n),
        "p_value": p,
        "disorder": found if found > FOLLOWS and p < SURPRISING else 0.0,
    }


def _trained(bench: Bench, network: Network, shown: Array) -> Numbers:
    """What a training ends with, and what the network then answers.

    shown: ``(n,)``, the labels in the order of the last epoch.
    """
    seen = bench.trainer.symptoms(network, bench.train(network))
    if network.task is CLASSIFICATION:
        return {
            "last_class_seen": int(shown[-1]),
            "favoured_class": seen.favoured_class,
            "favoured_share": seen.favoured_share,
            "mean_probabilities": seen.mean_probabilities,
        }
    answers = [answer for _, answer in seen.pairs if answer is not None]
    return {
        "last_targets_seen": float(shown[-math.ceil(LAST * len(shown)) :].mean()),
        "mean_target": float(shown.mean()),
        "mean_answer": float(np.mean(answers)) if answers else None,
    }


def judge(numbers: Numbers) -> Finding:
    """Too few runs, or too close a correlation, to be a random order?"""
    n, batch = numbers["samples"], numbers["batch_size"]
    if numbers["classes"] < 2 or batch >= n:
        why = "all samples are in one batch" if batch >= n else "there is one class only"
        observed = f"{why}: their order does nothing"
        return finding(NAME, "an order that can matter", numbers, NOT_APPLICABLE, observed)
    present = "backwards" in numbers
    observed, expected = _of_classes(numbers) if "runs" in numbers else _of_numbers(numbers)
    advice = "shuffle the samples anew in each epoch" if present else ""
    return finding(NAME, expected, numbers, present, observed, advice)


def _of_classes(numbers: Numbers) -> tuple[str, str]:
    observed = f"{numbers['runs']} runs of equal labels in {numbers['samples']} samples"
    if "backwards" in numbers:
        forwards, backwards = numbers["forwards"], numbers["backwards"]
        observed += (
            f" ({_chance(numbers)}); trained so, it saw class {forwards['last_class_seen']} last "
            f"and favours class {forwards['favoured_class']}; trained on the same samples "
            f"backwards, it saw class {backwards['last_class_seen']} last and favours class "
            f"{backwards['favoured_class']}"
        )
    return observed, (
        f"about {numbers['expected_runs']:.0f} +- {numbers['standard_deviation']:.0f} "
        "runs, as a random order of these labels has"
    )


def _of_numbers(numbers: Numbers) -> tuple[str, str]:
    observed = (
        f"in {numbers['samples']} samples, each target follows the one before with a correlation "
        f"of {numbers['correlation']:.2f}"
    )
    if "backwards" in numbers:
        forwards, backwards = numbers["forwards"], numbers["backwards"]
        observed += (
            f" ({_chance(numbers)}); trained so, it saw targets of about "
            f"{forwards['last_targets_seen']:.3g} last and answers {_number(forwards)} on average; "
            f"trained on the same samples backwards, it saw about "
            f"{backwards['last_targets_seen']:.3g} last and answers {_number(backwards)}; the mean "
            f"of all targets is {forwards['mean_target']:.3g}"
        )
    return observed, (
        f"{numbers['expected_correlation']:.2f} +- {numbers['standard_deviation']:.2f}, as a "
        f"random order of these targets has, and at most {FOLLOWS:.2f}"
    )


def _chance(numbers: Numbers) -> str:
    return f"p = {numbers['p_value']:.1g}" if numbers["p_value"] > 0 else "p < 1e-300"


def _number(trained: Numbers) -> str:
    mean = trained["mean_answer"]
    return "no number" if mean is None else f"{mean:.3g}"


def repair(network: Network, numbers: Numbers) -> Network:
    """Shuffle in each epoch."""
    return replace(network, order=Shuffled(network.order))


def inject(network: Network) -> Network:
    """Sort each epoch's samples by class, or by the number to be answered."""
    return replace(network, order=Sorted(network.order))


def draw(numbers: Numbers) -> Figure:
    """The label shown at each sample of an epoch, as found and as a shuffled order has it."""
    figure, (found, shuffled) = new_figure(6.4, 3.4, rows=2)
    sequence = np.array(numbers["sequence"])
    steps = np.linspace(0, numbers["samples"], len(sequence))
    mixed = np.random.default_rng(0).permutation(sequence)
    for axes, labels, colour, title in (
        (found, sequence, FOUND, "as found"),
        (shuffled, mixed, NEUTRAL, "the same labels shuffled"),
    ):
        axes.plot(steps, labels, ".", color=colour, markersize=3)
        axes.set_title(title, loc="left")
        axes.set_ylabel("label" if "runs" in numbers else "target")
        if "runs" in numbers:
            axes.set_yticks(np.unique(sequence))
    found.set_xticklabels([])
    shuffled.set_xlabel("step in the epoch")
    return figure


DEFECT = Defect(NAME, "order", __doc__, measure, judge, repair, inject, draw, RISK)
