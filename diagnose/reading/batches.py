"""How many samples a step takes at once, and along which axis of an array they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.reading.loops import name_of, rows_in
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import MATMULS

TURNS = {"T", "transpose"}
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
                    for key, ref in step.loop.carried(step.turn).items()
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
    if name_of(node) in TURNS:
        return None if given[0] is None else 1 - given[0]
    if name_of(node) in MATMULS:
        return 0 if given[0] == 0 else 1 if given[1:2] == [1] else None
    if rows_in(node.args) and name_of(node) in ("array", "vstack", "stack"):
        return 0
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
