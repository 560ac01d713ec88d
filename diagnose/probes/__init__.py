"""Every defect that is known, in the order in which it is probed and repaired.

A probe that needs a sane operating point gets the network with the defects repaired that the
probes before it found: so those that only look at data and initial draws stand first, then those
that need signals, and the learning rate, which is judged by whole trainings, last. Missing classes
are added before an order is shuffled.
"""

from diagnose.probes import (
    class_order,
    frozen_parameter,
    gradient,
    initialization_offset,
    initialization_scale,
    inplace,
    learning_rate,
    missing_classes,
    softmax,
    unnormalized_input,
    update_direction,
)
from diagnose.probes.defect import Bench, Defect

__all__ = ["DEFECTS", "Bench", "Defect"]

DEFECTS: tuple[Defect, ...] = (
    missing_classes.DEFECT,
    class_order.DEFECT,
    unnormalized_input.DEFECT,
    initialization_offset.DEFECT,
    initialization_scale.DEFECT,
    inplace.DEFECT,
    softmax.DEFECT,
    update_direction.DEFECT,
    frozen_parameter.DEFECT,
    gradient.DEFECT,
    learning_rate.DEFECT,
)
