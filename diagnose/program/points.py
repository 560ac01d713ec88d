"""Points: a step run with parameters of a sensible size, where comparing numbers says something.

At a network's own parameters much may be flat: units that are dead or saturated, weights that are
all zero. What holds at drawn points over several steps holds of the program, and not of the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import CARRIED, Graph, Values

# Sizes of pre-activations that are tried, the first being what weights are drawn for that learn;
# smaller ones where functions overflow or are flat there.
SCALES = (1.0, 0.3, 0.1, 0.01, 1e-3, 1e-5)
# A scale is taken for another only if by so much fewer of its values are flat.
CLEARLY = 0.02
# With so few of them no other is tried: half of the values behind a ReLU are.
LITTLE = 0.35
PRODUCTS = {"MatMult", "dot", "matmul", "Mult", "multiply", "outer", "einsum", "tensordot", "inner"}


# So many steps are looked at, and each so many times where a parameter is a single number or a few:
# of these, one run says nothing.
STEPS, TIMES, FEW = 3, 3, 3
# By so many of its numbers a value is known not to be another.
SKETCH = 64


@dataclass(frozen=True)
class Point:
    """A step, and all of its values from some inputs; step: which of several it is."""

    graph: Graph
    values: Values
    step: int
    sketches: dict[tuple[int, ...], Sketch] = field(default_factory=dict, compare=False)

    def sketch(self, shape: tuple[int, ...]) -> Sketch:
        """Some numbers of all values that an array of a shape can be laid out as."""
        if shape not in self.sketches:
            size, values, rows = int(np.prod(shape)), [], []
            for value, its in enumerate(self.values):
                if is_number(its) and np.size(its) == size:
                    values.append(value)
                    rows.append(np.ravel(laid_out(its, shape))[some_of(size)])
            table = np.array(rows, float).reshape(len(rows), len(some_of(size)))
            self.sketches[shape] = Sketch(np.array(values, int), table)
        return self.sketches[shape]


class Sketch(NamedTuple):
    """Values, each by some of its numbers, in rows."""

    values: Array
    rows: Array


@cache
def some_of(size: int) -> Array:
    """Which numbers of an array are looked at first: all of a small one."""
    if size <= SKETCH:
        return np.arange(size)
    return np.random.default_rng(size).choice(size, SKETCH, replace=False)


def laid_out(value: Any, shape: tuple[int, ...]) -> Array:
    """A value as an array of a shape would lie: turned where only that has the shape."""
    its = np.asarray(value)
    return its.T if its.ndim == 2 and its.shape != shape and min(its.shape) > 1 else its


def again(
    point: Point, replaced: Mapping[int, Any], affected: Iterable[int], graph: Graph | None = None
) -> Point | None:
    """A point with some values replaced, and those that are affected made anew; None if they fail.

    graph: by whose operations, where some were edited.
    """
    graph = graph or point.graph
    try:
        return Point(graph, graph.again(point.values, replaced, affected), point.step)
    except Exception:  # what the author's functions raise at other points is no error of theirs
        return None


def all_again(points: Iterable[Point], affected: Iterable[int], graph: Graph) -> list[Point]:
    """Points with what edits affect made anew by the operations of a graph; none if one fails."""
    found = [again(one, {}, affected, graph) for one in points]
    return [one for one in found if one is not None] if None not in found else []


def first_step(points: Sequence[Point]) -> list[Point]:
    """The points of the first step alone."""
    return [one for one in points if one.step == points[0].step]


def carried_numbers(graph: Graph) -> dict[int, int]:
    """Numbers that go from step to step: each as it is after the step, by what it is before."""
    return {
        one.value: graph.results[one.key] for one in graph.inputs
        if one.kind == CARRIED and one.key is not None and one.key in graph.results
        and is_number(graph.recorded[one.value])
    }  # fmt: skip


def step_of(point: Point, before: int, after: int) -> Array:
    """What a step adds to a parameter."""
    return np.asarray(point.values[after], float) - np.asarray(point.values[before], float)


def is_number(value: Any) -> bool:
    """Whether a value is a number with fractions, or an array of such."""
    if isinstance(value, bool) or value is None or isinstance(value, str | tuple | list | dict):
        return False
    return np.asarray(value).dtype.kind == "f"


def drawn(
    graphs: Sequence[Graph], parameters: Sequence[int], sums: Set[int], seed: int
) -> list[Point]:
    """Each step at parameters of its own, at the scale at which the fewest values are flat.

    parameters, sums: inputs, the same in all steps; the second are set to 0. Steps at which a value
    is not finite are left out; of no scale may any be left.
    """
    best: tuple[float, list[Point]] = (np.inf, [])
    smallest = min((np.size(graphs[0].recorded[one]) for one in parameters), default=0)
    times = 1 if smallest >= FEW else TIMES
    for scale in SCALES:
        rng = np.random.default_rng(seed)
        points = [
            Point(one, one.run(_given(one, parameters, sums, scale, rng)), step)
            for step, one in enumerate(graphs[:STEPS])
            for _ in range(times)
        ]
        wanted = len(points)
        points = [one for one in points if _is_finite(one, parameters)]
        if not points or len(points) < len(best[1]):
            continue
        flat = float(np.mean([_flat(one, parameters) for one in points]))
        if flat < best[0] - CLEARLY or len(points) > len(best[1]):
            best = flat, points
        if flat < LITTLE and len(points) == wanted:
            break
    return best[1]


def _given(
    graph: Graph, parameters: Sequence[int], sums: Set[int], scale: float,
    rng: np.random.Generator,
) -> Values:  # fmt: skip
    values = graph.given
    for value in sums:
        before = values[value]
        values[value] = np.zeros_like(before) if np.ndim(before) else type(before)(0)
    for value in parameters:
        before = values[value]
        spread = scale * _spread(graph, value)
        new = spread * rng.standard_normal(np.shape(before))
        values[value] = (
            new.astype(before.dtype) if isinstance(before, np.ndarray | np.generic) else float(new)
        )
    return values


def _spread(graph: Graph, parameter: int) -> float:
    """The spread that keeps what a parameter is multiplied with at the size of 1: by its fan-in."""
    carried = graph.reached([one.value for one in graph.inputs if one.kind == "carried"])
    seen = {parameter}
    for one in graph.operations:
        operands = one.operands
        if seen.isdisjoint(operands):
            continue
        if one.name in PRODUCTS and len(operands) == 2:
            partner = next((each for each in operands if each not in seen), operands[0])
            its = graph.recorded[partner]
            if its is None or not isinstance(its, np.ndarray | float | np.generic):
                return 1.0
            size = (
                0.0 if partner in carried else float(np.sqrt(np.mean(np.square(its, dtype=float))))
            )
            size = size or 1.0  # what the step makes is brought to that, and zeros say nothing
            is_product = one.name not in ("Mult", "multiply", "outer") and np.ndim(its)
            axis = -1 if partner == operands[0] else -2 if np.ndim(its) > 1 else -1
            fan_in = np.shape(its)[axis] if is_product else 1
            return 1.0 / (size * np.sqrt(max(fan_in, 1)))
        if one.name.startswith("attribute") or one.name in ("index", "reshape", "transpose"):
            seen.add(one.value)
            continue
        break
    return 0.5


def _is_finite(point: Point, parameters: Sequence[int]) -> bool:
    return all(
        np.all(np.isfinite(point.values[one]))
        for one in point.graph.reached(parameters)
        if is_number(point.values[one])
    )


def _flat(point: Point, parameters: Sequence[int]) -> float:
    """The share of values that lie at 0, or at 1 and -1, where functions are flat."""
    inputs = len(point.graph.inputs)
    values = [
        np.abs(np.asarray(point.values[one], float))
        for one in point.graph.reached(parameters)
        if one >= inputs and is_number(point.values[one])
    ]
    shares = [
        float(np.mean(one < 1e-12) + np.mean(np.abs(1 - one) < 1e-9)) for one in values if one.size
    ]
    return float(np.mean(shares)) if shares else 1.0


Numbers = list[Array]


def numbers(points: Sequence[Point], values: Sequence[Any]) -> Numbers | None:
    """What a value is at each point, behind each other for each step; None where one is no number.

    The factor of a gradient may differ from step to step, as a rate that shrinks does.
    """
    if any(
        one is None
        or isinstance(one, str | tuple | list | dict)
        or np.asarray(one).dtype.kind not in "fiub"
        for one in values
    ):
        return None
    steps: dict[int, list[Array]] = {}
    for point, one in zip(points, values, strict=True):
        steps.setdefault(point.step, []).append(np.ravel(np.asarray(one, float)))
    return [np.concatenate(one) for one in steps.values()]


def stacked(points: Sequence[Point], value: int) -> Numbers | None:
    """The same of a value of the graph."""
    return numbers(points, [one.values[value] for one in points])
