"""How many samples a step takes at once, and along which axis of an array they lie.

And where it takes those of a batch by their numbers, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, is_all
from diagnose.recording.operations import MATMULS, MATRIX_PRODUCTS, TURNED

# What may lay its numbers otherwise, in the same shape.
OTHERWISE = {"get", "reshape", "swapaxes", "sort", "roll"}


@dataclass(frozen=True)
class Batch:
    """The samples that a step takes: their number, whether they are columns, and their node.

    alone: whether no axis of a weight or a bias is as long, so that an axis of this length is that
    of the samples.
    """

    count: int
    columns: bool
    node: int
    alone: bool


def batch_of(step: Step) -> Batch | None:
    """The samples of a step that runs on matrices; None for any other."""
    for node in step.graph:
        if name_of(node) not in MATMULS or len(node.args) < 2:
            continue
        for at, one in enumerate(node.args[:2]):
            other = node.args[1 - at]
            if not isinstance(one, Ref) or not isinstance(other, Ref):
                continue
            shape = np.shape(step.value(one))
            if isinstance(step.origin(other), tuple) and step.is_outside(one) and len(shape) == 2:
                lengths = {
                    length
                    for key, ref in step.carried.items()
                    if key in step.keys
                    for length in np.shape(step.nodes[ref.node].value)
                }
                count = shape[at]
                return Batch(count, at == 1, one.node, alone=count not in lengths)
    return None


def batch_of_rows(step: Step) -> Batch | None:
    """The samples of a step that multiplies the rows of a matrix one by one; None for any other."""
    for node in step.graph:
        refs = [one for one in node.args if isinstance(one, Ref)]
        if name_of(node) in MATMULS and any(isinstance(step.origin(one), tuple) for one in refs):
            for one in refs:
                row = step.nodes[one.node]
                owner = row.args[0] if row.kind == "get" else None
                if isinstance(owner, Ref) and step.is_outside(one):
                    shape = np.shape(step.nodes[owner.node].value)
                    if len(shape) == 2:
                        return Batch(shape[0], columns=False, node=owner.node, alone=True)
    return None


def is_batch(step: Step) -> bool:
    """Whether a step takes several samples at once."""
    batch = batch_of(step)
    return batch is not None and batch.count > 1


def has_samples_along(step: Step, owner: Ref, axis: int, batch: Batch) -> bool:
    """Whether an array has its samples along an axis.

    Where something else is as long, it is followed how the array comes of the samples.
    """
    shape = np.shape(step.nodes[owner.node].value)
    if len(shape) <= axis or shape[axis] != batch.count:
        return False
    if batch.alone and (len(shape) < 2 or len({*shape}) == len(shape)):
        return True
    if not step.is_active(owner) and len(shape) < 2:
        return True  # labels
    return _axis(step, owner, batch, {}) == axis


def _axis(step: Step, taken: Any, batch: Batch, known: dict[int, int | None]) -> int | None:
    """Along which axis of a value the samples lie, as far as that is known."""
    if not isinstance(taken, Ref) or step.state(taken) is not None:
        return None
    if taken.node not in known:
        known[taken.node] = None
        known[taken.node] = _axis_of(step, taken, batch, known)
    return known[taken.node]


def _axis_of(step: Step, taken: Ref, batch: Batch, known: dict[int, int | None]) -> int | None:
    node = step.nodes[taken.node]
    if not step.is_active(taken):
        side, shape = int(batch.columns), np.shape(node.value)
        as_samples = len(shape) == 2 and shape[side] == batch.count
        return side if taken.node == batch.node or as_samples else None
    given = [_axis(step, one, batch, known) for one in node.args]
    if name_of(node) in TURNED:
        return None if given[0] is None else 1 - given[0]
    if name_of(node) in MATMULS:
        return 0 if given[0] == 0 else 1 if given[1:2] == [1] else None
    for one, axis in zip(node.args, given, strict=True):
        if axis is not None and isinstance(one, Ref):
            return _left(node, np.shape(step.nodes[one.node].value), axis)
    return None


def _left(node: Node, before: tuple[int, ...], axis: int) -> int | None:
    """The samples' axis of what keeps the shape of what it takes, or sums along the other axis."""
    shape = np.shape(node.value)
    if shape == before:
        return None if name_of(node) in OTHERWISE else axis
    along = next(iter([*node.kw.values(), *node.args[1:]]), None)
    if len(before) != 2 or len(shape) != 1 or not isinstance(along, Const):
        return None
    return 0 if along.value in (1 - axis, -1 - axis) else None


def unrolled(step: Step) -> Node | None:
    """The first of the operations of a loop over the samples that is not read as one."""
    batch = batch_of(step) or batch_of_rows(step)
    return None if batch is None else _several(step, batch, has_samples_along)


def is_looped(step: Step) -> bool:
    """Whether a step on a batch has loops over samples, or over what there are as many of."""
    batch = batch_of(step)
    if batch is None:
        return False
    return _several(step, batch, _is_as_long) is not None


def _several(
    step: Step, batch: Batch, along: Callable[[Step, Ref, int, Batch], bool]
) -> Node | None:
    """The first operation of a place that takes several rows, each by its number."""
    start = step.start
    taken = {ref.node for one in step.graph for ref in takes(one) if ref.node >= start}
    rows: dict[int, set[int]] = {}
    first: dict[int, Node] = {}
    for number in sorted(taken | set(step.need)):
        node = step.nodes[number]
        if node.kind not in ("get", "store"):
            continue
        place, owner = place_of(node.args[1]), node.args[0]
        if place is None or not isinstance(owner, Ref) or isinstance(step.origin(owner), tuple):
            continue
        if along(step, owner, place[0], batch):
            rows.setdefault(node.site, set()).add(place[1])
            first.setdefault(node.site, node)
    return next((first[site] for site, several in rows.items() if len(several) > 1), None)


def _is_as_long(step: Step, owner: Ref, axis: int, batch: Batch) -> bool:
    return np.shape(step.nodes[owner.node].value)[axis : axis + 1] == (batch.count,)


def stepped_again(step: Step, parameters: Collection[Key], first: Key) -> Node | None:
    """The operation that changes a parameter once more after samples met what it changed before.

    parameters: of which that may be one. first: the weight that samples meet. What several layers
    share is changed more than once, too, but the samples meet no layer in between.
    """
    done: dict[tuple[int, Key], int] = {}  # by site and parameter, how often samples had met it
    met = 0
    for node in step.graph:
        keys = [step.state(one) for one in takes(node)]
        met += name_of(node) in MATRIX_PRODUCTS and first in keys
        key = keys[0] if node.kind in ("in_place", "write_call") and keys else None
        if key is not None and key in parameters and done.setdefault((node.site, key), met) < met:
            return node
    return None


def place_of(index: Taken) -> tuple[int, int] | None:
    """Axis and number of a row, where an index names one."""
    if isinstance(index, Const):
        whole = isinstance(index.value, int | np.integer) and not isinstance(index.value, bool)
        return (0, int(index.value)) if whole else None
    if isinstance(index, Group) and index.of is tuple and index.items:
        first = place_of(index.items[0]) if isinstance(index.items[0], Const) else None
        if first is None and is_all(index.items[0]) and len(index.items) > 1:
            second = place_of(index.items[1]) if isinstance(index.items[1], Const) else None
            return second and (1, second[1])
        return first
    return None
