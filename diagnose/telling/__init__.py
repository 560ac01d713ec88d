"""What a watched run tells by itself, whether a network can be read out of it or not.

A ``witness`` sees each operation as it is done; ``steps`` looks at the tape of a training when it
is over. Each kind of fault has a file of its own, and each that was seen is a ``record``.

For others: record, witness, steps.
Uses: style, network, recording, reading.
"""
