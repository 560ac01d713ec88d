"""Derivatives: of the loss, exactly and by differences, of usual mistakes, and of a step.

For others: adaptive_updates, autodiff, backward_pass, class_weights, convention, gradient_check,
gradient_kinds, gradients, linear_updates, mistaken, mistaken_errors, mistaken_gradients,
mistaken_slopes, naming, points, updates.
Uses: style, report, network.
"""
