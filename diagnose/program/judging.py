"""What the author computed on the way back, held against the adjoints.

A value is right if it is some adjoint, up to one factor for all points. A parameter is right if a
right value of its own adjoint lies on the way to its step; plus perhaps a multiple of the
parameter, as decay adds it. Nothing depends on how anything is called, or written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.adjoints import Adjoints, differentiate
from diagnose.program.graph import Graph
from diagnose.program.points import (
    Numbers,
    Point,
    drawn,
    is_number,
    numbers,
    stacked,
    step_of,
)
from diagnose.program.signals import Joint, Signal, joints, signals

# Two values are the same up to a factor where they differ by so little of their length: far more
# than rounding in float64, and far less than any slip (1 % of a factor is seen). In float32, whose
# rounding is 6e-8, sums of thousands of terms differ by up to 1e-4.
CLOSE, CLOSE_SINGLE = 1e-6, 1e-3
# An adjoint that is so small beside those that it is a sum of is 0: a bias before a normalisation.
ZERO = 1e-9
# So many numbers of a large array are compared before all of them are.
SAMPLE = 256
# Two factors fit any two numbers; of fewer than these a fit says little.
FEWEST_OF_TWO = 8


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A value of the author's that is an adjoint: which one it is, times which factor.

    decay: times which factor the parameter was added. share: whether it is what one of several uses
    of the value contributes, and not all of it.
    """

    value: int
    of: int
    factor: float
    decay: float = 0.0
    share: bool = False


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What was found with one hypothesis of the signal.

    right: the fit of each parameter whose gradient is right; wrong: those that nothing fits;
    level: those whose true gradient is 0. truths: the adjoints at each point.
    """

    graph: Graph
    points: tuple[Point, ...]
    joint: Joint
    signal: Signal
    truths: tuple[Adjoints, ...]
    right: Mapping[int, Fit]
    wrong: frozenset[int]
    level: frozenset[int]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of several hypotheses that with the highest rank explains most."""
        reached = len(self.right) + len(self.wrong) + len(self.level)
        return len(self.right), reached, int(self.signal.standard)

    @property
    def promise(self) -> tuple[int, int, int]:
        """The rank that it may have over more steps: a gradient may be 0 in one of them."""
        right, *rest = self.rank
        return right + len(self.level), *rest  # type: ignore[return-value]


class OutOfTimeError(Exception):
    """There was no time to look through what may be meant."""


def judged(
    graphs: Sequence[Graph], candidates: Mapping[int, int], seed: int, ends: float = math.inf
) -> Judgement | None:
    """The hypothesis that explains most of what a step computed; None where no target joins.

    candidates: what may be parameters, each with its value after the step, by that before. ends:
    until when it may go on, by ``time.perf_counter``; else OutOfTimeError, since what was not
    looked at may explain more.
    """
    best: Judgement | None = None
    known: dict[frozenset[int], list[Point]] = {}
    for joint in joints(graphs, {*candidates}):
        behind = graphs[0].behind(joint.outputs)
        parameters = {one: after for one, after in candidates.items() if one in behind}
        # targets are what every step depends on: a sample, or a mask, may join one of them alone
        if not parameters or not {*parameters.values()} <= joint.behind:
            continue
        which = frozenset(parameters)
        if which not in known:
            known[which] = drawn(graphs, sorted(parameters), seed)
        points = known[which]
        few = [one for one in points if one.step == points[0].step]
        for signal in signals(graphs[0], joint, points) if points else ():
            if time.perf_counter() > ends:
                raise OutOfTimeError
            # one step alone says at least as much good of a hypothesis
            first = judgement(few, joint, signal, parameters)
            if first is None or (best is not None and first.promise <= best.rank):
                continue
            found = judgement(points, joint, signal, parameters)
            if found is None or (best is not None and found.rank <= best.rank):
                continue
            best = found
            if not best.wrong and signal.standard and len(parameters) == len(candidates):
                return best
    return best


