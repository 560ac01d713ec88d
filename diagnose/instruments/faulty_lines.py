"""Which statement of a backward pass makes a gradient wrong, found by an experiment.

The author's backward pass runs again and again. Each time one array, just after the line that made
it, is given the numbers that it should have: those of an error or of a derivative of its shape. The
first line after which that makes the gradient right is the one at fault, for all that was made
before it is right already. Where no such line is, it is the one that makes the gradient itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from types import FunctionType

import numpy as np

from diagnose.calculus.backward_pass import (
    Case,
    backward,
    case_of,
    errors,
    has_slope,
    right_slope,
)
from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, as_place, spread
from diagnose.instruments.line_tracing import installed
from diagnose.instruments.statements import (
    PARALLEL,
    SAMPLES,
    Made,
    Place,
    Watch,
    along,
    maker,
    parallel,
)  # fmt: skip
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.dropout import with_masks
from diagnose.network.record import Network
from diagnose.report import Numbers
from diagnose.style.places import is_head

# So many calls of the backward pass; a small network's take a millisecond each.
MOST_CALLS = 300
# Of the cosine between what is one and the same but for its length and for rounding, in float64. A
# derivative that hardly changes over few samples comes within 1e-7.
SAME = 1e-11


def line_of(network: Network, rows: Array, labels: Array, name: str) -> Place | None:
    """The line that makes the gradient of a parameter wrong; None where it cannot be seen.

    rows: ``(n, features)``, as the network is shown them. Of a gradient of the wrong sign it is the
    line that turned it; of one that is right but for a factor, the line that makes it.
    """
    for count in dict.fromkeys((min(SAMPLES, network.batch_size), 1)):
        try:
            with np.errstate(all="ignore"):
                some = spread(len(rows), count)  # where classes follow one another, of all
                found = _Experiment(network, rows[some], labels[some], name).line()
        except Exception:
            return None
        if found:
            return found
    return None


def gradient_lines(bench: Bench, network: Network, names: Collection[str]) -> Numbers:
    """The lines that make gradients wrong, by the parameters' names, as far as they can be seen.

    Of a gradient that is no array of the author's, since it is stepped with at once, the step.
    """
    rows, labels = bench.trainer.rows(network), bench.data.labels
    found = {name: as_place(line_of(network, rows, labels, name)) for name in names}
    stepped = bench.lines("update", [name for name, one in found.items() if not one])
    lines = {name: found[name] or stepped.get(name) for name in names}
    return {name: one for name, one in lines.items() if one and not is_head(one["text"])}


@dataclass(frozen=True)
class Part:
    """What a right backward pass computes on its way: ``(B, units)`` rows, of a layer.

    what: the "error" of its pre-activation; the error "handed" to it, before the derivative is
    multiplied in; or its "slope", the derivative of its activation.
    """

    depth: int
    what: str
    rows: Array


def right_parts(case: Case) -> Iterator[Part]:
    """All of them, the output's first."""
    deltas, unsloped = errors(case)
    for depth in reversed(range(len(case.weights))):
        yield Part(depth, "error", deltas[depth])
        yield Part(depth, "handed", unsloped[depth])
        if has_slope(case.network, depth):
            slope = right_slope(case, depth)
            if slope.min() < slope.max():  # what has a slope of 1 everywhere needs no factor
                yield Part(depth, "slope", slope)


