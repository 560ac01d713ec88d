"""The steps that were kept of a training that was watched, as a network's functions take them."""

from __future__ import annotations

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.watching.handover import Handover


def step_of(
    read: Handover, network: Network, at: int
) -> tuple[Array, Array, dict[str, Array], dict[str, Array]]:
    """Samples, labels and the parameters before and after one of the steps that were kept.

    With those before it, the masks that it drew.
    """
    arrays = read.arrays
    targets = arrays[f"step:{at}:targets"]
    sides = [
        {
            name: np.array(arrays[f"step:{at}:{side}:{name}"])
            for name in (*read.said["parameters"], *read.said["state"])
        }
        for side in ("before", "after")
    ]
    masks = {
        one["mask"]: np.array(arrays[f"step:{at}:mask:{one['mask']}"])
        for one in read.said["dropout"]
    }
    rows = arrays[f"step:{at}:rows"]
    return rows, labels_of(read, targets), {**sides[0], **masks}, sides[1]


def labels_of(read: Handover, targets: Array) -> Array:
    """Labels of targets, as the coding has them."""
    from diagnose.reading.samples import Coding

    return Coding(**read.said["coding"]).labels(seen_targets(read, targets))


def seen_targets(read: Handover, targets: Array) -> Array:
    """The script's targets, of -1 and 1 made 0 and 1 where the network is read so."""
    return (targets + 1) / 2 if read.said.get("shifted") else targets
