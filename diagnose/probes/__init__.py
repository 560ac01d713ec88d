"""Every defect that is known, in the order in which it is probed and repaired.

A probe that needs a sane operating point gets the network with the defects repaired that the
probes before it found: so those that only look at data and initial draws stand first, then those
that need signals, and the learning rate, which is judged by whole trainings, last. Missing classes
are added before an order is shuffled.
"""

from diagnose.probes import (
    broadcast_shape,
    class_order,
    double_softmax,
    gradient,
    initialization_offset,
    initialization_scale,
    inplace,
    learning_rate,
    missing_classes,
    softmax,
    softmax_axis,
    unnormalized_input,
)
from diagnose.probes.defect import Bench, Defect

__all__ = ["DEFECTS", "Bench", "Defect"]

DEFECTS: tuple[Defect, ...] = (
    missing_classes.DEFECT,
    class_order.DEFECT,
    unnormalized_input.DEFECT,
    initialization_offset.DEFECT,
    initialization_scale.DEFECT,
    broadcast_shape.DEFECT,
    inplace.DEFECT,
    softmax_axis.DEFECT,
    double_softmax.DEFECT,
    softmax.DEFECT,
    gradient.DEFECT,
    learning_rate.DEFECT,
)