class _Experiment:
    """One gradient at one point."""

    def __init__(self, network: Network, rows: Array, labels: Array, name: str) -> None:
        self.network, self.labels, self.name = network, labels, name
        self.parameters, scaled = generic_point(network, rows)
        if network.dropout:
            random = np.random.default_rng(0)
            self.parameters = with_masks(network, self.parameters, random, len(rows))
        self.x = network.lay_out(scaled)
        self.trace = network.forward(copied(self.parameters), self.x.copy())
        self.case = case_of(network, self.parameters, copied(self.trace), self.x, labels)
        self.right = backward(self.case, self.parameters)[name]
        self.handed: list[Array] = []  # to the last run
        single = any(one.dtype == np.float32 for one in self.parameters.values())
        self.room = PARALLEL if single else SAME
        self.parts = list(right_parts(self.case))

    def line(self) -> Place | None:
        """The first line after which the right numbers heal the gradient."""
        made, given = self._run()
        now = along(given[self.name], self.right)
        own = self._shared(made, given) or self._own(made, given[self.name])
        if now > 1 - self.room:
            return own
        turned = now < self.room - 1
        for at, part, right in islice(self._tries(made, turned=turned), MOST_CALLS):
            heals = self._turns_no_other(at, right, given) if turned else self._heals(at, right)
            if heals:
                if part is None:
                    return made[at].place
                return self._called_wrongly(made[at], part) or self._last(made, at, right).place
        return own if self._has_error(made) else None

    def _shared(self, made: list[Made], given: Arrays) -> Place | None:
        """Where a gradient that is another parameter's too is handed on as this one's.

        Each of the two may have a name of its own by then, or both are returned; where only one
        more name is given to it, that is this one's.
        """
        gradient = given[self.name]
        found = maker(made, gradient)
        equal = [name for name, one in given.items() if np.array_equal(one, gradient)]
        sharing = [name for name in equal if maker(made, given[name]) is found]
        if len(sharing) < 2 or found is None:
            return None
        bound = [one for one in made if one.how == "bound" and one.array is found.array]
        returned = [one.place for one in bound if one.path[:1] == ("return",)]
        named = [one.place for one in bound if one.path[:1] != ("return",)]
        for there in (named, returned):
            if there:
                return there[sharing.index(self.name) if len(there) >= len(sharing) else -1]
        return None

    def _own(self, made: list[Made], gradient: Array) -> Place | None:
        """The line that makes the gradient; the one that calls it so, where it is an error."""
        found = maker(made, gradient)
        if found is None:
            return None
        before = [one for one in made[: made.index(found)] if one.array is not gradient]
        again = [one for one in made if one.how == "bound" and one.array is gradient]
        for _, error in self._fitting(found.array) if again else ():
            if parallel(gradient, error) and not any(parallel(one.array, error) for one in before):
                return again[0].place
        return found.place

    def _last(self, made: list[Made], at: int, right: Array) -> Made:
        """Where an array is handed through unchanged and should not be, the last such function."""
        for later in reversed(range(at + 1, len(made))):
            one = made[later]
            if one.how == "returned" and one.array is made[at].array and self._heals(later, right):
                return one
        return made[at]

    def _called_wrongly(self, one: Made, part: Part) -> Place | None:
        """The call of the author's derivative, where that is right for what it should be handed."""
        code = one.frame.f_code
        if part.what != "slope" or not one.callers:
            return None
        if code.co_argcount != 1 or code.co_freevars or "self" in code.co_varnames[:1]:
            return None
        derivative, right = FunctionType(code, one.frame.f_globals), part.rows
        for rows in (self.case.pre[part.depth], self.case.out[part.depth]):
            try:
                found = derivative(self.network.lay_out(np.array(rows)))
            except Exception:  # it takes something else
                continue
            if parallel(found, self.network.lay_out(right)):
                return one.callers[0]
        return None

    def _has_error(self, made: list[Made]) -> bool:
        """Whether the right error of its layer was made: then what is made of it is wrong."""
        own = [(one.weight, one.bias) for one in self.network.layers]
        depth = next(at for at, names in enumerate(own) if self.name in names)
        return any(
            (part.what, part.depth) == ("error", depth) and parallel(one.array, right)
            for one in made
            for part, right in self._fitting(one.array)
        )

    def _heals(self, at: int, right: Array) -> bool:
        # errors may be written the other way round, and turned by the step
        return abs(along(self._run(at, right)[1][self.name], self.right)) > 1 - self.room

    def _turns_no_other(self, at: int, right: Array, given: Arrays) -> bool:
        """Whether an array that is turned makes this gradient right, and none that was so wrong."""
        made = self._run(at, right)[1]
        true = backward(self.case, self.parameters)
        signs = [
            (along(given[name], one), along(made[name], one))
            for name, one in true.items()
            if name in given and name in made
        ]
        spoilt = any(before > 0 > after for before, after in signs)
        return along(made[self.name], self.right) > 1 - self.room and not spoilt

    def _tries(self, made: list[Made], *, turned: bool) -> Iterator[tuple[int, Part | None, Array]]:
        """What is written where: how manieth array, and what it may be meant to be.

        First only where it is none of the right ones. Where all are, one of them is handed on that
        lacks something, such as an error without the derivative.
        """
        fitting = [
            (at, self._fitting(one.array)) for at, one in enumerate(made) if one.how == "made"
        ]
        if turned:
            for at, parts in fitting:
                if any(along(made[at].array, one) < self.room - 1 for _, one in parts):
                    yield at, None, -made[at].array
        odd = []
        for at, parts in fitting:
            is_part = [part.depth for part, one in parts if parallel(made[at].array, one)]
            if not is_part:
                yield from ((at, part, one) for part, one in parts)
            odd += [
                (at, part, one)
                for part, one in parts
                if part.depth in is_part
                and part.what != "slope"
                and not parallel(made[at].array, one)
            ]
        yield from odd

    def _run(self, at: int = -1, right: Array | None = None) -> tuple[list[Made], Arrays]:
        """What each line made, and the gradients, with an array made right."""

        def changed(count: int, made: Made) -> None:
            if count == at:
                made.array[...] = right

        watch = Watch(installed(self.network), changed)
        parameters, trace, x = copied(self.parameters), copied(self.trace), self.x.copy()
        labels = np.array(self.labels)
        self.handed = [*parameters.values(), *trace.values(), x]
        given = watch.run(lambda: self.network.backward(parameters, trace, x, labels))
        return watch.made, given

    def _fitting(self, array: Array) -> list[tuple[Part, Array]]:
        """What has an array's shape; nothing for one that cannot be written into.

        Nor for one that is another look at what the pass was handed, such as a transpose: what is
        written there changes every later line that reads the array itself.
        """
        if not isinstance(array, np.ndarray) or not array.flags.writeable or array.ndim == 0:
            return []
        if any(array.base is one for one in self.handed):
            return []
        laid = ((part, self._laid_out(part.rows, array)) for part in self.parts)
        return [(part, one) for part, one in laid if one is not None]

    def _laid_out(self, right: Array, array: Array) -> Array | None:
        """Rows, as an array of the author's holds them; None where it cannot."""
        laid = self.network.lay_out(right)
        sides = [one for one in (laid, laid.T) if one.shape == array.shape]
        if not sides and len(right) == 1 and right.size == array.size:
            sides = [right.reshape(array.shape)]
        if not sides or (array.dtype.kind in "biu" and not np.isin(sides[0], (0, 1)).all()):
            return None
        return sides[0]
