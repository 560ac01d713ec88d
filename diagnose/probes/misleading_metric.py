"""The accuracy that the network prints of itself is not the share of right answers.

What it looks at
    The author's own accuracy function, on outputs whose accuracy is known: the trained network's
    on the test samples, and made ones that are all right, all wrong, half right, always one
    class, and half right for classes of unequal size, each once sure of itself and once with the
    right class only just ahead. What it says is compared with the share of right answers.

Why it skews the probabilities
    It does not; it hides that they are skewed. Compare ten rounded outputs with a one-hot target
    entry by entry, and a network that answers 0.1 for all ten classes is "90 % accurate", for nine
    of ten entries are 0 in both. Whoever reads that number looks for the fault elsewhere, or does
    not look. The training is the same with any metric.

Example:
    accuracy = np.mean(np.round(probabilities) == one_hot)

Use instead
    accuracy = np.mean(probabilities.argmax(axis=1) == labels)      # axis 0 for columns

When it stays silent
    Percent instead of a share, which is said; an accuracy that is rounded to whole percent; the
    balanced accuracy, which is said too; one output compared with its target on the right side of
    the middle. It cannot know on which samples the author calls it: on the samples that were
    trained on, the accuracy is mostly better than on others.

References:
    C. Manning, P. Raghavan and H. Schuetze, "Introduction to Information Retrieval" (2008), section
    8.3: why a share of right decisions says nothing where nearly all decisions are no.

"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.accuracies import ROUNDED, ShareOfRight, said_by
from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.report import NOT_APPLICABLE, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, new_figure
from diagnose.symptoms import answers, probabilities

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "misleading-metric"
MEND = (
    "compare one answer for each sample, the largest output along the classes, with the label, and "
    "divide by the number of samples"
)


# Samples of the made outputs: a number that is no multiple of any likely batch size, and not 100.
SAMPLES, UNEQUAL = 239, 187
# How far an output goes from the middle of all targets towards its own: sure, and just ahead.
SURE, AHEAD = 0.9, 0.2


@dataclass(frozen=True)
class EntryByEntry:
    """The share of equal entries of rounded outputs and targets: the planted fault."""

    network: Network

    def __call__(self, outputs: Array, labels: Array) -> float:
        """From 0 to 1."""
        rows = np.asarray(self.network.as_rows(outputs), np.float64)
        return float((np.round(rows) == self.network.targets(labels)).mean())


def answering(network: Network, classes: Array, how_sure: float) -> Array:
    """Outputs, as the network lays them out, that answer these classes ``(n,)``."""
    every = np.arange(network.classes)
    is_softmax = network.layers[-1].activation == "softmax"
    targets = np.eye(network.classes) if is_softmax else network.targets(every)
    middle = targets.mean(axis=0)
    return np.array(network.lay_out(middle + how_sure * (targets - middle)[classes]))


def made_cases(network: Network) -> list[tuple[str, Array, Array]]:
    """Names, labels and answers ``(n,)`` of made outputs."""
    count = network.classes
    even = np.arange(SAMPLES) % count
    wrong = (even + 1) % count
    half = np.where(np.arange(SAMPLES) // count % 2, even, wrong)
    # Of each class half as many as of the one before it, and only the largest is answered rightly.
    sizes = 0.5 ** np.arange(min(count, 6))
    ends = np.cumsum(sizes) / sizes.sum()
    unequal = np.searchsorted(ends, (np.arange(UNEQUAL) + 0.5) / UNEQUAL)
    favoured = np.where(unequal == 0, unequal, (unequal + 1) % count)
    cases = [("all right", even, even), ("all wrong", even, wrong), ("half right", even, half)]
    cases += [(f"always {one}", even, np.full(SAMPLES, one)) for one in range(count)]
    return [
        *cases,
        ("all right, classes of unequal size", unequal, unequal),
        ("largest class right, classes of unequal size", unequal, favoured),
    ]


def measure(bench: Bench) -> Numbers:
    """Ask the author's function about outputs whose accuracy is known.

    Those that are made, are made for targets that the network can reach: with the other defects
    found repaired.
    """
    network, sane = bench.network, bench.sane
    numbers: Numbers = {"where": bench.place("accuracy"), "classes": network.classes}
    if network.accuracy is None or not network.classes:
        return numbers | {"given": network.accuracy is not None}
    truth, by_entry = ShareOfRight(sane), EntryByEntry(sane)
    run = bench.train(network)
    real, _ = probabilities(network, run.parameters, bench.trainer.rows(network, "test_images"))
    asked = [("the trained network", bench.data.test_labels, np.array(network.lay_out(real)))]
    asked += [
        (f"{name}{', just ahead' if how_sure == AHEAD else ''}", labels, outputs)
        for name, labels, given in made_cases(network)
        for how_sure in (SURE, AHEAD)
        for outputs in [answering(sane, given, how_sure)]
    ]
    cases = []
    for name, labels, outputs in asked:
        right = truth(outputs, labels)
        said = answers(sane, np.asarray(network.as_rows(outputs), float))
        seen = np.unique(labels)
        cases.append(
            {
                "name": name,
                "samples": len(labels),
                "true": right,
                "said": said_by(network, outputs, labels),
                "balanced": float(np.mean([(said[labels == c] == c).mean() for c in seen])),
                "entries": by_entry(outputs, labels),
            }
        )
    return numbers | {"given": True, "scale": _scale(cases), "cases": cases}


def _scale(cases: list[Numbers]) -> float:
    """100 where all right answers are said to be 100, for two numbers of samples; else 1."""
    perfect = [one["said"] for one in cases if one["true"] == 1 and one["name"].startswith("all")]
    hundred = [one is not None and abs(one / 100 - 1) <= ROUNDED for one in perfect]
    return 100.0 if perfect and all(hundred) else 1.0


def off(one: Numbers, scale: float, against: str = "true") -> float:
    """How far what was said of a case is from the truth; 1 where it is no number."""
    return 1.0 if one["said"] is None else abs(one["said"] / scale - one[against])


def judge(numbers: Numbers) -> Finding:
    """Is it the share of right answers, in each case?"""
    expected = "the share of right answers, on any outputs"
    if "cases" not in numbers:
        why = (
            "the network answers with numbers, not with classes"
            if numbers["given"]
            else "no accuracy function was handed over, so there is no number to hold to account"
        )
        advice = "hand it over with accuracy=, if the network prints one"
        return finding(NAME, expected, numbers, NOT_APPLICABLE, why, advice)
    cases, scale = numbers["cases"], numbers["scale"]
    balanced = all(off(one, scale, "balanced") <= ROUNDED for one in cases)
    wrong = [] if balanced else [one for one in cases if off(one, scale) > ROUNDED]
    real = cases[0]
    observed = f"of the trained network it says {_value(real['said'])} on {real['samples']} test "
    observed += f"samples, of whose answers {real['true']:.3f} are right"
    if wrong:
        made = [one for one in wrong if one is not real] or wrong
        worst = max(made, key=lambda one: off(one, scale))
        observed += (
            f"; on {len(wrong)} of {len(cases)} outputs whose accuracy is known it says something "
            f"else, such as {_value(worst['said'])} where {worst['true']:.3f} are right "
            f"({worst['name']}){_kind(cases)}"
            ". Who reads it is misled; the training is the same with any metric"
        )
    else:
        observed += f"; it is right on all {len(cases)} outputs whose accuracy is known"
        observed += ", as the balanced accuracy" if balanced and _differ(cases) else ""
        observed += ", in percent" if scale == 100 else ""
    return finding(NAME, expected, numbers, bool(wrong), observed, MEND if wrong else "")


def _differ(cases: list[Numbers]) -> bool:
    """Whether it is the balanced accuracy and cannot be the plain one."""
    return any(abs(one["balanced"] - one["true"]) > 2 * ROUNDED for one in cases)


def _kind(cases: list[Numbers]) -> str:
    """What it computes instead, where the numbers say so in every case."""
    said = [(one, one["said"]) for one in cases if one["said"] is not None]
    if len(said) < len(cases):
        return ""
    if all(abs(value - one["entries"]) <= ROUNDED for one, value in said):
        return ": it is the share of equal entries of rounded outputs and targets"
    if all(abs(value - one["true"] * one["samples"]) <= ROUNDED for one, value in said):
        return ": it is the number of right answers, not divided by that of the samples"
    if all(abs(value - 1 + one["true"]) <= ROUNDED for one, value in said):
        return ": it is the share of wrong answers"
    return ""


def _value(value: float | None) -> str:
    return "no number" if value is None else f"{value:.4g}"


def repair(network: Network, numbers: Numbers) -> Network:
    """Compute the share of right answers; no training changes by that."""
    return replace(network, accuracy=ShareOfRight(replace(network, accuracy=None)))


def inject(network: Network) -> Network:
    """Let the network print the share of equal entries of rounded outputs and targets."""
    if not network.classes:
        raise ValueError("the network answers with numbers, which have no accuracy")
    bare = replace(network, accuracy=None)
    if network.outputs == 1:
        raise ValueError("of one output the entries are the samples")
    return replace(network, accuracy=EntryByEntry(bare))


def draw(numbers: Numbers) -> Figure:
    """What the author's function says against the share of right answers."""
    figure, (axes,) = new_figure(4.6, 3.4)
    axes.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=1)
    scale = numbers.get("scale", 1.0)
    for one in numbers.get("cases", []):
        if one["said"] is not None:
            axes.plot(one["true"], one["said"] / scale, "o", color=FOUND, markersize=4)
    axes.set(xlabel="share of right answers", ylabel="accuracy as the network prints it")
    return figure


DEFECT = Defect(NAME, "answer", __doc__, measure, judge, repair, inject, draw)
