"""A step that computes the same product twice, or multiplies a bias by ones.

As `max(0.1 * (x @ W), x @ W)` does, and `np.outer(b, ones)`, so that there is one for each sample.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, Loop, name_of, takes
from diagnose.reading.row_tape import Change
from diagnose.reading.steps import Step, same
from diagnose.recording.nodes import ALL, Const, Group, Node, Ref
from diagnose.recording.operations import ADDS, MATMULS, MATRIX_PRODUCTS, is_random

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
                change.moved[number] = [first]
                change.nodes[number] = step.nodes[number]
    return change.on(loop)


def without_places(loop: Loop, turns: Sequence[int]) -> Loop:
    """The loop without the places that numbers are put into and taken out of, within a turn."""
    change = Change(loop.tape)
    for turn in turns:
        for node in loop.nodes(turn):
            put = _put(loop, turn, node) if node.kind == "get" else None
            if put is not None:
                change.moved[node.number] = [put]
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


def without_ones(loop: Loop) -> Loop:
    """The loop with each such product as the bias in its shape; as it is where there is none."""
    last = len(loop.starts) - 2
    if last < 1:
        return loop
    keys = {*loop.state(last)}
    ordinals = loop.ordinals(last)
    found: dict[Key, int] = {
        ordinals[node.number]: at
        for node in loop.nodes(last)
        if (at := _spread(loop, node, last, keys)) is not None
    }
    change = Change(loop.tape)
    for turn in range(last + 1):
        for key, at in found.items():
            number = loop.number_of(turn, key)
            node = loop.tape.nodes[number] if number is not None else None
            if node is None:
                continue
            if _ones_at(loop, node, 1 - at) is None or not _is_only_added(loop, node, turn):
                return loop
            change.nodes[node.number] = _as_bias(loop, node, at)
    return change.on(loop)


def _spread(loop: Loop, node: Node, turn: int, keys: set[Key]) -> int | None:
    """Which operand of a product is a state that is multiplied by ones; None where none is."""
    if name_of(node) not in MATMULS | {"outer"} or len(node.args) != 2 or node.kw:
        return None
    for at, one in enumerate(node.args):
        if isinstance(one, Ref) and loop.key(one, turn) in keys:
            ones = _ones_at(loop, node, 1 - at)
            if ones is not None and _is_only_added(loop, node, turn):
                return at
    return None


def _ones_at(loop: Loop, node: Node, at: int) -> Ref | Const | None:
    """An operand that is an array of ones, along which a product repeats the other one."""
    taken = node.args[at]
    ones = loop.tape.value_of(taken)
    shape = np.shape(loop.tape.value_of(node.args[1 - at]))
    if not isinstance(taken, Ref | Const) or not isinstance(ones, np.ndarray):
        return None
    if not ones.size or not (ones == 1).all():
        return None
    if name_of(node) == "outer":
        fits = ones.ndim == 1 and len(shape) == 1
    else:  # one column of numbers and one row of ones, or the other way round
        fits = ones.ndim == len(shape) == 2 and ones.shape[at - 1] == 1 == shape[-at]
    return taken if fits else None


def _is_only_added(loop: Loop, node: Node, turn: int) -> bool:
    """Whether all that is done with a product is to add it to arrays that are as large."""
    takers = [one for one in loop.nodes(turn) if any(r.node == node.number for r in takes(one))]
    return bool(takers) and all(
        name_of(one) in ADDS
        and one.kind == "binary"
        and all(np.shape(loop.tape.value_of(each)) == np.shape(node.value) for each in one.args)
        for one in takers
    )


def _as_bias(loop: Loop, node: Node, at: int) -> Node:
    """The product as the bias itself, as a column or a row."""
    bias = node.args[at]
    made = copy(node)
    made.kw = {}
    value = np.asarray(loop.tape.value_of(bias))
    if name_of(node) != "outer":
        made.kind, made.done, made.args, made.value = "method", "copy", [bias], value
        return made
    index = [ALL, Const(None)] if at == 0 else [Const(None), ALL]
    made.kind, made.done, made.args = "get", None, [bias, Group(tuple, list(index))]
    made.value = value[:, None] if at == 0 else value[None, :]
    return made
