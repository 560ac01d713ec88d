"""The author's own lines, mended and tried: the smallest edit of a script that makes it work.

Nothing that was not run is a patch.

- the source: ``source``, a concrete syntax tree, and its ``nodes``; ``places``, ``script``,
  ``notebooks``, ``stepping``, ``products``, ``handed`` networks,
- the search: ``patch``, ``base``, ``trial`` of a copy and its ``outcomes``, ``ahead`` with those
  that come next, ``search``, ``holding`` one part against a sound one, lines that are ``alike``;
  ``judging`` and ``printing``, by what the script prints; ``told_alone`` and ``as_if_read``, where
  nothing is read, without what is ``only_told``; ``ending``, by which changes that change no number
  show; ``mended_lines``, for reports without a patch; what is ``said``,
- edits of the forward pass and the gradient: ``arithmetic``, ``formulas``, ``activations``,
  ``outputs``, ``derivatives``, ``biases``, ``sums``, ``signs``, ``dropped``, ``inplace``,
  ``indices``,
- of samples, targets and their order: ``samples``, ``pairs``, ``mates``, ``orders``, ``batches``,
  ``shaped``, ``repeated``, ``seen``, ``targets``, ``margins``,
- of the start, the step and the pace: ``starting``, ``steps``, ``listed`` parameters,
  ``velocities``, ``decays``, ``pace``, ``lengths``, ``placed``,
- of answers: ``answer``, ``predicting``, test samples prepared ``once_more``, ``counting``,
  ``compared`` with what is of the test,
- of slips that learners make most often (``slips``), and edits after which a script can be read
  (``reading``).

For others: patch, handed, mended_lines, source.
Uses: errors, style, report, network, data, calculus, symptoms, reading, telling, watching,
training, instruments, causes.
"""
