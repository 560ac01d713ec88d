"""What a step does with gradients that are right: whether it goes down them, and down nothing else.

Shown by turning a gradient round, or pushing a sum, and running the rest of the step again; so it
holds for any optimizer.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from diagnose.program.graph import Graph, Operation
from diagnose.program.judging import Fit, Judgement, judgement
from diagnose.program.locating import MULTIPLYING, sign_of
from diagnose.program.matching import agreeing, matches
from diagnose.program.points import Point, again, all_again, carried_numbers, step_of
from diagnose.program.signals import pair_of
from diagnose.program.substituting import repeated
from diagnose.program.writing import Splice, Text, flipped, swapped
from diagnose.recording.operations import LESS
from diagnose.recording.sites import Site

# A value is changed by so much of itself, which is far above rounding.
LITTLE = 1e-4
# A sum that keeps more than this of what it was is not begun anew, and is no average either:
# momentum is .999 at most.
KEEPS = 1 - 1e-6
# A parameter grows by itself by more than this: a step is a difference of numbers that are rounded.
STEADY = 1e-9


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
class Grown:
    """Parameters of which a step adds a part to themselves: at which place that is taken."""

    site: int
    parameters: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Gradients of parameters of which a step makes several and takes one: the place, how many."""

    site: int
    parameters: frozenset[int]
    count: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A sum of gradients that goes on from step to step: where it is added to, for what."""

    site: int
    parameters: frozenset[int]


def _with(point: Point, value: int, new: object) -> Point | None:
    """A point with another number for a value; None where the step fails with it."""
    return again(point, {value: new}, point.graph.reached([value]) - {value})


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
        # an optimizer that divides by the gradient's length sees the same length
        other = _with(point, fit.value, -value)
        if other is None:
            return 0
        change = step - step_of(other, before, after)
        if not np.all(np.isfinite(change)):
            return 0  # such as of a root of what the other gradient makes negative
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
    if not made.joint.meets:
        return 1
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
                other = _with(point, place, here + LITTLE * push)
                if other is None:
                    return 0
                output = np.asarray(other.values[made.joint.outputs[at]], float) - pair[0]
                rises = float(np.sign(np.vdot(output, push.reshape(output.shape))))
            total += rises * float(np.sign(np.vdot(slope, pair[0] - pair[1])))
    return int(np.sign(np.nan_to_num(total)))


def rising(made: Judgement, parameters: Mapping[int, int]) -> set[int]:
    """Parameters with a right gradient that a step moves up it, as one of the points shows."""
    some = made.points[:1]
    return {
        one for one, fit in made.right.items() if sense(made, some, one, parameters[one], fit) > 0
    }


def turned(
    made: Judgement, parameters: Mapping[int, int], sites: Sequence[Site],
    texts: Mapping[str, Text],
) -> list[Turned]:  # fmt: skip
    """Steps that go up: by one sign where one edit turns them all, else where each sign turns.

    Where outputs and targets meet in no difference, up and down are not known; nor whether a number
    that is computed is to fall.
    """
    if not made.joint.meets:
        return []
    meets = [made.graph.operation(one) for one in made.joint.meets]
    if not made.joint.indexed and any(one is None or one.name not in LESS for one in meets):
        return []
    right = {one: parameters[one] for one in made.right}
    up = {one for one in right if sense(made, made.points, one, right[one], made.right[one]) > 0}
    if not up:
        return []
    turning = _turning(made, matches(agreeing(made, parameters), parameters))
    mended = partial(_mended, made, right=right, turning=turning, sites=sites, texts=texts)
    if whole := mended(up, set()):
        return [whole]
    found: list[Turned] = []
    for before in up:
        alone = mended({before}, up - {before})
        last = made.graph.operation(right[before])
        if alone is not None or last is not None:
            found.append(
                alone or Turned(parameters=frozenset({before}), site=last.site if last else 0)
            )
    return _all_as_one(_by_place(found))


def _all_as_one(several: list[Turned]) -> list[Turned]:
    """Steps that all are turned by signs of their own as one: who slips there, slips in each."""
    if len({one.file for one in several}) != 1 or not all(one.splices for one in several):
        return several
    splices = {splice for one in several for splice in one.splices}
    every = frozenset().union(*(one.parameters for one in several))
    in_order = tuple(sorted(splices, key=lambda one: one.start))
    return [replace(min(several, key=lambda one: one.site), parameters=every, splices=in_order)]


def _by_place(several: Sequence[Turned]) -> list[Turned]:
    """Those of one place as one."""
    found: dict[tuple[int, tuple[Splice, ...]], Turned] = {}
    for one in several:
        before = found.get((one.site, one.splices), one)
        found[one.site, one.splices] = replace(one, parameters=one.parameters | before.parameters)
    return [*found.values()]


def _turning(made: Judgement, matched: Mapping[int, Fit]) -> set[int]:
    """What the factors are made of by which an adjoint gets the other sign, as by a slope of -1.

    An error and a step have the signs that belong together where such a factor is between them.
    """
    signs, found = {value: sign_of(made.graph, fit) for value, fit in matched.items()}, set[int]()
    for one in made.graph.operations:
        before = [signs[each] for each in one.operands if each in signs]
        if one.name in MULTIPLYING and one.value in signs and before == [-signs[one.value]]:
            found |= made.graph.behind(set(one.operands) - made.joint.behind)
    return found


def _mended(
    made: Judgement, up: Set[int], others: Set[int], *, right: Mapping[int, int],
    turning: Set[int], sites: Sequence[Site], texts: Mapping[str, Text],
) -> Turned | None:  # fmt: skip
    """Steps that go up with the one sign that turns them, and none but them.

    others: what also goes up, for another reason. turning: what makes factors that turn a sign;
    such a sign is the likeliest. Where the rest goes down, a sign before the steps is likelier than
    theirs, unless the steps have another sign than those.
    """
    steps = _steps(made.graph, [right[each] for each in up])
    down = _steps(made.graph, [right[each] for each in right.keys() - up - others])
    early = not {*steps.values()}.isdisjoint(down.values())
    several = _common(made.graph, [right[one] for one in up])
    several.sort(key=lambda one: (
        one.value not in turning, (one.value in steps) == early, one.name != "USub", one.value
    ))  # fmt: skip
    for one in several:
        site = sites[one.site]
        text = texts.get(site.file)
        node = text.expression(site.span) if text is not None else None
        if text is None or node is None:
            continue
        edit = _edit(one, text, node, is_step=one.value in steps)
        if edit is not None and _turns(made, one, edit[1], others, right):
            return Turned(
                parameters=frozenset(up), site=one.site, file=site.file, splices=(edit[0],)
            )
    return None


def _steps(graph: Graph, several: Sequence[int]) -> dict[int, str]:
    """The sums and differences that make steps, by name."""
    made = (
        graph.operation(each) for one in several for each in (one, *_behind_written(graph, one))
    )
    return {one.value: one.name for one in made if one is not None and one.name in ("Add", "Sub")}


def _common(graph: Graph, steps: Sequence[int]) -> list[Operation]:
    """An operation of each place that lies on the way to all of some steps."""
    ways = [
        {(one.site, one.name): one for one in graph.operations if one.value in behind}
        for behind in (graph.behind([step]) for step in steps)
    ]
    return [one for place, one in ways[0].items() if all(place in way for way in ways)]


def _edit(
    one: Operation, text: Text, node: ast.AST, *, is_step: bool
) -> tuple[Splice, Callable[[Operation], Operation]] | None:  # fmt: skip
    """The other sign of an operation, in the text and in the graph."""
    if one.name == "USub" and isinstance(node, ast.UnaryOp):
        start, end = text.ends(node)
        return Splice(start, end, text.text(node.operand)), lambda it: replace(
            it, name="UAdd", function=operator.pos
        )
    if one.name == "Sub" and not is_step and isinstance(node, ast.BinOp):
        return swapped(text, node), lambda it: replace(it, args=it.args[::-1])
    if one.name in ("Add", "Sub") and is_step and isinstance(node, ast.BinOp | ast.AugAssign):
        other = "Sub" if one.name == "Add" else "Add"
        function = np.add if other == "Add" else np.subtract
        splice = flipped(text, node)
        if splice is not None:
            return splice, lambda it: replace(it, name=other, function=function)
    return None


def _turns(
    made: Judgement, one: Operation, change: Callable[[Operation], Operation], others: Set[int],
    right: Mapping[int, int],
) -> bool:  # fmt: skip
    """Whether with another sign at an operation's place all steps go down but for some others."""
    graph = made.graph
    changed = {
        other.value: change(other) for other in graph.operations
        if other.site == one.site and other.name == one.name
    }  # fmt: skip
    if not graph.behind(made.joint.outputs).isdisjoint(changed):
        return False
    edited, affected = graph.edited(changed), graph.reached(changed)
    points = all_again(made.points, affected, edited)
    if not points:
        return False
    now = judgement(points, made.joint, made.signal, right)
    return (
        now is not None
        and now.right.keys() == right.keys()
        and all(
            (sense(now, points, each, right[each], now.right[each]) < 0) == (each not in others)
            for each in right
        )
    )


