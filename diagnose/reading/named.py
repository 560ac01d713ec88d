"""What stands in the way of reading a network, called by its name where it has one.

Batch and layer normalization, and residual (skip) connections.
"""

from __future__ import annotations

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.products import is_dot
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Node, Ref, leaves
from diagnose.recording.operations import LESS, MATRIX_PRODUCTS, OVER, PLUS, TIMES
from diagnose.recording.sites import Site

BATCH = (
    "batch normalization: what a layer computes is centred and scaled over the samples of a step, "
    "so what comes of a sample depends on the others; such layers are not read"
)
LAYER = (
    "layer normalization: what a layer computes of a sample is centred and scaled over its units; "
    "such layers are not read"
)
# Of the spread of what is centred: what rounding leaves of a mean, also in single precision.
CENTRED = 1e-4
SAID = (
    "a residual (skip) connection: what went into a layer is added to what comes out of it, "
    "and such layers are not read"
)


def normalized(step: Step, x: Place, joint: int) -> tuple[str, Node] | None:
    """What is said where the mean of what a layer computes is taken off it, and the rest scaled."""
    samples = np.shape(step.value(step.outside()[x]))
    for node in step.graph[:joint]:
        if name_of(node) not in LESS or len(node.args) != 2:
            continue
        axis = _centred_along(step, node)
        if axis is None or not _is_scaled(step, node, joint):
            continue
        size = np.shape(node.value)[axis]
        over_samples = len(samples) == 2 and size == samples[axis]
        return (BATCH if over_samples else LAYER), node
    return None


def _centred_along(step: Step, node: Node) -> int | None:
    """The axis along which a difference has a mean of 0, if its mean is what was taken off."""
    whole, mean = node.args
    if not (isinstance(whole, Ref) and isinstance(mean, Ref)):
        return None
    if not (step.is_active(whole) and step.is_active(mean)):
        return None
    made, off = np.asarray(node.value), np.asarray(step.value(mean))
    if made.ndim != 2 or made.dtype.kind != "f" or not np.isfinite(made).all():
        return None
    for axis, size in enumerate(made.shape):
        if size < 2:
            continue
        others = made.size // size
        if off.size != others or (off.ndim == 2 and off.shape[axis] != 1):
            continue
        if off.ndim == 1 and axis == 1 and others != 1:
            continue  # it is laid along the other axis
        if _is_near_0(made.mean(axis=axis), made):
            return axis
    return None


def _is_near_0(mean: Array, made: Array) -> bool:
    spread = float(made.std())
    return spread > 0 and bool((np.abs(mean) <= CENTRED * spread).all())


def _is_scaled(step: Step, node: Node, joint: int) -> bool:
    """Whether what is left is multiplied, or divided, by what was computed for each row of it."""
    for one in step.graph[:joint]:
        if one.number <= node.number or name_of(one) not in TIMES | OVER | MATRIX_PRODUCTS:
            continue
        taken = [other for _, other in leaves(one.args) if isinstance(other, Ref)]
        rest = [other for other in taken if other.node != node.number]
        if len(taken) == 2 and len(rest) == 1 and step.is_active(rest[0]):
            if node.number in {below.node for below in takes(step.nodes[rest[0].node])}:
                return True
            if np.size(step.value(rest[0])) < np.size(node.value):
                return True
    return False


def added(step: Step, x: Place, joint: int) -> Node | None:
    """Where an earlier layer's output, or the samples, are added to what was made of them.

    Of the two that are added, one comes of products that the other comes of as well, and of more.
    """
    samples = step.outside()[x]
    of: dict[int, frozenset[int]] = {}
    for node in step.graph[:joint]:
        sides = []
        for _, one in leaves(node.args):
            if not isinstance(one, Ref):
                continue
            if isinstance(samples, Ref) and one.node == samples.node:
                sides.append(frozenset({-1}))
            elif step.is_active(one):
                made = (one.node, *step.loop.written(one))
                sides.append(frozenset().union(*(of.get(at, frozenset()) for at in made)))
        before = frozenset().union(*sides)
        if name_of(node) in PLUS and len(sides) == 2 and sides[0] != sides[1]:
            first, second = sorted(sides, key=len)
            if first and first < second:
                return node
        is_product = name_of(node) in MATRIX_PRODUCTS or is_dot(step, node)
        of[node.number] = before | {node.number} if is_product else before
    return None


def by_name(step: Step, x: Place, joint: int, why: NotReadError, sites: list[Site]) -> NotReadError:
    """Why a step could not be read; what its forward pass has beside dense layers, if it is known.

    Batch and layer normalization, and residual connections. What has a kind of its own is told so.
    """
    if not why.kind and (found := normalized(step, x, joint)) is not None:
        return NotReadError(found[0], sites[found[1].site])
    node = added(step, x, joint)
    return why if node is None else NotReadError(SAID, sites[node.site])
