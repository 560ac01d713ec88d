"""What the author computed on the way back, held against the adjoints.

A value is right if it is some adjoint, up to one factor for all points. A parameter is right if a
right value of its own adjoint lies on the way to its step; plus perhaps a multiple of the
parameter, as decay adds it. Nothing depends on how anything is called, or written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.adjoints import Adjoints, differentiate
from diagnose.program.graph import CARRIED, Graph, Operation
from diagnose.program.points import (
    Numbers,
    Point,
    all_again,
    carried_numbers,
    drawn,
    first_step,
    is_number,
    laid_out,
    numbers,
    some_of,
    stacked,
    step_of,
)
from diagnose.program.signals import Joint, Signal, joints, signals
from diagnose.recording.operations import ADDS, MATMULS

# What makes the next numbers of a parameter of those before.
STEPPING = ADDS | {"written", "scatter", "scatter_add"}
# Two values are the same up to a factor where they differ by so little of their length: far more
# than rounding in float64, and far less than any slip (1 % of a factor is seen). In float32, whose
# rounding is 6e-8, sums of thousands of terms differ by up to 1e-4.
CLOSE, CLOSE_SINGLE = 1e-6, 1e-3
# An adjoint that is so small beside those that it is a sum of is 0: a bias before a normalisation.
ZERO = 1e-9
# Of values by some of their numbers, those that are so many times as close are looked at in full.
SKETCHED = 100
# Two factors fit any two numbers; of fewer than these a fit says little. A factor of each step fits
# a sample's own number as well, where a step takes one sample: fewer have one pace for all steps.
FEWEST = 8
# Paces are the same where their factors differ by no more: a step is a difference of large numbers.
SAME_PACE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A value of the author's that is an adjoint: which one it is, times which factor.

    paces: the factor of each step, which may shrink; 0 where a step tells none. decay: times which
    factor the parameter was added. share: whether it is what one of several uses of the value
    contributes, and not all of it.
    """

    value: int
    of: int
    factor: float
    paces: tuple[float, ...] = ()
    decay: float = 0.0
    share: Fit | None = None


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


# So many places where targets may join are tried.
MOST_JOINTS = 8


class OutOfTimeError(Exception):
    """There was no time to look through what may be meant."""


def judged(
    graphs: Sequence[Graph], candidates: Mapping[int, int], sums: Set[int], seed: int,
    ends: float = math.inf, unlike: Sequence[Graph] = (),
) -> Judgement | None:  # fmt: skip
    """The hypothesis that explains most of what a step computed; None where no target joins.

    candidates: what may be parameters, each with its value after the step, by that before. sums:
    carried numbers that are only added to; a step is looked at as if they began with 0. ends:
    until when it may go on, by ``time.process_time``; else OutOfTimeError, since what was not
    looked at may explain more. unlike: steps that do not do all the same.
    """
    best: Judgement | None = None
    known: dict[frozenset[int], list[Point]] = {}
    tried = 0
    for joint in joints(graphs, {*candidates}, unlike):
        behind = graphs[0].behind(joint.outputs)
        parameters = {one: after for one, after in candidates.items() if one in behind}
        # targets are what most steps depend on: a sample, or a mask, may join one of them alone
        parameters = _stepped(graphs[0], parameters, joint)
        if not parameters:
            continue
        if not _are_most(graphs[0], parameters, candidates):
            continue
        if (tried := tried + 1) > MOST_JOINTS:
            break
        which = frozenset(parameters)
        if which not in known:
            every = sorted(parameters)
            state = sums | state_of(graphs[0], joint, parameters)
            known[which] = drawn(graphs, every, state, seed) or drawn(graphs, every, sums, seed)
        points = known[which]
        few = first_step(points)
        for signal in signals(graphs[0], joint, points) if points else ():
            if time.process_time() > ends:
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