def _behind_written(graph: Graph, value: int) -> list[int]:
    made = graph.operation(value)
    return made.operands if made is not None and made.name == "written" else []


def kept(made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int]) -> list[Kept]:
    """Sums of right gradients that no step begins anew: each step takes all earlier ones again.

    matched: values that are adjoints, as such a sum is that begins with 0.
    """
    graph, point = made.graph, made.points[0]
    found: dict[int, set[int]] = {}
    sums = {old: new for old, new in carried_numbers(graph).items() if old not in parameters}
    for before in made.right:
        after = parameters[before]
        way = graph.behind([after])
        for old, new in sums.items():
            fit = matched.get(new)
            if not {old, new} <= way or fit is None or fit.of != before:
                continue
            if not _keeps_all(point, old, new) or not _is_all(graph, matched, before, after, new):
                continue
            last = graph.maker(new)
            if last is not None:
                found.setdefault(last.site, set()).add(before)
    return [Kept(site=site, parameters=frozenset(its)) for site, its in found.items()]


def _keeps_all(point: Point, old: int, new: int) -> bool:
    """Whether all that a sum was is in what it becomes."""
    was = np.asarray(point.values[old], float)
    push = np.random.default_rng(0).standard_normal(was.shape)
    other = _with(point, old, was + push)
    if other is None:
        return False
    grown = np.asarray(other.values[new], float) - np.asarray(point.values[new], float)
    return grown.shape == push.shape and np.allclose(grown, push, rtol=1 - KEEPS, atol=1e-9)


