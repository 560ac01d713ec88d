"""Units that are copies of each other: they began so, and no step has told them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.reading.loops import name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Ref
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, shaped

KIND = "symmetric-initialization"
# Zeros are no fault where one step tells them apart; so many have not.
FEWEST = 3


def still_copies(
    steps: Sequence[Step], samples: Ref, axis: int, sites: Sequence[Site]
) -> list[Told]:
    """The weights of the first hidden layer, if all units have the same after these steps.

    samples: what they are multiplied with, and axis: along which of theirs the units lie. Those of
    a last layer may be copies for another reason, where nothing comes through to it.
    """
    step = steps[-1]
    products = [
        (node, key, step.value(ref))
        for node in step.graph
        if name_of(node) in MATRIX_PRODUCTS
        for ref in takes(node)
        if isinstance(key := step.origin(ref), tuple)
    ]
    first = [one for one in products if samples in takes(one[0])]
    if len(steps) < FEWEST or not first or len({key for _, key, _ in products}) < 2:
        return []
    node, _, value = first[0]
    if not isinstance(value, np.ndarray) or value.ndim != 2 or not np.isfinite(value).all():
        return []
    units = value.T if axis else value
    if len(units) < 2 or not (units == units[0]).all():
        return []
    said = (
        f"the {len(units)} units that {quoted(sites[node.site])} computes have the same weights, "
        f"{shaped(value)}, after {len(steps)} steps still: they are one unit, several times"
    )
    return [at(sites[node.site], KIND, said)]
