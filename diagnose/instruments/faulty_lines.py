"""Which statement of a backward pass makes a gradient wrong, found by an experiment.

The author's backward pass runs again and again. Each time one array, just after the line that made
it, is given the numbers that it should have: those of an error or of a derivative of its shape. The
first line after which that makes the gradient right is the one at fault, for all that was made
before it is right already. Where no such line is, it is the one that makes the gradient itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from diagnose.calculus.backward_pass import (
    Case,
    Steps,
    backward,
    case_of,
    errors,
    has_slope,
    right_slope,
)
from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, as_place
from diagnose.instruments.statements import SAMPLES, Made, Place, Watch, place_of
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network
from diagnose.report import Numbers

# Gradients are one but for a factor where their cosine is 1 to so many parts: single precision,
# summed over a batch, rounds less.
PARALLEL = 1e-5
# So many calls of the backward pass; a small network's take a millisecond each.
MOST_CALLS = 300


def line_of(network: Network, rows: Array, labels: Array, name: str) -> Place | None:
    """The line that makes the gradient of a parameter wrong; None where it cannot be seen.

    rows: ``(n, features)``, as the network is shown them. Where the gradient is right but for a
    factor, the line that makes it.
    """
    for count in dict.fromkeys((min(SAMPLES, network.batch_size), 1)):
        try:
            with np.errstate(all="ignore"):
                found = _Experiment(network, rows[:count], labels[:count], name).line()
        except Exception:
            return None
        if found:
            return found
    return None


def gradient_lines(bench: Bench, network: Network, names: Collection[str]) -> Numbers:
    """The lines that make gradients wrong, by the parameters' names, as far as they can be seen."""
    rows, labels = bench.trainer.rows(network), bench.data.labels
    found = {name: line_of(network, rows, labels, name) for name in names}
    return {name: as_place(one) for name, one in found.items() if one}


class _Experiment:
    """One gradient at one point."""

    def __init__(self, network: Network, rows: Array, labels: Array, name: str) -> None:
        self.network, self.labels, self.name = network, labels, name
        self.parameters, scaled = generic_point(network, rows)
        self.x = network.lay_out(scaled)
        self.trace = network.forward(copied(self.parameters), self.x.copy())
        case = case_of(network, self.parameters, copied(self.trace), self.x, labels)
        self.right = backward(case, self.parameters, Steps())[name]
        self.parts = list(right_parts(case))

    def line(self) -> Place | None:
        """The first line after which the right numbers heal the gradient."""
        made, given = self._run()
        own = place_of(made, given[self.name])
        if own is None or parallel(given[self.name], self.right):
            return own
        calls = 0
        for at, one in enumerate(made):
            for right in self._meant(one.array):
                calls += 1
                if calls > MOST_CALLS:
                    return own
                if parallel(self._run(at, right)[1][self.name], self.right):
                    return one.place
        return own

    def _run(self, at: int = -1, right: Array | None = None) -> tuple[list[Made], Arrays]:
        """What each line made, and the gradients, with an array made right."""

        def changed(count: int, made: Made) -> None:
            if count == at:
                made.array[...] = right

        watch = Watch(changed)
        parameters, trace, x = copied(self.parameters), copied(self.trace), self.x.copy()
        labels = np.array(self.labels)
        given = watch.run(lambda: self.network.backward(parameters, trace, x, labels))
        return watch.made, given

    def _meant(self, array: Array) -> list[Array]:
        """What an array may be meant to be; nothing for one that is right, or cannot be changed."""
        if not isinstance(array, np.ndarray) or not array.flags.writeable or array.ndim == 0:
            return []
        fitting = [
            fitted for one in self.parts if (fitted := self._laid_out(one, array)) is not None
        ]
        return [] if any(parallel(array, one) for one in fitting) else fitting

    def _laid_out(self, right: Array, array: Array) -> Array | None:
        """Rows, as an array of the author's holds them; None where it cannot."""
        laid = self.network.lay_out(right)
        sides = [one for one in (laid, laid.T) if one.shape == array.shape]
        if not sides and len(right) == 1 and right.size == array.size:
            sides = [right.reshape(array.shape)]
        if not sides or (array.dtype.kind in "biu" and not np.isin(sides[0], (0, 1)).all()):
            return None
        return sides[0]


def right_parts(case: Case) -> Iterator[Array]:
    """What a right backward pass computes on its way, each ``(B, units)``."""
    deltas, unsloped, _ = errors(case, Steps())
    for depth in reversed(range(len(case.weights))):
        yield deltas[depth]
        yield unsloped[depth]
        if has_slope(case.network, depth):
            slope = right_slope(case, depth)
            if slope.min() < slope.max():  # what has a slope of 1 everywhere needs no factor
                yield slope


def parallel(one: Array, other: Array) -> bool:
    """Whether two arrays are one but for a factor that is not 0."""
    first, second = (np.ravel(np.asarray(side, float)) for side in (one, other))
    if first.size != second.size:
        return False
    sizes = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if not all(np.isfinite(size) and size > 0 for size in sizes):
        return False
    along = abs(float(first @ second)) / sizes[0] / sizes[1]
    return along > 1 - PARALLEL
