"""How many epochs a training had that is over, where no loop says how many there will be."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.reading.collecting import Collector


def epochs_done(seen: Collector, begun: Mapping[int, int]) -> int | None:
    """How many there were; None while more may come, or where they cannot be told apart.

    begun: how many turns each loop began.
    """
    if not seen.is_ended or seen.is_over:
        return None
    site, steps = seen.epoch_site, 1
    if site is None:
        every = seen.segments()
        if not every:
            return None
        site, steps = seen.roles.step.loop.site, len(every[0])
    # a turn in which a for loop has found nothing left is none
    return (begun[site] - seen.tape.ran_out[site]) // steps or None
