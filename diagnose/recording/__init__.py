"""What a program does, written down while it does it.

Its source is rewritten so that every operation reports itself. Each does what it did before, on the
same objects, and is put on a tape: a graph of what was done to which values.

- the source: ``rewriting``, and the ``sites`` in it; what stays ``as_written``, where nobody
  looks; ``choosing``, branches that choose between two single numbers as one expression, and its
  ``choices``; loops without ``for``, ``comprehended`` or by functions that are ``repeating``;
  ``lengths`` of loops,
- what is done: ``operations`` and the ``recorder`` that does them; ``matrices``; ``calling``, by
  which calls an operation is reached,
- the tape: ``tape`` and its ``nodes``, which values are kept (``keeping``), and what is reached
  from some of them (``reaching``),
- which rows of which array an array holds: ``origins``, ``indexes``, ``threads``.

For others: rewriting, sites, operations, nodes, tape, recorder, reaching, origins, threads,
    calling.
Uses: network.
"""
