"""The author's own lines, mended and tried: the smallest edit of a script that makes it work.

Nothing that was not run is a patch.

- the source: ``source``, a concrete syntax tree, and its ``nodes``; ``places``, ``script``,
  ``notebooks``, ``stepping``, ``handed`` networks,
- the search: ``patch``, ``base``, ``trial`` of a copy and its ``outcomes``, ``ahead`` with those
  that come next, ``search``, ``holding`` one part against a sound one; ``ending``, by which changes
  that change no number show; what is ``said``,
- what the step was ``shown`` right with, ``measured`` by a program of its own, ``measuring``,
- edits of the forward pass and the gradient: ``arithmetic``, ``activations``, ``biases``, ``sums``,
  ``decays``,
- of samples, targets and their order: ``samples``, ``pairs``, ``orders``, ``seen``, ``targets``,
- of the start, the step and the pace: ``starting``, ``steps``, ``pace``,
- of how the network is asked: ``predicting``; of what counts its answers: ``counted``.

For others: patch, handed, shown, source.
Uses: errors, style, report, network, data, calculus, symptoms, reading, telling, watching,
training, instruments, causes.
"""
