"""What a program writes of a loss: the logarithm of its answers, and a slope that meets the error.

A cross-entropy takes the logarithm. The squared error asks for the slope of the last layer; the
cross-entropy of a sigmoid leaves the error as it is. Where that slope is written wrongly, the
gradient lies along neither loss, and that there is one tells which is meant.
"""

from __future__ import annotations

from diagnose.reading.loops import name_of, takes
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import Node, Taken, references
from diagnose.recording.operations import LESS, MATRIX_PRODUCTS, OVER, TIMES

LOGARITHMS = {"log", "log2", "log10"}
# A number against a logarithm of 0, a clip, the outputs of the right classes: no more operations.
MOST = 8
# A sigmoid of a sigmoid, taken twice, is fourteen of them.
IN_A_SLOPE = 32


def takes_logarithm(roles: Roles) -> bool:
    """Whether a turn of the training takes the logarithm of the last layer's outputs."""
    step, out = roles.step, roles.layers[-1].out
    nodes = step.loop.nodes(step.turn)
    return any(
        name_of(node) in LOGARITHMS and any(comes_of(step.nodes, one, out) for one in node.args[:1])
        for node in nodes
        if node.number > out
    )


def comes_of(nodes: list[Node], taken: Taken, out: int, most: int = MOST) -> bool:
    """Whether a value is computed, by ``most`` operations, of what a node ``out`` made."""
    todo = references(taken)
    met: set[int] = set()
    root = nodes[out].root
    while todo and len(met) < most:
        number = todo.pop().node
        node = nodes[number]
        if number == out or (root is not None and node.root == root):
            return True
        if number in met or number < out or name_of(node) in MATRIX_PRODUCTS:
            continue
        met.add(number)
        todo += references(node.args)
    return False


def multiplies_error(roles: Roles) -> bool:
    """Whether the output less the target is multiplied by what is computed of the last layer.

    Not where it is divided by such a number too: that is the slope of a logarithm.
    """
    step, pre = roles.step, roles.layers[-1].pre
    joint = step.graph[roles.joint]
    if name_of(joint) not in LESS:
        return False
    errors, multiplied = {joint.number}, False
    for node in step.graph[roles.joint + 1 :]:
        refs = takes(node)
        if not any(one.node in errors for one in refs) or name_of(node) in MATRIX_PRODUCTS:
            continue
        others = [one for one in refs if one.node not in errors]
        of_layer = any(comes_of(step.nodes, one, pre, IN_A_SLOPE) for one in others)
        if of_layer and name_of(node) in OVER:
            return False
        multiplied |= of_layer and name_of(node) in TIMES
        errors.add(node.number)
    return multiplied
