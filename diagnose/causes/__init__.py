"""Which defects cause what one sees: trainings with every set of repairs, and what they say.

For others: lattice, verdicts, code_pairs.
Uses: style, report, network, training.
"""
