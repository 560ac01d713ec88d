"""The softmax overflows when logits grow.

What it looks at
    The network's own softmax at logits that are set through its last layer: all raised together,
    all lowered together (which changes no probability), and one raised above the others, doubled
    up to 1e6 and then bisected to where the probabilities stop being finite or summing to one.
    That point is held against the logits met: those of the training images at the first
    parameters, and the largest of a whole training.

Why it skews the probabilities
    ``exp`` of more than 709.78 is infinity in float64 (88.72 in float32), and infinity divided by
    infinity is NaN (not a number). One such step makes every parameter NaN, and ``argmax`` of NaN
    answers class 0 forever. Below that point a naive softmax is exact, so that nobody sees the
    fault as long as something else keeps the logits small; repairing that uncovers it.

Example:
    ``np.exp(Z) / np.exp(Z).sum(axis=0)``, where the samples are columns.

Use instead
    ``E = np.exp(Z - Z.max(axis=0)); E / E.sum(axis=0)``: the largest logit is taken off first,
    which changes no probability and leaves nothing to overflow. Where the samples are rows, both
    with ``axis=1, keepdims=True``.

When it stays silent
    When the probabilities stay finite up to logits of 1e6 in both directions, however large the
    logits met are. It does not judge a network whose last layer is no softmax.

References:
    Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions",
    IMA Journal of Numerical Analysis 41 (2021). Goodfellow, Bengio and Courville, "Deep
    Learning", section 4.1.

"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.instruments.bench import Bench, Defect, as_place, finding, unplaced
from diagnose.instruments.softmaxes import as_found, with_softmax
from diagnose.instruments.statements import Place, first_not_finite
from diagnose.network.arrays import Array, Arrays, if_finite, is_finite
from diagnose.network.record import Network
from diagnose.network.softmax import AXES, Softmax
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import ALERT, FOUND, INK, NEUTRAL, logarithmic, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "softmax-overflow"


# A softmax that takes off the largest logit has no breaking point at all, one that does not breaks
# below 11,357 in the widest type that NumPy has (80-bit long double). 1e6 is far above both that
# and any logit that a training that still learns has shown.
CEILING = 1e6
# Samples whose logits are taken at the first parameters.
SAMPLES = 256
# Rounding of a sum of probabilities; a broken softmax is off by 1 or not a number.
SUM_ROOM = 1e-2
# Where exp itself ends: the logarithm of the largest number of the type.
EXP_ENDS = {name: math.log(float(np.finfo(name).max)) for name in ("float64", "float32", "float16")}


PATTERNS = {"all logits raised": (1, 1), "all logits lowered": (-1, -1), "one logit raised": (1, 0)}


def measure(bench: Bench) -> Numbers:
    """Find the breaking point, and the largest logits met at the start and in training."""
    network = bench.network
    last = network.layers[-1]
    if last.activation != "softmax":
        return {"reason": f"the last layer is {last.activation}, not softmax"}
    parameters = network.init(bench.seed)
    entering = _entering(network, parameters, bench.inputs)
    if entering is None:
        return {"reason": "the last layer gets only zeros, and it has no bias to set logits with"}
    found = as_found(network)
    breaks = {
        name: _breaking_point(network, parameters, entering, pattern, AXES[found.over])
        for name, pattern in PATTERNS.items()
    }
    if not all(one["follows"] for one in breaks.values()):
        return {"reason": "the logits are not what the last declared layer makes them"}
    run = bench.train(network)
    trained = run.largest_logit if is_finite(run.parameters) else math.nan
    return {
        "where": as_place(_line(network, parameters, entering, breaks))
        or bench.place("forward", last.out),
        "found": asdict(found),
        "type": breaks["all logits raised"]["type"],
        "breaks": {name: one["logit"] for name, one in breaks.items()},
        "start": if_finite(_largest_at_start(network, parameters, bench.inputs)),
        "training": if_finite(trained),
        "ceiling": CEILING,
    }


def judge(numbers: Numbers) -> Finding:
    """Call it present when the softmax breaks anywhere below the ceiling."""
    if "reason" in numbers:
        status = NOT_APPLICABLE if "not softmax" in numbers["reason"] else MASKED
        return unplaced(NAME, "", numbers, status, f"not judged: {numbers['reason']}")
    point = breaking_point(numbers)
    met = _met(numbers)
    if point is None:
        observed = f"finite, and sums to one, at logits of up to {CEILING:,.0f}; {met}"
        return unplaced(NAME, _expected(), numbers, ABSENT, observed)
    # A logit that is not finite is stored as None: it has gone beyond every point.
    reached = any(one is None or one >= point for one in (numbers["start"], numbers["training"]))
    kind = numbers["type"]
    state = (
        "the logits met reach that, so it does overflow"
        if reached
        else "the logits met stay below that: the fault is latent and does nothing until they grow"
    )
    ways = ", ".join(
        f"{name} {logit:.2f}" for name, logit in numbers["breaks"].items() if logit is not None
    )
    observed = (
        f"the probabilities stop being finite or summing to one at a logit of {point:.2f} "
        f"({ways}; exp of {kind} ends at {EXP_ENDS[kind]:.2f}); {met}; {state}"
    )
    advice = "take the largest logit off first: E = np.exp(Z - Z.max(axis=...)), then E / E.sum"
    return finding(NAME, _expected(), numbers, PRESENT, observed, advice)


def breaking_point(numbers: Numbers) -> float | None:
    """Take the smallest absolute logit at which it breaks, or None if it never does."""
    found = [abs(one) for one in numbers["breaks"].values() if one is not None]
    return min(found, default=None)


def repair(network: Network, numbers: Numbers) -> Network:
    """Let the softmax of the network's own logits take the largest one off first."""
    if "found" not in numbers:
        return network
    return with_softmax(network, Softmax(**numbers["found"]), stable=True)


