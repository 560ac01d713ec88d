"""The code writes into arrays that it was handed.

What it looks at
    Every array that goes into the forward and the backward pass (parameters, input, labels, and
    the intermediate arrays of the forward pass) is compared before and after: which changed, and
    what share of its entries. Each changed array is then handed in read-only; the line that
    raises is the one that writes. The functions that forward calls are watched too: one that is
    handed a layer's pre-activation and writes into it leaves other numbers in its place. Last, the
    functions that write are given copies of their array arguments for the duration of a call: if
    all gradients stay the same bit for bit, nothing reads what they overwrote.

Why it skews the probabilities
    A later line that needs the old values silently computes with the new ones: pre-activations
    that have become 0 and 1, an input that has been scaled twice, parameters that move while the
    network only predicts. If nothing reads them afterwards, it costs nothing today and waits for
    the line that somebody adds tomorrow.

Example:
    ``def ReLU_deriv(Z): Z[Z > 0] = 1; Z[Z <= 0] = 0; return Z`` turns the caller's
    pre-activations into zeros and ones.

Use instead
    ``return (Z > 0).astype(float)``, which makes a new array. Where the space matters, write into
    an array that the function made itself.

When it stays silent
    When a function edits an array that it or its caller made for that, or that is handed to it as
    ``out``; when the update writes into the parameters or the gradients (``w -= rate * dw``), which
    is what an update is for.

References:
    NumPy user guide, "Copies and views". Ousterhout, "A Philosophy of Software Design", on side
    effects that a caller cannot see.

"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.gradients import UndefinedLossError, central_difference
from diagnose.instruments.bench import Bench, Defect, finding, unplaced
from diagnose.instruments.isolation import Bound, find, isolated
from diagnose.instruments.line_tracing import changed_share
from diagnose.instruments.writes import (
    CALLS,
    Step,
    drawn_steps,
    inner_writes,
    who_wrote,
    writer,
    written,
)
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.report import ABSENT, PRESENT, RISK, Finding, Numbers
from diagnose.style.figures import FOUND, INK, new_figure
from diagnose.style.places import placed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "inplace-mutation"


def measure(bench: Bench) -> Numbers:
    """Compare all arrays before and after, find the writing lines, and isolate the writers."""
    networks = {"own": bench.network, "sane": bench.sane}
    points = {
        point: drawn_steps(one, bench.trainer.rows(one), bench.data.labels, bench.seed)
        for point, one in networks.items()
    }
    different = ["own"] if bench.sane is bench.network else [*points]
    own = _made_for_backward(bench.network, points["own"][0])
    writes = [
        one
        for one in _merge(written(networks[point], points[point]) for point in different)
        if one["phase"] == "forward" or one["array"] not in own
    ]
    for write in writes:
        write |= writer(
            [(networks[point], step) for point in points for step in points[point]],
            write["phase"],
            write["array"],
        )
    inner = inner_writes(bench.sane, points["sane"])
    chosen = _choose(bench, points["sane"], writes, inner)
    places = [write["where"] for write in (*writes, *inner)]
    return {
        "where": next((one for one in places if one), None),
        "writes": writes,
        "inner": inner,
        "isolate": chosen,
        "gradients_equal": {
            point: _equal_gradients(
                networks[point], isolated(networks[point], chosen, keep=False), steps
            )
            for point, steps in points.items()
        }
        if chosen
        else {},
        "calls": CALLS,
    }


def judge(numbers: Numbers) -> Finding:
    """Call it present when any array that was handed in came back changed."""
    writes, inner = numbers["writes"], numbers["inner"]
    expected = (
        "0 % of the entries of every array that is handed to forward, backward or a function of "
        "forward change: the caller may still need them"
    )
    if not writes and not inner:
        observed = f"no array changed in {numbers['calls']} forward and backward passes"
        return unplaced(NAME, expected, numbers, ABSENT, observed)
    places = dict.fromkeys((write["phase"], _at(write)) for write in writes)
    sentences = [
        f"{phase} overwrites "
        + " and ".join(
            f"{write['share']:.0%} of {write['array']}"
            for write in writes
            if (write["phase"], _at(write)) == (phase, at)
        )
        + at
        for phase, at in places
    ]
    sentences += [
        f"{one['function']} overwrites {one['share']:.0%} of {one['argument']}, which it is handed "
        f"({placed(one['where']['file'], one['where']['line'])})"
        for one in inner
    ]
    said = "; ".join(sentences)
    observed = f"{said}. {_reads(numbers)}"
    severity, advice = "" if _is_read(numbers) else RISK, _advice(numbers)
    return finding(NAME, expected, numbers, PRESENT, observed, advice, severity=severity)


def _is_read(numbers: Numbers) -> bool:
    """Whether something is computed, wrongly, from what was overwritten."""
    return not all(numbers["gradients_equal"].values())


def repair(network: Network, numbers: Numbers) -> Network:
    """Hand copies to what writes: to the writing function alone, or to the whole pass."""
    return isolated(network, numbers["isolate"])


def inject(network: Network) -> Network:
    """Overwrite the pre-activations by their ReLU derivative, once all gradients are computed."""
    pres = tuple(layer.pre for layer in network.layers[:-1] or network.layers)
    return replace(
        network, backward=Bound(overwriting_backward, backward=network.backward, pres=pres)
    )


def overwriting_backward(
    parameters: Arrays,
    trace: Arrays,
    x: Array,
    labels: Array,
    *,
    backward: Callable[..., Arrays],
    pres: tuple[str, ...],
) -> Arrays:
    """Return the author's gradients, then overwrite the trace's pre-activations."""
    # Copied, so that a gradient that shares its memory with the trace stays what it was.
    gradients = {
        name: np.array(one) for name, one in backward(parameters, trace, x, labels).items()
    }
    for pre in pres:
        overwriting_derivative(trace[pre])
    return gradients


def overwriting_derivative(Z: Array) -> Array:
    """Write ReLU's derivative into its own argument: the planted fault."""
    Z[...] = Z > 0
    return Z


