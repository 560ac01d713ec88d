"""Errors that are multiplied by a number of their sample's class: a loss that weighs its classes.

Who has few samples of a class lets each count for more (King and Zeng 2001, "Logistic regression in
rare events data", Political Analysis 9). That is another loss than the declared one, and no
mistake. The numbers are those with which the last layer's gradients are the author's. What they
make may be divided by the number of samples, or by the sum of their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.backward_pass import Case, Slope, errors, right_output
from diagnose.calculus.convention import SAME
from diagnose.network.arrays import Array, Arrays

# So often a weight decay is fitted beside the numbers: it is little, and known better each time.
ROUNDS = 5


@dataclass(frozen=True)
class Weighed:
    """The output's error, times a number for each class; averaged: divided by the sum of these."""

    numbers: tuple[float, ...]
    averaged: bool = False

    def __call__(self, case: Case, slope: Slope) -> Array:
        """The error, ``(B, outputs)``, which is divided by the number of samples later."""
        each = np.array(self.numbers)[case.labels][:, None]
        return right_output(case, slope) * (each / each.mean() if self.averaged else each)


def weights(calls: Sequence[tuple[Case, Arrays, Arrays]]) -> list[tuple[Weighed, Array]]:
    """The numbers of classes with which gradients are nearest to an author's, if any do.

    calls: as of ``other_losses.of_another_loss``. Each with the classes that were met. Whether they
    are the author's is not asked here.
    """
    network = calls[0][0].network
    name = network.layers[-1].weight
    if network.classes < 2 or any(name not in authors for *_, authors in calls):
        return []
    columns, wanted, counts = [], [], []
    for case, _, authors in calls:
        error, entering = errors(case)[0][case.last], case.entering[case.last]
        each = [
            entering.T @ (error * (case.labels == one)[:, None]) for one in range(network.classes)
        ]
        each.append(case.weights[case.last])  # a weight decay
        columns.append(np.stack([one.ravel() for one in each], axis=1))
        wanted.append(network.as_rows(np.asarray(authors[name], float)).ravel())
        counts.append(np.bincount(case.labels, minlength=network.classes) / len(case.labels))
    if not all(np.isfinite(one).all() for one in (*columns, *wanted)):
        return []
    met = np.flatnonzero(np.sum(counts, axis=0))
    found, *_ = np.linalg.lstsq(np.concatenate(columns), np.concatenate(wanted), rcond=None)
    return [
        *_usable(found[:-1] * np.sign(found[met[0]]), met, averaged=False),
        *_usable(_averaged(columns, wanted, counts), met, averaged=True),
    ]


def _averaged(columns: Sequence[Array], wanted: Sequence[Array], counts: Sequence[Array]) -> Array:
    """The number of each class where gradients are divided by the mean of the samples' numbers.

    In an unknown unit: ``wanted * (counts @ numbers) = unit * columns @ numbers``, which makes of
    them an eigenvector. A weight decay is told by what is then left, and taken out.
    """
    decay, classes = 0.0, columns[0].shape[1] - 1
    numbers = np.ones(classes)
    weights, every = np.concatenate([one[:, -1] for one in columns]), np.concatenate(wanted)
    errors_of = np.concatenate([column[:, :-1] for column in columns])
    for _ in range(ROUNDS):
        shared = np.concatenate([
            np.outer(one - decay * column[:, -1], count)
            for column, one, count in zip(columns, wanted, counts, strict=True)
        ])  # fmt: skip
        units, found = np.linalg.eig(np.linalg.lstsq(errors_of, shared, rcond=None)[0])
        rest = np.linalg.norm(shared @ found - errors_of @ found * units, axis=0)
        made_of = np.maximum(np.linalg.norm(shared @ found, axis=0), np.finfo(float).tiny)
        numbers = found[:, int(np.argmin(rest / made_of))].real
        numbers = numbers / (numbers.sum() or 1.0)
        made = [
            column[:, :-1] @ numbers / (count @ numbers or 1.0)
            for column, count in zip(columns, counts, strict=True)
        ]
        both = np.stack([np.concatenate(made), weights], axis=1)
        decay = float(np.linalg.lstsq(both, every, rcond=None)[0][1])
    return np.asarray(numbers)


def _usable(numbers: Array, met: Array, *, averaged: bool) -> list[tuple[Weighed, Array]]:
    if not (np.isfinite(numbers).all() and (numbers[met] > 0).all()):
        return []
    if np.ptp(numbers[met]) <= SAME * numbers[met].max():
        return []  # all count alike
    return [(Weighed(tuple(float(one) for one in numbers), averaged), met)]