def judgement(
    points: Sequence[Point], joint: Joint, signal: Signal, parameters: Mapping[int, int],
    truths: tuple[Adjoints, ...] | None = None,
) -> Judgement | None:  # fmt: skip
    """What holds with one signal; None where it has no numbers, or reaches no parameter.

    truths: the adjoints at each point, where they are known.
    """
    truths = truths or differentiated(points, joint, signal)
    if truths is None:
        return None
    graph = points[0].graph
    largest = max(
        (float(np.max(np.abs(part), initial=0.0)) for one in truths
         for each in one.parts.values() for part in each), default=0.0,
    )  # fmt: skip
    right, wrong, level = {}, set(), set()
    for before, after in parameters.items():
        truth = _truth(points, truths, before)
        if truth is None:
            continue
        if max(float(np.max(np.abs(one), initial=0.0)) for one in truth) <= ZERO * largest:
            level.add(before)
            continue
        fit = fit_of(graph, points, joint, truth, before, after)
        if fit is None:
            wrong.add(before)
        else:
            right[before] = fit
    if not right and not wrong:
        return None
    return Judgement(
        graph=graph, points=tuple(points), joint=joint, signal=signal, truths=truths, right=right,
        wrong=frozenset(wrong), level=frozenset(level),
    )  # fmt: skip


def differentiated(
    points: Sequence[Point], joint: Joint, signal: Signal
) -> tuple[Adjoints, ...] | None:
    """The adjoints at each point; None where the signal has no numbers there."""
    found = []
    for point in points:
        seeds: dict[int, Array] = {}
        for at, place in enumerate(signal.places):
            slope = signal.slope(point, at)
            if slope is None or not np.all(np.isfinite(slope)):
                return None
            if slope.shape != np.shape(point.values[place]):
                return None
            seeds[place] = seeds[place] + slope if place in seeds else slope
        found.append(differentiate(point.graph, point.values, seeds, joint.active))
    return tuple(found)


def _truth(points: Sequence[Point], truths: Sequence[Adjoints], value: int) -> Numbers | None:
    return numbers(points, [one.of.get(value) for one in truths])


def fit_of(
    graph: Graph, points: Sequence[Point], joint: Joint, truth: Numbers, before: int, after: int
) -> Fit | None:
    """The value on the way to a parameter's step that is its gradient; None where none is."""
    close = closeness(points, before)
    parameter = stacked(points, before)
    way = sorted(graph.behind([after]) & joint.behind, reverse=True)
    for beside in (None, parameter):
        for value in way:
            for given in layouts(points, value, points[0].values[before], sizes_of(truth)):
                if (fit := fitted(given, truth, beside, close)) is not None:
                    return Fit(value=value, of=before, factor=fit[0], decay=fit[1])
    if any(np.shape(one.values[after]) != np.shape(one.values[before]) for one in points):
        return None
    step = numbers(points, [step_of(one, before, after) for one in points])
    # a step is a small difference of large numbers
    if step is not None and (fit := fitted(step, truth, parameter, max(close, 1e-5))) is not None:
        return Fit(value=after, of=before, factor=fit[0], decay=fit[1])
    return None


def closeness(points: Sequence[Point], value: int) -> float:
    """How close values are that are the same, by the precision that the author computes in."""
    its = points[0].values[value]
    return CLOSE_SINGLE if np.asarray(its).dtype == np.float32 else CLOSE


def sizes_of(several: Numbers) -> list[int]:
    """How many numbers there are of each step."""
    return [one.size for one in several]


def layouts(
    points: Sequence[Point], value: int, like: Any, sizes: Sequence[int]
) -> Iterable[Numbers]:
    """A value's numbers at all points, as they lie; turned where only that has the shape wanted.

    like: something of that shape. sizes: how many of each step; of any other value there are none.
    """
    each = [one.values[value] for one in points]
    if sum(np.size(one) for one in each) != sum(sizes) or not all(map(is_number, each)):
        return
    shape, wanted = np.shape(each[0]), np.shape(like)
    if len(shape) == 2 and shape != wanted and min(shape) > 1:
        each = [np.asarray(one).T for one in each]
    found = numbers(points, each)
    if found is not None and sizes_of(found) == [*sizes]:
        yield found


def fitted(
    given: Numbers, truth: Numbers, parameter: Numbers | None, close: float
) -> tuple[float, float] | None:
    """Factors of the truth and the parameter that a value is the sum of; None where it is none.

    Those of the first step; those of others may differ in size, and not in sign. A sample of the
    numbers is looked at first: most values are nothing like the truth.
    """
    if parameter is not None and sizes_of(parameter) != sizes_of(truth):
        parameter = None
    found: list[tuple[float, float]] = []
    for at, (one, its) in enumerate(zip(given, truth, strict=True)):
        beside = None if parameter is None else parameter[at]
        if one.size > 4 * SAMPLE:
            some = _sample(one.size)
            few = None if beside is None else beside[some]
            if _fitted(one[some], its[some], few, 10 * close) is None:
                return None
        fit = _fitted(one, its, beside, close)
        if fit is None:
            return None
        if fit[0]:
            found.append(fit)
    if not found or len({one[0] > 0 for one in found}) > 1:
        return None
    return found[0]


