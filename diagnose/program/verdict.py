"""What is found in the step of a training: which gradients are right, and where others go wrong."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from diagnose.program.crossing import Crossed, crossed
from diagnose.program.graph import Graph, same_bits
from diagnose.program.judging import STEPPING, Fit, Judgement, judged, left_out, with_more
from diagnose.program.link import Unlinked, constant, unlinked
from diagnose.program.locating import Slip
from diagnose.program.matching import agreeing, matches
from diagnose.program.mending import Mend
from diagnose.program.names import names_of
from diagnose.program.overwritten import Overwritten, overwritten
from diagnose.program.own_loss import by_own_loss, losses_of
from diagnose.program.points import carried_numbers
from diagnose.program.rounds import faults
from diagnose.program.scales import Uneven, by_any_factor, is_uneven, lengths_of, uneven
from diagnose.program.shares import Lacking, lacking
from diagnose.program.slicing import sliced
from diagnose.program.stepped_early import Early, stepped_early
from diagnose.program.stepping import Grown, Kept, Lost, Turned, grown, kept, lost, turned
from diagnose.program.writing import Text
from diagnose.reading.loops import Loop
from diagnose.recording.operations import ADDS
from diagnose.recording.sites import Site

# What a running sum is taken by, and nothing else.
ADDING = ADDS | {"written"}


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A step that was examined.

    graphs: of steps that do the same. replayed: how many of so many made the same bits again.
    parameters: each after the step, by that before. judgement: None where no target joins.
    """

    graphs: tuple[Graph, ...]
    replayed: int
    parameters: Mapping[int, int]
    judgement: Judgement | None
    slips: tuple[Slip, ...] = field(default=())
    mends: tuple[Mend | None, ...] = field(default=())
    lacks: tuple[Lacking | None, ...] = field(default=())
    overwritten: tuple[Overwritten, ...] = field(default=())
    turned: tuple[Turned, ...] = field(default=())
    kept: tuple[Kept, ...] = field(default=())
    lost: tuple[Lost, ...] = field(default=())
    grown: tuple[Grown, ...] = field(default=())
    unlinked: Unlinked | None = None
    crossed: Crossed | None = None
    early: Early | None = None
    constant: int | None = None
    uneven: tuple[Uneven, ...] = field(default=())
    by_any_factor: frozenset[int] = frozenset()


def examine(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], texts: Mapping[str, Text],
    seed: int = 0, seconds: float = math.inf,
) -> Examined:  # fmt: skip
    """Examine the step of a loop by some of its turns, on the tape in full.

    seconds: how long it may compute, whatever else the machine does meanwhile; what is not found by
    then is not told. Raises OutOfTimeError where not even a hypothesis was looked through.
    """
    ends = time.process_time() + seconds
    every = [sliced(loop, turn, sites) for turn in turns]
    form = Counter(one.form for one in every).most_common(1)[0][0]
    graphs = tuple(one for one in every if one.form == form)
    replayed = sum(is_replayed(loop, turn, one) for turn, one in zip(turns, every, strict=True))
    candidates = parameters_of(graphs[0])
    plain = Examined(graphs=graphs, replayed=replayed, parameters=candidates, judgement=None)
    if not candidates:
        return plain
    with np.errstate(all="ignore"):
        unlike = [one for one in every if one.form != form]
        made = judged(graphs, candidates, sums_of(graphs[0], candidates), seed, ends, unlike)
        table = crossed(made, candidates, sites, texts) if made is not None else None
        if table is not None:
            made, plain = table.judgement, replace(plain, crossed=table)
        if made is not None and made.wrong:
            made, plain = _with_weights_before(made, plain)
        if made is not None and made.wrong:
            made = less_those_stepped_again(made, candidates)
        if made is not None and not made.wrong:
            return _seen(plain, made, sites, texts, ends)
        own, parameters = _by_own_loss(loop, turns, sites, seed, ends)
        see = partial(_seen, sites=sites, texts=texts, ends=ends)
        if own is None or not own.right:
            return see(plain, made) if made is not None else plain
        by_own = replace(plain, graphs=(own.graph,), parameters=parameters, early=None)
        own, by_own = _with_weights_before(own, by_own)
        if made is None or (not own.wrong and len(own.right) > len(made.right)):
            return see(by_own, own)
        if _explains(own, made):
            made = replace(made, wrong=frozenset(), level=made.level | made.wrong)
        found = see(plain, made)
        if not made.wrong or (found.mends and all(found.mends)):
            return found
        if made.right and len(own.right) <= len(made.right):
            return found
        other = see(by_own, own)
        leaves_less = other.mends.count(None) < found.mends.count(None)
        return other if leaves_less or not made.right else found


