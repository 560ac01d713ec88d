"""Steps that are made for a reason, and gradients that are scaled for one.

As in `if y * s < 1: W -= rate * dW`, and in `if norm > 5: g = g * 5 / norm`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from diagnose.reading.changed import Change, ChangedLoop
from diagnose.reading.loops import Key, Loop, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.recording.nodes import Const, Node, Ref, Taken
from diagnose.recording.operations import STEPS

SPARE = "spare"
BY_SIGN = (
    "a step is made where an answer is wrong, as by a perceptron: that is the gradient of no loss "
    "that is read; with a margin, as in `if y * s < 1`, it is one"
)
SCALES = {"Mult", "Div"}
# So many turns that scale are read; where fewer of many do, the others are.
FEWEST, MANY = 3, 200


@dataclass(eq=False)
class GatedLoop(ChangedLoop):
    """A loop whose steps are always made; keys: what they step, also after turns without one."""

    keys: frozenset[Key] = frozenset()

    def key(self, ref: Ref, turn: int) -> Key | None:
        """As what a value comes into a turn from the last one that made a step."""
        found = super().key(ref, turn)
        if found is not None or turn == 0 or ref.node >= self.starts[turn]:
            return found
        root = self.tape.nodes[ref.node].root
        if any(one >= self.starts[0] for one in self.written(ref)):
            found = ("written", root)
        elif ref.node >= self.starts[0]:
            found = self.ordinals(bisect_right(self.starts, ref.node) - 1).get(ref.node)
        return found if found in self.keys else None


def gated(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop with steps that are always made; as it is where they are not made for one reason.

    NotReadError where that is no margin, but the sign of an answer.
    """
    state = loop.first_state(turns)
    if not any(_for(loop, turn, key) for turn in turns for key in state):
        return loop
    change = Change(loop.tape)
    stepped: set[Key] = set()
    carried = dict.fromkeys(key for turn in turns for key in (*state, *loop.carried(turn)))
    for turn in turns:
        tests = {key: _for(loop, turn, key) for key in carried}
        reasons = {tests[key] for key in state}
        if reasons == {None} and all(loop.made(turn, key) is None for key in state):
            continue
        reason = reasons.pop()
        if reasons or reason is None or reason < loop.starts[turn]:
            return loop
        if _by_sign(loop, reason):
            raise NotReadError(BY_SIGN)
        # a bias, too, on which no gradient depends but for that reason
        wanted = [key for key, one in tests.items() if one == reason]
        steps = {key: number for key in wanted if (number := _step(loop, turn, key)) is not None}
        if not {*state} <= {*steps}:
            return loop
        stepped |= {*steps}
        change.nodes[reason] = test_of(loop, reason)
        for number in steps.values():
            change.nodes.update(_multiplied(loop, turn, number, reason))
    return GatedLoop(
        tape=change.made(), site=loop.site, starts=loop.starts, seen=loop, skips=True,
        keys=frozenset(stepped),
    )  # fmt: skip


def _for(loop: Loop, turn: int, key: Key) -> int | None:
    """The test for whose sake a state is made in a turn; None where it is made for none."""
    number = loop.made(turn, key)
    return reason_of(loop, number) if number else None


def reason_of(loop: Loop, number: int) -> int | None:
    """The test for whose sake an operation is done; None where it is done for none."""
    spare = loop.tape.nodes[number - 1] if number else None
    of = spare.args[0] if spare is not None and spare.kind == SPARE else None
    return of.node if isinstance(of, Ref) else None


def _step(loop: Loop, turn: int, key: Key) -> int | None:
    """The operation that makes a state, if that is what it was plus or less something."""
    nodes, number = loop.tape.nodes, loop.made(turn, key)
    node = nodes[number or 0]
    of = node.args[0] if name_of(node) in STEPS and len(node.args) == 2 else None
    if not isinstance(of, Ref) or not isinstance(node.args[1], Ref | Const):
        return None
    before = nodes[of.node]
    if key[0] == "written":
        return number if before.root == key[1] else None
    is_first = of.node < loop.starts[0]
    return number if is_first or (before.site, before.kind) == (node.site, node.kind) else None


def _by_sign(loop: Loop, reason: int) -> bool:
    """Whether something is held against 0, as a perceptron does: no loss that is known goes so."""
    sides = loop.tape.nodes[reason].args
    return any(isinstance(one, Const) and one.value == 0 for one in sides)


def test_of(loop: Loop, reason: int) -> Node:
    """The operation that compares, as it stands where what follows from it is done."""
    made = copy(loop.tape.nodes[reason])
    made.kind, made.value = "compare", np.True_
    return made


def _multiplied(loop: Loop, turn: int, number: int, reason: int) -> dict[int, Node]:
    """A step of which a factor is multiplied by the reason, at the place before it.

    Of ``rate * y * h`` that is ``y``, and not the rate: no number is made of both before.
    """
    nodes = loop.tape.nodes
    owner, at = nodes[number], 1
    while (inner := _product(loop, owner.args[at], reason)) is not None:
        own = [
            place
            for place, one in enumerate(inner.args)
            if isinstance(one, Ref) and one.node >= loop.starts[turn]
        ]
        if not own:
            break
        further = [place for place in own if _product(loop, inner.args[place], reason)]
        owner, at = inner, (further or own[::-1])[0]
    made, product = copy(owner), copy(owner)
    product.number, product.kind, product.done, product.kw = owner.number - 1, "binary", "Mult", {}
    product.args = [Ref(reason, 0), owner.args[at]]
    product.value = loop.tape.value_of(owner.args[at])
    product.root = -owner.number if isinstance(product.value, np.ndarray) else None
    made.args = [Ref(product.number, 0) if n == at else one for n, one in enumerate(owner.args)]
    return {owner.number: made, product.number: product}


def _product(loop: Loop, taken: Taken, reason: int) -> Node | None:
    """The operation that multiplied what is taken, for the same reason; None for any other."""
    node = loop.tape.nodes[taken.node] if isinstance(taken, Ref) else None
    if node is None or node.kind != "binary" or node.done != "Mult" or node.number < reason:
        return None
    return node if loop.tape.nodes[node.number - 1].kind == SPARE else None


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
