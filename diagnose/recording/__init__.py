"""What a program does, written down while it does it.

Its source is rewritten so that a ``recorder`` does every operation (``rewriting``, ``operations``),
or ``as_written`` where nobody looks, and puts it on the ``tape``: a graph of what was done to which
values, made of ``nodes``; so with each turn of a loop, of those ``comprehended`` too whose items
are steps, and each call of a function that another is ``repeating``, or that ends by calling
itself. Meanwhile the rows of all arrays are followed (``origins``, ``indexes``, ``threads``),
values are kept as far as there is room (``keeping``), it is known of loops how many items they have
(``lengths``), what is done to ``matrices`` is taken for what arrays do, and it is seen by which
calls an operation is reached (``calling``). Branches that choose between two single numbers are
written as one expression (``choosing``), which does the same for every sample (``choices``).

For others: rewriting, operations, nodes, tape, recorder, origins, threads, calling.
Uses: network.
"""