def inject(network: Network) -> Network:
    """Let the softmax be ``exp / sum(exp)``. ValueError for a network that ends in none."""
    last = network.layers[-1]
    if last.activation != "softmax":
        raise ValueError(f"{NAME} cannot be planted: the last layer is {last.activation}")
    return with_softmax(network, as_found(network), stable=False)


def draw(numbers: Numbers) -> Figure:
    """Plot the logits met against the breaking point, on a logarithmic axis."""
    figure, axes = new_figure(6.4, 2.2)
    axis = axes[0]
    if "reason" in numbers:
        axis.set_axis_off()
        axis.text(0, 0.5, numbers["reason"], color=INK)
        return figure
    point, ceiling = breaking_point(numbers), numbers["ceiling"]
    names = ["at the start", "in training"]
    values = [numbers["start"], numbers["training"]]
    shown = [ceiling if one is None else max(one, 1e-2) for one in values]
    low = min([0.1, *shown]) / 2
    axis.barh(names, [one - low for one in shown], left=low, color=FOUND, height=0.5)
    for row, (value, end) in enumerate(zip(values, shown, strict=True)):
        text = "not finite" if value is None else f"{value:,.3g}"
        axis.text(
            end, row, f" {text} ", va="center", ha="right" if end > 1e5 else "left", color=INK
        )
    end = ceiling if point is None else point
    axis.axvline(end, color=NEUTRAL if point is None else ALERT, linestyle="--", linewidth=2)
    logarithmic(axis, "x")
    axis.set(xlim=(low, ceiling * 3), ylim=(1.8, -0.6))
    axis.text(
        end / 1.1,
        1.62,
        "no overflow up to here" if point is None else f"overflows at {point:,.2f}",
        ha="right",
        color=INK,
    )
    axis.grid(visible=False, axis="y")
    axis.set_xlabel("largest absolute logit")
    return figure


# Measuring


def _entering(network: Network, parameters: Arrays, inputs: Array) -> tuple[Array, Array] | None:
    """Pick a sample, as ``(B, features)`` equal rows, and what it sends into the last layer.

    With a bias any sample will do; without one, logits can be set only where something enters.
    """
    for row in inputs[:SAMPLES]:
        rows = np.repeat(row[np.newaxis], network.batch_size, axis=0)
        entering = rows[0]
        if len(network.layers) > 1:
            trace = _forward(network, parameters, rows)
            entering = network.as_rows(trace[network.layers[-2].out])[0]
        if network.layers[-1].bias is not None or np.abs(entering).max() > 0:
            return rows, np.asarray(entering, dtype=float)
    return None


