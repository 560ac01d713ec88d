"""Generators that are gone through again when they have nothing left: epochs without a step.

A generator gives its items once. One that is made before the loop over the epochs gives all of them
in the first; in the others, a loop over it does not turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.reading.loops import loops
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.telling.record import Told, at, quoted

# Once may be seen where what is left of samples is gone through after the training.
FEWEST = 2


def told_of_spent(tape: Tape, sites: Sequence[Site]) -> list[Told]:
    """Each loop that computes, and mostly begins with a generator that has nothing left."""
    spent = {site: count for site, count in tape.spent.items() if count >= FEWEST}
    compute = {one.site for one in loops(tape)} if spent else set()
    return [
        at(
            sites[site], "spent-generator",
            f"the loop over {quoted(sites[site])} began {tape.begun[site]:,} times, and in "
            f"{count:,} of them the generator had nothing left: it gives its items once",
        )
        for site, count in spent.items()
        if site in compute and 2 * count > tape.begun[site]
    ]  # fmt: skip