def _stepped(graph: Graph, parameters: Mapping[int, int], joint: Joint) -> dict[int, int]:
    """Those whose steps depend on what targets join, and others that step at the same rate.

    None where these are the half or more. A step at the rate of the others that takes nothing of
    the error was meant to take it; without it, what is carried on is a state, as of a recurrent
    network.
    """
    sure = {one: after for one, after in parameters.items() if after in joint.behind}
    if 2 * len(sure) <= len(parameters):
        return {}
    rates = _rates(graph, sure, joint)
    return {
        one: after for one, after in parameters.items()
        if one in sure or not rates.isdisjoint(graph.behind([after]))
    }  # fmt: skip


def _rates(graph: Graph, parameters: Mapping[int, int], joint: Joint) -> set[int]:
    """Single numbers that are in the steps of all parameters, and not in the outputs."""
    numbers = {
        one.value for one in graph.inputs
        if one.value not in parameters and np.ndim(graph.recorded[one.value]) == 0
    } - graph.behind(joint.outputs)  # fmt: skip
    return set.intersection(*(numbers & graph.behind([one]) for one in parameters.values()))


def left_out(made: Judgement, candidates: Mapping[int, int]) -> dict[int, int]:
    """What is stepped at the rate of the parameters, and by nothing of this step's error.

    As where a weight is stepped with what was left of an earlier sample. Outputs are made of it,
    and it is added to: what becomes something else in a step is a state.
    """
    graph, judged = made.graph, {*made.right, *made.wrong, *made.level}
    behind = graph.behind(made.joint.outputs)
    more = {
        one: after for one, after in carried_numbers(graph).items()
        if one in behind and one not in judged and after not in made.joint.behind
    }  # fmt: skip
    if not more or not made.right:
        return {}
    rates = _rates(graph, {one: candidates[one] for one in made.right}, made.joint)
    return {
        one: after for one, after in more.items()
        if is_added_to(graph, one, after) and not graph.behind([after]).isdisjoint(rates)
    }  # fmt: skip


def with_more(made: Judgement, parameters: Mapping[int, int]) -> Judgement:
    """The same with more parameters: each with its value after the step, by that before."""
    way = made.graph.reached(parameters) & made.graph.behind(made.joint.outputs)
    joint = replace(made.joint, active=made.joint.active | way)
    return judgement(made.points, joint, made.signal, parameters) or made


def is_added_to(graph: Graph, before: int, after: int) -> bool:
    """Whether a value becomes another by sums alone, as by a step."""
    behind, found = graph.behind([after]), {before}
    for one in graph.operations:
        if one.value in behind and one.name in STEPPING and not found.isdisjoint(one.operands):
            found.add(one.value)
    return after in found


def _are_most(
    graph: Graph, parameters: Mapping[int, int], candidates: Mapping[int, int]
) -> bool:  # fmt: skip
    """Whether outputs are made of most of what is stepped where some that they are made of are.

    Else they are no outputs of a network; of one that has units which are off, some are none.
    """
    return 2 * len(parameters) >= len(stepped_alike(graph, parameters, candidates))


def stepped_alike(
    graph: Graph, parameters: Collection[int], candidates: Mapping[int, int]
) -> list[int]:  # fmt: skip
    """Of candidates those that are stepped where some parameters are, with these."""
    sites = {one: graph.operation(after) for one, after in candidates.items()}
    ours = {made.site for one, made in sites.items() if made is not None and one in parameters}
    return [one for one, made in sites.items() if made is not None and made.site in ours]


def state_of(graph: Graph, joint: Joint, parameters: Collection[int]) -> set[int]:
    """Arrays that an optimizer carries on: no parameters, and nothing that outputs are made of.

    What it has of steps at other points says nothing of a step at this one.
    """
    passed = graph.behind(joint.outputs)
    return {
        one.value for one in graph.inputs
        if one.kind == CARRIED and one.value not in passed and one.value not in parameters
        and is_number(graph.recorded[one.value]) and np.ndim(graph.recorded[one.value])
    }  # fmt: skip