def _breaking_point(
    network: Network,
    parameters: Arrays,
    entering: tuple[Array, Array],
    pattern: tuple[int, int],
    axis: int | None,
) -> Numbers:
    """Double the logits until the softmax breaks, then bisect to a thousandth of a percent."""
    rows, hidden = entering

    def attempt(size: float) -> Numbers:
        logits = size * np.array([pattern[0]] + [pattern[1]] * (network.outputs - 1), dtype=float)
        return _at_logits(network, parameters, rows, hidden, logits, axis)

    first = attempt(1.0)
    kind = first["type"]
    follows = first["follows"]
    # Half the largest number: in float16 the logit itself ends before 1e6.
    top = min(CEILING, float(np.finfo(kind).max) / 2)
    low, high = 0.0, 1.0
    while high < top and attempt(high)["sound"]:
        low, high = high, min(2 * high, top)
    if attempt(high)["sound"]:
        return {"logit": None, "type": kind, "follows": follows}
    while high - low > 1e-5 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if attempt(middle)["sound"] else (low, middle)
    return {"logit": pattern[0] * high, "type": kind, "follows": follows}


def _at_logits(
    network: Network,
    parameters: Arrays,
    rows: Array,
    hidden: Array,
    logits: Array,
    axis: int | None,
) -> Numbers:
    """Tell whether the network's own softmax is sound at given ``(classes,)`` logits.

    axis: the one that it sums over, be it the right one or not.
    """
    last = network.layers[-1]
    trace = _forward(network, _with_logits(network, parameters, hidden, logits), rows)
    got = network.as_rows(trace[last.pre])[0]
    out = network.as_rows(trace[last.out])
    finite = bool(np.isfinite(out).all())
    return {
        "sound": finite and bool((np.abs(out.sum(axis=axis) - 1) < SUM_ROOM).all()),
        "follows": bool(np.allclose(got, logits, rtol=1e-2, atol=1e-2)),
        "type": out.dtype.name if out.dtype.name in EXP_ENDS else "float64",
    }


def _with_logits(network: Network, parameters: Arrays, hidden: Array, logits: Array) -> Arrays:
    """Parameters whose last layer makes given logits of what enters it."""
    last = network.layers[-1]
    weight = np.zeros_like(parameters[last.weight])
    changed = {**parameters, last.weight: weight}
    if last.bias is not None:
        bias = parameters[last.bias]
        changed[last.bias] = logits.astype(bias.dtype).reshape(bias.shape)
    else:
        outer = np.outer(logits, hidden) / (hidden @ hidden)
        changed[last.weight] = (outer if network.layout == "columns" else outer.T).astype(
            weight.dtype
        )
    return changed


def _line(
    network: Network,
    parameters: Arrays,
    entering: tuple[Array, Array],
    breaks: dict[str, Numbers],
) -> Place | None:
    """The line that first makes a number that is not finite, where the softmax breaks first."""
    broken = {name: one["logit"] for name, one in breaks.items() if one["logit"] is not None}
    if not broken:
        return None
    name = min(broken, key=lambda one: abs(broken[one]))
    first, others = PATTERNS[name]
    logits = 2 * abs(broken[name]) * np.array([first] + [others] * (network.outputs - 1), float)
    changed = _with_logits(network, parameters, entering[1], logits)
    return first_not_finite(network, lambda: _forward(network, changed, entering[0]))


def _largest_at_start(network: Network, parameters: Arrays, inputs: Array) -> float:
    size = network.batch_size
    pre = network.layers[-1].pre
    return max(
        float(np.abs(_forward(network, parameters, inputs[start : start + size])[pre]).max())
        for start in range(0, min(SAMPLES, len(inputs)), size)
    )


def _forward(network: Network, parameters: Arrays, rows: Array) -> Arrays:
    """Compute the network's own trace, on copies: a network under test may write into them."""
    copies = {name: np.array(one) for name, one in parameters.items()}
    with np.errstate(all="ignore"):
        return network.forward(copies, network.lay_out(np.array(rows)))


# Words


def _met(numbers: Numbers) -> str:
    def say(value: Any) -> str:
        return "not finite" if value is None else f"{value:,.3g}"

    return (
        f"largest logit met: {say(numbers['start'])} at the start, "
        f"{say(numbers['training'])} in training"
    )


def _expected() -> str:
    return (
        "a softmax from which the largest logit is taken off first has no breaking point; tried up "
        f"to {CEILING:,.0f}"
    )


DEFECT = Defect(NAME, "forward", __doc__, measure, judge, repair, inject, draw, RISK)
