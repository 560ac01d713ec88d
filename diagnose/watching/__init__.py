"""From a script as it is to a ``Network``: it is watched while it trains, and what it does is read.

The script runs in a process of its own (``child``), or the ``cells`` of a notebook do; the
``loop_that_trains`` is looked for, and what was read of it (``understanding``) comes back as plain
data (``handing_over``, ``handover``). Functions are made of it (``contract``, ``each_sample``), the
loss is told by ``fitting`` the gradients, activations also by what their lines give ``elsewhere``,
and the ``certificate`` holds the network against steps of the script that were not used for this,
or of one that overflows against its ``early`` steps: without it there is no network. Nor is there
one where the samples of its steps are ``chosen_by_answers``, as the text tells, in which it is
followed what ``comes_of`` the parameters, also ``through_files``, with names told by their
``scopes`` and ``by_their_use``, or where the training is ``going_on`` in another loop; that its
``own_weights`` are stepped on is told where only the run shows it, and so is a way that was
``untaken`` by its steps. One that ``ended_soon`` is watched once more. How long a training was is
told by its loops, or by the ``epochs_done`` once it is over. What else is to come is asked of the
author's ``texts``: the ``rates_to_come`` are told by the lines that make them (``rates_ahead``), or
for the ``known_epochs`` alone, as where ``late_changes`` may make the steps others, but for the
``ways_seen`` already; and whether a test may come, for which the program is ``running_on``, by what
is ``left_to_do``, in its ``own_time``. The training that is ``asked`` for is come to by
``passing_by`` the others; what is seen beside it is ``told_on_the_way``. Of single samples that are
known ``by_its_loop`` most steps are not seen. ``script`` is the way in. A network that was read is
written to a file, to be kept, by ``adapter``.

Passes that no step follows are seen on the way (``evaluations``, ``series``, ``sought``, by their
``marks``, with the ``sources`` of their samples), and what answers meet (``labels_met``, also in
tables: ``answers_met``). They come back likewise (``tested``), are ``certain_tests``, and one is
the script's own test set (``own_test``), or an ``other_pass`` than that of the steps, or of
``averages`` over them; how that is prepared is told by ``preparations``. Biases that are trained
and left out of the network are told by ``unused``, a rate that stands in no place of its own is an
``unwritten_rate``, one that is handed to a function, or gets a value in a loop, may be another
later (``handed_rate``), and samples beside those of each epoch are ``never_taken``: those of
classes that are never shown are tried, too. Samples of few numbers are ``alike`` by chance; those
that were made whole numbers are taken ``with_fractions``, as they were before.

For others: script, cells, adapter.
Uses: errors, style, network, builders, calculus, recording, reading, folding, telling.
"""
