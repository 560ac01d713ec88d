"""The initial parameters are drawn around a number that is not zero.

What it looks at
    The mean of each parameter array over many draws, in standard errors; by how much that mean
    shifts each layer's pre-activations, all units alike, on average and from image to image, in
    units of their spread, predicted from the draw alone and observed; and the share of hidden units
    that are dead on every image, with the offset and with it taken out.

Why it skews the probabilities
    Inputs are mostly positive, so a weight mean of -0.8 does not average out: it adds -0.8 times
    the sum of all inputs to every unit of the layer. All pre-activations are negative, every ReLU
    gives 0 and passes no gradient, and what the network says no longer depends on the image. Only
    the output bias still learns, and it learns which classes it saw last. Where inputs lie around
    zero, the shift has either sign, but still moves all units of a layer together: they are nearly
    copies of one unit.

Example:
    w1 = np.random.randn(10, 784) - 0.8

Use instead
    w1 = np.random.randn(10, 784) * np.sqrt(2 / 784)
    b1 = np.zeros((10, 1))

When it stays silent
    Any draw around zero, uniform or normal; small constant biases, as are usual before a ReLU.

References:
    K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers" (2015), section 2.2: zero
    mean weights, zero biases. L. Lu, Y. Shin, Y. Su and G. Karniadakis, "Dying ReLU and
    Initialization" (2020).

"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.initial_draw import Adjusted, is_off, pooled
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network
from diagnose.report import RISK, Finding, Numbers
from diagnose.style.figures import FOUND, REPAIRED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "initialization-offset"


# A shift of half a spread leaves 31 % of a layer's pre-activations on one side of zero instead of
# 50 % (normal distribution); below that, an offset is there and does not matter. It counts by its
# root mean square over the images: a shift to either side does not cancel for any one of them.
SHIFTED = 0.5
# How far below zero the planted mean lies: all the units of any usual first layer are then dead.
PLANTED = -0.8


def _without(parameters: Arrays, offsets: dict[str, float]) -> Arrays:
    return {name: array - offsets.get(name, 0.0) for name, array in parameters.items()}


def _dead(out: Array) -> float:
    """Share of units that are 0 on every sample."""
    return float((out == 0).all(axis=0).mean())


def measure(bench: Bench) -> Numbers:
    """Pool many draws, and look at one on some training images."""
    network = bench.network
    draw = pooled(network.init)
    offsets = {name: one["mean"] for name, one in draw.items() if is_off(one)}
    rows = bench.sample(bench.network)
    parameters = network.init(bench.seed)
    seen = forward_rows(network, parameters, rows)
    centred = forward_rows(network, _without(parameters, offsets), rows)
    layers = []
    # What enters a layer is taken from the network without offsets: with them, the layer above a
    # dead one has nothing to be shifted.
    entering = rows.astype(float)
    for layer, (pre, out), (pre_centred, out_centred) in zip(
        network.layers, seen, centred, strict=True
    ):
        weight = draw[layer.weight]
        bias = offsets.get(layer.bias, 0.0) if layer.bias else 0.0
        shifts = offsets.get(layer.weight, 0.0) * entering.sum(axis=1) + bias
        size = float(np.sqrt(np.mean(shifts**2)))
        spread = weight["spread"] * np.sqrt((entering**2).sum(axis=1).mean())
        layers.append(
            {
                "layer": layer.pre,
                "names": [name for name in (layer.weight, layer.bias) if name],
                "predicted_shift": float(shifts.mean()),
                "size_of_shift": size,
                "predicted_spread": float(spread),
                "shift_in_spreads": float(size / spread) if spread > 0 else None,
                "observed_mean": float(pre.mean()),
                "observed_mean_without": float(pre_centred.mean()),
                "dead": _dead(out),
                "dead_without": _dead(out_centred),
                "hidden": layer is not network.layers[-1],
            }
        )
        entering = out_centred
    return {
        "parameters": draw,
        "offsets": offsets,
        "layers": layers,
        "lines": bench.lines("init", list(offsets)),
        "where": bench.place("init"),
    }


def judge(numbers: Numbers) -> Finding:
    """Is there an offset, and does it shift a layer by more than half its spread?"""
    shifted = [
        one
        for one in numbers["layers"]
        if one["shift_in_spreads"] is not None and one["shift_in_spreads"] > SHIFTED
    ]
    present = bool(numbers["offsets"]) and bool(shifted)
    means = ", ".join(
        f"{name} {mean:+.2f}"
        + (f" ({se:+.0f} s.e.)" if (se := numbers["parameters"][name]["standard_errors"]) else "")
        for name, mean in numbers["offsets"].items()
    )
    if not means:
        observed = "no parameter's mean differs from 0 by more than its error"
    else:
        observed = f"initial means {means}"
    if present:
        worst = max(shifted, key=lambda one: one["shift_in_spreads"])
        observed += (
            f"; {worst['layer']} is shifted by {worst['predicted_shift']:.4g} on average, "
            f"{worst['size_of_shift']:.4g} in root mean square, {worst['shift_in_spreads']:.1f} "
            f"times its spread (observed mean {worst['observed_mean']:.4g}, without the offset "
            f"{worst['observed_mean_without']:.3g})"
        )
        dead = [
            f"{one['dead']:.0%} of {one['layer']} (without the offset {one['dead_without']:.0%})"
            for one in numbers["layers"]
            if one["hidden"]
        ]
        observed += "; units dead on every image: " + ", ".join(dead)
    expected = (
        "means of 0, so that pre-activations lie on both sides of 0: a shift of at most "
        f"{SHIFTED:g} of their spread"
    )
    advice = "draw weights around 0 and start biases at 0" if present else ""
    return finding(NAME, expected, numbers, present, observed, advice, _shifting(numbers, shifted))


def _shifting(numbers: Numbers, shifted: list[Numbers]) -> list[str]:
    """The parameters whose offsets shift the layers, the most shifted layer first."""
    order = sorted(shifted, key=lambda one: one["shift_in_spreads"], reverse=True)
    return [name for one in order for name in one["names"] if name in numbers["offsets"]]


def repair(network: Network, numbers: Numbers) -> Network:
    """Subtract from each parameter the mean of its draw; its spread stays."""
    changes = tuple((name, 1.0, -mean) for name, mean in numbers["offsets"].items())
    return replace(network, init=Adjusted(network.init, changes))


def inject(network: Network) -> Network:
    """Subtract 0.8 from every weight."""
    changes = tuple((layer.weight, 1.0, PLANTED) for layer in network.layers)
    return replace(network, init=Adjusted(network.init, changes))


def draw(numbers: Numbers) -> Figure:
    """Share of units dead on every image, layer by layer, with the offset and without."""
    figure, (axes,) = new_figure(6.4, 2.6)
    hidden = [one for one in numbers["layers"] if one["hidden"]]
    at = np.arange(len(hidden))
    for shift, key, colour, label in (
        (-0.2, "dead", FOUND, "as found"),
        (0.2, "dead_without", REPAIRED, "offset taken out"),
    ):
        axes.bar(at + shift, [100 * one[key] for one in hidden], 0.38, color=colour, label=label)
    axes.set_xticks(at, [one["layer"] for one in hidden])
    axes.set_ylim(0, 105)
    axes.set_ylabel("units dead on every image, %")
    axes.legend(frameon=False)
    return figure


DEFECT = Defect(NAME, "start", __doc__, measure, judge, repair, inject, draw, RISK)
