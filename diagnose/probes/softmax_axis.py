"""The softmax normalizes over the samples of a batch, or over everything, instead of the classes.

What it looks at
    The network's own outputs for a step's samples, against the softmax of its own logits over the
    classes of each sample, over the samples, and over all at once. Parameters and inputs are drawn
    so that the three differ widely. Where a step takes one sample, a batch is tried as well, and
    what that shows is said.

Why it skews the probabilities
    Over one sample, any number divided by its own sum is 1: every class gets probability 1,
    ``argmax`` of equal numbers is 0, and the network answers class 0 whatever it sees. In a batch
    the probability of a class is shared out among the samples, so that what one image gets depends
    on which others happen to be beside it.

Example:
    ``P = E / E.sum(axis=0)`` where the samples are rows, or ``axis=1`` where they are columns, or
    ``E / E.sum()`` in a batch.

Use instead
    ``P = E / E.sum(axis=1, keepdims=True)`` where the samples are rows, ``axis=0`` where they are
    columns: the sum goes over the classes, and each sample keeps its own.

When it stays silent
    When each step takes one sample and the sum goes over everything, which is the same then;
    when only the maximum that is taken off goes over another axis, which changes no probability;
    for sigmoid outputs, which need not sum to one. It looks at the network with the defects found
    before it repaired.

References:
    Goodfellow, Bengio and Courville, "Deep Learning", section 6.2.2.3. The NumPy reference,
    "numpy.sum": axis and keepdims.

"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, Defect, not_applicable, place
from diagnose.instruments.softmaxes import BATCH, as_found, probe_rows, why_not_judged, with_softmax
from diagnose.network.arrays import Array, if_finite
from diagnose.network.precision import number_type
from diagnose.network.record import Network
from diagnose.network.softmax import ROOM, Softmax, distances, recognized
from diagnose.report import ABSENT, PRESENT, Finding, Numbers
from diagnose.style.figures import FOUND, INK, REPAIRED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "softmax-axis"


WORDS = {"classes": "the classes", "samples": "the samples", "whole": "everything at once"}


def measure(bench: Bench) -> Numbers:
    """Hold the outputs of a step, and of a batch, against the softmax over each axis."""
    network = bench.sane
    if reason := why_not_judged(network):
        return {"reason": reason}
    return {
        "where": bench.place("forward", network.layers[-1].out),
        "batch_size": network.batch_size,
        "layout": network.layout,
        "found": asdict(as_found(network)),
        "step": _seen(network, network.batch_size),
        "batch": _seen(network, BATCH) if network.batch_size == 1 else None,
        "one": _seen(network, 1),
    }


def _seen(network: Network, count: int) -> Numbers | None:
    """What ``count`` samples show at once; None if the network takes no such batch."""
    parameters, rows = generic_point(network, probe_rows(network, count))
    last = network.layers[-1]
    try:
        with np.errstate(all="ignore"):
            trace = network.forward(parameters, network.lay_out(rows))
        pre, out = (network.as_rows(trace[name]) for name in (last.pre, last.out))
        if out.shape != (count, out.shape[-1]) or pre.shape != out.shape:
            return None
    except ValueError:  # shapes that do not go together
        return None
    found = recognized(pre, out)
    apart = distances(pre, out, lowered=found.lowered if found else None)
    return {
        "samples": count,
        "over": found.over if found else None,
        "lowered": found.lowered if found else None,
        "room": ROOM[number_type(pre, out)],
        "distances": {name: if_finite(one) for name, one in apart.items()},
        "sums": {
            "classes": _span(out.sum(axis=1)),
            "samples": _span(out.sum(axis=0)),
            "whole": _span(out.sum()),
        },
        "largest": float(out.max()) if np.isfinite(out).all() else None,
        "smallest": float(out.min()) if np.isfinite(out).all() else None,
    }


def judge(numbers: Numbers) -> Finding:
    """Is it the softmax over another axis, and not the one over the classes?"""
    if "reason" in numbers:
        return not_applicable(NAME, f"not judged: {numbers['reason']}", numbers)
    step, batch, one = numbers["step"], numbers["batch"], numbers["one"]
    over = str(step["over"]) if step else ""
    lowered = step.get("lowered") if step else None
    present = over in ("samples", "whole")
    rows = numbers["layout"] == "rows"
    if present:
        observed = (
            f"in a step of {_count(step['samples'])} the outputs are the softmax of the logits "
            f"over {WORDS[over]} (to {step['distances'][over]:.0e})"
        )
        if lowered:
            observed += f", but for the largest over {WORDS[lowered]}, which is taken off first"
        else:
            observed += f", and up to {step['distances']['classes']:.2f} from that over the classes"
        observed += f"; they sum to {_said(step['sums']['classes'])} over the classes of a sample"
        if step["samples"] > 1:
            observed += f" and to {_said(step['sums'][over])} over {WORDS[over]}"
        if one and one["smallest"] is not None and one["smallest"] == one["largest"]:
            observed += (
                f"; of one sample alone every class gets {one['largest']:.3g}, so that the answer "
                "is the first class whatever the image"
            )
    else:
        sums = _said(step["sums"]["classes"]) if step else "nothing"
        observed = f"the outputs sum to {sums} over the classes of each sample"
        if batch and batch["over"] in ("samples", "whole"):
            observed += (
                f"; in a batch they would be the softmax over {WORDS[batch['over']]}, which is the "
                "same for the one sample that each step takes"
            )
    return Finding(
        defect=NAME,
        status=PRESENT if present else ABSENT,
        observed=observed,
        expected="1 over the classes of each sample: its probabilities, whatever is beside it",
        where=place(numbers) if present else None,
        advice=(
            f"sum over the classes, axis={1 if rows else 0} with keepdims=True, for the samples "
            f"are {'rows' if rows else 'columns'}"
            if present
            else ""
        ),
        numbers=numbers,
    )


def repair(network: Network, numbers: Numbers) -> Network:
    """Let the output be the softmax of the network's own logits over the classes."""
    return with_softmax(network, Softmax(**numbers["found"]), over="classes", lowered=None)


