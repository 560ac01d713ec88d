"""A network under examination: what was asked for, what is known of it, each defect in its turn.

``asked_for`` turns the arguments of a diagnosis into data and defects, or refuses them; ``probing``
asks the probes one after another, each about the network with what it needs repaired; what is known
of a network by then is held in ``examined``. Too few units that a probe left open may be
``size_shown`` by exchanges.

For others: asked_for, examined, probing, size_shown.
Uses: errors, style, report, network, data, training, instruments, causes, probes.
"""
