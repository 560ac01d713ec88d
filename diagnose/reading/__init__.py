"""What is what on the tape of a training, and the functions of a network that do the same.

- the loop that trains and its step: ``loops``, ``steps``, ``repeated`` products,
- what is what in a step: ``roles``, ``parts`` of one array, ``layers``, ``products``, ``targets``,
  ``left_marks``, ``learning_rate``, ``batches``, ``counting``,
- activations and losses: ``activations``, their ``steepness``, ``logarithms``, ``error_slopes``,
- samples that a step takes one by one: ``sample_loops``, ``accumulating``, ``untangled`` lists of
  lists; ``rows``, a loop over a part of a batch, on another tape (``row_tape``) if its turns are
  ``alike``, else ``unrolled``,
- parameters in other forms: ``multiples``, ``scaled``, ``spread`` by ones, ``in_lists``,
  ``frozen``, ``bounded``; arrays filled anew (``buffers``), numbers taken from their
  ``own_places``,
- what else a step does: state that it carries (``began``, ``clock``, ``updating``), a gradient
  taken ``ahead``, ``held_back`` or ``gated`` by a reason, ``dropping``, samples ``left_out``,
- written as Python: ``passes``, ``gradient_writing``, ``values``, ``writing``, ``vectorized``, and
  the ``initial`` draw,
- further steps, of which only samples, targets, rate and state are kept: ``collecting``,
  ``collecting_samples``, ``collecting_at_once``, ``taps``, ``quick_taps``, ``spared``, ``by_loop``,
  ``kept_samples``, ``room``, ``on_disk``, ``likely``, ``edges``, ``epoch_ends``, ``first_epoch``,
  ``drawing``; ``replaying``, where all of a short training is on the tape,
- what these tell: ``samples``, their ``pairing`` with labels, ``overlapping`` batches, ``pacing``
  of the rate, which rows are ``taken``; how samples were before: ``preparing``, ``unmixed``,
  ``before_whole``,
- lines to point at: ``lineage``, ``places``,
- what is not read, and why: ``not_read``, ``named``, ``layers_refused``, ``residual``,
  ``normalized``.

For others: accumulating, buffers, counting, loops, steps, repeated, named, multiples, roles,
layers, learning_rate, not_read, activations, rows, unrolled, untangled, sample_loops, targets,
samples, pairing, overlapping, pacing, replaying, began, clock, frozen, gated, held_back,
left_marks, left_out, logarithms, error_slopes, on_disk, in_lists, spread, before_whole, collecting,
collecting_samples, by_loop, spared, edges, first_epoch, taken, dropping, parts, passes,
gradient_writing, writing, updating, initial, places, preparing, unmixed, lineage.
Uses: network, recording.
"""
