"""A softmax is taken of what is a softmax already, in the output or in the gradient.

What it looks at
    The network's own outputs against one softmax of its logits and against two; whether what is
    declared as the logits is a softmax of what the last layer computes; and whether the gradient of
    the last layer is that of ``softmax(P) - Y``, the error of a loss that takes a softmax of the
    probabilities by itself. All on several draws of parameters and inputs, with logits so large
    that one softmax and two are far apart: at the start of a training, where all outputs are nearly
    equal, they look the same.

Why it skews the probabilities
    A second softmax sees numbers from 0 to 1 only, so that of K classes none can ever get more than
    ``e / (e + K - 1)``: 0.23 of ten, however sure the network is. The probabilities stay nearly
    equal, and the gradient, which holds them against 0 and 1, never comes to rest: it pushes the
    logits apart for good. So it does where the output has one softmax, and the gradient two.

Example:
    ``model.add(softmax)`` and a loss that calls ``softmax`` on what it is handed; or
    ``dZ = softmax(P) - Y`` where ``P`` is ``softmax(Z)``.

Use instead
    One softmax, of the logits: ``P = softmax(Z)`` and ``dZ = P - Y``. A loss that takes a softmax
    by itself is handed ``Z``.

When it stays silent
    Outputs that are equal, or nearly, because the logits are; sigmoid outputs that happen to sum to
    one; a softmax in a hidden layer; squared error on a linear layer. It looks at the network with
    the defects found before it repaired.

References:
    Goodfellow, Bengio and Courville, "Deep Learning", section 6.2.2.3. The PyTorch documentation,
    "CrossEntropyLoss", which takes logits.

"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnose.calculus import gradients as found_by
from diagnose.calculus.gradients import is_along, output_error, reverse_mode
from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, Defect, as_place, not_applicable, place
from diagnose.instruments.softmaxes import (
    aliases,
    as_found,
    probe_rows,
    why_not_judged,
    with_softmax,
)
from diagnose.instruments.statements import second_call
from diagnose.network.arrays import Array, Arrays, if_finite
from diagnose.network.layers import softmax_rows
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Layer, Network
from diagnose.network.softmax import ROOM, Softmax
from diagnose.report import ABSENT, PRESENT, Finding, Numbers
from diagnose.style.figures import ALERT, FOUND, INK, NEUTRAL, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "double-softmax"


# Draws of parameters, and of inputs for each: what holds on all of them is no chance.
DRAWS = 4
CALLS = 4
# A gradient lies along another when at most this share of it is left over, in units of the number
# type's tolerance: rounding is all that should be left.
PARALLEL = 10


Delta = Callable[["Seen"], Array]


@dataclass(frozen=True)
class Seen:
    """What one call of the network showed, ``(B, units)`` rows.

    entering: what the last layer gets; logits: what the declared last layer makes of it; declared:
    what the network gives out as its logits; out: its outputs; targets: ``(B, classes)``.
    authors: the author's gradients.
    """

    entering: Array
    logits: Array
    declared: Array
    out: Array
    labels: Array
    targets: Array
    authors: Arrays


def measure(bench: Bench) -> Numbers:
    """See which softmaxes the forward pass takes, and which its gradient is that of."""
    network = bench.sane
    if reason := why_not_judged(network):
        return {"reason": reason}
    seen = _seen(network)
    found, last = as_found(network), network.layers[-1]
    once, twice = (_apart(seen, found, times) for times in (1, 2))
    inner = max(float(np.abs(softmax_rows(one.logits) - one.declared).max()) for one in seen)
    sums = max(float(np.abs(one.declared.sum(axis=1) - 1).max()) for one in seen)
    room = ROOM[number_type(seen[0].declared, seen[0].out)]
    forward = ""
    if twice <= room < once:
        forward = "output"
    elif once <= room and inner <= room:
        forward = "logits"
    distances = {"once": once, "twice": twice, "inner": inner}
    numbers: Numbers = {
        "found": asdict(found),
        "forward": forward,
        "names": {"pre": last.pre, "out": last.out, "weight": last.weight},
        "distances": {name: if_finite(one) for name, one in distances.items()},
        "sums": if_finite(sums),
        "lowest": if_finite(min(float(one.declared.min()) for one in seen)),
        "largest": if_finite(max(float(one.out.max()) for one in seen)),
        "largest_of_one": if_finite(max(float(softmax_rows(one.logits).max()) for one in seen)),
        "classes": seen[0].out.shape[1],
        "samples": sum(len(one.labels) for one in seen),
        "room": room,
    }
    numbers |= _gradient(network, seen, numbers)
    if forward == "output":
        there = second_call(bench.network, last.out, bench.samples, bench.seed)
        numbers["where"] = as_place(there) or bench.place("forward", last.out)
    elif forward:
        numbers["where"] = bench.place("forward", last.pre)
    else:
        numbers["where"] = bench.place("backward", last.weight)
    return numbers


def _seen(network: Network) -> list[Seen]:
    """Run the network on several draws, in steps of its own size."""
    last, seen = network.layers[-1], []
    before = network.layers[-2].out if len(network.layers) > 1 else None
    for draw in range(DRAWS):
        random = np.random.default_rng([draw, 7])
        for call in range(CALLS):
            rows = probe_rows(network, network.batch_size, DRAWS * draw + call)
            parameters, rows = generic_point(network, rows, draw)
            labels = random.integers(network.classes, size=len(rows))
            trace = found_by.forward(network, parameters, rows)
            entering = network.as_rows(trace[before]) if before else rows
            seen.append(
                Seen(
                    entering=np.asarray(entering, float),
                    logits=_logits(network, last, parameters, np.asarray(entering, float)),
                    declared=np.array(network.as_rows(trace[last.pre])),
                    out=np.array(network.as_rows(trace[last.out])),
                    labels=labels,
                    targets=network.targets(labels),
                    authors=found_by.own_gradients(network, parameters, rows, labels),
                )
            )
    return seen


def _logits(network: Network, layer: Layer, parameters: Arrays, entering: Array) -> Array:
    weight = np.asarray(parameters[layer.weight], float)
    pre = entering @ (weight.T if network.layout == "columns" else weight)
    bias = 0.0 if layer.bias is None else np.asarray(parameters[layer.bias], float).reshape(1, -1)
    return np.asarray(pre + bias)


def _apart(seen: list[Seen], found: Softmax, times: int) -> float:
    softmax = Softmax(found.over, times)
    return max(
        float(np.abs(softmax(np.asarray(one.declared, float)) - one.out).max()) for one in seen
    )


def _gradient(network: Network, seen: list[Seen], numbers: Numbers) -> Numbers:
    """Which error the last layer's gradient is that of, and what mends it."""
    if numbers["forward"]:
        mended = _forward_once(network, numbers)
        if _lies_along(network, _seen(mended), _right(network)):
            return {"gradient": "", "backward": "own"}
        doubled = _lies_along(network, seen, _through_both(network))
        return {"gradient": "both" if doubled else "", "backward": "exact" if doubled else "own"}
    if network.loss != "cross-entropy" or _lies_along(network, seen, _right(network)):
        return {"gradient": "", "backward": "own"}
    kinds: dict[str, Delta] = {
        "second": lambda one: softmax_rows(one.out) - one.targets,
        "second, with its derivative": lambda one: _back(
            one.out, softmax_rows(one.out) - one.targets
        ),
    }
    for kind, delta in kinds.items():
        if _lies_along(network, seen, delta):
            tried = _handed_logits(network)
            works = _lies_along(network, _seen(tried), _right(network))
            return {"gradient": kind, "backward": "logits" if works else "exact"}
    return {"gradient": "", "backward": "own"}


