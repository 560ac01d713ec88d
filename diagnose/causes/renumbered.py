"""Whether a sound network answers test samples rightly, but for the numbers of their classes.

Where each class is answered by the number of another, and always by the same, the network has
learned what it is asked, and targets and answers count the classes differently: one-hot rows that
are written one place too low, or answers that are counted from 1 on. Either may be renumbered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from diagnose.causes.smallest import least
from diagnose.causes.twin import remade
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.tasks import CLASSIFICATION, NOTICEABLE
from diagnose.report import PARTS, Parts, Twin, Where
from diagnose.symptoms import answers, chance, half_way, probabilities
from diagnose.training.budget import OutOfTime
from diagnose.training.trainer import Trainer

# Standard errors by which one number must be answered more often than another, to be no accident.
SURE = 3


def renumbering(network: Network, trainer: Trainer, twin: Twin, seed: int) -> list[int]:
    """For each class of the test samples, the one that a sound network answers in its place.

    Empty where it answers them by their own numbers, or not by fixed ones; and where it answers
    what it trains on no better, since it has learned nothing then that the test could lose.
    """
    data = trainer.data
    if data.tested_on_training or network.task is not CLASSIFICATION or twin.lacks:
        return []
    if twin.trained < twin.score + NOTICEABLE:
        return []
    sound = remade(network, trainer, twin, seed)
    try:
        run = sound and trainer.run(sound, seed)
    except OutOfTime:
        return []
    if not sound or not run or run.stopped:
        return []
    outputs = probabilities(sound, run.parameters, trainer.rows(sound, "test_images"))[0]
    counts = np.zeros((network.classes, network.classes), int)
    np.add.at(counts, (data.test_labels, answers(sound, outputs)), 1)
    return fixed_numbers(counts, half_way(chance(network)))


def fixed_numbers(counts: Array, least_right: float) -> list[int]:
    """For each label the number by which it is answered, if these are others, each used once.

    counts: how often each label (a row) has each answer; least_right: which share is to be answered
    so, in the mean over labels. Labels that no sample has are answered by what is left over, if
    that is one number at most. Of two numbers of a label the one that is answered is so for good
    where as many samples as that would not fall on one side if both were as likely (sign test).
    """
    given = counts.sum(axis=1) > 0
    numbers = np.where(given, counts.argmax(axis=1), -1)
    left = sorted({*range(len(counts))} - {*numbers[given].tolist()})
    if len({*numbers[given].tolist()}) < given.sum() or len(left) > 1:
        return []
    numbers[~given] = left
    places = np.arange(len(counts))
    moved = numbers != places
    so, own = (int(counts[places, one][moved].sum()) for one in (numbers, places))
    right = (counts[places, numbers][given] / counts[given].sum(axis=1)).mean()
    if not moved.any() or right < least_right or so - own <= SURE * np.sqrt(so + own):
        return []
    return [int(one) for one in numbers]


def renumbered(trainer: Trainer, numbers: Sequence[int]) -> Trainer:
    """The same, tested on labels that have the numbers by which they are answered."""
    labels = np.asarray(numbers)[trainer.data.test_labels]
    return trainer.tested_on(trainer.data.test_images, labels)


def either_mends(parts: Parts, either: Mapping[str, Where | None]) -> Parts:
    """Parts of which one of some is to blame too, whichever: all smallest sets with one of them.

    either: these parts, with their places.
    """
    wider = {
        frozenset({*one, part}): at
        for part in either
        for at, one in enumerate(parts.minimal or [[]])
    }
    sets = least([*wider])
    paced = bool(parts.minimal) and len(parts.rates) == len(parts.minimal)
    return replace(
        parts,
        minimal=[[part for part in PARTS if part in one] for one in sets],
        rates=[parts.rates[wider[one]] if paced else None for one in sets],
        epochs=[parts.epochs[wider[one]] if paced else None for one in sets],
        places=parts.places | {part: place for part, place in either.items() if place},
    )
