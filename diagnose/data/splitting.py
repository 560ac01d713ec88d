"""Parts of a set of samples: held out to test on, or fewer to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.arrays import Array
from diagnose.network.samples import Data, are_classes

HOLD_OUT = 6


def held_out(labels: Array) -> Array:
    """Which samples to keep apart for testing: every sixth, counted in each class by itself."""
    held = np.zeros(len(labels), dtype=bool)
    kinds = labels if are_classes(labels) else np.zeros(len(labels), int)
    for kind in np.unique(kinds):
        held[np.flatnonzero(kinds == kind)[HOLD_OUT - 1 :: HOLD_OUT]] = True
    return held


def shares(counts: Array, n: int) -> Array:
    """Split ``n`` in proportion to ``counts`` by the method of the largest remainder.

    Ties go to the earlier class. https://en.wikipedia.org/wiki/Largest_remainders_method
    """
    total = int(counts.sum())
    whole, remainder = np.divmod(counts.astype(np.int64) * n, total)
    up = np.argsort(-remainder, kind="stable")[: n - int(whole.sum())]
    whole[up] += 1
    return np.asarray(whole)


def subset(data: Data, n: int) -> Data:
    """Keep ``n`` training images, in the data's order; the test set is left whole.

    Of each class the first, so that class shares are kept (largest remainder); of labels that are
    real numbers, samples evenly spread over all. BadInputError if there are fewer than ``n``
    images, or so few asked for that a class would have none.
    """
    total = len(data.labels)
    if n > total:
        raise BadInputError(
            f"{data.name}: {n} training images asked for where there are {total}; "
            f"ask for at most {total}"
        )
    if are_classes(data.labels):
        keep = _of_each_class(data, n)
    elif n < 1:
        raise BadInputError(f"{data.name}: {n} training samples asked for; ask for at least 1")
    else:
        keep = np.linspace(0, total - 1, n).astype(int)
    return replace(
        data, images=data.images[keep], labels=data.labels[keep], numbers=data.numbers[keep]
    )


def _of_each_class(data: Data, n: int) -> Array:
    """The first images of each class, ``n`` together, as many of each as its share."""
    classes, counts = np.unique(data.labels, return_counts=True)
    total = len(data.labels)
    if n < 1 or (wanted := shares(counts, n)).min() < 1:
        least = next(k for k in range(max(n, 1), total + 1) if shares(counts, k).min() > 0)
        raise BadInputError(
            f"{data.name}: {n} training images are too few for every class to keep one; "
            f"ask for at least {least}"
        )
    firsts = [
        np.flatnonzero(data.labels == label)[:count]
        for label, count in zip(classes, wanted, strict=True)
    ]
    return np.sort(np.concatenate(firsts))
