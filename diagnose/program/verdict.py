"""What is found in the step of a training: which gradients are right, and where others go wrong."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.program.graph import CARRIED, Graph, same_bits
from diagnose.program.judging import Judgement, judged, matches
from diagnose.program.locating import Slip, slips
from diagnose.program.mending import Mend, mended
from diagnose.program.points import is_number
from diagnose.program.slicing import sliced
from diagnose.program.stepping import Kept, Turned, kept, turned
from diagnose.program.writing import Text
from diagnose.reading.loops import Loop
from diagnose.recording.operations import ADDS
from diagnose.recording.rewriting import Site

# What a running sum is taken by, and nothing else.
ADDING = ADDS | {"written"}
# So many slips are looked at for an edit that mends all of them.
MOST_AT_ONCE = 2


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
    turned: tuple[Turned, ...] = field(default=())
    kept: tuple[Kept, ...] = field(default=())


def examine(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], texts: Mapping[str, Text],
    seed: int = 0, seconds: float = math.inf,
) -> Examined:  # fmt: skip
    """Examine the step of a loop by some of its turns, on the tape in full.

    seconds: how long it may take; what is not found by then is not told. Raises OutOfTimeError
    where not even a hypothesis was looked through.
    """
    ends = time.perf_counter() + seconds
    every = [sliced(loop, turn, sites) for turn in turns]
    form = Counter(one.form for one in every).most_common(1)[0][0]
    graphs = tuple(one for one in every if one.form == form)
    replayed = sum(is_replayed(loop, turn, one) for turn, one in zip(turns, every, strict=True))
    candidates = parameters_of(graphs[0])
    made: Judgement | None = None
    found: tuple[Slip, ...] = ()
    mends: list[Mend | None] = []
    up: list[Turned] = []
    sums: list[Kept] = []
    if candidates:
        with np.errstate(all="ignore"):
            made = judged(graphs, candidates, seed, ends)
            if made is not None and made.wrong:
                found = tuple(slips(made, matches(made), candidates))
                found, mends = _mended(made, found, candidates, sites, texts, ends)
            if made is not None and made.right:
                up, sums = turned(made, candidates, sites, texts), kept(made, candidates)
    return Examined(
        graphs=graphs, replayed=replayed, parameters=candidates, judgement=made, slips=found,
        mends=tuple(mends), turned=tuple(up), kept=tuple(sums),
    )  # fmt: skip


def _mended(
    made: Judgement, found: tuple[Slip, ...], parameters: Mapping[int, int],
    sites: Sequence[Site], texts: Mapping[str, Text], ends: float,
) -> tuple[tuple[Slip, ...], list[Mend | None]]:  # fmt: skip
    """The slips, each with its mend; one alone where one edit mends them all."""
    mends: list[Mend | None] = []
    for one in found:
        if len(found) > 1 and len(mends) < MOST_AT_ONCE:
            whole = replace(one, spoils=made.wrong)
            alone = mended(made, whole, parameters, sites, texts, ends)
            if alone is not None:
                return (whole,), [alone]
        mends.append(mended(made, one, parameters, sites, texts, ends))
    return found, mends


def is_replayed(loop: Loop, turn: int, graph: Graph) -> bool:
    """Whether a turn, run again, makes its new state to the last bit."""
    values = graph.run(graph.given)
    for key, value in graph.results.items():
        number = loop.made(turn, key)
        kept = loop.tape.nodes[number].value if number is not None else None
        if kept is None or np.shape(kept) != np.shape(values[value]):
            continue
        if not same_bits(values[value], kept):
            return False
    return True


def parameters_of(graph: Graph) -> dict[int, int]:
    """What may be parameters: numbers that are carried, and become something by more than itself.

    Each after the step, by that before.
    """
    carried = {
        one.value: graph.results[one.key] for one in graph.inputs
        if one.kind == CARRIED and one.key is not None and one.key in graph.results
        and is_number(graph.recorded[one.value])
    }  # fmt: skip
    users = graph.users()
    found = {}
    for before, after in carried.items():
        behind = graph.behind([after])
        more = any(other in behind for other in carried if other != before) or any(
            np.size(graph.recorded[one.value]) > 1
            for one in graph.inputs if one.value in behind and one.value != before
        )  # fmt: skip
        taken = users.get(before, ())
        is_sum = all(_only_adds(graph, users, one, after) for one in taken)
        if before in behind and before != after and more and not is_sum:
            found[before] = after
    return found


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
