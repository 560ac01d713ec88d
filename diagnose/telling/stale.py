"""A forward pass that runs before the loop, and in the steps never again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.calling import Way, begins_at
from diagnose.recording.nodes import Ref
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.rewriting import Site
from diagnose.telling.masks import behind
from diagnose.telling.record import Told, at, quoted


def not_run_again(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], ways: Mapping[int, Way]
) -> list[Told]:
    """Products of parameters as they were drawn, which steps take, and which no turn does anew.

    It points at what stands before the loop and belongs into it: a call of the forward pass, as a
    rule. ways: by which calls each place was reached first. Where the same line is also done in a
    turn, what was kept of it before may be meant: as a first answer that later ones are compared
    with.
    """
    if not turns:
        return []
    turn = turns[-1]
    here = {node.site for node in loop.nodes(turn)}
    drawn = set(_as_drawn(loop, turn))
    found: dict[int, Told] = {}
    taken = sorted(_taken_from_before(loop, turn, drawn))
    for made in (one for number in taken for one in behind(loop, number)):
        if made.site in here or name_of(made) not in MATRIX_PRODUCTS:
            continue
        if any(_memory(loop, ref) in drawn for ref in takes(made)):
            said = (
                f"{quoted(sites[made.site])} was computed before the loop, from weights as they "
                "were drawn, and the steps take what came of it; no turn of the loop computes it "
                "again, so that they never see what they have changed"
            )
            told = at(sites[made.site], "stale-forward", said)
            found.setdefault(made.site, _before_the_loop(told, made.site, here, ways))
    first = min(found, default=None)
    return [] if first is None else [found[first]]


def _before_the_loop(told: Told, site: int, here: Set[int], ways: Mapping[int, Way]) -> Told:
    """The finding at the statement before the loop by which its line was come to, if known."""
    within = (ways[one] for one in sorted(here) if one in ways)
    places = (begins_at(ways.get(site, ()), one) for one in within)
    place = next(filter(None, places), None)
    if place is None or place == (told.file, told.line):
        return told
    said = f"{told.observed}. The call before the loop belongs into it"
    file, line = place
    numbers = {"line_seen": told.line}
    return replace(told, file=file, line=line, observed=said, numbers=numbers)


def _memory(loop: Loop, ref: Ref) -> int:
    """By what an array is known, whatever views of it are taken: its memory."""
    return loop.tape.nodes[ref.node].root or 0


def _as_drawn(loop: Loop, turn: int) -> Iterator[int]:
    """The memory of the arrays from before the loop that the turns write into, or bind anew."""
    first, start = loop.starts[0], loop.starts[turn]
    nodes = loop.tape.nodes
    for root, writes in loop.tape.writes.items():
        if root and writes[-1] >= start:
            yield root
    for node in loop.nodes(0):
        # ``W = W - rate * dW``, of which the next turn takes what this one made
        refs = takes(node)
        if name_of(node) in ("Sub", "Add") and refs and refs[0].node < first:
            later = loop.number_of(turn, loop.ordinals(0)[node.number])
            own = takes(nodes[later]) if later is not None else []
            if own and loop.starts[turn - 1] <= own[0].node < start and nodes[refs[0].node].root:
                yield nodes[refs[0].node].root or 0


def _taken_from_before(loop: Loop, turn: int, drawn: set[int]) -> set[int]:
    """The values from before the loop that the steps of a turn are made of."""
    steps = (
        node.number
        for node in loop.nodes(turn)
        if node.root in drawn or name_of(node) in ("Sub", "Add")
    )
    own = (loop.tape.nodes[one] for one in loop.behind(steps, loop.starts[turn]))
    made_of = (ref for one in own for ref in takes(one))
    first = loop.starts[0]
    return {one.node for one in made_of if one.node < first and _memory(loop, one) not in drawn}