def _with_weights_before(
    made: Judgement, plain: Examined
) -> tuple[Judgement, Examined]:  # fmt: skip
    """What holds with weights as they were before the step, where it takes those that it moved."""
    early = stepped_early(made, plain.parameters) if made.wrong else None
    return (made, plain) if early is None else (early.judgement, replace(plain, early=early))


def _seen(
    plain: Examined, made: Judgement, sites: Sequence[Site], texts: Mapping[str, Text], ends: float
) -> Examined:  # fmt: skip
    """All that is found in a step by one hypothesis of what is meant."""
    candidates = plain.parameters
    if not made.right and not made.wrong:
        return replace(plain, judgement=made)
    if more := left_out(made, candidates):
        judged = {one: candidates[one] for one in (*made.right, *made.wrong, *made.level)}
        made, candidates = with_more(made, judged | more), {**candidates, **more}
        plain = replace(plain, parameters=candidates)
    matched: Mapping[int, Fit] = {}
    lengths = lengths_of(made, candidates)
    if _is_asked_for(made, candidates) or is_uneven(lengths):
        matched = matches(agreeing(made, candidates), candidates)
    found, mended = faults(made, matched, candidates, sites, texts, ends)
    instead = overwritten(made, candidates, sites, texts)
    gone = frozenset().union(*(one.parameters for one in instead))
    mended = replace(
        mended, right={one: fit for one, fit in mended.right.items() if one not in gone}
    )
    return replace(
        plain, judgement=made, slips=tuple(one.slip for one in found),
        mends=tuple(one.mend for one in found),
        lacks=tuple(_lacking(made, one.slip, sites, texts) for one in found),
        overwritten=tuple(instead), turned=tuple(turned(mended, candidates, sites, texts)),
        kept=tuple(kept(made, matched, candidates)), lost=tuple(lost(made, matched)),
        grown=tuple(grown(mended, candidates)), constant=constant(made),
        by_any_factor=by_any_factor(made, lengths),
        unlinked=unlinked(made, sites, texts),
        uneven=tuple(uneven(made, matched, candidates, lengths)),
    )  # fmt: skip


def _by_own_loss(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], seed: int, ends: float
) -> tuple[Judgement | None, dict[int, int]]:
    """What holds by a loss that the first of some turns which has one computes; its parameters."""
    for turn in turns:
        graph = sliced(loop, turn, sites, losses=True)
        parameters = parameters_of(graph)
        if losses := losses_of(graph, parameters):
            sums = sums_of(graph, parameters)
            return by_own_loss(graph, parameters, losses, sums, seed, ends), parameters
    return None, {}


def _explains(own: Judgement, made: Judgement) -> bool:
    """Whether what is wrong by one loss is right by the other: a step may go down several."""
    return _keys(made.wrong, made) <= _keys(own.right, own)


def _keys(several: Collection[int], made: Judgement) -> set[object]:
    """What carries some parameters from step to step."""
    return {one.key for one in made.graph.inputs if one.value in several}