def draw(numbers: Numbers) -> Figure:
    """Plot the share of entries changed, per array."""
    writes = numbers["writes"]
    count = len(writes) + len(numbers["inner"])
    figure, axes = new_figure(6.4, 1.2 + 0.35 * max(1, count))
    axis = axes[0]
    names = [f"{write['array']} in {write['phase']}" for write in writes]
    names += [f"{one['argument']} in {one['function']}" for one in numbers["inner"]]
    shares = [100 * write["share"] for write in (*writes, *numbers["inner"])] or [0.0]
    names = names or ["every array"]
    axis.barh(names, shares, color=FOUND, height=0.6)
    for row, share in enumerate(shares):
        inside = share > 85
        axis.text(
            share + (-1 if inside else 1),
            row,
            f"{share:.0f} %",
            va="center",
            ha="right" if inside else "left",
            color="white" if inside else INK,
        )
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.set(xlim=(0, 100), xlabel="entries that changed, in percent")
    return figure


def _made_for_backward(network: Network, step: Step) -> set[str]:
    """What forward makes for backward alone: no layer's, and no memory that anything else has.

    That is where an error is worked out in place, as in ``d = p.copy()`` and ``d[n, y] -= 1``.
    """
    handed, _ = step.arguments("forward")
    named, _ = step.arguments("backward")
    layers = {name for layer in network.layers for name in (layer.pre, layer.out)}
    return {*named} - {*handed} - layers - {"labels"}


def _merge(several: Iterator[list[Numbers]]) -> list[Numbers]:
    """Keep one record per phase and array: that of the point where the share is larger."""
    merged: dict[tuple[str, str], Numbers] = {}
    for one in (write for writes in several for write in writes):
        key = one["phase"], one["array"]
        if key not in merged or merged[key]["share"] < one["share"]:
            merged[key] = one
    return list(merged.values())


# Whether anything reads it afterwards


def _choose(
    bench: Bench, steps: list[Step], writes: list[Numbers], inner: list[Numbers]
) -> dict[str, Any]:
    """Choose what works on copies: of forward the arrays, of backward the functions or the whole.

    The writing functions, if that leaves the gradients as they are or brings them nearer to the
    derivative of the loss. If it takes them away from it, the code reads the overwritten array on
    purpose, and only what belongs to backward's caller is protected.
    """
    chosen: dict[str, Any] = {}
    if writers := who_wrote(inner):
        functions = {"functions": sorted(map(list, writers))}
        if _no_worse(bench.sane, isolated(bench.sane, functions), steps):
            chosen |= functions
    if arrays := [write["array"] for write in writes if write["phase"] == "forward"]:
        chosen["forward"] = arrays
    if here := [write for write in writes if write["phase"] == "backward"]:
        chosen["backward"] = "copies"
        pairs = sorted({(w["module"], w["function"]) for w in here if w["function"]})
        if all(w["function"] and find(bench.sane, w["module"], w["function"]) for w in here):
            tried = isolated(bench.sane, {"backward": [list(pair) for pair in pairs]})
            clean = not any(write["phase"] == "backward" for write in written(tried, steps))
            if clean and _no_worse(bench.sane, tried, steps):
                chosen["backward"] = [list(pair) for pair in pairs]
    return chosen


