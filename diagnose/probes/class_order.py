"""Samples are shown class by class instead of in random order.

What it looks at
    The labels in the order in which an epoch shows them: how many runs of equal labels there are,
    against how many a random order of the same labels would have. Then, if there are too few:
    which class the trained network favours, which class it saw last, and what both become when
    the very same training goes through its samples backwards.

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
    does nothing.

References:
    Number of runs in a random order of several kinds: D. E. Barton and F. N. David, "Multiple
    runs", Biometrika 44 (1957). Shuffling: Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller,
    "Efficient BackProp" (1998), section 4.2.

"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.network import Array, Network
from diagnose.pictures import FOUND, NEUTRAL, new_figure
from diagnose.probes.defect import Bench, Defect, Numbers, place, spread
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT, Finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "class-order"

# One chance in a million that a shuffled order has so few runs, ...
SURPRISING = 1e-6
# ... and at most half as many: runs twice as long as shuffling makes them. With many samples a
# far smaller deviation would be certain as well, and would not matter.
FEW = 0.5

Ordering = Callable[[Array, int, int], Array]


@dataclass(frozen=True)
class Shuffled:
    """An order, shuffled anew in each epoch; the same for the same seed."""

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        return np.random.default_rng([seed, epoch]).permutation(self.order(labels, epoch, seed))


@dataclass(frozen=True)
class Reversed:
    """An order, back to front."""

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        return self.order(labels, epoch, seed)[::-1]


@dataclass(frozen=True)
class Sorted:
    """An order, sorted by class."""

    order: Ordering

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        order = self.order(labels, epoch, seed)
        return order[np.argsort(labels[order], kind="stable")]


def count_runs(sequence: Array) -> int:
    """Number of runs of equal values: ``a a b a`` has three."""
    return 1 + int((sequence[1:] != sequence[:-1]).sum())


def expected_runs(counts: Array) -> tuple[float, float]:
    """Mean and standard deviation of the number of runs when the order is random.

    counts: how often each value occurs. Barton and David (1957).
    """
    n = float(counts.sum())
    squares, cubes = float((counts**2.0).sum()), float((counts**3.0).sum())
    mean = n + 1 - squares / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    return mean, math.sqrt(max(variance, 0.0))


def is_sorted_by_class(sequence: Array) -> bool:
    """Whether a sequence of labels has far too few runs to be in random order."""
    runs, mean, _, p = against_chance(sequence)
    return runs < FEW * mean and p < SURPRISING


def against_chance(sequence: Array) -> tuple[int, float, float, float]:
    """Runs in a sequence; their mean and deviation in random order; p for as few or fewer."""
    runs = count_runs(sequence)
    mean, deviation = expected_runs(np.bincount(sequence))
    z = (runs - mean) / deviation if deviation > 0 else 0.0
    return runs, mean, deviation, 0.5 * math.erfc(-z / math.sqrt(2))


def measure(bench: Bench) -> Numbers:
    """Count runs in the first two epochs; if they are few, train forwards and backwards."""
    network, labels = bench.network, bench.data.labels
    epochs = range(min(2, bench.trainer.epochs))
    sequences = [labels[network.order(np.array(labels), epoch, bench.seed)] for epoch in epochs]
    worst = min(sequences, key=count_runs)
    runs, mean, deviation, p = against_chance(worst)
    numbers: Numbers = {
        "samples": len(worst),
        "classes": len(np.unique(worst)),
        "batch_size": network.batch_size,
        "runs": runs,
        "expected_runs": mean,
        "standard_deviation": deviation,
        "p_value": p,
        "sequence": worst[spread(len(worst), 400)].tolist(),
        "where": bench.place("order"),
    }
    if is_sorted_by_class(worst):
        backwards = replace(network, order=Reversed(network.order))
        for name, one in (("forwards", network), ("backwards", backwards)):
            last = labels[one.order(np.array(labels), bench.trainer.epochs - 1, bench.seed)[-1]]
            seen = bench.trainer.symptoms(one, bench.train(one))
            numbers[name] = {
                "last_class_seen": int(last),
                "favoured_class": seen.favoured_class,
                "favoured_share": seen.favoured_share,
                "mean_probabilities": seen.mean_probabilities,
            }
    return numbers


def judge(numbers: Numbers) -> Finding:
    """Too few runs to be a random order?"""
    n, batch = numbers["samples"], numbers["batch_size"]
    if numbers["classes"] < 2 or batch >= n:
        why = "all samples are in one batch" if batch >= n else "there is one class only"
        return Finding(
            defect=NAME,
            status=NOT_APPLICABLE,
            observed=f"{why}: their order does nothing",
            expected="an order that can matter",
            where=place(numbers),
            advice="nothing to do",
            numbers=numbers,
        )
    present = "backwards" in numbers
    chance = f"p = {numbers['p_value']:.1g}" if numbers["p_value"] > 0 else "p < 1e-300"
    observed = f"{numbers['runs']} runs of equal labels in {n} samples"
    if present:
        observed += f" ({chance})"
        forwards, backwards = numbers["forwards"], numbers["backwards"]
        observed += (
            f"; trained so, it saw class {forwards['last_class_seen']} last and favours class "
            f"{forwards['favoured_class']}; trained on the same samples backwards, it saw "
            f"class {backwards['last_class_seen']} last and favours class "
            f"{backwards['favoured_class']}"
        )
    return Finding(
        defect=NAME,
        status=PRESENT if present else ABSENT,
        observed=observed,
        expected=f"about {numbers['expected_runs']:.0f} +- {numbers['standard_deviation']:.0f} "
        "runs, as a random order of these labels has",
        where=place(numbers),
        advice="shuffle the samples anew in each epoch" if present else "nothing to do",
        numbers=numbers,
    )


def repair(network: Network, numbers: Numbers) -> Network:
    """Shuffle in each epoch."""
    return replace(network, order=Shuffled(network.order))


def inject(network: Network) -> Network:
    """Sort each epoch's samples by class."""
    return replace(network, order=Sorted(network.order))


def draw(numbers: Numbers) -> Figure:
    """The label shown at each step of an epoch, as found and as a shuffled order has it."""
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
        axes.set_ylabel("label")
        axes.set_yticks(np.unique(sequence))
    found.set_xticklabels([])
    shuffled.set_xlabel("step in the epoch")
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
