"""What a watched run tells by itself, whether a network can be read out of it or not.

A ``witness`` sees each operation as it is done; ``steps`` looks at the tape of a training when it
is over. Each fault that was seen is a ``record``, and each kind has a file of its own:

- arrays and numbers: ``shapes``, ``shared``, ``integers``, ``not_finite``,
- samples and targets: ``empty``, ``spent``, ``targets``, ``marks``,
- passes and steps: ``copies``, ``masks``,
- answers: ``accuracies``, ``draws``.

For others: record, witness, steps.
Uses: style, network, recording, reading.
"""
