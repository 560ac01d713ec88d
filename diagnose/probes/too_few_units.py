"""The hidden layers have too few units: not even a handful of samples can be learned by heart.

What it looks at
    At most twenty different samples, in equal shares of the classes, half of them such as the
    network gets wrong after its training; or spread over the range of the numbers to be answered.
    The layers of the network are trained on these alone, each sample a thousand times, with exact
    gradients, at several rates and from several draws; the best counts. If none fits them all, the
    same with two, four, eight and sixteen times as many hidden units, drawn as the author draws
    them. Those that fit are then trained as the author trains, on all samples.

Why it skews the probabilities
    A hidden layer of one unit passes on one number for each image. Classes that this number does
    not tell apart get the same probabilities, however long the training.

Example:
    w1 = np.random.randn(1, 784) * np.sqrt(2 / 784)
    w2 = np.random.randn(10, 1) * np.sqrt(2 / 1)

Use instead
    a few times as many hidden units as there are classes, and more if the training accuracy is low.

When it stays silent
    Few units that do, by any draw: two for XOR; few units where more do no better in the author's
    training; samples that are alike and have different labels, which no network can learn. Without
    a hidden layer it says so: then it is a layer that is missing.

References:
    Stanford CS231n, notes on training neural networks, "Overfit a tiny subset of data". D.
    Rumelhart, G. Hinton and R. Williams, "Learning Internal Representations by Error Propagation"
    (1986): XOR takes two hidden units. M. Minsky and S. Papert, "Perceptrons" (1969): none is not
    enough. G.-B. Huang and H. Babri, "Upper bounds on the number of hidden neurons", IEEE
    Transactions on Neural Networks 9 (1998): as many as samples are.

"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, as_place, finding
from diagnose.instruments.handful import fit, hard
from diagnose.instruments.initial_draw import pooled
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.authors_code import source_of
from diagnose.network.record import Network, fan_in, fan_out
from diagnose.network.tasks import CLASSIFICATION
from diagnose.network.written_numbers import size_line
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, REPAIRED, new_figure
from diagnose.symptoms import chance as chance_of
from diagnose.symptoms import declared_layers_hold, score
from diagnose.training.loop import step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "too-few-units"


WIDER = (2, 4, 8, 16)
# More units count as needed where fewer get less than nine tenths of what they get above chance.
ENOUGH = 0.9


@dataclass(frozen=True)
class Shaped:
    """An initial draw of other shapes: normal, about a mean, for each (name, shape, mean, spread).

    Number types are those of the author's own draw.
    """

    init: Callable[[int], Arrays]
    arrays: tuple[tuple[str, tuple[int, ...], float, float], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        parameters, random = dict(self.init(seed)), np.random.default_rng([seed, len(self.arrays)])
        for name, shape, mean, spread in self.arrays:
            drawn = random.normal(mean, spread, shape)
            kind = parameters[name].dtype
            parameters[name] = drawn.astype(kind if kind.kind == "f" else float)
        return parameters


@dataclass(frozen=True)
class Narrowed:
    """An initial draw of which the first unit of each hidden layer is left.

    ``arrays`` holds for each array its name, how many are left along each axis, and a factor that
    keeps the gain of a layer whose inputs have become fewer.
    """

    init: Callable[[int], Arrays]
    arrays: tuple[tuple[str, tuple[int, ...], float], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        parameters = dict(self.init(seed))
        for name, shape, factor in self.arrays:
            left = parameters[name][tuple(slice(count) for count in shape)]
            parameters[name] = (left * factor).astype(left.dtype)
        return parameters


def _resized(
    network: Network, units: Callable[[int], int]
) -> list[tuple[str, tuple[int, ...], float]]:
    """Each array's shape when a hidden layer of n units has ``units(n)``.

    The last number is by what a weight's spread changes so that its gain stays: the square root of
    the old fan-in over the new one.
    """
    parameters, last = network.init(0), len(network.layers) - 1
    columns = network.layout == "columns"
    changed: list[tuple[str, tuple[int, ...], float]] = []
    for at, layer in enumerate(network.layers):
        inputs = fan_in(network, layer, parameters)
        width = fan_out(network, layer, parameters)
        entering = units(inputs) if at else inputs
        leaving = units(width) if at < last else width
        shape = (leaving, entering) if columns else (entering, leaving)
        changed.append((layer.weight, shape, math.sqrt(inputs / entering)))
        if layer.bias:
            old = parameters[layer.bias].shape
            axis = 0 if columns or len(old) == 1 else len(old) - 1
            new = tuple(leaving if one == axis else size for one, size in enumerate(old))
            changed.append((layer.bias, new, 1.0))
    return changed


def widened(network: Network, times: int) -> Network:
    """The network with so many times as many units in each hidden layer, drawn with equal gain."""
    drawn = pooled(network.init)
    arrays = tuple(
        (name, shape, drawn[name]["mean"], drawn[name]["spread"] * factor)
        for name, shape, factor in _resized(network, lambda units: times * units)
    )
    return replace(network, init=Shaped(network.init, arrays))


def runs(network: Network, rows: Array, labels: Array) -> bool:
    """Whether the author's own functions run with these parameters, and use them."""
    parameters = network.init(0)
    try:
        after, _ = step(network, copied(parameters), rows, labels, network.learning_rate(0))
        holds = declared_layers_hold(network, parameters, rows)
    except Exception:  # whatever code of somebody else raises where it was written for one width
        return False
    return holds and {name: one.shape for name, one in after.items()} == {
        name: one.shape for name, one in parameters.items()
    }


