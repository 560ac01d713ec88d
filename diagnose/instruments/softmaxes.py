"""Which softmax a network ends in, and the same network with another one in its place.

A softmax goes over the classes of each sample, or wrongly over something else; it is taken once,
or wrongly twice; it takes the largest logit off first, or not. Repairs and injections change one
of the three and leave the others as they were found, so that they commute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.points import generic_point
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network, fan_in
from diagnose.network.softmax import Softmax, is_stable, recognized
from diagnose.network.tasks import REGRESSION

# Samples in a batch where a step takes one: an axis can be told from the other only in a batch.
BATCH = 5


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
            and (np.may_share_memory(one, array) or _are_equal(one, array))
        )
    ]


def _are_equal(one: Array, other: Array) -> bool:
    """Whether arrays of one shape hold the same numbers; mostly the first tell that they do not."""
    if type(one) is type(other) is np.ndarray and other.size:
        first, its = one.item(0), other.item(0)
        if first != its and (first == first or its == its):
            return False
    return np.array_equal(one, other, equal_nan=True)


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


def why_not_judged(network: Network) -> str:
    """Why the axis of a network's softmax cannot be judged, or nothing."""
    last = network.layers[-1]
    if last.activation != "softmax":
        return f"the last layer is {last.activation}, not softmax"
    if network.task is REGRESSION:
        return "the network answers with numbers, not with probabilities of classes"
    if network.outputs < 2:
        return "there is one output only, whose softmax is 1 over any axis"
    return ""
