"""Sigmoid or tanh units lie at their edges on most samples, so that little below them can learn.

What it looks at
    The share of all units and samples, layer by layer, where the derivative of a sigmoid or tanh is
    below a hundredth of its maximum: at the start, with the other defects repaired and as found,
    and after a training. Where that is more than half at the start, the weights are scaled so that
    what enters the units has the size of 1, and both networks are trained, at several rates: only
    if the scaled one gets much further is it a defect.

Why it skews the probabilities
    What is passed down is multiplied by the derivative. At an edge that is nearly 0, so the layers
    below stay as they were drawn, and the same few answers come out for all images.

Example:
    def sigmoid(z):
        return 1 / (1 + np.exp(-20 * z))

Use instead
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))
    with inputs around 0 and weights that keep the size of a signal (Glorot or LeCun).

When it stays silent
    Trained networks that are sure of their answers, and rightly; some units at an edge; tanh and
    sigmoid with a usual draw; units that saturate only while a rate far too large trains them,
    which is found as that; saturation that goes with raw inputs or with weights drawn too wide,
    once these are repaired. ReLUs have no edge.

References:
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010), section 3. Scaling by what really enters a layer: D. Mishkin and J. Matas,
    "All you need is a good init" (2016). Y. LeCun et al., "Efficient BackProp" (1998), section 4.4.

"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.instruments.bench import Bench, Defect, finding, spread
from diagnose.instruments.comparing import falls_short
from diagnose.instruments.rates import Scaled, Until, trained
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import blocked
from diagnose.network.record import Layer, Network
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, REPAIRED, new_figure
from diagnose.symptoms import chance as chance_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "saturation"


# With a usual draw what enters a unit has a spread of about 1, and less than one pair in a hundred
# lies at an edge; for half of them the spread must be 9 (sigmoid) or 4.5 (tanh).
MOST = 0.5
# Where it is nearly all, hardly anything is passed down: that is a defect whatever it costs here.
NEARLY_ALL = 0.9
# The planted gain; with a usual draw it puts more than nine tenths of all pairs at an edge.
GAIN = 100.0
# Steps of the trainings that are compared, and the rates, as factors: what is saturated may need
# another rate than what is not.
STEPS = 1000
FACTORS = (1.0, 0.1, 10.0)
IMAGES = 100
# Tried until all units are near their middle, where what enters can be read from what they say.
SMALLER = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True)
class SteepForward:
    """A forward pass with some parameters multiplied: (name, gain) pairs.

    With a layer's weight and bias multiplied alike, what enters its units is.
    """

    forward: Callable[[Arrays, Array], Arrays]
    gains: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, x: Array) -> Arrays:
        """Every intermediate array."""
        return self.forward(_gained(parameters, self.gains), x)


@dataclass(frozen=True)
class SteepBackward:
    """The gradients of such a forward pass: by the chain rule multiplied as well."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    gains: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """The gradients, named as the parameters."""
        given = self.backward(_gained(parameters, self.gains), trace, x, labels)
        return _gained(given, self.gains)


def _gained(arrays: Arrays, gains: tuple[tuple[str, float], ...]) -> Arrays:
    gained = dict(arrays)
    for name, gain in gains:
        if name in gained:
            kind = arrays[name].dtype
            gained[name] = (arrays[name] * gain).astype(kind if kind.kind == "f" else float)
    return gained


def steep(network: Network, gains: tuple[tuple[str, float], ...]) -> Network:
    """The network with what enters some layers' units multiplied, and with right gradients."""
    return replace(
        network,
        forward=SteepForward(network.forward, gains),
        backward=SteepBackward(network.backward, gains),
    )


def saturable(network: Network) -> list[Layer]:
    """The layers whose saturation keeps gradients back.

    The output belongs to them with squared error only: the derivative of the cross-entropy cancels
    that of the sigmoid.
    """
    layers = network.layers if network.loss == "squared-error" else network.layers[:-1]
    return [layer for layer in layers if layer.activation in ("sigmoid", "tanh")]


def outputs(network: Network, parameters: Arrays, rows: Array) -> dict[str, Array]:
    """What each layer's units say, ``(n, units)``, by the network's own code, image by image."""
    with np.errstate(all="ignore"):
        traces = [
            network.forward(parameters, network.lay_out(rows[[at]])) for at in range(len(rows))
        ]
        return {
            layer.out: np.array([network.as_rows(trace[layer.out]).ravel() for trace in traces])
            for layer in network.layers
        }


def at_edge(network: Network, parameters: Arrays, rows: Array) -> dict[str, float]:
    """Share of units and images at an edge, for each layer that can be."""
    said = outputs(network, parameters, rows)
    # Of these activations the derivative is known from what they say; what entered is not needed.
    return {
        layer.out: float(blocked(layer, said[layer.out], said[layer.out]).mean())
        for layer in saturable(network)
    }


def sizes(
    network: Network, seed: int, rows: Array, layers: Sequence[Layer]
) -> list[tuple[Layer, float]]:
    """The root mean square of what enters the units of layers, when those below have it at 1.

    It is read from what the units say where weights and biases are small enough, because at an edge
    it cannot be; so it does not matter how the code comes from the weights to it, as long as it is
    proportional to them.
    """
    parameters = dict(network.init(seed))
    found: list[tuple[Layer, float]] = []
    for layer in layers:
        names = [name for name in (layer.weight, layer.bias) if name]
        for small in SMALLER:
            tiny = _gained(parameters, tuple((name, small) for name in names))
            out = outputs(network, tiny, rows)[layer.out].astype(float)
            with np.errstate(all="ignore"):
                tanh = layer.activation == "tanh"
                entering = np.arctanh(out) if tanh else np.log(out / (1 - out))
            if np.abs(entering).max() < 1:
                break
        size = float(np.sqrt(np.mean(np.square(entering)))) / small
        if np.isfinite(size) and size > 0:
            found.append((layer, size))
            parameters = _gained(parameters, tuple((name, 1 / size) for name in names))
    return found


