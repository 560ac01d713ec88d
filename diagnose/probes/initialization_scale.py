"""The initial weights are spread too wide, or too narrow, for their number of inputs.

What it looks at
    The spread of each weight array over many draws, about its own mean, times the square root of
    the layer's fan-in: the gain, by which a layer stretches what passes through it. Beside it the
    gains of the usual initializations, and the growth of a real signal from layer to layer.

Why it skews the probabilities
    A unit with n inputs of the size of 1, and weights of spread s, answers with a spread of s times
    the square root of n. With n = 784 and s = 1 that is 28: logits differ by tens, the softmax
    gives one class everything before anything was learned, and the first steps are so large that
    ReLUs die. Far too narrow, the signal fades from layer to layer and the image does not reach the
    output.

Example:
    w1 = np.random.randn(10, 784)

Use instead
    w1 = np.random.randn(10, 784) * np.sqrt(2 / 784)        # He, for ReLU

When it stays silent
    He, Glorot, LeCun and the usual library defaults, normal or uniform; 0.01 times a normal draw
    where the fan-in is large; any of these with an offset, which is another defect; weights that
    are all equal, as zeros, which is another one or none.

References:
    LeCun et al., "Efficient BackProp" (1998), section 4.6: gain 1. X. Glorot and Y. Bengio (2010):
    sqrt(2 fan_in / (fan_in + fan_out)). He et al. (2015): sqrt 2. PyTorch's nn.Linear draws
    uniformly up to 1/sqrt(fan_in): 1/sqrt 3.

"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.initial_draw import pooled, reference_gain, stretched
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network, fan_in
from diagnose.report import RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, logarithmic, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "initialization-scale"


# The smallest and largest gain in use (PyTorch's default, He), ...
USUAL = (1 / math.sqrt(3), math.sqrt(2))
# ... and a factor of three beyond either: three layers then change a signal by 27 too much, which
# training at a usual learning rate no longer makes good.
BEYOND = 3.0


def measure(bench: Bench) -> Numbers:
    """Pool many draws, and send some training images through one draw without its offsets."""
    network = bench.network
    draw = pooled(network.init)
    parameters = network.init(bench.seed)
    centred = {name: array - draw[name]["mean"] for name, array in parameters.items()}
    rows = bench.sample(bench.network).astype(float)
    layers = []
    entering = rows
    for layer, (pre, out) in zip(network.layers, forward_rows(network, centred, rows), strict=True):
        inputs = fan_in(network, layer, parameters)
        before = float(np.sqrt(np.mean(entering**2)))
        layers.append(
            {
                "layer": layer.weight,
                "bias": layer.bias,
                "fan_in": inputs,
                "fan_out": parameters[layer.weight].size // inputs,
                "spread": draw[layer.weight]["spread"],
                "gain": draw[layer.weight]["spread"] * math.sqrt(inputs),
                "reference_gain": reference_gain(layer.activation),
                "growth": float(np.sqrt(np.mean(pre**2))) / before if before > 0 else None,
            }
        )
        entering = out
    lines = bench.lines("init", [layer.weight for layer in network.layers])
    return {"layers": layers, "lines": lines, "where": bench.place("init")}


def judge(numbers: Numbers) -> Finding:
    """Does a layer's gain lie far outside the range of gains in use?"""
    low, high = USUAL[0] / BEYOND, USUAL[1] * BEYOND
    # Weights that are all equal have no spread that could be too narrow: units that start as copies
    # are a defect of their own, and a last layer of zeros is none.
    # Nor is a last layer that is drawn narrow: its logits begin near 0, and it learns from there.
    odd = [
        one
        for one in numbers["layers"]
        if (one["spread"] and one["gain"] > high)
        or (0 < one["gain"] < low and one is not numbers["layers"][-1])
    ]
    gains = ", ".join(f"{one['layer']} {one['gain']:.3g}" for one in numbers["layers"])
    observed = f"gain (spread x sqrt(fan-in)) {gains}"
    advice, names = "nothing to do", []
    if odd:
        worst = max(odd, key=lambda one: abs(math.log(max(one["gain"], 1e-300))))
        fit = worst["reference_gain"] / math.sqrt(worst["fan_in"])
        grown = f", growth of a real signal {worst['growth']:.3g}" if worst["growth"] else ""
        observed += f"; {worst['layer']} has spread {worst['spread']:.3g} at fan-in "
        observed += f"{worst['fan_in']}{grown}"
        names = [worst["layer"]]
        advice = f"draw {worst['layer']} with spread {fit:.3g}, the others likewise"
    expected = (
        f"gains from {USUAL[0]:.2f} to {USUAL[1]:.2f} (LeCun 1, He 1.41) keep a signal's "
        f"size; {low:.2f} to {high:.1f} is let pass"
    )
    return finding(NAME, expected, numbers, bool(odd), observed, advice, names)


def repair(network: Network, numbers: Numbers) -> Network:
    """Stretch each layer's draw about its mean to the reference gain; offsets stay."""
    factors: dict[str, float] = {}
    for one in numbers["layers"]:
        # A constant has no spread to stretch.
        factors[one["layer"]] = one["reference_gain"] / one["gain"] if one["gain"] > 0 else 1.0
        if one["bias"]:
            factors[one["bias"]] = factors[one["layer"]]
    return replace(network, init=stretched(network.init, factors))


def inject(network: Network) -> Network:
    """Stretch every weight's draw to spread 1, whatever the fan-in."""
    drawn = pooled(network.init)
    factors = {
        layer.weight: 1 / spread
        for layer in network.layers
        if (spread := drawn[layer.weight]["spread"]) > 0
    }
    return replace(network, init=stretched(network.init, factors))


def draw(numbers: Numbers) -> Figure:
    """Each layer's gain against the usual range."""
    figure, (axes,) = new_figure(6.4, 2.6)
    names = [f"{one['layer']}\n(fan-in {one['fan_in']})" for one in numbers["layers"]]
    axes.axhspan(*USUAL, color=NEUTRAL, alpha=0.35, label="usual initializations")
    axes.bar(names, [one["gain"] for one in numbers["layers"]], 0.5, color=FOUND, label="as found")
    logarithmic(axes, "y")
    axes.set_ylabel("gain")
    axes.legend(frameon=False)
    return figure


DEFECT = Defect(NAME, "start", __doc__, measure, judge, repair, inject, draw, RISK)
