"""Gradients that are scaled for a reason, as in `if norm > 5: g = g * 5 / norm`."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from diagnose.reading.changed import Change
from diagnose.reading.loops import Key, Loop, takes
from diagnose.recording.nodes import Const, Node, Ref, Taken

SPARE = "spare"
SCALES = {"Mult", "Div"}
# So many turns that scale are read; where fewer of many do, the others are.
FEWEST, MANY = 3, 200


def reason_of(loop: Loop, number: int) -> int | None:
    """The test for whose sake an operation is done; None where it is done for none."""
    spare = loop.tape.nodes[number - 1] if number else None
    of = spare.args[0] if spare is not None and spare.kind == SPARE else None
    return of.node if isinstance(of, Ref) else None


def test_of(loop: Loop, reason: int) -> Node:
    """The operation that compares, as it stands where what follows from it is done."""
    made = copy(loop.tape.nodes[reason])
    made.kind, made.value = "compare", np.True_
    return made


def held_back(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop with gradients that are always scaled; as it is where they are not so scaled."""
    keys = loop.first_state(turns)
    change = Change(loop.tape)
    scaling: set[int] = set()
    for turn in turns:
        scaled = _scaled(loop, turn, keys)
        if scaled is None:
            return loop
        for node, reason in scaled:
            change.nodes[reason] = test_of(loop, reason)
            change.nodes.update(_always(loop, node, reason))
            scaling.add(turn)
    if not scaling or (len(scaling) < FEWEST and len(turns) >= MANY):
        return loop
    return change.on(loop, readable=frozenset(scaling))


def _scaled(loop: Loop, turn: int, keys: list[Key]) -> list[tuple[Node, int]] | None:
    """What a turn scales for a reason, each with its test; None if it does something else for one.

    What nothing takes but what is done for the same reason does not matter.
    """
    nodes = loop.nodes(turn)
    reasons = {node.number: reason_of(loop, node.number) for node in nodes}
    if not any(reasons.values()):
        return []
    masks = loop.masks(turn, keys)
    takers: dict[int, list[Node]] = {}
    for node in nodes:
        for ref in takes(node):
            takers.setdefault(ref.node, []).append(node)
    found = []
    for node in nodes:
        reason = reasons[node.number]
        if reason is None or reason < loop.starts[turn] or not masks[node.number]:
            continue
        within = all(reasons[one.number] == reason for one in takers.get(node.number, ()))
        if within and node.kind != "in_place":
            continue
        todo = [node]
        while todo:  # of ``g * 5 / norm`` first ``g * 5``
            one = todo.pop()
            if one.kind not in ("binary", "in_place") or one.done not in SCALES:
                return None
            found.append((one, reason))
            of = one.args[1 - _factor(loop, one, reason)]
            if isinstance(of, Ref) and reasons.get(of.node) == reason:
                todo.append(loop.tape.nodes[of.node])
    return found


def _always(loop: Loop, node: Node, reason: int) -> dict[int, Node]:
    """The operation with a factor that is 1 without the reason, at the place before it."""
    at = _factor(loop, node, reason)
    factor, made = copy(node), copy(node)
    factor.number, factor.kind, factor.done, factor.kw = node.number - 1, "call", np.where, {}
    factor.args = [Ref(reason, 0), node.args[at], Const(1.0)]
    factor.value, factor.root = np.asarray(loop.tape.value_of(node.args[at]), float), -node.number
    made.args = [Ref(factor.number, 0) if n == at else one for n, one in enumerate(node.args)]
    return {node.number: made, factor.number: factor}


def _factor(loop: Loop, node: Node, reason: int) -> int:
    """Which part of a product, or a quotient, is the factor: a number, made for that reason."""
    if node.done == "Div" or node.kind == "in_place":
        return 1
    sizes = [np.size(loop.tape.value_of(one)) for one in node.args]
    if sizes[0] != sizes[1]:
        return int(sizes[0] > sizes[1])
    return 0 if _is_new(node.args[0], reason) and not _is_new(node.args[1], reason) else 1


def _is_new(taken: Taken, reason: int) -> bool:
    return isinstance(taken, Const) or (isinstance(taken, Ref) and taken.node > reason)
