"""A gradient put right: with the adjoint in its place, what follows becomes right, or it does not.

A statement that makes a value which is no adjoint may make a step on the way to one. So a place is
blamed by experiment alone: its value is replaced by an adjoint, and what was wrong is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import Graph
from diagnose.program.judging import Fit, Judgement, judgement
from diagnose.program.locating import Slip
from diagnose.program.points import Point, again, laid_out

# So many adjoints are tried for what a gradient may be meant to be, and so many statements after it
# looked at for one of their size.
MOST_TRIED, MOST_AFTER = 6, 4


class Meant(NamedTuple):
    """What a gradient may be meant to be: at which value, the adjoint of which, times what."""

    at: int
    of: int
    factor: float


def put_right(
    made: Judgement, slip: Slip, matched: Mapping[int, Fit], parameters: Mapping[int, int]
) -> Slip | None:
    """A slip with the parameters whose gradients are right once its own are; None if none is.

    No other may be wrong by it. Where a share of an adjoint is put right, that is the place.
    """
    share, graph = slip.share, made.graph
    operation = graph.operation(share.value) if share is not None else None
    if share is not None and operation is not None:
        whole = [[Meant(share.value, share.of, share.factor)]]
        if spoils := _righted(made, whole, slip.spoils, parameters):
            return replace(
                slip, site=operation.site, values=(share.value,), results=(share.value,),
                sources=(None,), factor=False, caller=None, spoils=spoils,
            )  # fmt: skip
    spoils = _righted(made, _lists(made, slip, matched, parameters), slip.spoils, parameters)
    return replace(slip, share=None, spoils=spoils) if spoils else None


def _righted(
    made: Judgement, lists: Iterable[list[Meant]], wanted: frozenset[int],
    parameters: Mapping[int, int],
) -> frozenset[int]:  # fmt: skip
    """The parameters that the best of some substitutions puts right: all wanted, at best."""
    best: frozenset[int] = frozenset()
    for several in lists:
        changed = [one.at for one in several]
        moved = made.graph.reached(changed)
        points = _points(made, several, moved - {*changed})
        asked = {
            one: parameters[one] for one in (*made.right, *made.wrong) if parameters[one] in moved
        }
        if not points:
            continue
        found = judgement(points, made.joint, made.signal, asked, made.truths)
        if found is None or not made.right.keys() & asked.keys() <= found.right.keys():
            continue
        best = max(best, frozenset(found.right.keys() & made.wrong), key=len)
        if best >= wanted:
            break
    return best


def _lists(
    made: Judgement, slip: Slip, matched: Mapping[int, Fit], parameters: Mapping[int, int]
) -> Iterator[list[Meant]]:
    """What the gradients of a slip may be meant to be, all of them together."""
    graph = made.graph
    ways = {one: graph.behind([parameters[one]]) & made.joint.behind for one in made.wrong}
    each = []
    for result, source in zip(slip.results, slip.sources, strict=True):
        ends = [one for one, way in ways.items() if result in way]
        after = _after(graph, set().union(*ways.values()), result)
        fit = matched[source] if source is not None else None
        each.append([*_meant(made, ends, after, fit)])
    for several in zip(*each, strict=False):
        uses = Counter(one.of for one in several)  # shares of one gradient are added up
        yield [one._replace(factor=one.factor / uses[one.of]) for one in several]


def _after(graph: Graph, way: set[int], value: int) -> list[int]:
    """A value, and what each is made into that goes on as one alone."""
    users, found = graph.users(), [value]
    while len(found) < MOST_AFTER:
        later = [one for one in users.get(found[-1], []) if one in way]
        if len(later) != 1:
            break
        found += later
    return found


def _meant(
    made: Judgement, ends: Sequence[int], after: Sequence[int], source: Fit | None
) -> Iterator[Meant]:
    """Adjoints of a gradient's size: of the one parameter that it leads to, or of values before.

    source: the right gradient that it was made of, which belongs to a value after those.
    """
    graph, known, seen, count = made.graph, made.truths[0].of, set[int](), 0
    factor = source.factor if source is not None else 1.0
    ahead = [source.of] if source is not None else [*made.signal.places]
    if len(ends) == 1:
        ahead = [*ends]
    while ahead and count < MOST_TRIED:
        value = ahead.pop(0)
        if value in seen:
            continue
        seen.add(value)
        sizes = [one for one in after if np.size(made.points[0].values[one]) == _size(known, value)]
        count += bool(sizes)
        yield from (Meant(at, value, factor) for at in sizes)
        operation = graph.operation(value)
        operands = operation.operands if operation is not None else ()
        ahead += [one for one in operands if one in made.joint.active]


def _size(known: Mapping[int, Any], value: int) -> int:
    return int(np.size(known[value])) if value in known else -1


def _points(made: Judgement, several: Sequence[Meant], affected: set[int]) -> list[Point]:
    """The points with adjoints in the place of some values; none where they cannot be run."""
    points = []
    for point, truth in zip(made.points, made.truths, strict=True):
        replaced: dict[int, Array] = {}
        for at, of, factor in several:
            old, new = point.values[at], factor * np.asarray(truth.of.get(of, 0.0), float)
            if np.size(old) != new.size:
                return []
            new = laid_out(new, np.shape(old)).reshape(np.shape(old))
            replaced[at] = new.astype(np.asarray(old).dtype)[()]
        other = again(point, replaced, affected)
        if other is None:
            return []
        points.append(other)
    return points
