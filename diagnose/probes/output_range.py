"""Targets lie where the output layer can never reach, or are no targets that the loss expects.

What it looks at
    The targets of the training labels against what the last layer can answer: 0 to 1 for a
    sigmoid, -1 to 1 for tanh, from 0 for a ReLU, numbers that sum to one for a softmax. Beside
    what the activation's name says stands what the network's own forward pass answers when its
    logits are driven far to both sides. Told are the largest distance that is left between a
    target and the nearest possible output, and its share of the targets' spread.

Why it skews the probabilities
    An output that is asked for -1 and cannot go below 0 is pushed down by every sample, in every
    step, and is never done: the sigmoid saturates, its gradient goes to zero, and what the other
    targets ask for is drowned. A softmax that is asked for the class number 7 in each of its
    outputs is told nothing about the class, only to push everything the same way.

Example:
    targets = 2 * one_hot - 1                       # -1 and 1, and the last layer is a sigmoid

Use instead
    targets = one_hot                               # 0 and 1, which a sigmoid approaches
    or a last layer that fits the targets: tanh for -1 to 1, a linear one for any number.

When it stays silent
    Targets at the edge of the range, which are never reached but approached (0 and 1 for a
    sigmoid, -1 and 1 for tanh); targets within it, such as 0.1 and 0.9; smoothed labels that sum
    to one; an activation that is stretched by a factor, so that it reaches further than its name
    says; a linear output, which reaches everything.

References:
    Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller, "Efficient BackProp" (1998), section 4.5,
    choosing target values. J. Duchi, S. Shalev-Shwartz, Y. Singer and T. Chandra, "Efficient
    projections onto the l1-ball for learning in high dimensions" (2008), figure 1: the nearest
    numbers that sum to one.

"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, Defect, finding, spread
from diagnose.instruments.retargeting import RANGES, Mapped, manner, retargeted
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import leading
from diagnose.report import RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, REPAIRED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "output-range"


# Logits so far out that a sigmoid or tanh is at its edge to 1e-13, and exp still fits float32.
DRIVEN = 30.0
# Beyond reach by less than a hundredth of the targets' spread, the best answer of the network is
# off by what nobody would notice.
FAR = 0.01
# Of so many different targets, up to this share may lie beyond because of their noise: one in four
# of numbers whose truth lies at the edge, where half of them are, and half of the others near it.
MANY, FEW = 20, 0.25
# Numbers up to the size of one, as tanh has them, and a little more, are scaled already: then it is
# the activation that somebody would change, else the targets.
UNIT_SIZE = 2.0
# Targets looked at; of classes there are no more different ones than classes.
SAMPLES = 500


Encoding = Callable[[Array], Array]


@dataclass(frozen=True)
class ClassNumbers:
    """The number of the class as the target of every output: labels that were never encoded."""

    outputs: int

    def __call__(self, labels: Array) -> Array:
        """Targets ``(B, outputs)``."""
        return np.repeat(np.asarray(labels, np.float64)[:, None], self.outputs, axis=1)


def on_simplex(rows: Array) -> Array:
    """The nearest rows of numbers from 0 that sum to one, ``(n, outputs)``. Duchi et al. (2008)."""
    falling = -np.sort(-rows, axis=1)
    excess = (np.cumsum(falling, axis=1) - 1) / np.arange(1, rows.shape[1] + 1)
    last = (falling > excess).sum(axis=1, keepdims=True) - 1
    return np.maximum(rows - np.take_along_axis(excess, last, axis=1), 0)


def driven(network: Network, rows: Array) -> tuple[float, float] | None:
    """Smallest and largest output of the network's own forward pass, its logits driven far out.

    None where nothing finite comes out.
    """
    parameters, rows = generic_point(network, rows)
    last = network.layers[-1]
    x = network.lay_out(rows)
    found = []
    with np.errstate(all="ignore"):
        logits = np.abs(network.forward(dict(parameters), x)[last.pre]).max()
        for factor in (DRIVEN / logits, -DRIVEN / logits):
            weight = (parameters[last.weight] * factor).astype(parameters[last.weight].dtype)
            out = network.forward({**parameters, last.weight: weight}, x)[last.out]
            found += [np.nanmin(out), np.nanmax(out)] if np.isfinite(out).any() else []
    finite = [float(one) for one in found if np.isfinite(one)]
    return (min(finite), max(finite)) if finite else None


def measure(bench: Bench) -> Numbers:
    """Hold the targets against the outputs that the last layer can give.

    What the forward pass answers is asked of the network with the defects before this one repaired.
    """
    network = bench.sane
    labels = bench.data.labels
    labels = labels[np.argsort(leading(labels), kind="stable")[spread(len(labels), SAMPLES)]]
    targets = np.unique(network.targets(labels), axis=0)
    last = network.layers[-1]
    rows = bench.sample(bench.sane)[:20]
    with np.errstate(all="ignore"):
        trace = bench.sane.forward(bench.sane.init(bench.seed), bench.sane.lay_out(rows[:1]))
    outputs = bench.sane.as_rows(np.asarray(trace[last.out])).shape[1]
    asked = np.broadcast_to(targets, (len(targets), outputs))
    low, high = RANGES.get(last.activation, (-math.inf, math.inf))
    seen = driven(bench.sane, rows)
    if last.activation == "softmax":
        nearest = on_simplex(asked)
        gaps = np.sqrt(np.square(asked - nearest).sum(axis=1))
    else:
        if seen is not None:
            low, high = min(low, seen[0]), max(high, seen[1])
        nearest = np.clip(asked, low, high)
        gaps = np.abs(asked - nearest).max(axis=1)
    worst = int(gaps.argmax())
    width = float(np.ptp(asked)) or 1.0
    numbers: Numbers = {
        "activation": last.activation,
        "loss": network.loss,
        "classes": network.classes,
        "outputs": outputs,
        "columns": targets.shape[1],
        "lowest": None if math.isinf(low) else low,
        "highest": None if math.isinf(high) else high,
        "driven": None if seen is None else list(seen),
        "target_lowest": float(asked.min()),
        "target_highest": float(asked.max()),
        "target_sums": [float(asked.sum(axis=1).min()), float(asked.sum(axis=1).max())],
        "distance": float(gaps[worst]),
        "share": float(gaps[worst]) / width,
        "unreachable": int((gaps > FAR * width).sum()),
        "targets": len(targets),
        "asked": asked[worst].tolist(),
        "nearest": nearest[worst].tolist(),
        "where": bench.place("encode") or bench.place("backward"),
    }
    if not network.classes and np.abs(asked).max() <= UNIT_SIZE:
        numbers["lines"] = bench.lines("forward", [last.pre])
    if is_beyond(numbers):
        numbers["manner"] = manner(bench.sane, rows, bench.data.labels)
    return numbers


def is_beyond(numbers: Numbers) -> bool:
    """Whether some targets are out of reach, or one number is asked of several outputs."""
    return bool(numbers["share"] > FAR or numbers["columns"] != numbers["outputs"])


def judge(numbers: Numbers) -> Finding:
    """Are targets further beyond reach than anybody would overlook?"""
    present = is_beyond(numbers)
    observed = f"targets from {numbers['target_lowest']:.4g} to {numbers['target_highest']:.4g}"
    if numbers["activation"] == "softmax":
        low, high = numbers["target_sums"]
        observed += f", each sample's sum from {low:.4g} to {high:.4g}"
    observed += f"; the last layer, {numbers['activation']}, can give {_range(numbers)}"
    if numbers["columns"] != numbers["outputs"]:
        observed += f"; one number is asked of all {numbers['outputs']} outputs of a sample"
    if present:
        observed += (
            f"; {numbers['unreachable']} of {numbers['targets']} different targets are out of "
            f"reach, the furthest by {numbers['distance']:.3g}, {numbers['share']:.0%} of the "
            "targets' spread"
        )
    else:
        observed += f"; the nearest possible outputs are off by {numbers['share']:.1%} at most"
    expected = (
        "every target can be reached or approached: nothing beyond, and one-hot targets "
        "or shares that sum to one for a softmax"
    )
    advice = _advice(numbers) if present else ""
    names, severity = numbers.get("lines", ()), RISK if _are_some_of_many(numbers) else ""
    return finding(NAME, expected, numbers, present, observed, advice, names, severity=severity)


def _are_some_of_many(numbers: Numbers) -> bool:
    """Whether a few of many targets are beyond reach, as noise puts them: trainings tell more."""
    count, beyond = numbers["targets"], numbers["unreachable"]
    return bool(count >= MANY and beyond <= FEW * count)


def _range(numbers: Numbers) -> str:
    low, high = numbers["lowest"], numbers["highest"]
    if numbers["activation"] == "softmax":
        return "numbers from 0 that sum to 1"
    if low is None and high is None:
        return "any number"
    if high is None:
        return f"{low:.4g} and more"
    return f"at most {high:.4g}" if low is None else f"{low:.4g} to {high:.4g}"


def _advice(numbers: Numbers) -> str:
    if _wants_one_hot(numbers):
        return f"encode the labels as one-hot vectors of length {numbers['outputs']}"
    stretch, move = fit(numbers)
    return (
        f"map the targets into the range, {stretch:.4g} times the target {move:+.4g}, or take a "
        "last layer that reaches them"
    )


def _wants_one_hot(numbers: Numbers) -> bool:
    """Whether the labels should be one-hot: for a softmax, and where they were not encoded."""
    one_for_all = numbers["columns"] != numbers["outputs"]
    return numbers["outputs"] == numbers["classes"] and (
        numbers["activation"] == "softmax" or one_for_all
    )


def fit(numbers: Numbers) -> tuple[float, float]:
    """Stretch and move that bring the targets into the range, edge to edge where it has two.

    A softmax whose outputs are not one for each class gets rows as they are.
    """
    bottom, top = numbers["target_lowest"], numbers["target_highest"]
    low, high = numbers["lowest"], numbers["highest"]
    if numbers["activation"] == "softmax" or (low is None and high is None):
        return 1.0, 0.0
    if high is None:
        return 1.0, low - bottom
    if low is None:
        return 1.0, high - top
    stretch = (high - low) / (top - bottom) if top > bottom else 1.0
    return stretch, low - stretch * bottom


def repair(network: Network, numbers: Numbers) -> Network:
    """Encode the labels one-hot for a softmax, else map the targets into the range."""
    if _wants_one_hot(numbers):
        encode = None
    else:
        encode = Mapped(network.encode or network.targets, *fit(numbers))
    return retargeted(network, encode, numbers["manner"])


def inject(network: Network) -> Network:
    """Hand a softmax the class numbers; move other targets out of the activation's range."""
    last = network.layers[-1].activation
    given = network.encode or network.targets
    if last == "softmax":
        if network.classes < 3:
            raise ValueError("of two classes, the numbers 0 and 1 are targets that are reached")
        return retargeted(network, ClassNumbers(network.outputs))
    if last not in RANGES:
        raise ValueError(f"a {last} output reaches every target")
    labels = np.arange(network.classes)
    if not network.classes:
        raise ValueError("the targets are real numbers, whose range the network does not say")
    asked = network.targets(labels)
    low, high = RANGES[last]
    bottom, top = float(asked.min()), float(asked.max())
    if last == "relu":
        return retargeted(network, Mapped(given, 1.0, -bottom - 2 * (top - bottom)))
    # Three times as wide as the range, about its middle.
    stretch = 3 * (high - low) / (top - bottom)
    middle = (low + high) / 2
    return retargeted(network, Mapped(given, stretch, middle - stretch * (top + bottom) / 2))


def draw(numbers: Numbers) -> Figure:
    """The target furthest out of reach, output by output, and the nearest possible answer."""
    figure, (axes,) = new_figure(6.4, 2.6)
    at = np.arange(len(numbers["asked"]))
    low, high = numbers["lowest"], numbers["highest"]
    if numbers["activation"] == "softmax":
        low, high = 0.0, 1.0
    if low is not None and high is not None:
        axes.axhspan(low, high, color=NEUTRAL, alpha=0.25, label="what the last layer can give")
    axes.plot(at, numbers["asked"], "x", color=FOUND, label="target")
    axes.plot(at, numbers["nearest"], "o", color=REPAIRED, label="nearest possible output")
    axes.set_xticks(at[:: max(1, len(at) // 10)])
    axes.set_xlabel("output")
    axes.legend(frameon=False, fontsize=9)
    return figure


DEFECT = Defect(NAME, "targets", __doc__, measure, judge, repair, inject, draw)