def less_those_stepped_again(made: Judgement, parameters: Mapping[int, int]) -> Judgement:
    """The same without what is wrong of parameters that a turn steps and goes forward with again.

    What such a turn adds up is the gradient of no one error.
    """
    graph, users = made.graph, made.graph.users()
    forward = {one.value: one.site for one in graph.operations if one.value in made.joint.active}
    again = set()
    for before in made.wrong:
        sites = {forward[one] for one in users.get(before, ()) if one in forward}
        taken = (each for one in _stepped(made, before, parameters[before])
                 for each in users.get(one, ()))  # fmt: skip
        if any((used := graph.operation(one)) and used.site in sites for one in taken):
            again.add(before)
    return replace(made, wrong=made.wrong - again, level=made.level | again)


def _stepped(made: Judgement, before: int, after: int) -> set[int]:
    """What a parameter is on its way through a turn, once it was stepped."""
    graph, values, found = made.graph, made.points[0].values, {before}
    way = graph.behind([after]) & made.joint.behind
    for one in graph.operations:
        is_step = one.name in STEPPING and np.shape(values[one.value]) == np.shape(values[before])
        if one.value in way and is_step and not found.isdisjoint(one.operands):
            found.add(one.value)
    return found - {before}


def _is_asked_for(made: Judgement, parameters: Mapping[int, int]) -> bool:
    """Whether it matters which values are adjoints: of what is wrong, summed up or lost."""
    others = carried_numbers(made.graph).keys() - parameters.keys()
    return bool(made.wrong or made.graph.lost or others)


def _lacking(
    made: Judgement, slip: Slip, sites: Sequence[Site], texts: Mapping[str, Text]
) -> Lacking | None:  # fmt: skip
    if not slip.shares:
        return None
    names = names_of(made.graph, sites, texts)
    every = (lacking(made, one, names) for one in slip.shares)
    return next((one for one in every if one is not None), None)


def is_replayed(loop: Loop, turn: int, graph: Graph) -> bool:
    """Whether a turn, run again, makes its new state to the last bit."""
    values = graph.run(graph.given)
    for key, value in graph.results.items():
        number, kept = loop.made(turn, key), graph.recorded[value]
        if kept is None and number is not None:
            kept = loop.tape.nodes[number].value
        if kept is None or np.shape(kept) != np.shape(values[value]):
            continue
        if not same_bits(values[value], kept):
            return False
    return True


def parameters_of(graph: Graph) -> dict[int, int]:
    """What may be parameters: numbers that are carried, and become something by more than itself.

    Each after the step, by that before.
    """
    carried, users = carried_numbers(graph), graph.users()
    found = {}
    for before, after in carried.items():
        behind = graph.behind([after])
        more = any(other in behind for other in carried if other != before) or any(
            np.size(graph.recorded[one.value]) > 1
            for one in graph.inputs if one.value in behind and one.value != before
        )  # fmt: skip
        is_sum = _is_sum(graph, users, before, after)
        if before in behind and before != after and more and not is_sum:
            found[before] = after
    return found


def sums_of(graph: Graph, parameters: Collection[int]) -> set[int]:
    """Carried numbers that are only added to, and are no parameters, as sums of gradients are."""
    users = graph.users()
    return {
        before for before, after in carried_numbers(graph).items()
        if before not in parameters and _is_sum(graph, users, before, after)
    }  # fmt: skip


def _is_sum(graph: Graph, users: Mapping[int, list[int]], before: int, after: int) -> bool:
    """Whether a carried value is only added to."""
    return all(_only_adds(graph, users, one, after) for one in users.get(before, ()))


def _only_adds(graph: Graph, users: Mapping[int, list[int]], value: int, after: int) -> bool:
    """Whether a value does nothing but become another, by sums: as what a loss is added up in."""
    ahead, seen = [value], set[int]()
    while ahead:
        one = ahead.pop()
        if one == after or one in seen:
            continue
        made, later = graph.operation(one), users.get(one, [])
        if made is None or made.name not in ADDING or not later:
            return False
        seen.add(one)
        ahead += later
    return True