def with_operations(
    made: Judgement, operations: Mapping[int, Operation], parameters: Mapping[int, int]
) -> Judgement | None:  # fmt: skip
    """What holds with other operations in the graph, by the same signal; None as in judgement."""
    graph = made.graph.edited(operations)
    affected = graph.reached(operations)
    points = all_again(made.points, affected, graph)
    reached = {one: parameters[one] for one in (*made.right, *made.wrong, *made.level)}
    joint = made.joint.edited(graph, affected)
    return judgement(points, joint, made.signal, reached, made.truths) if points else None


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
    largest = max(one.largest for one in truths)
    right: dict[int, Fit] = {}
    wrong, level, few = set(), set(), dict[int, Numbers]()
    for before, after in parameters.items():
        truth = truth_of(points, truths, before)
        if truth is None:
            continue
        if max(float(np.max(np.abs(one), initial=0.0)) for one in truth) <= ZERO * largest:
            level.add(before)
            continue
        fit = fit_of(graph, points, joint, truth, before, after)
        if fit is None:
            wrong.add(before)
            continue
        right[before] = fit
        if min(sizes_of(truth)) < FEWEST:
            few[before] = truth
    pace = _pace(right.values()) if few else ()
    for before, truth in few.items():
        if not _is_paced(right[before].paces, pace):
            fit = fit_of(graph, points, joint, truth, before, parameters[before], pace)
            if fit is None:
                del right[before]
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


def truth_of(points: Sequence[Point], truths: Sequence[Adjoints], value: int) -> Numbers | None:
    """The adjoint of a value at all points; None where it has none."""
    return numbers(points, [one.of.get(value) for one in truths])


def _pace(several: Iterable[Fit]) -> tuple[float, ...]:
    """The pace of all steps: the steadiest of some, if it shrinks or stays; else it stays."""
    paces = [one.paces for one in several if all(one.paces)]
    if not paces:
        return ()
    steady = min(paces, key=lambda one: max(map(abs, one)) / min(map(abs, one)))
    shrinks = all(abs(late) <= abs(soon) * (1 + SAME_PACE) for soon, late in pairwise(steady))
    return steady if shrinks else (1.0,) * len(steady)


def _is_paced(paces: Sequence[float], pace: Sequence[float]) -> bool:
    """Whether factors are those of a pace, but for one factor of all of them."""
    ratios = [one / its for one, its in zip(paces, pace, strict=False) if one]
    return not ratios or max(ratios) - min(ratios) <= SAME_PACE * abs(ratios[0])


def fit_of(
    graph: Graph, points: Sequence[Point], joint: Joint, truth: Numbers, before: int, after: int,
    pace: Sequence[float] = (),
) -> Fit | None:  # fmt: skip
    """The value on the way to a parameter's step that is its gradient; None where none is.

    pace: what the factors of the steps must go with, where that is asked for.
    """
    if any(np.shape(one.values[after]) != np.shape(one.values[before]) for one in points):
        return None
    close = closeness(points, before, joint)
    parameter = stacked(points, before)
    way = _way(points[0], joint, before, after) & joint.behind
    for beside in (None, parameter):
        for value in _likely(points, way, before, truth, beside, close):
            given = _like(points, value, points[0].values[before], sizes_of(truth))
            fit = fitted(given, truth, beside, close) if given is not None else None
            if fit is not None and _is_paced(fit.paces, pace):
                return replace(fit, value=value, of=before)
    step = numbers(points, [step_of(one, before, after) for one in points])
    # a step is a small difference of large numbers
    fit = fitted(step, truth, parameter, max(close, 1e-5)) if step is not None else None
    if fit is not None and _is_paced(fit.paces, pace):
        return replace(fit, value=after, of=before)
    return None


def _way(point: Point, joint: Joint, before: int, after: int) -> frozenset[int]:
    """What goes into a parameter's step as it is, or as an optimizer makes it.

    A gradient that is summed up to fewer numbers than a parameter has moves them alike; and one
    that is multiplied with what samples become on the way forward is no gradient yet, or no more,
    nor is one that a product of matrices takes with weights.
    """
    graph, least = point.graph, int(np.size(point.values[before]))
    key = after, least, joint.meets or joint.outputs
    if key not in graph.ways:
        found, ahead = set[int](), [after]
        while ahead:
            value = ahead.pop()
            if value in found or (least > 1 and _is_fewer(point.values[value], least)):
                continue
            found.add(value)
            operation = graph.operation(value)
            if operation is None or not joint.fed.isdisjoint(operation.operands):
                continue
            if operation.name in MATMULS and not joint.active.isdisjoint(operation.operands):
                continue
            ahead += operation.operands
        graph.ways[key] = frozenset(found)
    return graph.ways[key]


