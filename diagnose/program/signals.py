"""Where the error enters a step: which outputs meet which targets, and which slope goes back.

Targets are the first data that join what the parameters make, on the way to the new parameters. The
slope of the loss is a hypothesis: the plain one at the output or before its last nonlinearity, or
a value that the author computed. What explains most of what was computed after it is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import DRAWN, GIVEN, SHAPED, Graph, Operation, filled, slots
from diagnose.program.points import Point, is_number
from diagnose.recording.operations import COMPARE, LESS

# Draws that choose among samples, in whatever order: what they choose is data.
CHOOSING = {"permutation", "choice", "randint", "integers", "shuffle", "sample", "permuted",
            "randrange", "choices"}  # fmt: skip
LAYOUT = {"attribute:T", "index", "reshape", "transpose", "ravel", "flatten", "asarray", "array",
          "copy", "astype", "squeeze", "expand_dims", "item", "float", "swapaxes"}  # fmt: skip
# What writes into a part of an array.
STORES = {"scatter", "scatter_add"}
# So many of the author's own error signals are tried, and places of an output.
MOST_SIGNALS, MOST_PLACES = 8, 12


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Outputs that meet targets, by one statement that may be done for several samples.

    outputs, targets: values, pairwise; indexed: whether the targets say which output is meant.
    behind: all values that depend on a target; forward: what parameters make before that; active:
    with the parameters. fed: samples, and all that is made of them before that. Where the output is
    a loss that the step computes, nothing meets it, and what is no part of it is behind. mark: what
    a class has at its place.
    """

    site: int
    meets: tuple[int, ...]
    outputs: tuple[int, ...]
    targets: tuple[tuple[int, ...], ...]
    indexed: bool
    behind: frozenset[int]
    forward: frozenset[int]
    active: frozenset[int]
    fed: frozenset[int]
    mark: float = 1.0

    def edited(self, graph: Graph, affected: Set[int]) -> Joint:
        """The same in a graph with edits behind it, which affect some values."""
        behind = self.behind | affected
        if self.meets:
            behind &= graph.reached(self.meets)
        return replace(self, behind=behind)


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A hypothesis of the slope that goes back: what it is, at which values, and its numbers.

    standard: whether it is the slope of a usual loss, and not a value of the author's own.
    """

    name: str
    places: tuple[int, ...]
    standard: bool
    slope: Callable[[Point, int], Array | None] = field(compare=False)
    own: tuple[int, ...] = ()


def joints(
    graphs: Sequence[Graph], parameters: Set[int], unlike: Sequence[Graph] = ()
) -> list[Joint]:
    """Where targets may join, arithmetic before look-ups, and early before late.

    What is drawn in a step comes last: most of it is noise, and some of it samples. unlike: steps
    that do not do all the same, which show what varies.
    """
    graph = graphs[0]
    values = [one.run(one.given) for one in graphs]
    active = graph.reached(parameters, but=SHAPED)
    bare = laid_out_of(graph, parameters)
    noisy = noise(graph)
    needed = graph.behind([graph.results[key] for key in _stepped(graph, parameters)])
    alike: dict[tuple[int, str], list[Operation]] = {}
    taken: dict[tuple[int, str], list[list[Any]]] = {}
    for every in (graph, *unlike):
        numbers = values[0] if every is graph else every.run(every.given)
        for one in every.operations:
            place = (one.site, one.name)
            alike.setdefault(place, []).append(one)
            taken.setdefault(place, []).append([numbers[each] for each in one.operands])
    groups: dict[tuple[Any, ...], list[tuple[Operation, int, tuple[int, ...]]]] = {}
    users = graph.users()
    for one in graph.operations:
        if one.value not in needed or one.value not in active or one.name in COMPARE:
            continue
        own = [each for each in one.operands if each in active and each not in bare]
        is_difference = one.name in LESS  # samples may be drawn anew for each step, as noise is
        data = tuple(
            each
            for each in one.operands
            if each not in active and (is_difference or each not in noisy)
        )
        if len({*own}) == 1 and (
            any(
                _is_data(values, each)
                or _varies(taken[one.site, one.name], one.operands.index(each), values[0][each])
                or (one.name in LESS and _are_rows(graph, each, own[0]))
                for each in data
            )
            or _is_marked(graphs, users, alike[one.site, one.name], one)
        ):
            indexed = one.name in {"index", *STORES}
            drawn = not noisy.isdisjoint(data)
            groups.setdefault((drawn, indexed, one.site, one.name), []).append((one, own[0], data))
    samples = {
        one.value for one in graph.inputs if one.kind == GIVEN and _is_data(values, one.value)
    }
    found = [
        (key[0], _joint(graph, several, active, samples, key[1], values[0]))
        for key, several in groups.items()
    ]
    found.sort(key=lambda one: (one[0], one[1].indexed, one[1].meets[0]))
    return [one for _, one in found]


def _is_marked(
    graphs: Sequence[Graph], users: Mapping[int, Sequence[int]], alike: Sequence[Operation],
    one: Operation,
) -> bool:  # fmt: skip
    """Whether 1 is taken off an output at a place that is another one elsewhere.

    As ``p[label] -= 1`` does with a label that is a plain number, of which a step has no value.
    """
    if one.name != "index" or not isinstance(one.args[1], int | np.integer):
        return False
    graph = graphs[0]
    for each in users.get(one.value, ()):
        made = graph.operation(each)
        if made is not None and made.name in LESS and made.operands[0] == one.value:
            if any(
                np.ndim(its) or its != 1
                for its in map(graph.recorded.__getitem__, made.operands[1:])
            ):
                continue
            again = [*alike, *(other.operation(one.value) for other in graphs[1:])]
            return any(its is not None and its.args[1] != one.args[1] for its in again)
    return False


def _stepped(graph: Graph, parameters: Set[int]) -> list[Any]:
    keys = {one.key for one in graph.inputs if one.value in parameters}
    return [key for key in graph.results if key in keys]


def _joint(
    graph: Graph, several: list[tuple[Operation, int, tuple[int, ...]]], active: Set[int],
    samples: Set[int], indexed: bool, values: Sequence[Any],
) -> Joint:  # fmt: skip
    first: list[tuple[Operation, int, tuple[int, ...]]] = []
    behind: set[int] = set()
    for one, output, data in several:  # what depends on another of them is no output
        if output not in behind:
            first.append((one, output, data))
            behind |= graph.reached([one.value])
    targets = {each for _, _, data in first for each in data if np.size(graph.recorded[each]) > 1}
    targets |= {each for _, _, data in first for each in data if not _is_plain(graph, each)}
    outputs = {output for _, output, _ in first}
    chain = graph.behind(outputs) & active
    plain = laid_out_of(graph, {one.value for one in graph.inputs})
    also = [
        one.value for one in graph.operations
        if one.value in active and not targets.isdisjoint(one.operands)
        and not (chain & {*one.operands}).issubset(plain)
        and one.value not in chain
    ]  # fmt: skip
    behind = graph.reached([*(one.value for one, _, _ in first), *also])
    passed = graph.behind(outputs)
    return Joint(
        site=first[0][0].site,
        meets=tuple(one.value for one, _, _ in first),
        outputs=tuple(output for _, output, _ in first),
        targets=tuple(data for _, _, data in first),
        indexed=indexed,
        behind=frozenset(behind & active),
        forward=frozenset(one for one in active if one not in behind and one >= len(graph.inputs)),
        active=frozenset(one for one in active if one not in behind),
        fed=frozenset(graph.reached(samples & passed) - behind),
        mark=-1.0 if indexed and _are_negated(graph, outputs, values) else 1.0,
    )


def _are_negated(graph: Graph, outputs: Set[int], values: Sequence[Any]) -> bool:
    """Whether outputs are probabilities times -1: what is written into them then goes back."""
    written = {one.operands[0] for one in graph.operations if one.name in STORES}
    numbers = np.concatenate([np.ravel(values[one]) for one in outputs])
    return outputs <= written and bool(np.all(numbers <= 0) and np.any(numbers < 0))


def _is_plain(graph: Graph, value: int) -> bool:
    """Whether a value is a number that the author wrote, as far as a step tells."""
    return value < len(graph.inputs) and np.size(graph.recorded[value]) < 2


def _is_data(values: Sequence[Sequence[Any]], value: int) -> bool:
    """Whether a value holds several numbers, or differs from step to step."""
    each = [one[value] for one in values]
    if any(one is None or isinstance(one, str | tuple | list | dict) for one in each):
        return False
    if np.size(each[0]) > 1 and np.ptp(np.asarray(each[0], float)) > 0:
        return True
    return any(not np.array_equal(np.asarray(one), np.asarray(each[0])) for one in each[1:])


def _are_rows(graph: Graph, value: int, output: int) -> bool:
    """Whether a value holds a number for each that an output has, be they all alike."""
    shape = _shape(graph, value)
    return math.prod(shape) > 1 and shape == _shape(graph, output)


def _varies(taken: Sequence[Sequence[Any]], at: int, value: Any) -> bool:
    """Whether an operand is another one where the operation is done again."""
    again = (operands[at] for operands in taken if at < len(operands))
    return any(not np.array_equal(np.asarray(other), np.asarray(value)) for other in again)


def laid_out_of(graph: Graph, sources: Set[int]) -> set[int]:
    """Values, and what is only another layout, or a part, of them."""
    found = {*sources}
    for one in graph.operations:
        if one.name in LAYOUT and one.operands and one.operands[0] in found:
            found.add(one.value)
    return found


def noise(graph: Graph) -> set[int]:
    """What depends on random numbers other than by which samples they choose."""
    found = {one.value for one in graph.inputs if one.kind == DRAWN and one.name not in CHOOSING}
    for one in graph.operations:
        taken = [*slots(one.args[:1])] if one.name == "index" else one.operands
        if not found.isdisjoint(taken):
            found.add(one.value)
    return found


# hypotheses


def signals(graph: Graph, joint: Joint, points: Sequence[Point]) -> Iterator[Signal]:
    """Slopes that may go back from a joint, usual ones first."""
    if not joint.meets:
        yield itself(joint)
        return
    places = _places(graph, joint)
    for at, place in enumerate(places):
        where = "the output" if at == 0 else "the output, before its last function"
        yield Signal(
            name=f"output - target, at {where}", places=place, standard=True,
            slope=_usual(joint, _difference),
        )  # fmt: skip
    usual = (("cross-entropy", cross_entropy), ("logistic", logistic), ("absolute", _absolute))
    for name, slope in usual:
        yield Signal(name=name, places=places[0], standard=True, slope=_usual(joint, slope))
    for own in _own(graph, joint, points):
        if not _is_slope(own, joint, points):
            continue
        for place in places:
            if all(
                np.shape(points[0].values[one]) == np.shape(points[0].values[other])
                for one, other in zip(own, place, strict=True)
            ):
                yield Signal(
                    name="the author's own", places=place, standard=False,
                    slope=_value_of(own), own=own,
                )  # fmt: skip


def itself(joint: Joint) -> Signal:
    """The slope of outputs that are the loss."""

    def ones(point: Point, at: int) -> Array:
        return np.ones(np.shape(point.values[joint.outputs[at]]))

    return Signal(name="the loss that is computed", places=joint.outputs, standard=True, slope=ones)


def _is_slope(own: Sequence[int], joint: Joint, points: Sequence[Point]) -> bool:
    """Whether a value has everywhere the sign of the slope of some loss, or everywhere the other.

    A loss rises where the output leaves the target. Where targets are of two kinds only, as the
    labels of classes are, it may also rise with their distance from the middle, as a margin does. A
    sample may have a weight of its own, of either sign, where several of its outputs tell. Where no
    output meets a target of its size, nothing shows that it is a slope.
    """
    senses: set[float] = set()
    for point in points:
        for at, value in enumerate(own):
            pair = pair_of(point, joint, at)
            if pair is None or pair[0].shape != np.shape(point.values[value]):
                continue
            slope = np.sign(np.asarray(point.values[value], float))
            away = np.sign(pair[0] - pair[1])
            from_middle = np.sign((pair[1].min() + pair[1].max()) / 2 - pair[1])
            rows = _rows(slope, away, from_middle)
            if rows is None:
                return False
            senses |= rows
    return bool(senses) and len(senses - {0.0}) < 2


def _rows(slope: Array, away: Array, from_middle: Array) -> set[float] | None:
    """The sense of all samples, or 0 where each has its own; None where a sample has several."""
    for sense in (1.0, -1.0):
        if np.all((slope == 0) | (slope == sense * away) | (slope == sense * from_middle)):
            return {sense}
    for axis in range(slope.ndim):
        fits = [
            np.all((slope == 0) | (slope == sense * pattern), axis=axis)
            for sense in (1.0, -1.0) for pattern in (away, from_middle)
        ]  # fmt: skip
        if slope.shape[axis] > 1 and slope.ndim > 1 and np.all(np.any(fits, axis=0)):
            return {0.0}
    return None


def _places(graph: Graph, joint: Joint) -> list[tuple[int, ...]]:
    """The outputs, and earlier values of their shape that they are made of."""
    chains = [_chain(graph, joint, one) for one in joint.outputs]
    length = min(map(len, chains))
    return [tuple(chain[at] for chain in chains) for at in range(length)]


def _chain(graph: Graph, joint: Joint, output: int) -> list[int]:
    shape = np.shape(graph.recorded[output])
    found, ahead = [output], [output]
    while ahead and len(found) < MOST_PLACES:
        made = graph.operation(ahead.pop(0))
        for each in made.operands if made is not None else ():
            is_new = each in joint.forward and each not in found
            if is_new and _shape(graph, each) == shape:
                found.append(each)
                ahead.append(each)
    return found


def _shape(graph: Graph, value: int) -> tuple[int, ...]:
    its = graph.recorded[value]
    return np.shape(its) if its is not None else (-1,)


Slope = Callable[[Array, Array], Array]


def _difference(output: Array, target: Array) -> Array:
    return output - target


def cross_entropy(output: Array, target: Array) -> Array:
    """The slope of ``-target * log(output)``."""
    return -target / np.where(np.abs(output) < 1e-300, 1e-300, output)


def logistic(output: Array, target: Array) -> Array:
    """The same with ``-(1 - target) * log(1 - output)`` beside it."""
    return (output - target) / np.maximum(output * (1 - output), 1e-12)


def _absolute(output: Array, target: Array) -> Array:
    return np.sign(output - target)


def _usual(joint: Joint, slope: Slope) -> Callable[[Point, int], Array | None]:
    def made(point: Point, at: int) -> Array | None:
        pair = pair_of(point, joint, at)
        return None if pair is None else slope(*pair)

    return made


def pair_of(point: Point, joint: Joint, at: int) -> tuple[Array, Array] | None:
    """An output, and its target in the output's shape; None where they do not go together."""
    output = np.asarray(point.values[joint.outputs[at]], float)
    meets = point.graph.operation(joint.meets[at])
    assert meets is not None
    if joint.indexed:
        index = filled(meets.args[1], point.values)
        target = np.zeros(output.shape)
        try:
            target[index] = joint.mark
        except Exception:
            return None
        return output, target
    # numbers that are written, as 1.0 of a mark, are other values in a step of another class
    for value in meets.operands:
        if value == joint.outputs[at] or value in joint.active:
            continue
        target = np.asarray(point.values[value])
        if target.dtype.kind not in "fiub":
            continue
        if target.size == output.size:  # whichever shape the author gave it
            return output, target.reshape(output.shape).astype(float)
        try:
            shaped = np.broadcast_to(target, np.broadcast_shapes(output.shape, target.shape))
        except ValueError:
            continue
        if shaped.shape == output.shape and target.size > 1:
            return output, shaped.astype(float)
    return None


def _value_of(own: Sequence[int]) -> Callable[[Point, int], Array | None]:
    def made(point: Point, at: int) -> Array | None:
        value = point.values[own[at]]
        return None if value is None else np.asarray(value, float)

    return made


def _own(graph: Graph, joint: Joint, points: Sequence[Point]) -> Iterator[tuple[int, ...]]:
    """Values of the author's that may be the slope: of an output's shape, the first behind it."""
    count, found = len(joint.outputs), 0
    by_site: dict[tuple[int, str], list[int]] = {}
    for one in graph.operations:
        if one.value in joint.behind and is_number(points[0].values[one.value]):
            by_site.setdefault((one.site, one.name), []).append(one.value)
    for several in sorted(by_site.values(), key=lambda one: one[0]):
        first = several[:count]  # what one line does for all layers, it does for the last one first
        if len(first) != count or found >= MOST_SIGNALS:
            continue
        same = all(
            np.shape(points[0].values[one]) == np.shape(points[0].values[output])
            for one, output in zip(first, joint.outputs, strict=True)
        )
        if same:
            found += 1
            yield tuple(first)
