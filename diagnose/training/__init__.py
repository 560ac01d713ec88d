"""Trainings: the reference loop, the compiled one with its certificate, and many of them at once.

``trainer`` chooses between the two for each network; ``pool`` runs each distinct training once, in
``companies`` of such as see the same samples, and ``beforehand`` those that will be asked for;
``engine`` is what they are spread over.

- ``loop`` trains with a network's own functions, and says what is right; ``own_pace``, how long;
  ``answering`` asks those that were trained,
- ``compiled`` does the same as arithmetic on arrays, once its ``certificate`` has stepped both
  beside each other: ``kernel``, made of ``kernel_parts``, in which runs lie side by side
  (``kernel_in_lanes``, ``lanes``), or one run takes a batch (``kernel_by_batches``) or one sample
  (``kernel_one_by_one``) in each step; ``masks`` of dropout; ``slopes`` as wrong as an author's;
  ``inputs`` without zeros, ``prepared`` samples; ``ahead`` compiles a part by another process,
- ``digests`` tell runs apart, ``store`` keeps them on disk, ``cluster`` spreads them over machines,
- ``budget`` says for what there is time, ``cuts`` for what there was none, ``progress`` what is
  done.

For others: trainer, loop, pool, store, cluster, progress, budget, cuts, ahead, engine.
Uses: errors, report, network, calculus, symptoms.
"""
