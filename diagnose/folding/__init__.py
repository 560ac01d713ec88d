"""Programs that compute one number after the other, read as layers of matrices.

What is state is told number by number (``elements``, ``number_steps``); sums of products are units,
and units that follow each other a layer (``units``). What every number is stepped by
(``increments``), and what is carried for it beside (``carried_numbers``), becomes a row of an array
(``folded``), and all of it is written as the functions of a network (``folded_writing``,
``folded_values``, ``initial_numbers``). Numbers from elsewhere are told by their values
(``known_numbers``).

For others: elements, folded, initial_numbers, units.
Uses: network, recording, reading.
"""
