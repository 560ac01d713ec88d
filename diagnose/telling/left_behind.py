"""Steps that stand behind the loop in whose turns they belong, and take what its last turn left.

``for x, t in zip(X, T): d = forward(x) - t`` and behind it ``W -= rate * np.outer(d, x)`` computes
the gradient of each sample, and steps by that of the last one; and a loop over epochs that ends
before its steps computes the same gradient each time, and steps once.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from diagnose.network.authors_code import nodes_of, source_of
from diagnose.reading.loops import Loop, loops, name_of, takes
from diagnose.recording.calling import Way, begins_at
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.rewriting import Site
from diagnose.recording.tape import Tape
from diagnose.telling.called import is_step
from diagnose.telling.masks import behind
from diagnose.telling.record import Told, at, quoted

KIND = "step-behind-loop"
# So many times what a step takes is computed at least, and all but the last time in vain: twice may
# be a look at the loss before.
FEWEST = 3


def behind_the_loops(tape: Tape, sites: Sequence[Site], ways: Mapping[int, Way]) -> list[Told]:
    """Of a program in which no loop trains: steps behind the last turn of one."""
    every = loops(tape)
    return left_behind(every[0], 0, len(tape.nodes), sites, ways) if every else []


def in_a_turn(loop: Loop, turn: int, sites: Sequence[Site], ways: Mapping[int, Way]) -> list[Told]:
    """Of a turn of the loop that trains: steps behind a loop within it."""
    several = loop.nodes(turn)
    if not several:
        return []
    return left_behind(loop, several[0].number, several[-1].number + 1, sites, ways)


def left_behind(
    loop: Loop, first: int, end: int, sites: Sequence[Site], ways: Mapping[int, Way]
) -> list[Told]:
    """The first step between two operations that stands behind a loop whose last turn it takes.

    ways: by which calls each place was reached first.
    """
    nodes = loop.tape.nodes[first:end]
    counts = Counter(node.site for node in nodes if node.kind != "leaf")
    if not counts or max(counts.values()) < FEWEST:
        return []
    multiplied = {
        _known_by(loop, ref)
        for node in nodes
        if name_of(node) in MATRIX_PRODUCTS and counts[node.site] >= FEWEST
        for ref in takes(node)
    }
    looked_at: set[int] = set()
    for node in nodes:
        if node.site in looked_at or counts[node.site] >= FEWEST:
            continue
        if not is_step(node, sites[node.site]) or len(takes(node)) != 2:
            continue
        if _known_by(loop, takes(node)[0]) not in multiplied:
            continue
        looked_at.add(node.site)
        found = _loop_before(loop, node, first, counts, sites, ways)
        if found is not None:
            line, times = found
            said = (
                f"{quoted(sites[node.site])} stands behind the loop in line {line}: that computes "
                f"a gradient {times} times, and the step takes what its last turn left"
            )
            return [at(sites[node.site], KIND, said)]
    return []


def _known_by(loop: Loop, ref: Ref) -> tuple[str, int]:
    """By what an array is known, whatever views of it are taken: its memory, or what made it."""
    root = loop.tape.nodes[ref.node].root
    return ("made", ref.node) if root is None else ("lies", root)


def _loop_before(
    loop: Loop, step: Node, first: int, counts: Counter[int], sites: Sequence[Site],
    ways: Mapping[int, Way],
) -> tuple[int, int] | None:  # fmt: skip
    """The line of the loop of which a step takes what the last turn left, and how many it had.

    What is computed in each turn is taken once, and nothing but numbers, and arrays that the turns
    have taken, comes to it behind the loop: so it is no look at other samples before the step.
    """

    @cache
    def by_place(site: int) -> int:
        place = begins_at(ways.get(site, ()), ways.get(step.site, ()))
        return place[1] if place and place[1] in _loops_in(place[0]) else 0

    def loop_of(node: Node) -> int:
        return by_place(node.site) if counts[node.site] >= FEWEST else 0

    by = takes(step)[1].node
    last = max((one.number for one in behind(loop, by, first) if loop_of(one)), default=None)
    if last is None:
        return None
    line = loop_of(loop.tape.nodes[last])  # others, before it, may have prepared the samples
    begun = next(one.number for one in loop.tape.nodes[first:] if loop_of(one) == line)
    inner, outer = dict[int, list[Node]](), list[Node]()
    for node in behind(loop, by, begun):
        if loop_of(node) == line:
            inner.setdefault(node.site, []).append(node)
        elif node.kind != "leaf":
            outer.append(node)
    several = [one for nodes in inner.values() for one in nodes]
    if any(counts[site] < FEWEST * len(nodes) for site, nodes in inner.items()):
        return None
    if not (products := [one for one in several if name_of(one) in MATRIX_PRODUCTS]):
        return None
    known = {_known_by(loop, ref) for one in several for ref in takes(one)}
    known |= {_known_by(loop, Ref(one.number, 0)) for one in several}
    made = {one.number for one in outer}
    nodes = loop.tape.nodes
    if any(
        ref.node not in made and nodes[ref.node].root and _known_by(loop, ref) not in known
        for one in outer
        for ref in takes(one)
    ):
        return None  # something else comes in behind the loop
    times = counts[products[0].site]
    return (line, times) if _as_the_others(loop, several, first, step.number) else None


def _as_the_others(loop: Loop, several: Sequence[Node], first: int, end: int) -> bool:
    """Whether operations take what those of the same places took before: they are of one loop.

    As far as they did not make it themselves. Else a function was called once more, for the step.
    """
    own = {one.number for one in several}

    def taken_by(one: Node) -> set[tuple[tuple[str, int], str, int]]:
        every = [ref for ref in takes(one) if ref.node not in own]
        made = [(ref, loop.tape.nodes[ref.node]) for ref in every]
        return {(_known_by(loop, ref), node.kind, node.site) for ref, node in made if node.root}

    before: dict[int, list[Node]] = {}
    for node in loop.tape.nodes[first:end]:
        before.setdefault(node.site, []).append(node)
    for one in several:
        taken = taken_by(one)
        others = [other for other in before[one.site] if other.number not in own]
        alike = sum(taken <= taken_by(other) for other in others)
        if alike < FEWEST - 1:
            return False
    return True


def _loops_in(file: str) -> set[int]:
    """The lines at which the loops of a file begin."""
    every = nodes_of(source_of(file))
    return {one.lineno for one in every if isinstance(one, ast.For | ast.While)}