def _is_all(
    graph: Graph, matched: Mapping[int, Fit], before: int, after: int, new: int
) -> bool:  # fmt: skip
    """Whether a step takes no gradient of its parameter but by a sum, as Adagrad does beside it."""
    ahead, seen, behind = [after], {new}, graph.reached([new])
    while ahead:
        value = ahead.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in matched and matched[value].of == before and value not in behind:
            return False
        operation = graph.operation(value)
        ahead += operation.operands if operation is not None else ()
    return True


def grown(made: Judgement, parameters: Mapping[int, int]) -> list[Grown]:
    """Parameters that a step makes longer by themselves, as a decay of the other sign does."""
    graph, found = made.graph, dict[int, set[int]]()
    passed = graph.behind(made.joint.outputs)
    users = graph.users()
    for before in made.right:
        after, affected = parameters[before], {before}
        for one in graph.operations:
            if one.value not in passed and not affected.isdisjoint(one.operands):
                affected.add(one.value)
        affected &= graph.behind([after])
        entered = [
            one for one in users.get(before, ()) if one in affected and one not in passed
            and one not in (after, *_behind_written(graph, after))
        ]  # fmt: skip
        first = graph.operation(entered[0]) if entered else None
        if first is not None and all(
            _grows(one, before, after, affected - {before}) for one in made.points
        ):
            found.setdefault(first.site, set()).add(before)
    return [Grown(site=site, parameters=frozenset(its)) for site, its in found.items()]


def _grows(point: Point, before: int, after: int, affected: set[int]) -> bool:
    """Whether what a parameter is pushed by is in its step, with its sign, and nothing else is."""
    was = np.asarray(point.values[before], float)
    push = np.random.default_rng(0).standard_normal(was.shape)
    pushed = (was + push).astype(np.asarray(point.values[before]).dtype)[()]
    other = again(point, {before: pushed}, affected)
    if other is None:
        return False
    moved = step_of(other, before, after) - step_of(point, before, after)
    if moved.shape != push.shape:
        return False
    factor = float(np.vdot(moved, push)) / float(np.vdot(push, push))
    rest = np.linalg.norm(moved - factor * push)
    return factor > STEADY and bool(rest < 1e-3 * np.linalg.norm(moved))


def lost(made: Judgement, matched: Mapping[int, Fit]) -> list[Lost]:
    """Gradients that a step makes as it makes the one that it takes, and does nothing with.

    With the error that they are of: what goes back to a sample's own numbers is no loss.
    """
    graph = made.graph
    joint = graph.operation(made.joint.meets[0]) if made.joint.meets else None
    errors = 0 if joint is None else sum(map(joint.is_like, graph.lost))
    if not errors:
        return []
    found: dict[int, tuple[set[int], int]] = {}
    leading = graph.behind(graph.results.values())
    taken = [one for one in graph.operations if one.value in leading]
    for one in taken:
        fit = matched.get(one.value)
        if fit is None or fit.of not in made.right:
            continue
        dead, alike = ([*filter(one.is_like, some)] for some in (graph.lost, taken))
        # for each error that is lost, of as many as there are of each sample, one gradient is
        if dead and len(dead) * len(made.joint.meets) == errors * len(alike):
            site = repeated(graph, one) or one.site
            parameters, count = found.get(site, (set[int](), 0))
            found[site] = parameters | {fit.of}, max(count, len(dead))
    return [
        Lost(site=site, parameters=frozenset(its), count=count)
        for site, (its, count) in found.items()
    ]