def measure(bench: Bench) -> Numbers:
    """Try to learn a handful by heart, and if that fails with more units."""
    network, trainer = bench.sane, bench.trainer
    start = network.init(bench.seed)
    handful = hard(network, trainer, bench.seed)
    found = fit(network, trainer, bench.seed, handful)
    numbers: Numbers = {
        "units": [fan_out(network, layer, start) for layer in network.layers[:-1]],
        "linear": all(layer.activation == "linear" for layer in network.layers[:-1]),
        "measure": network.task.score,
        "chance": chance_of(network),
        "samples": found.samples,
        "right": found.right,
        "rate": found.rate,
        "draws": len(found.fitted),
        "holds": declared_layers_hold(network, start, bench.sample(network)),
        "wider": [],
        "times": None,
        "where": _written(bench, start) or bench.place("init", network.layers[0].weight),
    }
    if found.whole or numbers["linear"] or not numbers["holds"] or _has_enough(numbers):
        return numbers
    rows = trainer.rows(network)[: network.batch_size]
    for times in WIDER:
        wide = widened(network, times)
        if not runs(wide, rows, bench.data.labels[: len(rows)]):
            break
        better = fit(wide, trainer, bench.seed, handful, thorough=True)
        one = {
            "times": times,
            "right": better.right,
            "draws": len(better.fitted),
            "fitted": sum(better.fitted),
            "training": [_score(bench, net) for net in (network, wide)] if better.whole else None,
        }
        numbers["wider"].append(one)
        if all(better.fitted) and _is_better(one, numbers["chance"]):
            break
    if whole := [one for one in numbers["wider"] if one["fitted"]]:
        best = max(
            whole,
            key=lambda one: (_is_better(one, numbers["chance"]), one["fitted"], -one["times"]),
        )
        numbers["times"] = best["times"]
    return numbers


def _written(bench: Bench, start: Arrays) -> Numbers | None:
    """Where the number of units is written of the narrowest hidden layer."""
    network = bench.network
    if len(network.layers) < 2:
        return None
    least = min(network.layers[:-1], key=lambda one: fan_out(network, one, start))
    units, inputs = fan_out(network, least, start), fan_in(network, least, start)
    axis = (0 if network.layout == "columns" else -1) if units == inputs else None
    init = network.stands(f"init {least.weight}") or network.stands("init")
    line = init and size_line(source_of(init[0]), init[1], units, axis)
    return as_place((init[0], line)) if init and line else None


def _has_enough(numbers: Numbers) -> bool:
    """Whether each hidden layer has a unit for each sample: enough for any (Huang and Babri)."""
    return bool(min(numbers["units"]) >= numbers["samples"])


def _score(bench: Bench, network: Network) -> Numbers:
    """What the author's own training reaches, over the seeds."""
    pairs = [(network, seed) for seed in bench.seeds]
    seen = [
        score(bench.trainer.symptoms(network, run))
        for run in bench.trainer.runs(pairs, "training with more units")
    ]
    return {"mean": float(np.mean(seen)), "low": min(seen), "high": max(seen)}


def _is_better(one: Numbers, chance: float) -> bool:
    """Whether units that fit do much better in the author's own training, from whichever seed."""
    mine, wide = one["training"]
    enough = mine["mean"] - chance >= ENOUGH * (wide["mean"] - chance)
    return not enough and bool(mine["low"] < wide["low"] and mine["high"] < wide["high"])


