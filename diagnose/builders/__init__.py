"""From code as people write it to a ``Network``: functions, an object, or layer objects.

>>> NETWORK = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
...     backward=backward, layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 softmax"),
...     learning_rate=0.1, layout="rows",
... )

Names stand in strings, in the code's own order: ``"W1 b1 W2 b2"``; a list within a tuple is a
string within a tuple: ``("W1 W2", "b1 b2")``. What a function is handed is read from the names of
its own arguments where these are known words (``vocabulary.Words``), parameters or arrays of the
trace; else ``..._takes`` says it, such as ``backward_takes="x Z1 A1 Z2 A2 W2 targets"``.

Each layer is a string of five words: weight, bias (- for none), pre-activation (- if the code
keeps none: it is then computed from weight and bias), output, activation.

A network that answers with numbers says so by ``classes=0``; its labels are then these numbers:

>>> SINE = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 out",
...     backward=backward, layers=("W1 b1 Z1 A1 tanh", "W2 b2 out out linear"),
...     learning_rate=0.05, classes=0, loss="squared-error", data=(x, np.sin(x[:, 0])),
... )

``templates/`` holds a file to start from for each of the three.

For others: what stands below, plain_training, seeding, wrappers.
Uses: errors, style, network, data.
"""

from diagnose.builders.functions import from_functions
from diagnose.builders.layer_stack import from_layers
from diagnose.builders.objects import from_object

__all__ = ["from_functions", "from_layers", "from_object"]
