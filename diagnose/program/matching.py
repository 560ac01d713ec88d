"""Which of an author's values are adjoints: each is held against all, by any of several signals.

One loss may be written at several places, so that what is right by one signal is right by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import Graph
from diagnose.program.judging import FEWEST, Fit, Judgement, closeness, judgement, truth_of
from diagnose.program.points import Numbers, first_step, is_number, numbers
from diagnose.program.signals import LAYOUT, signals


def agreeing(made: Judgement, parameters: Mapping[int, int]) -> list[Judgement]:
    """What holds with each signal by which the same gradients are right, the judgement's own first.

    One loss may be written at several places: at the output, and before its last function.
    """
    asked = {one: parameters[one] for one in (*made.right, *made.wrong, *made.level)}
    found = [made]
    few = first_step(made.points)
    for signal in signals(made.graph, made.joint, made.points) if made.right else ():
        if signal == made.signal:
            continue
        first = judgement(few, made.joint, signal, asked)
        if first is None or not made.right.keys() <= first.right.keys() | first.level:
            continue
        other = judgement(made.points, made.joint, signal, asked)
        if other is not None and other.right.keys() == made.right.keys():
            found.append(other)
    return found


def matches(several: Sequence[Judgement], parameters: Mapping[int, int]) -> dict[int, Fit]:
    """Each value behind the targets that is an adjoint, or a part of one, by any of several.

    One that leads to no parameter of those that its value is made of is right elsewhere.
    """
    graph = several[0].graph
    serves = graph.made_of([*parameters])
    leads = graph.leading_to([*parameters.values()])
    found: dict[int, Fit] = {}
    for made in several:
        found = _matches(made, serves, leads) | found
    return found


def _matches(
    made: Judgement, serves: Mapping[int, int], leads: Mapping[int, int]
) -> dict[int, Fit]:  # fmt: skip
    points, tables = made.points, _tables(made)
    parameter = next(iter({**made.right, **dict.fromkeys(made.wrong)}))
    close = closeness(points, parameter, made.joint)
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
            if unit is None or unit.sizes not in tables:
                continue
            truths, table = tables[unit.sizes]
            cosines = table @ unit.numbers
            alike: dict[bool, Fit] = {}
            close_to = {
                at: float(np.sign(cosines[at]))
                for at in np.flatnonzero(np.abs(cosines) > 1 - close).tolist()
                if np.linalg.norm(unit.numbers - np.sign(cosines[at]) * table[at]) < close
            }
            equal = {truths[at].value for at in close_to}
            for at, sign in close_to.items():
                truth = truths[at]
                if (
                    serves.get(truth.value, 0) & leads.get(one.value, 0)
                    and _reshaped(made.graph, truth.value, np.shape(each[0])) <= equal
                    and (truth.is_share not in alike or alike[truth.is_share].of < truth.value)
                ):
                    alike[truth.is_share] = Fit(
                        value=one.value, of=truth.value, factor=sign * unit.length / truth.length
                    )
            if alike:
                found[one.value] = replace(
                    alike.get(False, alike[max(alike)]), share=alike.get(True)
                )
                break
    return found


def _reshaped(graph: Graph, value: int, shape: tuple[int, ...]) -> set[int]:
    """What a value was laid out of on the way forward, where that has a shape and it has not.

    An adjoint that is laid out in that shape is the adjoint of that, or its numbers are misplaced.
    """
    found: set[int] = set()
    if len(shape) <= 2 or np.shape(graph.recorded[value]) == shape:
        return found
    made = graph.operation(value)
    while made is not None and made.name in LAYOUT and made.operands:
        before = made.operands[0]
        if np.shape(graph.recorded[before]) == shape:
            found.add(before)
        made = graph.operation(before)
    return found


@dataclass(frozen=True)
class _Unit:
    """Numbers whose length is 1 in each step, and what it was in the first that has one."""

    sizes: tuple[int, ...]
    numbers: Array
    length: float


@dataclass(frozen=True)
class _Truth:
    """An adjoint of a value, or the share of it that some uses contribute, by its length."""

    value: int
    is_share: bool
    length: float


def _tables(made: Judgement) -> dict[tuple[int, ...], tuple[list[_Truth], Array]]:
    """All adjoints, and what uses contribute to them, as rows of length 1, by how many numbers."""
    known: dict[tuple[int, ...], tuple[list[_Truth], list[Array]]] = {}
    for value in (*made.right, *made.wrong, *made.joint.forward):
        several = [(truth_of(made.points, made.truths, value), False)]
        parts = [one.parts.get(value, []) for one in made.truths]
        uses = len(parts[0])
        if {len(one) for one in parts} == {uses} and uses > 1:
            for at in range(uses):
                several.append((numbers(made.points, [one[at] for one in parts]), True))
                for some in (slice(at + 1), slice(at, None)) if at else ():
                    both = [sum(one[some]) for one in parts]
                    several.append((numbers(made.points, both), len(parts[0][some]) < uses))
        for each, is_share in several:
            if (unit := _unit(each)) is not None:
                truths, rows = known.setdefault(unit.sizes, ([], []))
                truths.append(_Truth(value, is_share, unit.length))
                rows.append(unit.numbers)
    return {sizes: (truths, np.stack(rows)) for sizes, (truths, rows) in known.items()}


def _unit(several: Numbers | None) -> _Unit | None:
    """Numbers whose length is 1 in each step, or in all where each has a few; None of zeros."""
    if several is None:
        return None
    lengths = [float(np.linalg.norm(one)) for one in several]
    if min(map(len, several)) < FEWEST:
        lengths = [float(np.linalg.norm(lengths))] * len(lengths)
    if not any(lengths) or not all(map(np.isfinite, lengths)):
        return None
    whole = np.concatenate(
        [one / length if length else one for one, length in zip(several, lengths, strict=True)]
    )
    return _Unit(tuple(one.size for one in several), whole, next(filter(None, lengths)))
