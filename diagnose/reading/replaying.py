"""What a collector would have seen of a training so short that all of its steps are on the tape.

A few steps say what a step does; where the program ends soon after these, too little is left to
learn its samples from. Kept from the first operation on, it passes the taps once more.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from diagnose.reading.collecting import Collector
from diagnose.reading.loops import Loop
from diagnose.recording.nodes import Node
from diagnose.recording.tape import Tape


def replay(seen: Collector) -> None:
    """Show a collector all steps on the tape, up to the turn that begins there.

    It keeps all of them but the first, and which of them the network was read from.
    """
    tape, loop, objects = seen.tape, seen.roles.step.loop, seen.objects
    taps = dict(tape.taps)
    made_in: dict[int, int] = {}
    at = loop.starts[0]
    seen.edges.first = len(loop.starts)
    for start, site in tape.turns:
        for node in tape.nodes[at:start]:
            tap = taps.get(node.site)
            if tap:
                tap(node.kind, *_given(tape, node), node.value)
        at = max(at, start)
        done, turn = len(seen.steps), bisect_left(loop.starts, start)
        seen.objects = objects if turn == len(loop.starts) - 1 else _carried(loop, turn)
        if site != loop.site and seen.has_stepped(site):
            seen.turn(loop.site)  # a turn that found nothing left is not on the tape
        seen.turn(site)
        if len(seen.steps) > done:
            made_in[done] = turn - 1
    seen.objects = objects
    used = {one.turn for one in seen.roles.steps}
    seen.read_from = frozenset(one for one, turn in made_in.items() if turn in used)


def _carried(loop: Loop, turn: int) -> dict[Any, Any]:
    """The state as it was when a turn began."""
    return {key: loop.tape.value_of(ref) for key, ref in loop.carried(turn).items()}


def _given(tape: Tape, node: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What an operation took, as it was then."""
    kw = {name: tape.value_of(one) for name, one in node.kw.items()}
    return tuple(tape.value_of(one) for one in node.args), kw