def _right(network: Network) -> Delta:
    """The error of one softmax of the logits."""
    return lambda one: output_error(network, one.logits, softmax_rows(one.logits), one.labels)


def _through_both(network: Network) -> Delta:
    """The derivative of the loss of a doubled softmax, taken back through both."""
    return lambda one: _back(
        softmax_rows(one.logits), output_error(network, one.logits, one.out, one.labels)
    )


def _back(softmax: Array, error: Array) -> Array:
    """Take an error back through a softmax, whose derivative is a matrix per sample."""
    return np.asarray(softmax * (error - (error * softmax).sum(axis=1, keepdims=True)))


def _lies_along(network: Network, seen: list[Seen], delta: Delta) -> bool:
    """Whether the author's gradient of the last weight, or bias, is that of an error, but for size.

    Over all calls with one factor: of one sample and two classes, all errors lie along each other.
    """
    last = network.layers[-1]
    deltas = [delta(one) for one in seen]
    true = {last.weight: [(d.T @ one.entering) for d, one in zip(deltas, seen, strict=True)]}
    if last.bias is not None:
        true[last.bias] = [d.sum(axis=0) for d in deltas]
    for name, several in true.items():
        given = [one.authors.get(name) for one in seen]
        if any(
            one is None or np.size(one) != other.size
            for one, other in zip(given, several, strict=True)
        ):
            continue
        turned = name == last.weight and network.layout == "rows"
        author = [np.asarray(one, float) for one in given]
        a = np.concatenate([(one.T if turned else one).ravel() for one in author])
        t = np.concatenate([one.ravel() for one in several])
        kind = number_type(seen[0].declared, *(one for one in given if one is not None))
        if np.isfinite(a).all() and is_along(a, t, PARALLEL * TOLERANCES[kind]):
            return True
    return False


