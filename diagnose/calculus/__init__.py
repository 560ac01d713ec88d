"""Derivatives: of the loss, exactly and by differences, of usual mistakes, and of a step.

For others: gradients, convention, gradient_check, gradient_kinds, points, updates.
Uses: style, report, network.
"""
