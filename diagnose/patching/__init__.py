"""The author's own lines, mended and tried: the smallest edit of a script that makes it work.

Nothing that was not run is a patch.

- the source: ``source``, a concrete syntax tree, and its ``nodes``; ``places``, ``script``,
  ``notebooks``, ``stepping``, ``products``, ``handed`` networks; ``applying`` a diff,
- the search: ``patch``, ``base``, ``trial`` of a copy, ``search``, ``holding`` one part against a
  sound one; ``judging`` and ``printing``, by what the script prints; ``told_alone`` and
  ``as_if_read``, where nothing is read, without what is ``only_told``; ``ending`` and ``idle``,
  changes that change no number; ``mended_lines``, for reports without a patch,
- edits of the forward pass and the gradient: ``arithmetic``, ``formulas``, ``activations``,
  ``named_activations``, ``derivatives``, ``slopes``, ``biases``, ``unused``, ``summed``, ``sums``,
  ``signs``, ``shares``, ``dropped``, ``inplace``, ``unread``, ``outputs``, ``arrays``,
  ``indices``, ``inline`` derivatives,
- of samples, targets and their order: ``samples``, ``pairs``, ``mates``, ``orders``, ``shaped``,
  ``windows``, ``seen``, ``targets``, ``units``, ``brackets``,
- of the start, the step and the pace: ``starting``, ``starts``, ``drawn``, ``sizes``, ``steps``,
  ``every_layer``, ``velocities``, ``decays``, ``strengths``, ``pace``, ``patience``, ``lengths``,
  ``moved``, ``placed``, ``turns`` of an optimizer,
- of answers: ``answer``, ``asked``, ``explained``, ``counting``, ``predicting``, ``rounding``,
  ``largest``, ``results``, ``compared`` labels, ``stages``,
- of slips that learners make most often (``slips``, ``likely``), and edits after which a script
  can be read (``reading``).

For others: patch, applying, handed, mended_lines.
Uses: errors, style, report, network, data, calculus, symptoms, reading, telling, watching,
training, instruments, causes.
"""
