"""Whether a program multiplies its output's error by a slope, as the squared error asks for.

The cross-entropy of a sigmoid leaves the error as it is. Where the slope is written wrongly, the
gradient lies along neither loss's, and that there is one tells which is meant.
"""

from __future__ import annotations

from diagnose.reading.logarithms import comes_of
from diagnose.reading.loops import name_of, takes
from diagnose.reading.roles import Roles
from diagnose.recording.operations import MATRIX_PRODUCTS

LESS = {"Sub", "subtract"}
TIMES = {"Mult", "multiply"}
BY = {"Div", "divide", "true_divide"}


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
        of_layer = any(comes_of(step.nodes, one, pre) for one in others)
        if of_layer and name_of(node) in BY:
            return False
        multiplied |= of_layer and name_of(node) in TIMES
        errors.add(node.number)
    return multiplied
