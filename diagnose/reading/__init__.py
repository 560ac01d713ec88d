"""What is what on the tape of a training, and the functions of a network that do the same.

The loop that trains is found (``loops``), its ``steps``, and what is what in them (``roles``,
``layers``, ``learning_rate``, ``activations`` and their ``steepness``, ``products``, ``targets``),
also of parameters that are ``parts`` of one array. Where a step goes through several samples one by
one, it is read as that of the first (``sample_loops``), also where it computes all of them at once,
number by number (``untangled``), and so are all turns from one step to the next where a loop is
``accumulating`` gradients; a loop over the ``rows`` of a batch becomes one operation on another
tape (``row_tape``) if its turns are ``alike``, and is else refused (``unrolled``); what is
``repeated`` in a step becomes one, and ``buffers`` that are filled anew in each step become arrays
of it; ``batches`` says what the samples of a step are. Its passes are written as Python
(``passes``, ``gradient_writing``, ``values``, ``writing``, ``vectorized``, ``updating``), and so is
the draw of its parameters (``initial``). A step may carry more: what that ``began`` with, and a
``clock`` that counts the steps; or less, where a parameter is ``frozen``; and it may take its
gradient ``ahead`` of the parameters. Once that is done, of further steps only samples, targets,
rate and state are kept (``collecting``, ``collecting_samples``, ``collecting_at_once``) as they
pass the ``taps``, or are known ``by_loop`` alone: equal samples once (``kept_samples``), many of
them ``on_disk``, and the state only where it is needed (``edges``), until the ``epoch_ends`` are
known, and where samples are drawn until all have come (``drawing``); of a long epoch the steps
before that are counted too (``first_epoch``). That is for ``samples``, their ``pairing`` with
labels, batches that are ``overlapping``, the ``pacing`` of the rate and the lines at which all of
it stands (``lineage``, ``places``); of a training so short that it is all on the tape,
``replaying`` that is enough. How samples were scaled before is told by ``preparing``, and what they
were before they were mixed by ``unmixed``, and before they were made whole numbers by
``before_whole``; a ``residual`` connection, and what is ``normalized``, are not read, and
``named``. Parameters may be ``multiples`` of what their author keeps, as thresholds are, and
weights whose products are ``scaled``. Steps that are made for a reason, as with a hinge, are
``gated`` by it, and gradients may be ``held_back`` by one; samples may be ``left_out`` by their
label. Of two losses that may be meant, ``logarithms`` and ``error_slopes`` tell one. In a table of
targets that is never cleared a sample's own are told from ``left_marks``. Which rows of an array
are ``taken``, and how many never are, is told by where the samples of each step lay. Numbers that
stand ``in_lists`` and are taken as arrays become arrays, also where each comes out of its
``own_places``, and a bias ``spread`` by ones is a bias.

For others: accumulating, buffers, counting, loops, steps, repeated, named, multiples, roles,
layers, learning_rate, not_read, activations, rows, unrolled, untangled, sample_loops, targets,
samples, pairing, overlapping, pacing, replaying, began, clock, frozen, gated, held_back,
left_marks, left_out, logarithms, error_slopes, on_disk, in_lists, spread, before_whole, collecting,
collecting_samples, edges, first_epoch, taken, dropping, parts, passes, gradient_writing, writing,
updating, initial, places, preparing, unmixed, lineage.
Uses: network, recording.
"""
