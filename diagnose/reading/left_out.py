"""Turns of a training without a step, which its data alone leave out: ``if y[i] == 2: continue``.

Such a turn looks at a sample, or at its label, and goes on to the next. Nothing in it depends on
what the steps have changed, so that the network has no say in which samples are left out. A turn
that asks the network first, as a perceptron does, is another matter (``gated``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from diagnose.reading.loops import Key, Loop, takes

# So large a part of the turns may be without a step, for whatever reason, and are passed over: a
# loop that now and then only prints, say.
UNLIKE = 0.2
# Of so many turns of each kind, numbers that say nothing of them lie apart by chance once in ten.
FEWEST = 3


def without_left_out(loop: Loop, turns: Sequence[int]) -> tuple[Loop, list[int]]:
    """The loop without such turns, and which of its turns the given ones are then.

    As they are where few turns make no step, or where it is the network that leaves them out.
    """
    keys = loop.first_state(turns)
    last = len(loop.starts) - 1
    steps = [turn for turn in range(last) if is_step(loop, turn, keys)]
    without = sorted({*turns} - {*steps})
    if type(loop) is not Loop or not keys or len(without) <= UNLIKE * len(turns):
        return loop, [*turns]
    if not _is_left_out_by_data(loop, without, keys) or not _are_told_apart(
        loop, without, [one for one in steps if one in turns]
    ):
        return loop, [*turns]
    made = Loop(loop.tape, loop.site, [*(loop.starts[one] for one in steps), loop.starts[last]])
    return made, [at for at, one in enumerate(steps) if one in turns]


def is_step(loop: Loop, turn: int, keys: Sequence[Key]) -> bool:
    """Whether a turn makes a step of any of the states."""
    return any(loop.made(turn, key) is not None for key in keys)


def _is_left_out_by_data(loop: Loop, without: Sequence[int], keys: Sequence[Key]) -> bool:
    """Whether nothing in these turns comes of what the steps have made."""
    nodes = loop.tape.nodes
    every = (loop.made(turn, key) for turn in range(len(loop.starts) - 1) for key in keys)
    of_steps = {one for one in every if one is not None}
    memory = {root for one in of_steps if (root := nodes[one].root) is not None}
    for node in nodes[loop.starts[0] :]:
        refs = takes(node)
        if any(ref.node in of_steps or nodes[ref.node].root in memory for ref in refs):
            of_steps.add(node.number)
            if node.kind in ("store", "in_place") and node.root is not None:
                memory.add(node.root)
    return not any(
        loop.starts[turn] <= number < loop.starts[turn + 1]
        for turn in without
        for number in of_steps
    )


def _are_told_apart(loop: Loop, without: Sequence[int], steps: Sequence[int]) -> bool:
    """Whether a number that each turn looks at tells which of them make a step, as a label does.

    What was kept of an earlier turn leaves nothing on the tape, as in ``if is_right: continue``,
    be it the network that said so. The number is one of a few, such as the label, or lies on one
    side of a threshold in all of these turns; that of the sample itself does neither.
    """
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for turn in (*without, *steps):
        for node in loop.nodes(turn):
            if isinstance(node.value, int | float | np.number) and np.isreal(node.value):
                found[node.site].setdefault(turn, float(node.value))
    return any(
        _lie_apart([of[turn] for turn in without], [of[turn] for turn in steps])
        for of in found.values()
        if of.keys() >= {*without, *steps}
    )


def _lie_apart(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether two kinds of turns have numbers of their own, or such on two sides of a threshold."""
    if {*some} & {*others}:
        return False
    if len({*some}) < len(some) and len({*others}) < len(others):
        return True
    enough = min(len(some), len(others)) >= FEWEST
    return enough and (max(some) < min(others) or min(some) > max(others))
