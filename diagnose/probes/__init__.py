"""Every defect that is known, in the order in which it is probed and repaired.

A probe that needs a sane operating point gets the network with the defects repaired that the
probes before it found: so those that look at data, shapes and initial draws stand first, then those
that need signals, and last those that are judged by whole trainings, the learning rate and the
number of units. Missing classes are added before an order is shuffled.

For others: what stands below, broadcast_shape, too_few_units.
Uses: style, report, network, calculus, symptoms, training, instruments.
"""

from diagnose.instruments.bench import Bench, Defect
from diagnose.probes import (
    aliased_arrays,
    broadcast_shape,
    class_order,
    double_softmax,
    frozen_parameter,
    initialization_offset,
    initialization_scale,
    inplace_mutation,
    integer_dtype,
    learning_rate,
    misleading_metric,
    missing_classes,
    output_range,
    saturation,
    softmax_axis,
    softmax_overflow,
    symmetric_initialization,
    too_few_epochs,
    too_few_units,
    unnormalized_input,
    update_direction,
    wrong_gradient,
)

__all__ = ["DEFECTS", "Bench", "Defect"]

DEFECTS: tuple[Defect, ...] = (
    missing_classes.DEFECT,
    class_order.DEFECT,
    broadcast_shape.DEFECT,
    aliased_arrays.DEFECT,
    integer_dtype.DEFECT,
    output_range.DEFECT,
    unnormalized_input.DEFECT,
    symmetric_initialization.DEFECT,
    initialization_offset.DEFECT,
    initialization_scale.DEFECT,
    inplace_mutation.DEFECT,
    softmax_axis.DEFECT,
    double_softmax.DEFECT,
    softmax_overflow.DEFECT,
    update_direction.DEFECT,
    frozen_parameter.DEFECT,
    wrong_gradient.DEFECT,
    saturation.DEFECT,
    learning_rate.DEFECT,
    too_few_units.DEFECT,
    too_few_epochs.DEFECT,
    misleading_metric.DEFECT,
)