def _short(network: Network, samples: int) -> Network:
    """The network, trained for so many steps at most."""
    stop = STEPS * network.batch_size / samples
    return replace(network, order=Until(network.order, stop, network.batch_size))


def measure(bench: Bench) -> Numbers:
    """Count units at an edge, and where there are many, train with smaller weights."""
    network, trainer = bench.sane, bench.trainer
    rows = trainer.rows(network)
    rows = rows[spread(len(rows), IMAGES)]
    as_found = bench.inputs[spread(len(bench.inputs), IMAGES)]
    layers = saturable(network)
    start = network.init(bench.seed)
    numbers: Numbers = {
        "measure": network.task.score,
        "chance": chance_of(network),
        "images": len(rows),
        "start": at_edge(network, start, rows),
        "as_found": at_edge(bench.network, bench.network.init(bench.seed), as_found),
        "sizes": [],
        "where": bench.place("forward"),
        "lines": {},
    }
    over = [layer for layer in layers if numbers["start"][layer.out] > MOST]
    if not over:
        return numbers
    numbers["lines"] = bench.lines("forward", [layer.out for layer in over])
    numbers["sizes"] = [
        {
            "layer": layer.out,
            "names": [name for name in (layer.weight, layer.bias) if name],
            "size": size,
        }
        for layer, size in sizes(network, bench.seed, rows, over)
    ]
    samples = len(bench.data.labels)
    for name, one in (("own", network), ("scaled", repair(network, numbers))):
        short = _short(one, samples)
        variants = [
            replace(short, learning_rate=Scaled(short.learning_rate, factor)) for factor in FACTORS
        ]
        seen = trained(bench, variants)
        best = max(range(len(seen)), key=lambda at: float(seen[at]["score"]))
        run = trainer.run(variants[best], bench.seed)
        numbers[name] = {
            "factor": FACTORS[best],
            **seen[best],
            "start": at_edge(one, one.init(bench.seed), rows),
            "after": at_edge(one, run.parameters, rows),
        }
    return numbers


def judge(numbers: Numbers) -> Finding:
    """Are most units at an edge, and does the network do much better where they are not?"""
    start, found = numbers["start"], numbers["as_found"]
    over = [name for name, share in start.items() if share > MOST]
    status, advice = ABSENT, "nothing to do"
    observed = f"units and images at an edge at the start: {_shares(start)}"
    if not start:
        status = NOT_APPLICABLE
        observed = "no hidden sigmoid or tanh, and none at the output with squared error"
    elif over:
        own, scaled = numbers["own"], numbers["scaled"]
        observed += (
            f", after training {_shares(own['after'])}; {numbers['measure']} "
            f"{own['score']:.3f} after {STEPS} steps at most at the best of "
            f"{len(FACTORS)} rates, and {scaled['score']:.3f} when what enters these "
            f"units is divided by its size (at an edge then: {_shares(scaled['start'])})"
        )
        nearly_all = max(start.values()) > NEARLY_ALL
        better = falls_short(own["scores"], scaled["scores"], numbers["chance"])
        if numbers["sizes"] and (nearly_all or better):
            status = PRESENT
            divisors = " and ".join(
                f"of {one['layer']} by {one['size']:.3g}" for one in numbers["sizes"]
            )
            advice = (
                f"divide what enters the units {divisors}: take a gain out of the code, or scale "
                "and center what the layer is fed"
            )
    elif any(share > MOST for share in found.values()):
        observed += f"; as found {_shares(found)}: it went with the defects found before"
    expected = (
        f"at most {MOST:.0%} of units and images where the derivative is below a "
        "hundredth of its maximum (with a usual draw it is less than 1 %)"
    )
    return finding(NAME, expected, numbers, status, observed, advice, over)


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


def repair(network: Network, numbers: Numbers) -> Network:
    """Divide what enters the saturated units by its size, in the code and in its gradients."""
    return steep(
        network,
        tuple((name, 1 / one["size"]) for one in numbers["sizes"] for name in one["names"]),
    )


def inject(network: Network) -> Network:
    """Multiply what enters each hidden sigmoid or tanh by a gain, in the code."""
    hidden = [one for one in network.layers[:-1] if one.activation in ("sigmoid", "tanh")]
    if not hidden:
        raise ValueError("there is no hidden sigmoid or tanh that could saturate")
    names = [name for layer in hidden for name in (layer.weight, layer.bias) if name]
    return steep(network, tuple((name, GAIN) for name in names))


def draw(numbers: Numbers) -> Figure:
    """Share of units and images at an edge, layer by layer."""
    figure, (axes,) = new_figure(6.4, 2.6)
    bars: list[tuple[str, dict[str, float], str]] = [("at the start", numbers["start"], FOUND)]
    if "own" in numbers:
        bars += [
            ("after training", numbers["own"]["after"], NEUTRAL),
            ("scaled, at the start", numbers["scaled"]["start"], REPAIRED),
        ]
    at = np.arange(len(numbers["start"]))
    for shift, (label, shares, colour) in enumerate(bars):
        axes.bar(
            at + 0.27 * shift,
            [100 * share for share in shares.values()],
            0.25,
            color=colour,
            label=label,
        )
    axes.set_xticks(at, list(numbers["start"]))
    axes.set_ylim(0, 105)
    axes.set_ylabel("units and images at an edge, %")
    axes.legend(frameon=False)
    return figure


DEFECT = Defect(NAME, "start", __doc__, measure, judge, repair, inject, draw, RISK)