@cache
def _sample(size: int) -> Array:
    return np.random.default_rng(size).choice(size, SAMPLE, replace=False)


def _fitted(
    given: Array, truth: Array, parameter: Array | None, close: float
) -> tuple[float, float] | None:
    """The same of one step; both 0 where there is nothing to fit, and nothing fitted to it."""
    length, square = float(np.sqrt(given @ given)), float(truth @ truth)
    if length == 0 or square == 0:
        return (0.0, 0.0) if length == square else None
    if not np.isfinite(length):
        return None
    factor = float(given @ truth) / square
    left = given - factor * truth
    if factor and float(np.sqrt(left @ left)) < close * length:
        return factor, 0.0
    if parameter is None or truth.size < FEWEST_OF_TWO:
        return None
    # what is left once both are taken off, by Gram and Schmidt
    across = parameter - (float(parameter @ truth) / square) * truth
    if not (norm := float(across @ across)):
        return None
    decay = float(given @ across) / norm
    left = left - decay * across
    factor -= decay * float(parameter @ truth) / square
    is_seen = abs(factor) * np.sqrt(square) > 1e-3 * length
    if is_seen and float(np.sqrt(left @ left)) < close * length:
        return factor, decay
    return None


def matches(made: Judgement) -> dict[int, Fit]:
    """Each value behind the targets that is an adjoint, or a part of one."""
    points, tables = made.points, _tables(made)
    close = closeness(points, next(iter({**made.right, **dict.fromkeys(made.wrong)})))
    found: dict[int, Fit] = {}
    for one in made.graph.operations:
        if one.value not in made.joint.behind:
            continue
        each = [point.values[one.value] for point in points]
        if not all(map(is_number, each)):
            continue
        several = [each] if np.ndim(each[0]) != 2 else [each, [np.asarray(its).T for its in each]]
        for given in several:
            unit = _unit(numbers(points, given))
            if unit is None or unit[0] not in tables:
                continue
            values, table, shares = tables[unit[0]]
            cosines = table @ unit[1]
            at = int(np.argmax(np.abs(cosines)))
            if np.linalg.norm(unit[1] - np.sign(cosines[at]) * table[at]) < close:
                found[one.value] = Fit(
                    value=one.value, of=values[at], factor=float(cosines[at]), share=shares[at]
                )
                break
    return found


def _tables(made: Judgement) -> dict[tuple[int, ...], tuple[list[int], Array, list[bool]]]:
    """All adjoints, and what uses contribute to them, as rows of length 1, by how many numbers."""
    known: dict[tuple[int, ...], tuple[list[int], list[Array], list[bool]]] = {}
    for value in (*made.right, *made.wrong, *made.joint.forward):
        several = [(_truth(made.points, made.truths, value), False)]
        parts = [one.parts.get(value, []) for one in made.truths]
        uses = len(parts[0])
        if {len(one) for one in parts} == {uses} and uses > 1:
            for at in range(uses):
                several.append((numbers(made.points, [one[at] for one in parts]), True))
                if at:
                    both = [sum(one[: at + 1]) for one in parts]
                    several.append((numbers(made.points, both), at + 1 < uses))
        for one, is_share in several:
            if (unit := _unit(one)) is not None:
                values, rows, shares = known.setdefault(unit[0], ([], [], []))
                values.append(value)
                rows.append(unit[1])
                shares.append(is_share)
    return {
        sizes: (values, np.stack(rows), shares) for sizes, (values, rows, shares) in known.items()
    }


def _unit(several: Numbers | None) -> tuple[tuple[int, ...], Array] | None:
    """Numbers whose length is 1 in each step; None where they are all 0, or not finite."""
    if several is None:
        return None
    lengths = [float(np.linalg.norm(one)) for one in several]
    if not any(lengths) or not all(map(np.isfinite, lengths)):
        return None
    sizes = tuple(one.size for one in several)
    return sizes, np.concatenate(
        [one / length if length else one for one, length in zip(several, lengths, strict=True)]
    )
