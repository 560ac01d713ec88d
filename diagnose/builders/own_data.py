"""The data of a network as people hand it over: arrays, a function that returns them, ``Data``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diagnose.data.splitting import HOLD_OUT, held_out
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, kind
from diagnose.network.samples import Data, are_classes


def as_data(given: Any, classes: int) -> Callable[[], Data] | None:
    """The data of a network as a function: from arrays, from a function, from ``Data``."""
    return None if given is None else partial(_data, given=given, classes=classes)


def _data(*, given: Any, classes: int) -> Data:
    found = given() if callable(given) else given
    if isinstance(found, Data):
        return found
    if not isinstance(found, tuple | list) or len(found) not in (2, 4):
        raise BadInputError(
            f"the data is {kind(found)}; give (x, labels) or (x, labels, test_x, test_labels)"
        )
    arrays = [np.asarray(one) for one in found]
    for at in range(0, len(arrays), 2):
        arrays[at + 1] = _labels(arrays[at], arrays[at + 1], classes)
    x, labels = arrays[:2]
    numbers = np.arange(len(labels))
    notes: tuple[str, ...] = ()
    if len(arrays) == 4:
        test_x, test_labels = arrays[2:]
    elif _is_small(labels):
        test_x, test_labels = x, labels
        notes = (f"{len(labels)} samples are too few to hold some out: tested on the same ones",)
    else:
        held = held_out(labels)
        test_x, test_labels = x[held], labels[held]
        x, labels, numbers = x[~held], labels[~held], numbers[~held]
        each = " of each class" if classes else ""
        notes = (f"every {HOLD_OUT}th sample{each} was held out to test on",)
    return Data(
        name=f"{len(arrays[1])} samples of its own",
        images=x,
        labels=labels,
        test_images=test_x,
        test_labels=test_labels,
        numbers=numbers,
        notes=notes,
    )


def _labels(x: Array, labels: Array, classes: int) -> Array:
    """Labels as ``Data`` has them; BadInputError if they are none for these samples."""
    said = f"the data has samples {x.shape} and labels {labels.shape} of type {labels.dtype}"
    fits = x.ndim > 0 and labels.ndim > 0 and len(labels) == len(x)
    if classes and not (fits and labels.ndim == 1 and are_classes(labels)):
        numbers = labels.dtype.kind == "f" or labels.ndim == 2
        hint = "; where they are what the network shall answer, say classes=0" if numbers else ""
        raise BadInputError(f"{said}; labels are whole numbers from 0, one for each sample{hint}")
    if not classes and not (fits and labels.ndim <= 2 and labels.dtype.kind in "fiu"):
        raise BadInputError(
            f"{said}; with classes=0, labels are the numbers that the network shall answer, one "
            "or a row of them for each sample"
        )
    return labels if classes else labels.astype(np.float64)


def _is_small(labels: Array) -> bool:
    """Whether too few samples are there to hold some out: one of each class, or two of numbers."""
    if are_classes(labels):
        return bool(np.unique(labels, return_counts=True)[1].min() < HOLD_OUT)
    return len(labels) < 2 * HOLD_OUT
