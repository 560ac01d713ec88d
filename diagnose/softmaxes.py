"""Which softmax a network ends in, and the same network with another one in its place.

A softmax goes over the classes of each sample, or wrongly over something else; it is taken once,
or wrongly twice; it takes the largest logit off first, or not. Repairs and injections change one
of the three and leave the others as they were found, so that they commute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from diagnose.certifying import generic_point, is_stable
from diagnose.gradients import TOLERANCES, number_type
from diagnose.network import Array, Arrays, Network, fan_in

Over = Literal["classes", "samples", "whole"]

# The axis of ``(B, classes)`` rows that a softmax sums over.
AXES: dict[Over, int | None] = {"classes": 1, "samples": 0, "whole": None}
# The same room as the loss gives an output to be the softmax of its logits: clipped probabilities
# (1e-7 is usual) still are one.
ROOM = {name: 10 * tolerance for name, tolerance in TOLERANCES.items()}
# Samples in a batch where a step takes one: an axis can be told from the other only in a batch.
BATCH = 5


@dataclass(frozen=True)
class Softmax:
    """A softmax of ``(B, classes)`` rows of logits: what it sums over, how often, how safely."""

    over: Over = "classes"
    times: int = 1
    stable: bool = True

    def __call__(self, logits: Array) -> Array:
        """Turn logits into what this softmax makes of them, of the same shape."""
        axis, out = AXES[self.over], logits
        with np.errstate(all="ignore"):
            for _ in range(self.times):
                top = out.max(axis=axis, keepdims=True) if self.stable else 0
                powers = np.exp(out - top)
                out = powers / powers.sum(axis=axis, keepdims=True)
        return out


@dataclass(frozen=True)
class WithSoftmax:
    """A forward pass whose output is replaced by a softmax of its own logits.

    Every array of the trace that is the output under another name is replaced too, for backward
    may read it there.
    """

    forward: Callable[[Arrays, Array], Arrays]
    softmax: Softmax
    pre: str
    out: str
    columns: bool

    def __call__(self, parameters: Arrays, x: Array) -> Arrays:
        """Compute the trace."""
        with np.errstate(all="ignore"):
            trace = self.forward(parameters, x)
        logits = trace[self.pre]
        made = self.softmax(logits.T).T if self.columns else self.softmax(logits)
        return {**trace, **dict.fromkeys(aliases(trace, self.out), made)}


def aliases(trace: Arrays, name: str) -> list[str]:
    """The names in a trace under which the same array is, the given one among them."""
    array = trace[name]
    return [
        key
        for key, one in trace.items()
        if key == name
        or (
            np.shape(one) == array.shape
            and (np.may_share_memory(one, array) or np.array_equal(one, array, equal_nan=True))
        )
    ]


def with_softmax(network: Network, found: Softmax, **changes: object) -> Network:
    """The network with its softmax, which was found to be ``found``, changed in one respect.

    A softmax that was put in its place before is changed in that respect only.
    """
    forward, last = network.forward, network.layers[-1]
    inner = forward.forward if isinstance(forward, WithSoftmax) else forward
    base = forward.softmax if isinstance(forward, WithSoftmax) else found
    softmax = replace(base, **changes)  # type: ignore[arg-type]
    columns = network.layout == "columns"
    return replace(network, forward=WithSoftmax(inner, softmax, last.pre, last.out, columns))


def probe_rows(network: Network, count: int, seed: int = 0) -> Array:
    """Random inputs, ``(count, features)``: any will do to see what a softmax sums over."""
    first = fan_in(network, network.layers[0], network.init(0))
    return np.random.default_rng(seed).normal(size=(count, first))


def distances(pre: Array, out: Array, times: int = 1) -> dict[Over, float]:
    """How far ``(B, classes)`` outputs lie at most from each softmax of their logits."""
    with np.errstate(all="ignore"):
        return {
            over: float(np.abs(Softmax(over, times)(np.asarray(pre, float)) - out).max())
            for over in AXES
        }


def recognized(pre: Array, out: Array) -> Softmax | None:
    """The softmax that turns ``(B, classes)`` logits into these outputs, or None if none does.

    Of two that do, as over one sample or at equal logits, the right one: over classes, once.
    """
    room = ROOM[number_type(pre, out)]
    for times in (1, 2):
        near = distances(pre, out, times)
        for over in AXES:
            if near[over] <= room:
                return Softmax(over, times)
    return None


def as_found(network: Network) -> Softmax:
    """Which softmax a network ends in, seen in a step of its own size at a generic point.

    One that is not recognized counts as over classes and once.
    """
    rows = probe_rows(network, max(network.batch_size, 8))
    parameters, rows = generic_point(network, rows)
    trace = network.forward(parameters, network.lay_out(rows[: network.batch_size]))
    last = network.layers[-1]
    pre, out = network.as_rows(trace[last.pre]), network.as_rows(trace[last.out])
    return replace(recognized(pre, out) or Softmax(), stable=is_stable(network, parameters, rows))
