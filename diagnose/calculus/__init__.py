"""Derivatives: of the loss, exactly and by differences, of usual mistakes, and of a step.

- right ones: ``gradients``, ``autodiff`` of a forward pass as it is, ``class_weights``,
  ``margins``, ``bounds``; the unit in which an author writes them
  (``convention``),
- an author's, held against these: ``gradient_check`` at ``points``, ``gradient_kinds``,
- wrong ones, which have a name: ``backward_pass`` in parts, of which one is ``mistaken``
  (``mistaken_errors``, ``mistaken_gradients``, ``mistaken_slopes``); ``mistakes`` and their
  ``naming``,
- what a step does: ``updates``, ``linear_updates``, ``adaptive_updates``.

For others: adaptive_updates, autodiff, backward_pass, class_weights, convention, gradient_check,
gradient_kinds, gradients, linear_updates, mistaken, mistaken_errors, mistaken_gradients,
mistaken_slopes, naming, points, updates.
Uses: style, report, network.
"""
