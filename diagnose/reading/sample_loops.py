"""A step that takes its samples one after the other in a loop within it, and sums their gradients.

All turns of such a loop do the same, and nothing goes from one to the next but sums. Then one turn
stands for all of them: the step is read as that of its first sample, and the network written so
that it is run for each sample, and what the script sums is summed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from diagnose.reading.batches import is_batch
from diagnose.reading.loops import Loop, Turns, name_of, takes
from diagnose.reading.steps import Step, same, steps_in
from diagnose.recording.nodes import Node, Ref, leaves, of_others
from diagnose.recording.operations import ADDS
from diagnose.recording.tape import Tape

FEWEST = 2  # turns; one alone repeats nothing


@dataclass(eq=False)
class SampleLoop(Loop):
    """A training loop of whose steps only the first sample is looked at."""

    within: dict[int, Turns] = field(default_factory=dict)

    def samples(self, turn: int) -> int:
        """How many samples a step takes, one after the other."""
        return self.within[turn].count if turn in self.within else 1

    def turns_within(self, turn: int) -> Turns | None:
        """The samples of a step."""
        return self.within.get(turn)


def by_sample(loop: Loop, turns: list[int]) -> Loop:
    """The loop with the first sample of each step; as it is where no loop within takes samples."""
    steps = steps_in(loop, turns, loop.first_state(turns))
    if not steps or is_batch(steps[len(steps) // 2]):
        return loop
    sites = _sites_within(steps[len(steps) // 2])
    for site in sites:
        every = {one.turn: _turns(one, site) for one in steps}
        within = {turn: found for turn, found in every.items() if found is not None}
        if len(within) * 2 > len(steps):
            return SampleLoop(
                tape=reduced(loop.tape, within, _is_within(within)), site=loop.site,
                starts=loop.starts, within=within,
            )  # fmt: skip
    return loop


def _sites_within(step: Step) -> list[int]:
    """Loops within a step that have several turns there, outermost first."""
    start, end = step.start, step.loop.end(step.turn)
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    for position, site in step.loop.tape.turns:
        if start <= position < end:
            found[site] = found.get(site, 0) + 1
            first.setdefault(site, position)
    return sorted((one for one, count in found.items() if count >= FEWEST), key=first.__getitem__)


def _turns(step: Step, site: int) -> Turns | None:
    """The turns of a loop within a step, if they do the same and only sum; else None."""
    start, end = step.start, step.loop.end(step.turn)
    begins = [at for at, one in step.loop.tape.turns if one == site and start <= at < end]
    if len(begins) < FEWEST:
        return None
    groups, lasts = _groups(step, begins), frozenset[int]()
    if not groups:
        groups, lasts = _groups_like_the_last(step, site, begins)
    if not groups:
        return None
    first = groups[0]
    sums: dict[int, tuple[Any, ...]] = {}
    known = {number: at for at, number in enumerate(first)}
    for at, number in enumerate(groups[1]):
        carried = [one for one in _depends(step, step.nodes[number]) if one in known]
        if not carried:
            continue
        last = {known[one] for one in carried}
        added = _added(step, first[max(last)], first[at], set(first))
        if added is None or last - {known[one] for one in added}:
            return None
        sums |= added
    if not sums or not takes_samples(step, groups[0], groups[1], set(sums)):
        return None
    same_as = {number: first[at] for group in groups[1:] for at, number in enumerate(group)}
    return Turns(
        site=site, begins=begins[0], first=tuple(first), sums=sums,
        left_out=(begins[1], groups[-1][-1]), count=len(begins), same_as=same_as,
        lasts=frozenset(same_as[one] for one in lasts),
    )  # fmt: skip


def _groups(step: Step, begins: list[int]) -> list[list[int]]:
    """The operations of each turn, where all do the same; else nothing."""
    need = step.need
    edges = [bisect_left(need, one) for one in begins]
    first = need[edges[0] : edges[1]]
    size = len(first)
    groups = [need[at : at + size] for at in edges]
    shape = [shape_of(step.nodes[one]) for one in first]
    same = all([shape_of(step.nodes[one]) for one in group] == shape for group in groups)
    return groups if size and same and all(b - a == size for a, b in pairwise(edges)) else []


def _groups_like_the_last(
    step: Step, site: int, begins: list[int]
) -> tuple[list[list[int]], frozenset[int]]:
    """The same where a turn replaces what the one before has made: ``dW = ...`` for ``dW += ...``.

    Then the step needs more of the last turn than of the others, and these did it all the same.
    With it come the operations of the last turn whose results are taken after it.
    """
    end = step.loop.starts[step.turn + 1]
    over = [at for at, one in step.loop.tape.turns if one != site and begins[-1] < at < end]
    after = _after_the_loop(step, begins, end, over)
    last = [one for one in step.need if begins[-1] <= one < after]
    shape = [shape_of(step.nodes[one]) for one in last]
    groups = []
    for start, stop in pairwise([*begins, after]):
        own: list[int] = []
        for number in range(start, stop):
            if len(own) < len(shape) and shape_of(step.nodes[number]) == shape[len(own)]:
                own.append(number)
        if len(own) < len(shape) or not {one for one in step.need if start <= one < stop} <= {*own}:
            return [], frozenset()
        groups.append(own)
    later = [step.nodes[one] for one in step.need if one >= after]
    taken = {number for node in later for number in _depends(step, node)}
    lasts = frozenset(one for one in last if one in taken and not _is_carried(step, one, groups))
    return (groups, lasts) if lasts else ([], lasts)


def _after_the_loop(step: Step, begins: list[int], end: int, over: list[int]) -> int:
    """Where the last turn ends: at the first operation at a place that no turn before has."""
    known = {shape_of(step.nodes[one]) for one in range(begins[0], begins[-1])}
    return next(
        (one for one in range(begins[-1], end) if shape_of(step.nodes[one]) not in known),
        min([*over, end]),
    )


def _is_carried(step: Step, number: int, groups: list[list[int]]) -> bool:
    """Whether an operation of the last turn takes what the turn before made: a sum."""
    return bool({*_depends(step, step.nodes[number])} & {*groups[-2]})


def takes_samples(step: Step, first: list[int], second: list[int], sums: set[int]) -> bool:
    """Whether two turns differ in nothing but in what comes from elsewhere: in their samples.

    A loop over units takes another weight, or another unit's error, in each turn.
    """
    own = {*first, *second}
    differ = False
    for one, other in zip(first, second, strict=True):
        node, twin = step.nodes[one], step.nodes[other]
        owner = node.args[0] if node.kind == "get" else None
        of_state = isinstance(owner, Ref) and isinstance(step.origin(owner), tuple)
        for (_, mine), (_, its) in zip(
            leaves((node.args, node.kw)), leaves((twin.args, twin.kw)), strict=False
        ):
            if isinstance(mine, Ref) and (one in sums or own.intersection(_of(step, mine))):
                continue  # as a slope is that is written into ones where a unit is off
            alike = (
                (mine.node, mine.version) == (its.node, its.version)
                if isinstance(mine, Ref) and isinstance(its, Ref)
                else type(mine) is type(its) and same(step.value(mine), step.value(its))
            )
            if alike:
                continue
            if of_state or not step.is_outside(mine):
                return False
            differ = True
    return differ


def shape_of(node: Node) -> tuple[int, str, str]:
    """What two operations that do the same have in common."""
    return node.site, node.kind, name_of(node)


def _depends(step: Step, node: Node) -> list[int]:
    return [number for ref in takes(node) for number in _of(step, ref)]


def _of(step: Step, ref: Ref) -> tuple[int, ...]:
    """The operation that made a value, and those that had written into it."""
    return ref.node, *step.loop.written(ref)


def summed(node: Node, first: set[int]) -> tuple[Any, ...] | None:
    """The way to what a sum adds, which is made in the turn itself; None for what is no sum."""
    if not _is_sum(node):
        return None
    own = [
        at
        for at, one in enumerate(node.args[:2])
        if isinstance(one, Ref) and one.node in first and one.node != node.number
    ]
    return (0, own[0]) if len(own) == 1 and len(node.args) >= 2 else None


def _added(step: Step, last: int, begin: int, own: set[int]) -> dict[int, tuple[Any, ...]] | None:
    """The sums from ``begin`` to ``last``, each of which adds to the one before, with their ways.

    A turn may add to one sum more than once. None where anything else lies between.
    """
    if last == begin:
        way = summed(step.nodes[last], own)
        return None if way is None else {last: way}
    node = step.nodes[last]
    if not _is_sum(node) or len(node.args) < 2:
        return None
    for at, one in enumerate(node.args[:2]):
        other = node.args[1 - at]
        if not isinstance(one, Ref) or not isinstance(other, Ref) or not begin <= one.node < last:
            continue
        before = _added(step, one.node, begin, own) if one.node in own else None
        if before is not None and other.node in own - set(before):
            return before | {last: (0, 1 - at)}
    return None


def _is_sum(node: Node) -> bool:
    return node.kind in ("binary", "in_place", "call") and name_of(node) in ADDS


def _is_within(within: dict[int, Turns]) -> Callable[[int], bool]:
    """Whether an operation belongs to one of the other turns."""
    ranges = sorted(one.left_out for one in within.values())
    lows = [low for low, _ in ranges]

    def is_within(number: int) -> bool:
        at = bisect_right(lows, number) - 1
        return at >= 0 and number <= ranges[at][1]

    return is_within


def reduced(tape: Tape, within: dict[int, Turns], is_left_out: Callable[[int], bool]) -> Tape:
    """The tape without the other turns: what they made is what the first one made."""
    same_as = {number: at for one in within.values() for number, at in one.same_as.items()}
    made = copy(tape)
    made.writes = {
        root: [one for one in every if not is_left_out(one)] for root, every in tape.writes.items()
    }
    changed = {root for root, every in tape.writes.items() if len(made.writes[root]) < len(every)}

    def version(node: int, old: int) -> int:
        root = tape.nodes[node].root
        if root not in changed or root is None or not old:
            return old
        return bisect_right(made.writes[root], tape.writes[root][old - 1])

    def moved(ref: Ref) -> Ref:
        node = same_as.get(ref.node, ref.node)
        return Ref(node, version(ref.node, ref.version))

    made.nodes = list(tape.nodes)
    for number in range(min(one.begins for one in within.values()), len(tape.nodes)):
        node = tape.nodes[number]
        if is_left_out(number):
            continue
        if any(one.node in same_as or tape.nodes[one.node].root in changed for one in takes(node)):
            made.nodes[number] = of_others(node, moved)
    made.versions = {}
    for (number, old), value in sorted(tape.versions.items(), key=lambda one: one[0]):
        made.versions.setdefault((number, version(number, old)), value)
    return made
