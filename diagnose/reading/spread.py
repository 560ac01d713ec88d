"""A bias that is multiplied by ones, so that there is one for each sample: ``np.outer(b, ones)``.

Adding that is adding the bias itself, as NumPy repeats it. It is read so: else the product would be
taken for a layer, with ones for its samples.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from diagnose.reading.loops import Key, Loop, name_of, takes
from diagnose.reading.row_tape import Change, RowLoop
from diagnose.recording.nodes import Const, Group, Node, Ref
from diagnose.recording.operations import MATMULS

EVERY = Group(slice, [Const(None), Const(None), Const(None)])
ADDED = {"Add", "add", "Sub", "subtract"}


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
    if not found:
        return loop
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
    return RowLoop(tape=change.made(), site=loop.site, starts=loop.starts, seen=loop)


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
        name_of(one) in ADDED
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
    index = [EVERY, Const(None)] if at == 0 else [Const(None), EVERY]
    made.kind, made.done, made.args = "get", None, [bias, Group(tuple, list(index))]
    made.value = value[:, None] if at == 0 else value[None, :]
    return made
