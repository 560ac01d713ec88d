"""Derivatives: of the loss, exactly and by differences, and of a step.

- right ones: ``gradients``, ``autodiff`` of a forward pass as it is, ``class_weights``,
  ``margins``, ``bounds``; the unit in which an author writes them
  (``convention``),
- an author's, held against these: ``gradient_check`` at ``points``, ``gradient_kinds``,
- of the declared layers, with another slope or error of the output: ``backward_pass``, and by it
  those of ``other_losses``,
- what a step does: ``updates``, ``linear_updates``, ``adaptive_updates``.

For others: adaptive_updates, autodiff, backward_pass, convention, gradient_check, gradient_kinds,
gradients, linear_updates, points, updates.
Uses: style, report, network.
"""
