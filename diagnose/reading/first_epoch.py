"""The first steps of a long epoch, and all of a training so short that they are on the tape.

With them all of it has been seen: a collector is shown what passes its taps once more.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np

from diagnose.reading.collecting import Collector
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.steps import Place, Step, same
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import BINARY, STEPS, VIEWS
from diagnose.recording.tape import Tape
from diagnose.recording.threads import Held

# An epoch of fewer steps is watched once more in a fraction of a second.
LONG = 1024
# What differs by less than this part of its largest number is no other target: single precision
# tells no less apart.
NO_OTHER = 1e-6
MADE_TO_BE_FILLED = {"empty", "zeros", "ndarray", "empty_like", "zeros_like"}


def with_first_steps(seen: Collector) -> Collector:
    """A collector, begun with the steps before it, if the epoch is long and all are known."""
    if _is_long(seen):
        turns = range(len(seen.roles.step.loop.starts) - 1)
        every = [_passed(seen, turn) for turn in turns]
        known = [one for one in every if one is not None]
        if len(known) == len(every):
            seen.begin_with(known, {*_around(seen)})
    return seen


def _is_long(seen: Collector) -> bool:
    """Whether all steps so far are the first ones of the same long pass of a loop."""
    loop, tape = seen.roles.step.loop, seen.tape
    if type(seen) is not Collector or loop.tape is not tape or not seen.edges.foresees:
        return False
    once = len(tape.passes.get(loop.site, ())) == 1 == tape.begun[loop.site]
    steps = tape.items_left.get(loop.site, 0)
    for site in _around(seen)[1:]:  # as over classes, within that over epochs
        steps *= max(tape.items_left.get(site, 1), 1)
    return once and not seen.noisy and steps >= LONG


def _around(seen: Collector) -> list[int]:
    """The loops that are in a turn, around that of the steps; the outermost first."""
    site = seen.roles.step.loop.site
    return [one for one, count in seen.tape.running.items() if count and one != site]


def _passed(seen: Collector, turn: int) -> dict[Any, Any] | None:
    """What would have passed the taps in a turn; None where that is not known."""
    roles, step = seen.roles, seen.roles.step
    places: dict[str, Place] = {"x": roles.x, "target": roles.target}
    if roles.rate_place:
        places["rate"] = roles.rate_place
    made = [one for one in step.keys if one[0] == "made"]
    if any(step.loop.number_of(turn, one) is None for one in made):
        return None
    now: dict[Any, Any] = {}
    for name, place in places.items():
        if step.parts(place) != (place,):
            return None
        found = _taken(seen, turn, place)
        if found is None:
            return None
        now[name], now["origin", name] = found
    return now


def _taken(seen: Collector, turn: int, place: Place) -> tuple[Any, Held | None] | None:
    """The value that a turn took at a place of a step, and the rows that it held."""
    step, loop = seen.roles.step, seen.roles.step.loop
    number, path = step.seen_at(place)
    there, taken = step.number_in(turn, number), step.taken_in(turn, number, path)
    if there is None or taken is None:
        return None
    if isinstance(taken, Ref) and taken.version:
        if not _tells(step, step.nodes[there], taken):
            return None  # what was written into is not known as what it was
        return step.value(taken), seen.tape.held_then.get((taken.node, taken.version))
    value = step.value(taken)
    if value is None or not isinstance(taken, Ref):
        return None if value is None else (value, None)
    if isinstance(value, np.ndarray):
        earlier = taken.node < loop.starts[turn]
        if earlier and not np.array_equal(_now(seen, taken.node), value):
            return None  # it has other numbers by now, and nobody knows since when
        if _is_room(seen, taken.node):
            return None
    return value, step.nodes[taken.node].held


def _tells(step: Step, node: Node, taken: Ref) -> bool:
    """Whether what an operation made tells what an array that was written into was by then.

    As of targets in ``output - target``: the sum of what is known, made anew, is what it was, and
    with any other number there it were another one.
    """
    if node.kind != "binary" or node.done not in STEPS or not isinstance(node.value, np.ndarray):
        return False
    sides = [(one, step.value(one)) for one in node.args if isinstance(one, Ref | Const)]
    if any(value is None for _, value in sides):
        return False
    own = [value for one, value in sides if one is taken]
    other = [value for one, value in sides if one is not taken]
    if len(own) != 1 or np.size(own[0]) != node.value.size or node.value.dtype.kind != "f":
        return False
    rounded = np.finfo(node.value.dtype).eps * np.abs(other[0]).max(initial=0)
    return bool(
        same(BINARY[node.done](*[value for _, value in sides]), node.value)
        and rounded <= NO_OTHER * np.abs(own[0]).max(initial=0)
    )


def _now(seen: Collector, number: int) -> Any:
    """What an array that is on the tape is now; None of one that is no more."""
    held = next((held for held, at in seen.tape.known.values() if at == number), None)
    return held() if callable(held) else held


def _is_room(seen: Collector, number: int) -> bool:
    """Whether an array is one that was made to be filled, and was filled where nobody saw it."""
    nodes = seen.tape.nodes
    node = nodes[number]
    while name_of(node) in VIEWS and node.args and isinstance(inner := node.args[0], Ref):
        node = nodes[inner.node]
    return name_of(node) in MADE_TO_BE_FILLED


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
