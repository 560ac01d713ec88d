"""A gradient put right: with the adjoint in its place, what follows becomes right, or it does not.

A statement that makes a value which is no adjoint may make a step on the way to one. So a place is
blamed by experiment alone: its value is replaced by an adjoint, and what was wrong is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import Graph, Operation
from diagnose.program.judging import Fit, Judgement, judgement
from diagnose.program.locating import Slip
from diagnose.program.points import Point, again, laid_out

# So many adjoints are tried for what a gradient may be meant to be, and so many statements after it
# looked at for one of their size.
MOST_TRIED, MOST_AFTER = 6, 4
# Of each gradient so many adjoints are held against those of the others.
MOST_KNOWN = 64


class Meant(NamedTuple):
    """What a gradient may be meant to be: at which value, the adjoint of which, times what."""

    at: int
    of: int
    factor: float


class Substitution(NamedTuple):
    """A slip, and the adjoints with which the gradients that it spoils are right."""

    slip: Slip
    meant: tuple[Meant, ...]


def put_right(
    made: Judgement, slip: Slip, matched: Mapping[int, Fit], parameters: Mapping[int, int]
) -> Substitution | None:
    """A slip with the parameters whose gradients are right once its own are; None if none is.

    No other may be wrong by it. Where a share of an adjoint is put right, that is the place.
    """
    share = made.graph.operation(slip.shares[0].value) if slip.shares else None
    if share is not None:
        whole = [[Meant(one.value, one.of, one.factor) for one in slip.shares]]
        spoils, meant = _righted(made, whole, slip.spoils, parameters)
        if spoils:
            values = tuple(one.value for one in slip.shares)
            place = replace(
                slip, site=share.site, values=values, results=values, sources=(None,) * len(values),
                factor=False, caller=repeated(made.graph, share), spoils=spoils,
            )  # fmt: skip
            return Substitution(place, meant)
    lists = _lists(made, slip, matched, parameters)
    spoils, meant = _righted(made, lists, slip.spoils, parameters)
    return Substitution(replace(slip, shares=(), spoils=spoils), meant) if spoils else None


def repeated(graph: Graph, one: Operation) -> int | None:
    """The call within which an operation is done that is done again, to no end, by another call.

    As each sample's gradient is made by a call of its own, and the last takes the place of all.
    None where it is done again within the same call, or nowhere.
    """
    dead = next(filter(one.is_like, graph.lost), None)
    if dead is None or not one.frame:
        return None
    apart = [
        call for call, frame in zip(reversed(one.calls), graph.frames(one.frame), strict=False)
        if not (frame[0] <= dead.frame[0] and dead.frame[1] <= frame[1])
    ]  # fmt: skip
    return apart[-1] if apart else None


def passed_on(
    made: Judgement, several: Sequence[Slip], matched: Mapping[int, Fit],
    parameters: Mapping[int, int],
) -> Substitution | None:  # fmt: skip
    """The right gradient that several slips take for another, with which all of them are right.

    As what goes back to a layer's output is taken for what goes back to its input.
    """
    values = _common(made, several, matched) if len(several) > 1 else ()
    made_by = made.graph.operation(values[0]) if values else None
    taken_by = made.graph.operation(several[0].results[0]) if values else None
    if made_by is None or taken_by is None:
        return None
    # the call that gives it where it is taken, and not what a function does for all that call it
    within = (*made_by.calls, made_by.site)[: len(taken_by.calls) + 1]
    wanted = frozenset[int]().union(*(one.spoils for one in several))
    common = Slip(
        site=within[-1], values=values, results=values, sources=values, factor=False,
        caller=None, spoils=wanted, passed=True,
    )  # fmt: skip
    found = put_right(made, common, matched, parameters)
    return found if found is not None and found.slip.spoils == wanted else None


def _common(
    made: Judgement, several: Sequence[Slip], matched: Mapping[int, Fit]
) -> tuple[int, ...]:  # fmt: skip
    """The last values that all of some slips are made of, and that are the same adjoints as theirs.

    Each may have been multiplied by a rate before a slip takes it. None where these are others.
    """
    sources = [[one for one in slip.sources if one is not None] for slip in several]
    adjoints = {frozenset(matched[one].of for one in some) for some in sources}
    if len(adjoints) != 1 or any(None in slip.sources for slip in several):
        return ()
    shared = frozenset.intersection(*(frozenset(made.graph.behind(some)) for some in sources))
    last: dict[int, int] = {}
    for value in sorted(shared & matched.keys()):
        last[matched[value].of] = value
    (wanted,) = adjoints
    return tuple(last[one] for one in sorted(wanted)) if wanted <= last.keys() else ()


def _righted(
    made: Judgement, lists: Iterable[Sequence[Meant]], wanted: frozenset[int],
    parameters: Mapping[int, int],
) -> tuple[frozenset[int], tuple[Meant, ...]]:  # fmt: skip
    """The parameters that the best of some substitutions puts right, all wanted at best; and it."""
    best: tuple[frozenset[int], tuple[Meant, ...]] = (frozenset(), ())
    for several in lists:
        found = with_meant(made, several, parameters)
        if found is None or not made.right.keys() <= found.right.keys():
            continue
        righted = frozenset(found.right.keys() & made.wrong)
        if len(righted) > len(best[0]):
            best = righted, tuple(several)
        if righted >= wanted:
            break
    return best


def with_meant(
    made: Judgement, several: Sequence[Meant], parameters: Mapping[int, int]
) -> Judgement | None:
    """What holds with adjoints in the place of some values; None where they cannot be put there."""
    changed = [one.at for one in several]
    moved = made.graph.reached(changed)
    points = _points(made, several, moved - {*changed})
    asked = {one: parameters[one] for one in (*made.right, *made.wrong) if parameters[one] in moved}
    if not points:
        return None
    found = judgement(points, made.joint, made.signal, asked, made.truths)
    if found is None:
        return None
    stays = {one: fit for one, fit in made.right.items() if one not in asked}
    return replace(
        found, right={**stays, **found.right}, level=made.level | found.level,
        wrong=found.wrong | (made.wrong - asked.keys()),
    )  # fmt: skip


def _lists(
    made: Judgement, slip: Slip, matched: Mapping[int, Fit], parameters: Mapping[int, int]
) -> Iterator[list[Meant]]:
    """What the gradients of a slip may be meant to be, all of them together.

    What is done at one place for all of them belongs to one place of the forward pass.
    """
    graph, known = made.graph, made.truths[0].of
    asked = (*made.right, *made.wrong)
    of_wrong = graph.behind([parameters[one] for one in made.wrong]) & made.joint.behind
    come_from, users = graph.made_of(asked), graph.users()
    leads = graph.leading_to([parameters[one] for one in asked])
    each: list[dict[tuple[Place, Place], Meant]] = []
    before: dict[int | None, list[int]] = {}
    for result, source in zip(slip.results, slip.sources, strict=True):
        ends = leads.get(result, 0)
        after = {_place(graph, result): result}
        if not slip.passed:
            after = _after(graph, users, of_wrong, result)
        fit = matched[source] if source is not None else None
        start = fit.of if fit is not None else None
        if start not in before:
            before[start] = _before(made, made.signal.places if start is None else [start])
        sizes = {at: int(np.size(made.points[0].values[one])) for at, one in after.items()}
        fitting = [one for one in before[start] if _size(known, one) in sizes.values()]
        # first of what is made of just the parameters that it leads to
        fitting = [one for one in fitting if come_from.get(one, 0) == ends] + [
            one for one in fitting if come_from.get(one, 0) != ends
        ]
        factor = fit.factor if fit is not None else 1.0
        found: dict[tuple[Place, Place], Meant] = {}
        for value in fitting[:MOST_KNOWN]:
            for at, size in sizes.items():
                if size == _size(known, value):
                    place = at, _place(graph, value)
                    found.setdefault(place, Meant(after[at], value, factor))
        each.append(found)
    ranks = Counter[tuple[Place, Place]]()
    for found in each:
        ranks.update({place: rank for rank, place in enumerate(found)})
    common = [place for place in ranks if all(place in found for found in each)]
    for place in sorted(common, key=lambda one: ranks[one])[: MOST_TRIED * MOST_AFTER]:
        several = [*dict.fromkeys(found[place] for found in each)]
        uses = Counter(one.of for one in several)  # shares of one gradient are added up
        yield [one._replace(factor=one.factor / uses[one.of]) for one in several]


Place = tuple[int, str]


def _place(graph: Graph, value: int) -> Place:
    """Where a value is made; all inputs are alike."""
    operation = graph.operation(value)
    return (operation.site, operation.name) if operation is not None else (-1, "")


def _after(
    graph: Graph, users: Mapping[int, list[int]], way: set[int], value: int
) -> dict[Place, int]:  # fmt: skip
    """A value, and what all of it becomes: the last of each place through which all of it goes.

    As an array does that is written into part by part.
    """
    found = {_place(graph, value): value}
    ahead, seen = [value], {value}
    live: dict[int, int] = {}  # what is still taken later, and the last by which it is
    while ahead:
        one = heappop(ahead)
        later = [each for each in users.get(one, []) if each in way]
        live = {each: last for each, last in live.items() if last > one}
        if not live:
            place = _place(graph, one)
            if place not in found and len(found) == MOST_AFTER:
                break
            found[place] = one
        for each in later:
            if each not in seen:
                seen.add(each)
                heappush(ahead, each)
        if later:
            live[one] = max(later)
    return found


def _before(made: Judgement, values: Sequence[int]) -> list[int]:
    """Values, and what they are made of on the way forward, the nearest first."""
    found, ahead = dict[int, None](), [*values]
    for value in ahead:  # which grows
        if value in found:
            continue
        found[value] = None
        operation = made.graph.operation(value)
        operands = operation.operands if operation is not None else ()
        ahead += [one for one in operands if one in made.joint.active]
    return [*found]


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