def _no_worse(network: Network, tried: Network, steps: list[Step]) -> bool:
    return _equal_gradients(network, tried, steps) or _error(tried, steps) <= _error(network, steps)


def _equal_gradients(network: Network, other: Network, steps: list[Step]) -> bool:
    """Tell whether two networks give the same gradients bit for bit on every step."""
    return all(
        one.keys() == two.keys() and all(changed_share(one[name], two[name]) == 0 for name in one)
        for one, two in ((_gradients(network, step), _gradients(other, step)) for step in steps)
    )


def _gradients(network: Network, step: Step) -> Arrays:
    """Compute the gradients of one whole step, as a training makes it."""
    _, (parameters, x) = step.arguments("forward")
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, x)
        gradients = network.backward(parameters, trace, x, np.array(step.labels))
    return {name: np.array(one) for name, one in gradients.items()}


def _error(network: Network, steps: list[Step]) -> float:
    """Measure how far gradients are from the loss's derivative along random directions.

    Relative to the derivative, mean over parameters and steps; 0 if the loss is not known, so that
    nothing is preferred then.
    """
    random = np.random.default_rng(0)
    errors = []
    for step in steps:
        gradients = _gradients(network, step)
        for name, value in step.parameters.items():
            direction = random.normal(size=np.shape(value))
            direction /= np.linalg.norm(direction)
            try:
                true = central_difference(
                    network, step.parameters, step.rows, step.labels, name, direction
                )
            except UndefinedLossError:
                return 0.0
            if true is None or name not in gradients:
                continue
            given = float((gradients[name] * direction).sum())
            errors.append(abs(given - true.value) / (abs(true.value) + 1e-9))
    return float(np.mean(errors)) if errors else 0.0


# Words


def _at(write: Numbers) -> str:
    where = write["where"]
    if not where:
        return ""
    return f" (written by {write['function']}, {placed(where['file'], where['line'])})"


def _reads(numbers: Numbers) -> str:
    """Say whether anything needs what was overwritten, as the isolation showed."""
    same, chosen = numbers["gradients_equal"], numbers["isolate"]
    writes = numbers["writes"]
    phases = {write["phase"] for write in writes} | {one["function"] for one in numbers["inner"]}
    if isinstance(chosen.get("backward"), list):
        phases = phases - {"backward"} | {name for _, name in chosen["backward"]}
    who = " and ".join(sorted(phases))
    if not same:
        return (
            f"The overwritten values are read on purpose: when {who} works on copies, the "
            "gradients are further from the derivative of the loss."
        )
    if all(same.values()):
        sentences = [
            f"Nothing outside {who} reads the overwritten values: when it works on copies, all "
            f"gradients of {numbers['calls']} steps are the same bit for bit, at the network's own "
            "point and with the other defects repaired"
        ]
    else:
        points = {"own": "at the network's own point", "sane": "with the other defects repaired"}
        where = " and ".join(points[point] for point, equal in same.items() if not equal)
        sentences = [
            f"The overwritten values are read outside {who}: when it works on copies, the "
            f"gradients are others {where}"
        ]
    outside = [
        w["array"] for w in writes if w["array"].startswith(("parameter", "input", "labels"))
    ]
    if outside:
        sentences.append(f"The caller still needs {' and '.join(outside)}, and gets other numbers")
    return ". ".join(sentences) + "."


def _advice(numbers: Numbers) -> str:
    both = [*numbers["writes"], *numbers["inner"]]
    names = sorted({write["function"] for write in both if write["function"]})
    who = f"let {', '.join(names)} return a new array" if names else "write into a new array"
    return f"{who} instead of writing into what it is handed, such as (Z > 0).astype(float)"


DEFECT = Defect(NAME, "gradient", __doc__, measure, judge, repair, inject, draw)
