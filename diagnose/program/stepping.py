"""What a step does with gradients that are right: whether it goes down them, and down nothing else.

Shown by turning a gradient round, or pushing a sum, and running the rest of the step again; so it
holds for any optimizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.program.graph import CARRIED, Graph, Operation
from diagnose.program.judging import Fit, Judgement
from diagnose.program.points import Point, is_number, step_of
from diagnose.program.signals import pair_of
from diagnose.program.writing import Splice, Text, flipped, operands
from diagnose.recording.operations import LESS
from diagnose.recording.rewriting import Site

# A value is changed by so much of itself, which is far above rounding.
LITTLE = 1e-4
# A sum that keeps more than this of what it was is not begun anew, and is no average either:
# momentum is .999 at most.
KEEPS = 1 - 1e-6


@dataclass(frozen=True, kw_only=True)
class Turned:
    """Parameters whose steps go up the gradient, and the one sign that does it, if it is known.

    site: where the sign stands, or where the steps are made. splices: the edit of it.
    """

    parameters: frozenset[int]
    site: int
    file: str = ""
    splices: tuple[Splice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A sum of gradients that goes on from step to step: where it is added to, for what."""

    site: int
    parameters: frozenset[int]


def _again(graph: Graph, point: Point, replaced: Mapping[int, object]) -> Point:
    affected = graph.reached(replaced.keys()) - replaced.keys()
    return Point(graph, graph.again(point.values, replaced, affected), point.step)


def sense(made: Judgement, points: Sequence[Point], before: int, after: int, fit: Fit) -> int:
    """1 where a parameter steps up its gradient, -1 where down; 0 where that is not seen."""
    total = 0.0
    for point in points:
        value = np.asarray(point.values[fit.value], float)
        step = step_of(point, before, after)
        length = float(np.linalg.norm(value))
        if not length or fit.value == after:
            total += float(np.sign(fit.factor)) if fit.value == after else 0.0
            continue
        try:  # an optimizer that divides by the gradient's length sees the same length
            other = _again(point.graph, point, {fit.value: -value})
        except Exception:
            return 0
        change = step - step_of(other, before, after)
        if change.size == value.size:
            given = (
                value.T if change.shape != value.shape and change.shape == value.T.shape else value
            )
            total += float(np.sign(np.vdot(change, given.reshape(change.shape)))) * float(
                np.sign(fit.factor)
            )
    return int(np.sign(np.nan_to_num(total))) * _sense_of_signal(made, points)


def _sense_of_signal(made: Judgement, points: Sequence[Point]) -> int:
    """1 where the signal, at its place, is the slope of a loss, and -1 where it is its opposite.

    A loss rises with the output less the target, and an earlier value may lower the output by which
    it is raised, as ``-z`` within a sigmoid.
    """
    total, rng = 0.0, np.random.default_rng(0)
    for point in points:
        for at, place in enumerate(made.signal.places):
            pair, slope = pair_of(point, made.joint, at), made.signal.slope(point, at)
            if pair is None or slope is None or slope.shape != pair[0].shape:
                continue
            rises = 1.0
            if place != made.joint.outputs[at]:
                here = np.asarray(point.values[place], float)
                push = rng.standard_normal(here.shape)
                other = _again(point.graph, point, {place: here + LITTLE * push})
                output = np.asarray(other.values[made.joint.outputs[at]], float) - pair[0]
                rises = float(np.sign(np.vdot(output, push.reshape(output.shape))))
            total += rises * float(np.sign(np.vdot(slope, pair[0] - pair[1])))
    return int(np.sign(np.nan_to_num(total)))


def turned(
    made: Judgement, parameters: Mapping[int, int], sites: Sequence[Site],
    texts: Mapping[str, Text],
) -> list[Turned]:  # fmt: skip
    """Steps that go up: by one sign where one edit turns them all, else each for itself.

    Where outputs and targets meet in no difference, up and down are not known.
    """
    meets = [made.graph.operation(one) for one in made.joint.meets]
    if not made.joint.indexed and any(one is None or one.name not in LESS for one in meets):
        return []
    right = {one: parameters[one] for one in made.right}
    up = {one for one in right if sense(made, made.points, one, right[one], made.right[one]) > 0}
    if not up:
        return []
    for one, splice in _signs(made.graph, up, right, sites, texts):
        if _turns(made, one, up, right):
            file = sites[one.site].file
            splices = (splice,)
            return [
                Turned(parameters=frozenset(up), site=one.site, file=file, splices=splices)
            ]  # fmt: skip
    found: dict[int, set[int]] = {}
    for before in up:
        last = made.graph.operation(right[before])
        if last is not None:
            found.setdefault(last.site, set()).add(before)
    return [Turned(parameters=frozenset(its), site=site) for site, its in found.items()]


