"""Inputs enter the first layer unscaled, far larger than the weights were drawn for.

What it looks at
    Range, mean, spread and root mean square of the numbers that enter the first layer, and the
    first pre-activations that they make with the network's own initial weights.

Why it skews the probabilities
    A pre-activation is a sum of weight times input, and the gradient of a weight is delta times
    input: inputs 100 times too large make the first pre-activations 100 times and the first
    layer's steps, in terms of what they change, 10,000 times too large. ReLUs die or explode and a
    softmax saturates: then one class gets everything, whatever the image.

Example:
    x = np.asarray(image).reshape(-1, 1)            # 0 to 255

Use instead
    x = np.asarray(image).reshape(-1, 1) / 255      # 0 to 1
    x = (rows - mean) / std                         # of columns in units of their own; mean and
                                                    # std of each column, of the training samples

When it stays silent
    Inputs in [0, 1] or [-1, 1], standardised inputs, sparse inputs.

References:
    Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller, "Efficient BackProp" (1998), section 4.3:
    inputs with mean near 0 and variance near 1.

"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.scaling import (
    Standardized,
    by_one_number,
    sound_inputs,
    standard_deviation,
)
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network
from diagnose.report import RISK, Finding, Numbers
from diagnose.style.figures import FOUND, REPAIRED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "unnormalized-input"


# Weights are drawn for inputs of root mean square 1 (LeCun et al. 1998). At 4 the effective step of
# the first layer is 4^2 = 16 times what the same learning rate does in the other layers.
LARGE = 4.0


def measure(bench: Bench) -> Numbers:
    """Look at all training inputs, and at the first pre-activations of some."""
    inputs = bench.inputs
    mean, spread = float(inputs.mean()), standard_deviation(inputs)
    low, high = float(inputs.min()), float(inputs.max())
    # Pixels share a unit and keep it, as such columns do; those of a table become comparable.
    pictures = bench.data.images.ndim > 2
    rescaled = None if pictures else sound_inputs(np.asarray, inputs, pictures=False)
    if rescaled is None or len({*rescaled.divisors}) == 1:
        rescaled = by_one_number(np.asarray, inputs)
    some = bench.sample(bench.network)
    network = bench.network
    parameters = network.init(bench.seed)
    before = forward_rows(network, parameters, some)[0][0]
    after = forward_rows(network, parameters, rescaled(some))[0][0]
    return {
        "minimum": low,
        "maximum": high,
        "mean": mean,
        "standard_deviation": spread,
        "root_mean_square": float(np.hypot(mean, spread)),
        "shifts": list(rescaled.shifts),
        "divisors": list(rescaled.divisors),
        "pre_activation": {"mean": float(before.mean()), "spread": float(before.std())},
        "pre_activation_rescaled": {"mean": float(after.mean()), "spread": float(after.std())},
        "quantiles": np.quantile(before, np.linspace(0, 1, 41)).tolist(),
        "quantiles_rescaled": np.quantile(after, np.linspace(0, 1, 41)).tolist(),
        "where": bench.place("prepare"),
    }


def judge(numbers: Numbers) -> Finding:
    """Are the inputs far larger than 1?"""
    present = numbers["root_mean_square"] > LARGE
    before, after = numbers["pre_activation"], numbers["pre_activation_rescaled"]
    mend, done = _mend(numbers)
    observed = (
        f"inputs from {numbers['minimum']:.4g} to {numbers['maximum']:.4g}, mean "
        f"{numbers['mean']:.3g}, root mean square {numbers['root_mean_square']:.3g}"
    )
    if present:
        observed += (
            f"; first pre-activations {before['mean']:.4g} +- {before['spread']:.3g}, and "
            f"{after['mean']:.4g} +- {after['spread']:.3g} with {done}"
        )
    expected = f"root mean square about 1, at most {LARGE:g}: weights are drawn for that"
    advice = f"{mend}, in training and when predicting" if present else ""
    return finding(NAME, expected, numbers, present, observed, advice)


def _mend(numbers: Numbers) -> tuple[str, str]:
    """How the inputs are brought to the size of 1: what to do, and what came in when it is done."""
    (shift, *_), (divisor, *others) = numbers["shifts"], numbers["divisors"]
    if others:
        return (
            "take its mean off each column and divide by its standard deviation",
            "each column less its mean, divided by its standard deviation",
        )
    if shift:
        less = f"the inputs less {shift:.4g}, divided by {divisor:.4g}"
        return f"take {shift:.4g} off the inputs and divide by {divisor:.4g}", less
    return f"divide the inputs by {divisor:.4g}", f"the inputs divided by {divisor:.4g}"


def repair(network: Network, numbers: Numbers) -> Network:
    """Shift and divide as the training inputs ask for."""
    rescaled = Standardized(network.prepare, tuple(numbers["shifts"]), tuple(numbers["divisors"]))
    return replace(network, prepare=rescaled)


def inject(network: Network) -> Network:
    """Let pixels in as 0 to 255 where they came in as 0 to 1."""
    return replace(network, prepare=Standardized(network.prepare, (0.0,), (1 / 255,)))


def draw(numbers: Numbers) -> Figure:
    """The first pre-activations, as found and with the inputs rescaled."""
    figure, axes = new_figure(6.4, 2.6, columns=2)
    for one, key, colour, title in (
        (axes[0], "quantiles", FOUND, "as found"),
        (axes[1], "quantiles_rescaled", REPAIRED, "inputs rescaled"),
    ):
        one.plot(numbers[key], np.linspace(0, 100, len(numbers[key])), color=colour)
        one.set_title(title, loc="left")
        one.set_xlabel("first pre-activation")
    axes[0].set_ylabel("% of all below")
    return figure


DEFECT = Defect(NAME, "input", __doc__, measure, judge, repair, inject, draw, RISK)
