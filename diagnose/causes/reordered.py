"""Whether labels belong to their samples once they are taken in another order.

Labels that are made in one order and samples in another, as a table that is gone through by rows
here and by columns there, tell nothing of each other. Which order is meant shows in the nearest
neighbour of each sample, which mostly has a label like its own (Cover and Hart 1967, "Nearest
neighbor pattern classification", IEEE Transactions on Information Theory 13). A sound network must
agree: of samples that are left out of its training, or of those of the test, it answers more with
the labels in that order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.causes.carried_over import FEWEST, FEWEST_TESTED, held_out, with_data
from diagnose.causes.twin import remade
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.network.tasks import CLASSIFICATION
from diagnose.report import Twin
from diagnose.symptoms import chance, half_way, score
from diagnose.training.budget import OutOfTime
from diagnose.training.trainer import Trainer

# Distances that are held at once; of more samples fewer are asked for their neighbour.
DISTANCES = 10**7
LABELS = "labels"


def reordered(network: Network, trainer: Trainer, twin: Twin, seed: int) -> dict[str, Any]:
    """What neighbours tell of an order in which labels stand as their samples do; or nothing.

    order: the labels in that order, as Python. as_given, in_order: how far the nearest neighbour of
    a training sample, or, where of_test, of one of the test, has a label like its own, with the
    labels as they stand, and in that order. held_out: what a sound network answers of samples that
    are left out of its training, or of those of the test, with the labels as they stand. score,
    trained: of the test and of the training samples. lost: that labels belong to other samples.
    """
    data, least = trainer.data, half_way(chance(network))
    if len(data.labels) < FEWEST:
        return {}
    for of_test in (False, True):
        if of_test and (data.tested_on_training or len(data.test_labels) < FEWEST_TESTED):
            continue
        near = _near(network, trainer, seed, of_test=of_test)
        alike = [(near.alike(one), text, one) for text, one in _orders_of(data)]
        if not alike:
            continue
        best, text, order = max(alike, key=lambda each: each[0])
        as_given = near.alike(np.arange(len(data.labels)))
        if not as_given < least <= best or 1 - best > (1 - as_given) / 2:  # half of the lack
            continue
        ask = _of_test if of_test else _left_out
        other = with_data(trainer, _taken_in(data, order))
        given, moved = (ask(network, each, twin, seed) for each in (trainer, other))
        if given is not None and moved is not None and moved > given:
            return {
                "score": twin.score, "trained": twin.trained, "sure": False, "lost": True,
                "order": text, "of_test": of_test, "as_given": as_given, "in_order": best,
                "held_out": given, "in_numbers": network.task is not CLASSIFICATION,
            }  # fmt: skip
    return {}


def _left_out(network: Network, trainer: Trainer, twin: Twin, seed: int) -> float | None:
    scores = held_out(network, trainer, twin, seed)
    return float(np.mean(scores)) if scores else None


def _of_test(network: Network, trainer: Trainer, twin: Twin, seed: int) -> float | None:
    sound = remade(network, trainer, twin, seed)
    try:
        run = sound and trainer.run(sound, seed)
    except OutOfTime:
        return None
    return score(trainer.symptoms(sound, run)) if sound and run and not run.stopped else None


def _orders_of(data: Data) -> Iterator[tuple[str, Array]]:
    """For each order the place of each sample's label among those given; -1 where it is not there.

    Labels are moved within the array that they were taken out of, as far as that is known.
    """
    behind = data.behind or len(data.labels)
    given = np.full(behind, -1)
    given[data.numbers if data.behind else slice(None)] = np.arange(len(data.labels))
    for text, order in orders(behind):
        places = given[order][data.numbers] if data.behind else order
        if (places >= 0).sum() >= max(FEWEST, len(places) / 2):
            yield text, places


def _taken_in(data: Data, order: Array) -> Data:
    """The samples whose labels are there in an order, with these."""
    there = order >= 0
    return replace(
        data, images=data.images[there], labels=data.labels[order[there]],
        numbers=data.numbers[there],
    )  # fmt: skip


def orders(count: int) -> Iterator[tuple[str, Array]]:
    """The orders in which so many labels may have been meant: as Python, and as their places.

    Down the columns of a table that is written row by row, for each that they fill.
    """
    places = np.arange(count)
    for rows in range(2, count // 2 + 1):
        if count % rows == 0:
            columns = count // rows
            # as of any number of labels that are made so
            sizes = f"-1, {columns}" if columns < rows else f"{rows}, -1"
            text = f"{LABELS}.reshape({sizes}).T.ravel()"
            yield text, places.reshape(rows, -1).T.ravel()


@dataclass(frozen=True, kw_only=True)
class Near:
    """Some samples, and the nearest training sample of each, by its place.

    asked: the places of these, where they are training samples too; else None, and asked_labels has
    theirs. All labels are ``(n, k)``.
    """

    labels: Array
    nearest: Array
    asked: Array | None
    asked_labels: Array
    is_class: bool

    def alike(self, order: Array) -> float:
        """How far neighbours have labels alike, with those of the training in another order.

        Of classes the share in which they are the same, each class counted alike; of numbers, how
        much of the variance is explained.
        """
        labels, there = self.labels[order], order >= 0
        mine, others = self.asked_labels, labels[self.nearest]
        known = there[self.nearest]
        if self.asked is not None:
            mine, known = labels[self.asked], known & there[self.asked]
        mine, others = mine[known], others[known]
        if not len(mine):
            return 0.0
        if not self.is_class:
            spread = float(mine.var(axis=0).sum())
            return 1 - float(((mine - others) ** 2).sum(axis=1).mean()) / spread if spread else 0.0
        same = (mine == others).all(axis=1)
        return float(np.mean([same[mine[:, 0] == one].mean() for one in np.unique(mine)]))


def alike(network: Network, trainer: Trainer, seed: int, *, of_test: bool) -> float:
    """How far neighbours have labels alike, as the labels stand."""
    near = _near(network, trainer, seed, of_test=of_test)
    return near.alike(np.arange(len(trainer.data.labels)))


def _near(network: Network, trainer: Trainer, seed: int, *, of_test: bool) -> Near:
    """Samples of the training, or of the test, with each of their numbers as far spread."""
    data = trainer.data
    rows = trainer.rows(network)
    others = trainer.rows(network, "test_images") if of_test else rows
    spread, middle = rows.std(axis=0), rows.mean(axis=0)
    rows, others = ((one - middle) / np.where(spread > 0, spread, 1.0) for one in (rows, others))
    count = min(len(others), max(DISTANCES // len(rows), 1))
    asked = np.random.default_rng(seed).permutation(len(others))[:count]
    far = (rows**2).sum(axis=1) - 2 * others[asked] @ rows.T
    if not of_test:
        far[np.arange(count), asked] = np.inf  # none is its own neighbour
    labels, theirs = (one.reshape(len(one), -1) for one in (data.labels, data.test_labels))
    return Near(
        labels=labels, nearest=far.argmin(axis=1), asked=None if of_test else asked,
        asked_labels=theirs[asked] if of_test else labels[asked],
        is_class=network.task is CLASSIFICATION,
    )  # fmt: skip
