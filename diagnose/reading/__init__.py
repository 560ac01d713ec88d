"""What is what on the tape of a training, and the functions of a network that do the same.

- the loop that trains and its step: ``loops``, ``steps``, ``repeated`` products,
- what is what in a step: ``roles``, ``parts`` of one array, ``layers``, ``products``, ``targets``,
  ``left_marks``, ``learning_rate``, ``batches``, ``counting``,
- ``activations``, and ``losses`` as they are written,
- samples that a step takes one by one: ``sample_loops``, ``accumulating``,
- parameters in other forms: ``frozen``, ``bounded``; arrays filled anew (``buffers``),
- what else a step does: state that it carries (``began``, ``updating``), a gradient
  taken ``ahead``, ``gated`` by a reason (on a tape that is ``changed``), ``dropping``,
- written as Python: ``passes``, ``gradient_writing``, ``values``, ``writing``, and the
  ``initial`` draw,
- further steps, of which only samples, targets, rate and state are kept: ``collecting``,
  ``collecting_samples``, ``taps``, ``quick_taps``, ``late_steps``, ``kept_samples``,
  ``room``, ``likely``, ``edges``, ``epoch_ends``; ``first_epoch``, where it, or all of a short
  training, is on the tape,
- what these tell: ``samples``, their ``pairing`` with labels, ``overlapping`` batches, ``pacing``
  of the rate, which rows are ``taken``; how samples were before: ``preparing``, ``unmixed``,
  ``before_whole``,
- lines to point at: ``lineage``,
- what is not read, and why: ``not_read``, ``layers_refused``.

For others: batches, accumulating, buffers, counting, loops, steps, repeated, roles, layers,
learning_rate, not_read, activations, losses, sample_loops, targets, samples, pairing, overlapping,
pacing, began, frozen, gated, left_marks, room, before_whole, collecting, collecting_samples,
late_steps, edges, first_epoch, taken, dropping, parts, passes, gradient_writing, writing, updating,
initial, preparing, unmixed, lineage.
Uses: network, recording.
"""
