"""Samples that no step takes, though they lie beside those of each epoch in a variable's array.

``for i in permutation(100): x = X[i]`` leaves all others of X aside, and so do batches that begin
at their number and not at that times their size. Some are left aside on purpose, to be tested on;
so they count only where the program tests on others.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.samples import Coding, Samples
from diagnose.telling.record import Told
from diagnose.watching.handover import Handover

# Rows and labels of those that are left aside, among what is handed over.
ROWS, LABELS = "left_rows", "left_labels"
# Of so many labels it is no accident that they are those of the samples that were seen.
FEWEST = 10
MOST = 100_000
KIND = "never-taken"


def variables(own: Collection[str]) -> Iterator[Any]:
    """What the program's names stand for where it is now: those of functions, objects, its module.

    own: the files that are watched.
    """
    frame, modules = sys._getframe(), [vars(sys.modules["__main__"])]
    while frame is not None:
        if frame.f_code.co_filename in own:
            modules.append(frame.f_globals)
            for one in [*frame.f_locals.values()]:
                yield one
                if type(one).__module__ == "__main__":
                    yield from [*getattr(one, "__dict__", {}).values()]
        frame = frame.f_back  # type: ignore[assignment]
    for names in modules:
        yield from [*names.values()]


def never_taken(samples: Samples, columns: bool, found: Iterable[Any]) -> dict[str, Array]:
    """Rows and labels beside the samples of an epoch; nothing where there are none.

    columns: whether samples may lie in columns. found: the values of the program's variables.
    """
    if samples.apart is not None or samples.overlapping is not None or samples.order == "repeated":
        return {}
    every = [one for one in found if isinstance(one, np.ndarray | list | tuple)]
    for rows in sorted(_tables(every, samples.rows, columns), key=len):
        numbers = {row.tobytes(): at for at, row in reversed([*enumerate(rows)])}
        taken = [numbers.get(row.tobytes()) for row in samples.rows]
        if None in taken:
            continue
        places, its = np.array(sorted({*numbers.values()})), np.unique(np.array(taken, int))
        left = np.setdiff1d(places, its)
        if not len(left) or not _are_evenly_spaced(np.searchsorted(places, its)):
            return {}  # of a larger one, these were chosen
        labels = _labels(every, len(rows), np.array(taken), samples)
        return {} if labels is None else {ROWS: rows[left], LABELS: labels[left]}
    return {}


def _are_evenly_spaced(places: Array) -> bool:
    """Whether places lie as a loop runs through them: one by one, or each so many further on.

    Others are those of samples that somebody has chosen, as a dozen of each class.
    """
    return len(np.unique(np.diff(np.sort(places)))) < 2


def _tables(every: Iterable[Any], like: Array, columns: bool) -> Iterator[Array]:
    """Each array, or list, of rows with as many features, of the same kind of numbers."""
    features = like.shape[1]
    for one in every:
        if not FEWEST <= len(one) <= MOST:
            continue
        table = one if isinstance(one, np.ndarray) else _table(one)
        if table is None:
            continue
        if columns and table.ndim == 2 and len(table) == features:
            table = table.T
        numbers = table.dtype.kind in "iufb" and table.size == len(table) * features
        if numbers and len(table) > len(np.unique(like, axis=0)):
            yield np.ascontiguousarray(table.reshape(len(table), features).astype(like.dtype))


def _table(given: list[Any] | tuple[Any, ...]) -> Array | None:
    """The numbers of a list, whose first item is a number or some; None of any other list."""
    first = given[0]
    if isinstance(first, list | tuple):
        first = first[0] if first else None
    if not isinstance(first, int | float | np.ndarray | np.generic):
        return None
    try:
        return np.asarray(given)
    except (ValueError, OverflowError):
        return None


def _labels(every: Iterable[Any], count: int, taken: Array, samples: Samples) -> Array | None:
    """The labels of all samples, by what agrees with all that were seen; None if that is not one.

    Targets say more than labels where those that were seen are all of one class.
    """
    found: dict[bytes, Array] = {}
    surest = 0
    for one in every:
        if count not in np.shape(one)[:2] if isinstance(one, np.ndarray) else len(one) != count:
            continue
        table = one if isinstance(one, np.ndarray) else _table(one)
        if table is None or table.dtype.kind not in "iufb":
            continue
        labels = _as_labels(table, count, samples.coding)
        if labels is None or labels.shape[1:] != samples.labels.shape[1:]:
            continue
        if np.array_equal(labels[taken], samples.labels):
            if table.ndim > surest:
                found, surest = {}, table.ndim
            if table.ndim == surest:
                found[labels.tobytes()] = labels
    told = len(np.unique(samples.labels, axis=0)) > 1 or surest > 1
    if len(found) != 1 or not told or len(taken) < FEWEST:
        return None
    return next(iter(found.values()))


def _as_labels(table: Array, count: int, coding: Coding) -> Array | None:
    """Targets, or numbers of classes, of so many samples as labels; None for anything else."""
    if table.ndim > 1 and len(table) != count:
        table = np.moveaxis(table, 1, 0)
    table = table.reshape(count, -1)
    if not coding.classes:
        return (table[:, 0] if table.shape[1] == 1 else table).astype(np.float64)
    if coding.single or table.shape[1] == coding.classes:
        kinds = {coding.low, coding.high}
        return coding.labels(table) if {*np.unique(table).tolist()} <= kinds else None
    if table.shape[1] != 1:
        return None
    numbers = table[:, 0].astype(np.int64)
    whole = np.array_equal(numbers, table[:, 0]) and numbers.min() >= 0
    return numbers if whole and numbers.max() < coding.classes else None


def with_never_taken(read: Handover, tested: Array) -> tuple[Handover, tuple[Told, ...]]:
    """What was read, with the samples that no step takes among those of the training, and told.

    tested: rows that the program tests on. As it was, where some of those are among them.
    """
    rows, labels = read.arrays.get(ROWS), read.arrays.get(LABELS)
    if rows is None or labels is None:
        return read, ()
    keys = {row.tobytes() for row in np.asarray(tested, rows.dtype)}
    if any(row.tobytes() in keys for row in rows):
        return read, ()
    own = read.arrays["rows"], read.arrays["labels"]
    arrays = {
        **read.arrays,
        "rows": np.concatenate([own[0], rows]),
        "labels": np.concatenate([own[1], labels.astype(own[1].dtype)]),
    }
    said = {**read.said, "of": len(own[0])}
    many = len(np.unique(own[0], axis=0))
    file, line = read.said["places"]["order"]
    observed = (
        f"the steps of each epoch take the same {many:,} samples, and none of the {len(rows):,} "
        "others of the same array, on which nothing is tested, either"
    )
    numbers = {"taken": many, "left": len(rows)}
    told = Told(kind=KIND, file=file, line=line, observed=observed, numbers=numbers)
    return replace(read, arrays=arrays, said=said), (told,)
