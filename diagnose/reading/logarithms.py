"""Whether a program takes the logarithm of what its network answers, as a cross-entropy does."""

from __future__ import annotations

from diagnose.reading.loops import name_of
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import Node, Taken, references
from diagnose.recording.operations import MATRIX_PRODUCTS

LOGARITHMS = {"log", "log2", "log10"}
# A number against a logarithm of 0, a clip, the outputs of the right classes: no more operations.
MOST = 8


def takes_logarithm(roles: Roles) -> bool:
    """Whether a turn of the training takes the logarithm of the last layer's outputs."""
    step, out = roles.step, roles.layers[-1].out
    nodes = step.loop.nodes(step.turn)
    return any(
        name_of(node) in LOGARITHMS and any(comes_of(step.nodes, one, out) for one in node.args[:1])
        for node in nodes
        if node.number > out
    )


def comes_of(nodes: list[Node], taken: Taken, out: int) -> bool:
    """Whether a value is computed, by a few operations, of what a node ``out`` made."""
    todo = references(taken)
    met: set[int] = set()
    root = nodes[out].root
    while todo and len(met) < MOST:
        number = todo.pop().node
        node = nodes[number]
        if number == out or (root is not None and node.root == root):
            return True
        if number in met or number < out or name_of(node) in MATRIX_PRODUCTS:
            continue
        met.add(number)
        todo += references(node.args)
    return False
