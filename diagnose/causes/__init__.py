"""Which defects cause what one sees: trainings with every set of repairs, and what they say.

- repairs on and off: ``lattice``, its ``verdicts``, and how bad each defect is (``weighing``),
- the sound twin and the exchange of parts: ``twin``, its ``sound_parts`` and ``sound_steps``;
  ``exchange``, the ``experiment`` that trains sets of parts, what came of those that were
  ``tried``, and the ``smallest`` that close the gap; ``widening``, where the twin fails too,
- whether the twin is a yardstick beside what repairs reach (``agreement``),
- what the data say: ``carried_over``, ``renumbered``, ``reordered``, ``answer``, ``on_samples`` of
  an unread script,
- ``in_time``, as far as there is time for all of it; ``code_pairs``, two networks side by side.

For others: agreement, in_time, carried_over, renumbered, reordered, twin, exchange,
    widening, lattice, verdicts, weighing, code_pairs, on_samples.
Uses: errors, style, report, network, calculus, symptoms, training, instruments.
"""
