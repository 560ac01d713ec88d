"""Hidden units start as copies of each other and stay so: many units are one, or nothing moves.

What it looks at
    The hidden units of a layer that are drawn with the same weights and the same bias. Then,
    after some steps of the network's own training: which of these still have the same weights, and
    by how much they differ in what they say. Only what starts the same and stays the same counts.
    Of a single unit, whether it begins with weights of 0 and has not moved by then.

Why it skews the probabilities
    Units with the same weights in and out say the same and get the same gradient, so that a layer
    of ten units is one unit ten times, for good: too little to tell the classes apart. With all
    weights at zero a ReLU or tanh network does not even have that: every gradient but that of the
    output bias is 0, and what the network says no longer depends on the image.

Example:
    w1 = np.zeros((10, 784))
    w2 = np.ones((10, 10)) * 0.1

Use instead
    w1 = np.random.randn(10, 784) * np.sqrt(2 / 784)        # He, for ReLU

When it stays silent
    Biases that are all zero; a last layer that is all zero, and a network without hidden units
    that starts at zero, both of which train; equal units that separate, as sigmoids do when the
    weights above them differ; units that are dead and were drawn differently; a single unit that
    moves, or was drawn.

References:
    I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning" (2016), section 8.4: the initial
    parameters need to break symmetry between different units. The spread of new weights: K. He,
    X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers" (2015); Y. LeCun et al., "Efficient
    BackProp" (1998), section 4.6.

"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.initial_draw import reference_gain
from diagnose.network.arrays import Array, Arrays, copied, is_finite
from diagnose.network.layers import forward_rows
from diagnose.network.record import Layer, Network, fan_in
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, new_figure
from diagnose.training.loop import batches, step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "symmetric-initialization"


# Units whose weights above differ are apart after one step; a hundred also let a signal through
# that must first pass some layers.
STEPS = 100
# Units move as one when they lie apart by less than a millionth of the way that they moved ...
TOGETHER = 1e-6
# ... or by what rounding does, in a hundred steps, to equal sums that are taken in another order.
ROUNDINGS = 100
# The repair's random numbers must not be those of the author's draw.
SALT = 8


@dataclass(frozen=True)
class Sides:
    """Where a hidden layer's units have their weights, and how wide these are drawn anew.

    axis: of the units in ``weight``; in ``above`` they have the other one.
    """

    weight: str
    bias: str | None
    above: str
    axis: int
    spread: float
    spread_above: float


@dataclass(frozen=True)
class Copied:
    """An initial draw in which all units of one layer are copies of its first."""

    init: Callable[[int], Arrays]
    sides: Sides

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        parameters, one = dict(self.init(seed)), self.sides
        for name, axis in ((one.weight, one.axis), (one.above, 1 - one.axis)):
            first = np.take(parameters[name], [0], axis=axis)
            parameters[name] = np.repeat(first, parameters[name].shape[axis], axis=axis)
        if one.bias:
            parameters[one.bias] = np.full_like(parameters[one.bias], parameters[one.bias].flat[0])
        return parameters


@dataclass(frozen=True)
class Redrawn:
    """An initial draw in which units that are equal get weights of their own.

    What comes out of them is drawn anew too where it is equal; all else is as it was drawn.
    """

    init: Callable[[int], Arrays]
    sides: tuple[Sides, ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        found = self.init(seed)
        parameters = dict(found)
        random = np.random.default_rng([seed, SALT])
        for one in self.sides:
            for group in equal_units(incoming(found, one)):
                places = [(one.weight, one.axis, one.spread)]
                if _is_one(_units(found[one.above], 1 - one.axis)[group]):
                    places.append((one.above, 1 - one.axis, one.spread_above))
                for name, axis, spread in places:
                    parameters[name] = _with_units(parameters[name], axis, group, spread, random)
        return parameters


def _with_units(
    array: Array, axis: int, units: list[int], spread: float, random: np.random.Generator
) -> Array:
    kind = array.dtype if array.dtype.kind == "f" else np.dtype(float)
    new = np.array(array, dtype=kind)
    rows = new if axis == 0 else new.T
    rows[units] = random.normal(0, spread, (len(units), rows.shape[1]))
    return new


def _units(array: Array, axis: int) -> Array:
    """``(units, numbers of each)``."""
    array = array if array.dtype.kind == "f" else array.astype(float)
    return np.asarray(array if axis == 0 else array.T)


def incoming(parameters: Arrays, sides: Sides) -> Array:
    """The weights of each unit and its bias, ``(units, inputs + 1)``."""
    weights = _units(parameters[sides.weight], sides.axis)
    if not sides.bias:
        return weights
    return np.hstack([weights, parameters[sides.bias].reshape(-1, 1)])


def equal_units(vectors: Array) -> list[list[int]]:
    """Groups of two or more equal rows of ``(units, numbers)``, as lists of indices.

    A single unit is one where all of its numbers are 0: nothing but the weights above can move it.
    """
    if len(vectors) == 1:
        return [] if vectors.any() else [[0]]
    _, group = np.unique(vectors, axis=0, return_inverse=True)
    members = [np.flatnonzero(group.ravel() == one).tolist() for one in range(group.max() + 1)]
    return [one for one in members if len(one) > 1]


def _is_one(vectors: Array) -> bool:
    return bool((vectors == vectors[0]).all())


def still_equal(before: Array, after: Array, group: list[int]) -> list[list[int]]:
    """Split a group of once equal units, ``(units, numbers)``, by those that moved as one.

    A single one stays if it has not moved at all.
    """
    if len(group) == 1:
        return [] if (after != before).any() else [group]
    rounding = ROUNDINGS * float(np.finfo(after.dtype).eps) * float(np.abs(after[group]).max())
    left: list[list[int]] = []
    for unit in group:
        moved = float(np.abs(after[unit] - before[unit]).max())
        for one in left:
            if np.abs(after[unit] - after[one[0]]).max() <= TOGETHER * moved + rounding:
                one.append(unit)
                break
        else:
            left.append([unit])
    return [one for one in left if len(one) > 1]


def _sides(network: Network, at: int, parameters: Arrays) -> Sides:
    layer, above = network.layers[at], network.layers[at + 1]
    return Sides(
        weight=layer.weight,
        bias=layer.bias,
        above=above.weight,
        axis=0 if network.layout == "columns" else 1,
        spread=_spread(network, layer, parameters),
        spread_above=_spread(network, above, parameters),
    )


def _spread(network: Network, layer: Layer, parameters: Arrays) -> float:
    return reference_gain(layer.activation) / np.sqrt(fan_in(network, layer, parameters))


def _trained(network: Network, bench: Bench) -> tuple[Arrays, int]:
    """Take steps of the network's own training, while everything is finite."""
    labels, rows = bench.data.labels, bench.trainer.rows(network)
    parameters, taken = network.init(bench.seed), 0
    rate = network.learning_rate(0)
    for index in batches(network, labels, 0, bench.seed):
        after, _ = step(network, copied(parameters), rows[index], labels[index], rate)
        if taken == STEPS or not is_finite(after):
            break
        parameters, taken = after, taken + 1
    return parameters, taken


