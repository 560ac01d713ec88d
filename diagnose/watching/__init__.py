"""From a script as it is to a ``Network``: it is watched while it trains, and what it does is read.

The script runs in a process of its own (``child``), its source rewritten so that every operation
reports itself (``rewriting``) to a tape (``tape``). Of the tape the loop that trains is found
(``loops``), its step (``steps``), what is what in it (``roles``), and functions are written that
do the same (``passes``, ``initial``). Where a step goes through several samples one by one, it is
read as that of the first (``sample_loops``); where it computes with single numbers, as layers that
are put together of them (``units``, ``folding``). ``certificate`` holds the network against steps
of the script that were not used for this: without it there is no network.

For others: script.
Uses: errors, network, builders, calculus.
"""