def judge(numbers: Numbers) -> Finding:
    """Does it fit a handful, and if not, does a wider one?"""
    samples, right, units = numbers["samples"], numbers["right"], numbers["units"]
    best = f"at best {right} of {samples} samples are learned by heart"
    with_units = f"with {_widths(units)}, {best}, from {numbers['draws']} draws at several rates"
    status, advice = ABSENT, "nothing to do"
    if samples < 2:
        status, observed = NOT_APPLICABLE, "there are no two different samples to learn"
    elif right == samples:
        observed = f"all of {samples} samples are learned by heart, at the rate {numbers['rate']:g}"
    elif not numbers["holds"]:
        status = MASKED
        observed = "the network does not compute what its layers say, so these tell nothing of it"
        advice = "declare the layers as they are"
    elif not units:
        status = NOT_APPLICABLE
        observed = f"there is no hidden layer, and {best}: only what planes separate can be"
        advice = "add a hidden layer"
    elif numbers["linear"]:
        status = NOT_APPLICABLE
        observed = f"the hidden layers are linear, together no more than one layer, and {best}"
        advice = "put a nonlinear activation between the layers, such as tanh or ReLU"
    elif _has_enough(numbers):
        observed = f"{with_units}; a unit for each sample is enough for any samples"
    elif not numbers["wider"]:
        status = MASKED
        observed = (
            f"{with_units}, which is consistent with too few units; the code does not run with "
            "more, so that it cannot be shown"
        )
        advice = "write the code for any number of units, and try with more"
    elif numbers["times"] is None:
        status = MASKED
        most = numbers["wider"][-1]
        observed = (
            f"{with_units}; with {most['times']} times as many units {most['right']}: more units "
            "do not help, something else is in the way"
        )
        advice = "find what keeps the network from fitting a handful"
    else:
        wide = next(one for one in numbers["wider"] if one["times"] == numbers["times"])
        mine, other = wide["training"]
        observed = (
            f"{with_units}; with {wide['times']} times as many units all of them, from "
            f"{wide['fitted']} of {wide['draws']} draws. Trained on everything as the code does, "
            f"{numbers['measure']} {mine['mean']:.3f}, with more units {other['mean']:.3f}"
        )
        if _is_better(wide, numbers["chance"]):
            status = PRESENT
            advice = f"use {_widths([wide['times'] * one for one in units])} or more"
    expected = (
        "a network that can be trained learns a handful of samples by heart, whatever "
        "they are, with the other defects repaired"
    )
    return finding(NAME, expected, numbers, status, observed, advice)


def _widths(units: list[int]) -> str:
    count = " and ".join(map(str, units))
    return f"{count} hidden unit{'s' if sum(units) > 1 else ''}"


def repair(network: Network, numbers: Numbers) -> Network:
    """Widen the hidden layers by a power of two that fits the handful and trains better."""
    return widened(network, numbers["times"])


def inject(network: Network) -> Network:
    """Leave one unit in each hidden layer."""
    parameters = network.init(0)
    widths = [fan_out(network, layer, parameters) for layer in network.layers[:-1]]
    if max(widths, default=1) == 1:
        raise ValueError("no hidden layer has more than one unit")
    arrays = tuple(_resized(network, lambda units: 1))
    narrow = replace(network, init=Narrowed(network.init, arrays))
    rows = np.zeros((network.batch_size, fan_in(network, network.layers[0], parameters)))
    if not runs(narrow, rows, _labels(network, len(rows))):
        raise ValueError("the code runs with no other number of units")
    return narrow


def _labels(network: Network, count: int) -> Array:
    """Labels such as the network has, all 0."""
    if network.task is CLASSIFICATION:
        return np.zeros(count, int)
    return np.zeros((count, network.outputs) if network.outputs > 1 else count)


def draw(numbers: Numbers) -> Figure:
    """How many of the handful are learned with the units that there are and with more."""
    figure, (axes,) = new_figure(6.4, 2.6)
    right = [numbers["right"], *(one["right"] for one in numbers["wider"])]
    names = ["as found", *(f"{one['times']} times\nas many" for one in numbers["wider"])]
    axes.axhline(numbers["samples"], color=NEUTRAL, linestyle="--", label="all samples")
    axes.bar(names, right, 0.5, color=[FOUND, *[REPAIRED] * len(numbers["wider"])])
    axes.set_ylim(0, 1.15 * numbers["samples"])
    axes.set_ylabel("samples learned by heart")
    axes.legend(frameon=False, loc="upper right")
    return figure


DEFECT = Defect(NAME, "size", __doc__, measure, judge, repair, inject, draw, RISK)