def measure(bench: Bench) -> Numbers:
    """Look for equal units in one draw, and look at them again after some steps."""
    network = bench.sane
    start = network.init(bench.seed)
    after, taken = _trained(network, bench)
    with np.errstate(all="ignore"):
        signals = forward_rows(network, after, bench.sample(network))
    layers = []
    for at, layer in enumerate(network.layers[:-1]):
        sides = _sides(network, at, start)
        before, now = incoming(start, sides), incoming(after, sides)
        groups = equal_units(before)
        left = [part for group in groups for part in still_equal(before, now, group)]
        if not taken:  # the first step overflows: equal on both sides is equal for good
            left = [g for g in groups if _is_one(_units(start[sides.above], 1 - sides.axis)[g])]
        out = signals[at][1]
        layers.append(
            {
                "layer": layer.weight,
                "out": layer.out,
                "spread": sides.spread,
                "units": len(before),
                "equal_at_start": sum(map(len, groups)),
                "equal_after": sum(map(len, left)),
                "largest_group": max(map(len, left), default=0),
                "apart": max(
                    (float(np.ptp(out[:, group], axis=1).max()) for group in left), default=None
                ),
                "moved": bool((now != before).any()),
            }
        )
    return {
        "layers": layers,
        "steps": taken,
        "images": len(bench.sample(network)),
        "lines": bench.lines("init", [str(one["layer"]) for one in layers]),
        "where": bench.place("init"),
    }


