"""Which defects cause what one sees: trainings with every set of repairs, and what they say.

For others: in_time, carried_over, renumbered, twin, exchange, widening, lattice, verdicts,
    weighing, code_pairs, on_samples.
Uses: errors, style, report, network, calculus, symptoms, training, instruments.
"""
