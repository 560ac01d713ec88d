"""A step that computes the same product twice, or multiplies a bias by ones.

As `max(0.1 * (x @ W), x @ W)` does, and `np.outer(b, ones)`, so that there is one for each sample.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from diagnose.reading.changed import Change
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.steps import Step, same
from diagnose.recording.nodes import Const, Group, Node, Ref
from diagnose.recording.operations import MATRIX_PRODUCTS, is_random

PURE = {"binary", "unary", "compare", "attribute", "get", "method", "call", "item"}


def without_repeated(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop with each operation once; as it is where no matrix product is repeated."""
    keys = loop.first_state(turns)
    change = Change(loop.tape)
    for turn in turns:
        step = Step(loop, turn, keys)
        same_as = _same_as(step)
        if any(name_of(step.nodes[one]) in MATRIX_PRODUCTS for one in same_as):
            for number, first in same_as.items():
                change.moved[number] = first
                change.nodes[number] = step.nodes[number]
    return change.on(loop)


def without_places(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop without the places that numbers are put into and taken out of, within a turn."""
    change = Change(loop.tape)
    for turn in turns:
        for node in loop.nodes(turn):
            put = _put(loop, turn, node) if node.kind == "get" else None
            if put is not None:
                change.moved[node.number] = put
                change.nodes[node.number] = node
    return change.on(loop)


def _put(loop: Loop, turn: int, got: Node) -> int | None:
    """The operation that made what is taken out of an array; None if it is not known.

    Nothing was written into the array since; and nothing is in this turn, where it is a view of it.
    """
    owner = got.args[0]
    writes = loop.written(owner) if isinstance(owner, Ref) else []
    store = loop.tape.nodes[writes[-1]] if writes else None
    if store is None or store.kind != "store":
        return None
    into, index, value = store.args
    if not isinstance(into, Ref) or not isinstance(owner, Ref) or not isinstance(value, Ref):
        return None
    try:
        same_place = into.node == owner.node and _said(index, {}) == _said(got.args[1], {})
    except TypeError:
        return None
    made = loop.tape.nodes[value.node]
    if not same_place or made.number < loop.starts[turn] or not same(made.value, got.value):
        return None
    if np.ndim(got.value):
        later = max(loop.writes(turn, store.root or 0), default=0) > store.number
        if later or loop.tape.writes.get(made.root or 0):
            return None
    return made.number


def _same_as(step: Step) -> dict[int, int]:
    """The operations that depend on the state and repeat an earlier one, each with that one."""
    first: dict[Hashable, int] = {}
    known: dict[int, int] = {}
    found: dict[int, int] = {}
    writes = step.loop.tape.writes
    for node in step.loop.nodes(step.turn):
        if node.kind not in PURE or (node.kind == "call" and is_random(node.done)):
            continue
        if node.root is not None and writes.get(node.root):
            continue  # what was made is written into: of two such arrays each is its own
        try:
            what = (node.kind, node.done, _said(node.args, known), _said(node.kw, known))
            number = first.setdefault(what, node.number)
        except TypeError:  # nothing that could be told from others
            continue
        if number != node.number and same(step.nodes[number].value, node.value):
            known[node.number] = number
            if step.masks.get(node.number):
                found[node.number] = number
    return found


def _said(taken: Any, known: dict[int, int]) -> Hashable:
    """What an operation takes, in a form that can be compared."""
    if isinstance(taken, Ref):
        return (known.get(taken.node, taken.node), taken.version)
    if isinstance(taken, Const):
        return (type(taken.value), taken.value)
    if isinstance(taken, Group):
        return (taken.of, tuple(taken.keys or ()), _said(taken.items, known))
    if isinstance(taken, dict):
        return tuple((name, _said(one, known)) for name, one in taken.items())
    return tuple(_said(one, known) for one in taken)