def _signs(
    graph: Graph, up: set[int], right: Mapping[int, int], sites: Sequence[Site],
    texts: Mapping[str, Text],
) -> Iterator[tuple[Operation, Splice]]:  # fmt: skip
    """Sums and differences whose sign may be the wrong one, the steps themselves first."""
    ways = [graph.behind([right[one]]) for one in up]
    common = set.intersection(*ways)
    last = {right[one] for one in up}
    both = [one for one in graph.operations if one.value in common or one.value in last]
    steps = [one for one in both if not last.isdisjoint({one.value, *_after(graph, one.value)})]
    for one in [*steps, *(each for each in both if each not in steps)]:
        text = texts.get(sites[one.site].file)
        node = text.expression(sites[one.site].span) if text is not None else None
        if text is None or node is None or one.name not in ("Add", "Sub"):
            continue
        if one in steps:
            splice = flipped(text, node) if hasattr(node, "op") else None  # type: ignore[arg-type]
        else:
            splice = _swapped(text, node) if one.name == "Sub" and hasattr(node, "left") else None
        if splice is not None:
            yield one, splice


def _after(graph: Graph, value: int) -> set[int]:
    """What only keeps a value in the array that it is written into."""
    return {
        one.value for one in graph.operations if one.name == "written" and value in one.operands
    }


def _swapped(text: Text, node: object) -> Splice:
    left, right = operands(node)[:2]  # type: ignore[arg-type]
    start, end = text.ends(left)[0], text.ends(right)[1]
    between = text.code[text.ends(left)[1] : text.ends(right)[0]].decode()
    return Splice(start, end, f"{text.text(right)}{between}{text.text(left)}")


def _turns(made: Judgement, one: Operation, up: set[int], right: Mapping[int, int]) -> bool:
    """Whether another sign there turns all steps that go up, and no other.

    Of a step it is that of what is added; of a difference before it, that of all of it.
    """
    graph, inputs = made.graph, len(made.graph.inputs)
    is_step = any(one.value in {right[each], *_behind_written(graph, right[each])} for each in up)
    operations = list(graph.operations)
    for at, other in enumerate(operations):
        if other.site == one.site and other.name == one.name:
            name = {"Add": "Sub", "Sub": "Add"}[one.name]
            operations[at] = (
                replace(other, name=name, function=np.add if name == "Add" else np.subtract)
                if is_step
                else replace(other, args=other.args[::-1])
            )
    changed = replace(graph, operations=tuple(operations))
    values = [
        one.value for one, was in zip(operations, graph.operations, strict=True) if one is not was
    ]
    if min(values) - inputs < 0 or not made.graph.behind(made.joint.outputs).isdisjoint(values):
        return False
    try:
        points = [
            _again(changed, point, {value: changed.operations[value - inputs].run(point.values)
                                    for value in values})
            for point in made.points
        ]  # fmt: skip
    except Exception:
        return False
    senses = {
        each: sense(made, points, each, right[each], made.right[each])
        * (1 if is_step or made.right[each].value < min(values) else _kept_sign(made, points, each))
        for each in right
    }
    return all(senses[each] < 0 for each in right)


def _kept_sign(made: Judgement, points: Sequence[Point], each: int) -> int:
    """-1 where the gradient itself has turned, beside which the step is looked at."""
    value = made.right[each].value
    before, now = made.points[0].values[value], points[0].values[value]
    return int(np.sign(np.vdot(np.asarray(before, float), np.asarray(now, float)))) or 1


def _behind_written(graph: Graph, value: int) -> list[int]:
    made = graph.operation(value)
    return made.operands if made is not None and made.name == "written" else []


def kept(made: Judgement, parameters: Mapping[int, int]) -> list[Kept]:
    """Sums of right gradients that no step begins anew: each step takes all earlier ones again."""
    graph, point = made.graph, made.points[0]
    found: dict[int, set[int]] = {}
    sums = {
        one.value: graph.results[one.key] for one in graph.inputs
        if one.kind == CARRIED and one.key is not None and one.key in graph.results
        and one.value not in parameters
        and is_number(graph.recorded[one.value])
    }  # fmt: skip
    for before, fit in made.right.items():
        after = parameters[before]
        way = graph.behind([after])
        for old, new in sums.items():
            if not {old, new} <= way or fit.value not in graph.behind([new]) - {new}:
                continue
            if not _keeps_all(graph, point, old, new, before, after):
                continue
            last = graph.operation(new)
            while last is not None and last.name == "written":
                last = graph.operation(last.operands[-1])
            if last is not None:
                found.setdefault(last.site, set()).add(before)
    return [Kept(site=site, parameters=frozenset(its)) for site, its in found.items()]


def _keeps_all(graph: Graph, point: Point, old: int, new: int, before: int, after: int) -> bool:
    """Whether all that a sum was is in what it becomes, and moves the step by a multiple of it."""
    was = np.asarray(point.values[old], float)
    push = np.random.default_rng(0).standard_normal(was.shape)
    try:
        other = _again(graph, point, {old: was + push})
    except Exception:
        return False
    grown = np.asarray(other.values[new], float) - np.asarray(point.values[new], float)
    if grown.shape != push.shape or not np.allclose(grown, push, rtol=1 - KEEPS, atol=1e-9):
        return False
    moved = step_of(other, before, after) - step_of(point, before, after)
    if moved.size != push.size:
        return False
    factor = float(np.vdot(moved, push)) / float(np.vdot(push, push))
    return bool(factor) and bool(
        np.linalg.norm(moved - factor * push.reshape(moved.shape)) < 1e-6 * np.linalg.norm(moved)
    )
