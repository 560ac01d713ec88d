"""What answers to samples that are trained on tell: their labels are known from the training.

They may be held against the same one, as an answer that is not what the network's outputs say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.tasks import NOTICEABLE
from diagnose.telling.record import Told
from diagnose.watching.answers import SAME
from diagnose.watching.handover import Handover
from diagnose.watching.tested import Label

# Of fewer samples a share of equal labels says nothing.
FEWEST = 20

# Labels of the training, by the sample that has them.
Known = Mapping[bytes, set[int]]
# Of what comes by chance, 98 of 100 shares lie below so many standard errors above it.
BY_CHANCE = 2


def known_by(row: Array) -> bytes:
    """By what equal samples are known, also where one was scaled there and back."""
    with np.errstate(over="ignore"):
        return np.asarray(row, np.float32).tobytes()


def labels_of_the_training(read: Handover) -> Known:
    """The labels with which each sample is trained on; of numbers that are no classes, nothing."""
    known: dict[bytes, set[int]] = {}
    own = read.arrays["labels"]
    if not read.said["coding"]["classes"] or np.ndim(own) != 1:
        return known
    for row, label in zip(read.arrays["rows"], own, strict=True):
        known.setdefault(known_by(row), set()).add(int(label))
    return known


def are_of_the_training(known: Known, rows: Array, labels: Array) -> bool:
    """Whether samples that are trained on are held against their labels of the training."""
    pairs = _both(known, rows, labels) if np.ndim(labels) == 1 else np.zeros((0, 2))
    return len(pairs) > 0 and float(np.mean(pairs[:, 0] == pairs[:, 1])) >= SAME


def told_of_wrong_answers(
    read: Handover, known: Known, rows: Array, outputs: Array, labels: Sequence[Label]
) -> Told | None:
    """What is told of answers that are less often right than the largest output of each sample.

    rows: samples that are trained on, ``(n, features)``; outputs: those of the network for them.
    labels: what values of their passes were held against. That which is the label of the training
    is held against answers.
    """
    coding = read.said["coding"]
    if not coding["classes"] or coding["single"] or not coding["high"] > coding["low"]:
        return None
    own = outputs.argmax(axis=1)
    for label in labels:
        at = np.flatnonzero(label.known)
        if label.kind != "answer" or label.given.shape[1] != 1 or label.other.shape[1] != 1:
            continue
        given, held = label.given[at, 0], label.other[at, 0]
        # a value that no label has may say that there is no answer
        if len(at) < FEWEST or not np.isin(given, held).all():
            continue
        if not are_of_the_training(known, rows[at], held):
            continue
        right = [int(np.sum(one == held)) for one in (given, own[at])]
        if right[1] - right[0] >= NOTICEABLE * len(at):
            file, line = label.made or (label.file, label.line)
            return Told(
                kind="misleading-metric", file=Path(file).name, line=line,
                observed=f"of what is counted here, {right[0]:,} of {len(at):,} answers are right, "
                f"and {right[1]:,} where the largest output of each sample is the answer",
            )  # fmt: skip
    return None


def _both(known: Known, rows: Array, labels: Array) -> Array:
    """Of samples with one label in the training, that one and what was held against, ``(n, 2)``."""
    found = [
        (*known[key], int(label))
        for row, label in zip(rows, labels, strict=True)
        if len(known.get(key := known_by(row), ())) == 1
    ]
    return np.array(found, int).reshape(-1, 2)


def alike_by_chance(rows: Array, count: int) -> float:
    """The largest share of so many other samples that equal one of these and need not be of them.

    rows: ``(n, features)``, of which as many come again among themselves: none, unless they were
    rounded, or count something.
    """
    often = Counter(known_by(row) for row in rows)
    again = sum(times for times in often.values() if times > 1) / max(len(rows), 1)
    return again + BY_CHANCE * math.sqrt(again * (1 - again) / max(count, 1))
