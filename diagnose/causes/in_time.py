"""The comparison with the twin and the causes, as far as there is time for them.

What is said then rests on whole trainings, or is not said: of fewer sets of parts, with fewer
seeds, or of fewer defects. What was left out is noted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from diagnose.causes.lattice import Lattice, Repair, measure_lattice
from diagnose.causes.twin import compare
from diagnose.network.record import Network
from diagnose.report import CUT_CAUSES, CUT_DEFECTS, CUT_SEEDS, CUT_SETS, CUT_TWIN, Parts, Twin
from diagnose.training.budget import OutOfTime
from diagnose.training.cuts import Cuts
from diagnose.training.trainer import Trainer

# Of what is left, so that something is left for the causes.
EXCHANGING = 0.5


def compare_in_time(
    network: Network,
    trainer: Trainer,
    seeds: Sequence[int],
    cuts: Cuts,
    share: float = EXCHANGING,
) -> tuple[Twin, Parts] | str | None:
    """``twin.compare``, in a share of the time; None where there is none for twin or network."""
    try:
        with trainer.pool.limited(share):
            compared = compare(network, trainer, seeds)
    except OutOfTime as stop:
        cuts.add(CUT_TWIN, 0, 1, stop.needed)
        return None
    if isinstance(compared, tuple) and compared[1].needed is not None:
        cuts.add(CUT_SETS, 0, compared[1].given_up, compared[1].needed or None)
    return compared


def lattice_in_time(
    network: Network,
    repairs: Sequence[Repair],
    likely: Sequence[int],
    seeds: Sequence[int],
    trainer: Trainer,
    cuts: Cuts,
) -> tuple[Sequence[int], Lattice] | None:
    """``lattice.measure_lattice`` of all repairs, or else of those that are likely to matter.

    likely: at which places they stand. Which repairs it is of, and the lattice; None where there is
    no time for one seed.
    """
    began, needed = time.monotonic(), None
    every = range(len(repairs))
    for some in (every, likely) if 0 < len(likely) < len(repairs) else (every,):
        try:
            with trainer.pool.limited(1.0):
                lattice = measure_lattice(network, [repairs[at] for at in some], seeds, trainer)
        except OutOfTime as stop:
            needed = needed or stop.needed
            continue
        if len(some) < len(repairs):
            cuts.add(CUT_DEFECTS, len(some), len(repairs), needed and needed * len(seeds))
        if (done := lattice.scores.shape[1]) < len(seeds):
            each = (time.monotonic() - began) / done
            cuts.add(CUT_SEEDS, done, len(seeds), each * (len(seeds) - done))
        return some, lattice
    cuts.add(CUT_CAUSES, 0, 2 ** len(repairs), needed and needed * len(seeds))
    return None