def judge(numbers: Numbers) -> Finding:
    """Are there units that start equal and stay equal?"""
    layers = [one for one in numbers["layers"] if one["units"] > 1 or one["equal_after"]]
    equal = [one for one in layers if one["equal_after"]]
    began = [one for one in layers if one["equal_at_start"]]
    advice, status = "nothing to do", PRESENT if equal else ABSENT
    if not layers:
        status = NOT_APPLICABLE
        observed = "no hidden layer has two units that could be equal"
    elif equal:
        observed = "; ".join(_told(one, numbers) for one in equal)
        advice = "draw the weights at random: " + ", ".join(
            f"{one['layer']} with spread {one['spread']:.3g}" for one in equal
        )
    elif began:
        names = ", ".join(f"{one['equal_at_start']} units of {one['out']}" for one in began)
        observed = f"{names} start equal, and separate within {numbers['steps']} steps of training"
    else:
        observed = "no two units of a hidden layer start with the same weights and bias"
    expected = "units that differ, so that each can learn something else"
    return finding(
        NAME, expected, numbers, status, observed, advice, (one["layer"] for one in equal)
    )


def _told(one: Numbers, numbers: Numbers) -> str:
    if one["units"] == 1:
        return (
            f"the only unit of {one['out']} starts with weights of 0, and after {numbers['steps']} "
            f"steps of training {one['layer']} has not moved at all"
        )
    said = (
        f"{one['equal_at_start']} of {one['units']} units of {one['out']} start with the same "
        f"weights and bias as another, and after {numbers['steps']} steps of training "
        f"{one['equal_after']} still are copies: on {numbers['images']} images what they say "
        f"differs by {one['apart']:.2g} at most"
    )
    if not one["moved"]:
        said += f"; {one['layer']} has not moved at all"
    return said


def repair(network: Network, numbers: Numbers) -> Network:
    """Draw the weights of the equal units anew, He for ReLUs and LeCun otherwise."""
    names = {one["layer"] for one in numbers["layers"] if one["equal_after"]}
    parameters = network.init(0)
    sides = tuple(
        _sides(network, at, parameters)
        for at, layer in enumerate(network.layers[:-1])
        if layer.weight in names
    )
    return replace(network, init=Redrawn(network.init, sides))


def inject(network: Network) -> Network:
    """Make all units of the first hidden layer of several units copies of its first."""
    parameters = network.init(0)
    for at in range(len(network.layers) - 1):
        sides = _sides(network, at, parameters)
        if parameters[sides.weight].shape[sides.axis] > 1:
            return replace(network, init=Copied(network.init, sides))
    raise ValueError("no hidden layer has two units that could be equal")


def draw(numbers: Numbers) -> Figure:
    """For each hidden layer, how many of its units are copies at the start and after steps."""
    figure, (axes,) = new_figure(6.4, 2.6)
    at = np.arange(len(numbers["layers"]))
    for shift, key, colour, label in (
        (-0.27, "units", NEUTRAL, "units"),
        (0.0, "equal_at_start", FOUND, "copies at the start"),
        (0.27, "equal_after", FOUND, f"copies after {numbers['steps']} steps"),
    ):
        counts = [one[key] for one in numbers["layers"]]
        axes.bar(at + shift, counts, 0.25, color=colour, label=label, alpha=1 if shift else 0.5)
    axes.set_xticks(at, [one["out"] for one in numbers["layers"]])
    axes.set_ylabel("units")
    axes.legend(frameon=False)
    return figure


DEFECT = Defect(NAME, "start", __doc__, measure, judge, repair, inject, draw)
