"""The step of a training as a program: run again, differentiated, and compared by numbers.

A step is what one turn of the loop that trains does. ``slicing`` takes it off the tape as a
``Graph`` of pure operations, ``graph`` runs it again, ``points`` runs it where nothing is flat,
``adjoints`` differentiates its forward part by ``rules``, ``signals`` says where the error enters
it, ``judging`` holds what the author computed against the adjoints, ``matching`` each value of it,
and ``locating`` says where it parts from them. ``mending`` looks for the edit of a statement with
which it is right (``factors`` of products, by their ``names``), ``substituting`` whether a place is
to blame, ``rounds`` for what is behind it, ``shares`` for what a part of a gradient lacks.
``stepping`` sees what becomes of right gradients, ``scales`` which are longer than others, ``link``
whether the last function fits the error; ``verdict`` puts this together. ``loop_names``
reads which loops give the variable of another other values, and ``stepped_early`` sees weights that
are moved before the error goes back through them. ``passes`` holds what the script tests its
network with against the way forward.

For others: graph, judging, locating, loop_names, mending, passes, shares, slicing, stepping,
    verdict, writing.
Uses: network, recording, reading.
"""
