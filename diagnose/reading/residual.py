"""A residual (skip) connection, called by its name where a network with one cannot be read."""

from __future__ import annotations

from diagnose.reading.loops import name_of
from diagnose.reading.products import is_dot
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Node, Ref, leaves
from diagnose.recording.operations import MATRIX_PRODUCTS

SAID = (
    "a residual (skip) connection: what went into a layer is added to what comes out of it, "
    "and such layers are not read"
)


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
        if name_of(node) in ("Add", "add") and len(sides) == 2 and sides[0] != sides[1]:
            first, second = sorted(sides, key=len)
            if first and first < second:
                return node
        is_product = name_of(node) in MATRIX_PRODUCTS or is_dot(step, node)
        of[node.number] = before | {node.number} if is_product else before
    return None