def judge(numbers: Numbers) -> Finding:
    """Does a second softmax stand in the output, before the logits, or in the gradient?"""
    if "reason" in numbers:
        return not_applicable(NAME, f"not judged: {numbers['reason']}", numbers)
    names, far = numbers["names"], numbers["distances"]
    most = math.e / (math.e + numbers["classes"] - 1)
    said, advice = [], []
    if numbers["forward"] == "output":
        said.append(
            f"{names['out']} is the softmax of the softmax of {names['pre']} (to "
            f"{far['twice']:.0e} on {numbers['samples']} samples), and up to {far['once']:.2f} "
            "from one softmax"
        )
        advice.append("take one softmax, of the logits")
    elif numbers["forward"] == "logits":
        said.append(
            f"{names['pre']}, which is declared as the logits, is a softmax already: from "
            f"{numbers['lowest']:.2g}, summing to 1 to {numbers['sums']:.0e} on "
            f"{numbers['samples']} samples, and {names['out']} is the softmax of that"
        )
        advice.append(f"let {names['out']} be {names['pre']}, and leave the second softmax out")
    if numbers["forward"]:
        said.append(
            f"its largest probability is {numbers['largest']:.2f} where one softmax gives "
            f"{numbers['largest_of_one']:.2f}; two can give at most {most:.2f} with "
            f"{numbers['classes']} classes"
        )
    if numbers["gradient"] == "both":
        said.append("its gradient goes back through both")
        advice.append("let the error of the logits be P - Y")
    elif numbers["gradient"]:
        through = "" if numbers["gradient"] == "second" else ", taken back through a softmax"
        said.append(
            f"the gradient of {names['weight']} is that of softmax({names['out']}) - Y{through}, "
            f"not of {names['out']} - Y, and {names['out']} is a softmax already"
        )
        advice.append(f"let the error of the logits be {names['out']} - Y")
    return Finding(
        defect=NAME,
        status=PRESENT if said else ABSENT,
        observed="; ".join(said)
        or f"one softmax of the logits, to {far['once'] or 0:.0e}, and no second in the gradient",
        expected="one softmax, of the logits, and as its error the probabilities less the targets",
        where=place(numbers) if said else None,
        advice="; ".join(advice),
        numbers=numbers,
    )


@dataclass(frozen=True)
class LogitsOfLayer:
    """A forward pass whose logits are those of its last layer, and whose output is their softmax.

    For one that gives out that softmax as its logits.
    """

    forward: Callable[[Arrays, Array], Arrays]
    network: Network

    def __call__(self, parameters: Arrays, x: Array) -> Arrays:
        """Compute the trace."""
        network, last = self.network, self.network.layers[-1]
        trace = self.forward(parameters, x)
        before = trace[network.layers[-2].out] if len(network.layers) > 1 else x
        logits = network.lay_out(_logits(network, last, parameters, network.as_rows(before)))
        once = trace[last.pre]
        return {**trace, **dict.fromkeys(aliases(trace, last.out), once), last.pre: logits}


@dataclass(frozen=True)
class HandedLogits:
    """A backward pass that is handed the logits where it takes a softmax of the outputs."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    pre: str
    out: str

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        logits = dict.fromkeys(aliases(trace, self.out), trace[self.pre])
        return self.backward(parameters, {**trace, **logits}, x, labels)


@dataclass(frozen=True)
class Exact:
    """The derivative of the loss, by the declared layers."""

    network: Network

    @property
    def anew(self) -> list[str]:
        """All parameters of the layers."""
        layers = self.network.layers
        return [name for one in layers for name in (one.weight, one.bias) if name]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        return reverse_mode(self.network, parameters, trace, x, labels)


def _forward_once(network: Network, numbers: Numbers) -> Network:
    if numbers["forward"] == "output":
        return with_softmax(network, Softmax(**numbers["found"]), times=1)
    if numbers["forward"] == "logits":
        return replace(network, forward=LogitsOfLayer(network.forward, network))
    return network


def _handed_logits(network: Network) -> Network:
    last = network.layers[-1]
    return replace(network, backward=HandedLogits(network.backward, last.pre, last.out))


def repair(network: Network, numbers: Numbers) -> Network:
    """Take one softmax, of the logits, and the gradient that belongs to it."""
    if "reason" in numbers:
        return network
    network = _forward_once(network, numbers)
    if numbers["backward"] == "logits":
        return _handed_logits(network)
    if numbers["backward"] == "exact":
        return replace(network, backward=Exact(network))
    return network


def inject(network: Network) -> Network:
    """Take the softmax twice. ValueError for a network that ends in none."""
    if reason := why_not_judged(network):
        raise ValueError(f"{NAME} cannot be planted: {reason}")
    return with_softmax(network, as_found(network), times=2)


def draw(numbers: Numbers) -> Figure:
    """Plot the largest probability seen against what one softmax gives, and two can give."""
    figure, (axes,) = new_figure(6.4, 2.0)
    if "reason" in numbers:
        axes.set_axis_off()
        axes.text(0, 0.5, numbers["reason"], color=INK)
        return figure
    values = [numbers["largest"] or 0.0, numbers["largest_of_one"] or 0.0]
    axes.barh(["as found", "one softmax"], values, 0.5, color=[FOUND, NEUTRAL])
    most = math.e / (math.e + numbers["classes"] - 1)
    axes.axvline(most, color=ALERT, linestyle="--", linewidth=2)
    axes.text(most, -0.42, " most that two can give", color=INK, va="center", fontsize=8)
    axes.set(xlim=(0, 1), xlabel="largest probability of any class")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return figure


DEFECT = Defect(NAME, "forward", __doc__, measure, judge, repair, inject, draw)
