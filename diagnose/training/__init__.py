"""Trainings: the reference loop, the compiled one with its certificate, and many of them at once.

``loop`` trains with a network's own functions and says what is right; ``compiled`` and ``kernel``
do the same fast, runs side by side (``kernel_in_lanes``), the samples of a batch
(``kernel_by_batches``) or each alone (``kernel_one_by_one``), made of the same ``kernel_parts`` and
laid out in ``lanes``, once ``certificate`` has stepped both beside each other, with the units that
``masks`` leaves out of its steps, and derivatives as wrong as ``slopes`` says an author has written
them; ``digests`` tell runs apart, ``prepared`` holds the samples, for the loop as ``inputs``.
``ahead`` has one of them compiled while the first begins its work. ``trainer`` chooses
between them, ``pool`` runs each distinct training once, on all cores or on a cluster, and ``store``
keeps what was trained. ``budget`` says for what there is time, ``cuts`` for what there was none.

For others: trainer, loop, pool, store, cluster, progress, budget, cuts, ahead.
Uses: errors, report, network, calculus, symptoms.
"""
