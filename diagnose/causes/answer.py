"""The part in which an author reads an answer off and counts: whether only that is at fault."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.instruments.accuracies import ROUNDED, ShareOfRight, said_by
from diagnose.network.record import Network
from diagnose.network.tasks import NOTICEABLE
from diagnose.symptoms import probabilities
from diagnose.training.trainer import Trainer


def understated(network: Network, trainer: Trainer, seeds: Sequence[int]) -> float | None:
    """What the author's accuracy says of the trained network, where it says noticeably too little.

    A mean over seeds, from 0 to 1, on test samples. None where it says as much as there is, or
    where the author handed no accuracy over.
    """
    if network.accuracy is None or not network.classes:
        return None
    labels, rows = trainer.data.test_labels, trainer.rows(network, "test_images")
    right = network.lay_out(network.targets(labels))
    hundred = abs((said_by(network, right, labels) or 0.0) / 100 - 1) <= ROUNDED
    told, true = [], []
    for run in trainer.runs([(network, seed) for seed in seeds], "reading the accuracy off"):
        if run.stopped:
            return None
        outputs = network.lay_out(probabilities(network, run.parameters, rows)[0])
        said = said_by(network, outputs, labels)
        if said is None:
            return None
        told.append(said / 100 if hundred else said)
        true.append(ShareOfRight(network)(outputs, labels))
    less = np.subtract(true, told)
    return float(np.mean(told)) if less.mean() >= NOTICEABLE and (less > 0).all() else None