def inject(network: Network) -> Network:
    """Let the softmax go over the samples. ValueError for a network that ends in none."""
    if reason := why_not_judged(network):
        raise ValueError(f"{NAME} cannot be planted: {reason}")
    return with_softmax(network, as_found(network), over="samples", lowered=None)


def draw(numbers: Numbers) -> Figure:
    """Plot how far the outputs lie from the softmax over each axis."""
    figure, (axes,) = new_figure(6.4, 2.2)
    step = numbers.get("step")
    if not step:
        axes.set_axis_off()
        axes.text(0, 0.5, numbers.get("reason", "nothing was seen"), color=INK)
        return figure
    far = [step["distances"][over] for over in WORDS]
    shown = [max(1.0 if one is None else one, step["room"] / 100) for one in far]
    colors = [REPAIRED if over == "classes" else FOUND for over in WORDS]
    axes.barh([f"over {word}" for word in WORDS.values()], shown, 0.5, color=colors)
    axes.axvline(step["room"], color=INK, linestyle="--", linewidth=1)
    axes.set(xscale="log", xlabel="largest distance of the outputs from the softmax")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return figure


def _count(samples: int) -> str:
    return "one sample" if samples == 1 else f"{samples} samples"


def _span(sums: Array | Any) -> list[float] | None:
    return [float(np.min(sums)), float(np.max(sums))] if np.isfinite(sums).all() else None


def _said(span: list[float] | None) -> str:
    if span is None:
        return "no number"
    low, high = span
    return f"{low:.3g}" if np.isclose(low, high, rtol=1e-3) else f"{low:.3g} to {high:.3g}"


DEFECT = Defect(NAME, "forward", __doc__, measure, judge, repair, inject, draw)