def _is_fewer(value: Any, least: int) -> bool:
    return is_number(value) and np.size(value) < least


def _likely(
    points: Sequence[Point], way: Set[int], before: int, truth: Numbers, parameter: Numbers | None,
    close: float,
) -> list[int]:  # fmt: skip
    """The values on a way that may be a gradient, by some of their numbers; the last first.

    parameter: which may have been added to it.
    """
    shape = np.shape(points[0].values[before])
    some, found = some_of(int(np.prod(shape))), np.array(sorted(way, reverse=True), int)
    for at, step in enumerate(dict.fromkeys(one.step for one in points)):
        group = [one.sketch(shape) for one in points if one.step == step]
        if any(not np.array_equal(one.values, group[0].values) for one in group):
            continue
        places = {value: row for row, value in enumerate(group[0].values.tolist())}
        found = np.array([one for one in found.tolist() if one in places], int)
        rows = np.hstack([one.rows for one in group])[[places[one] for one in found.tolist()]]
        wanted = truth[at].reshape(len(group), -1)[:, some].ravel()
        basis = [wanted]
        if parameter is not None and len(wanted) >= FEWEST:
            basis.append(parameter[at].reshape(len(group), -1)[:, some].ravel())
        across = np.linalg.qr(np.stack(basis, axis=1))[0]
        left = np.linalg.norm(rows - (rows @ across) @ across.T, axis=1)
        found = found[left <= SKETCHED * close * np.linalg.norm(rows, axis=1)]
    return [int(one) for one in found]


def closeness(points: Sequence[Point], value: int, joint: Joint) -> float:
    """How close values are that are the same, by the precision that the author computes in.

    A loss that a step computes has its logarithms kept from 0 by 1e-10 or so, of which no author's
    slope knows.
    """
    if not joint.meets:
        return CLOSE_SINGLE
    its = points[0].values[value]
    return CLOSE_SINGLE if np.asarray(its).dtype == np.float32 else CLOSE


def sizes_of(several: Numbers) -> list[int]:
    """How many numbers there are of each step."""
    return [one.size for one in several]


def _like(
    points: Sequence[Point], value: int, like: Any, sizes: Sequence[int]
) -> Numbers | None:  # fmt: skip
    """A value's numbers at all points, as they lie; turned where only that has the shape wanted.

    like: something of that shape. sizes: how many of each step; of any other value there are none.
    """
    each = [one.values[value] for one in points]
    if sum(np.size(one) for one in each) != sum(sizes) or not all(map(is_number, each)):
        return None
    found = numbers(points, [laid_out(one, np.shape(like)) for one in each])
    return found if found is not None and sizes_of(found) == [*sizes] else None


def fitted(given: Numbers, truth: Numbers, parameter: Numbers | None, close: float) -> Fit | None:
    """How a value is the sum of the truth and the parameter; None where it is none.

    Those of the first step; those of others may differ in size, and not in sign.
    """
    if parameter is not None and sizes_of(parameter) != sizes_of(truth):
        parameter = None
    found: list[tuple[float, float]] = []
    for at, (one, its) in enumerate(zip(given, truth, strict=True)):
        beside = None if parameter is None else parameter[at]
        fit = _fitted(one, its, beside, close)
        if fit is None:
            return None
        found.append(fit)
    first = next((one for one in found if one[0]), None)
    if first is None or len({factor > 0 for factor, _ in found if factor}) > 1:
        return None
    paces = tuple(factor for factor, _ in found)
    return Fit(value=-1, of=-1, factor=first[0], decay=first[1], paces=paces)


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
    if parameter is None or truth.size < FEWEST:
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
