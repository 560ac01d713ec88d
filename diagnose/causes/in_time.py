"""The comparison with the twin and the causes, as far as there is time for them.

What is said then rests on whole trainings, or is not said: of fewer sets of parts, with fewer
seeds, or of fewer defects. What was left out is noted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from diagnose.causes.lattice import Lattice, Repair, every_set, measure_lattice
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
    """``twin.compare``, in a share of the time; None, too, where there is none for either."""
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
    no time for one seed. The likely ones come first, with every seed, and all repairs then if
    there is time for them with every seed, too; where none is likely, all with as many as there is
    time for.
    """
    began, every = time.monotonic(), range(len(repairs))

    def measured(some: Sequence[int]) -> Lattice:
        with trainer.pool.limited(1.0):
            return measure_lattice(network, [repairs[at] for at in some], seeds, trainer)

    some, lattice, needed = likely, None, None
    if 0 < len(likely) < len(repairs) and trainer.pool.budget.is_limited:
        with suppress(OutOfTime):
            lattice = measured(likely)
    if lattice is not None:
        sets = every_set(network, repairs)
        needed = trainer.seconds([(one, seed) for one in sets for seed in seeds])
    if lattice is None or trainer.pool.budget.fits(needed or 0.0):
        try:
            some, lattice = every, measured(every)
        except OutOfTime as stop:
            needed = stop.needed and stop.needed * len(seeds)
    if lattice is None:
        cuts.add(CUT_CAUSES, 0, 2 ** len(repairs), needed)
        return None
    if len(some) < len(repairs):
        cuts.add(CUT_DEFECTS, len(some), len(repairs), needed)
    if (done := lattice.scores.shape[1]) < len(seeds):
        each = (time.monotonic() - began) / done
        cuts.add(CUT_SEEDS, done, len(seeds), each * (len(seeds) - done))
    return some, lattice
