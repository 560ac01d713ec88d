"""Samples that no step takes, though they lie beside those of each epoch in a variable's array.

``for i in permutation(100): x = X[i]`` leaves all others of X aside, and so do batches that begin
at their number and not at that times their size. Some are left aside on purpose, to be tested on;
so they count only where the program tests on others.

Where a class is never shown, all of its samples are left aside, whether the loop ends too early or
chooses samples by their class; they are what it takes to try what showing them would change. Some
classes are meant to be left out: none of them is tested on, either. Where samples of a class are in
the test set alone, half of them do.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import RAW, RAW_LEFT, RAW_TEST
from diagnose.reading.samples import Coding, Samples
from diagnose.recording.calling import frames
from diagnose.telling.record import Told
from diagnose.watching.equal_samples import alike_by_chance
from diagnose.watching.handover import Handover

if TYPE_CHECKING:  # the watched process needs no more of it than the name
    from diagnose.watching.own_test import Found

# Rows and labels of those that are left aside, among what is handed over, and their places in the
# array; and whether those that are taken were chosen by their class.
ROWS, LABELS, CHOSEN = "left_rows", "left_labels", "left_by_class"
PLACES = "left_places"
# What samples were before they were mixed, which is known of no others.
MIXED = "whole_samples"
# Of so many labels it is no accident that they are those of the samples that were seen.
FEWEST = 10
MOST = 100_000
# Numbers that were scaled one by one, or all in one go, are as alike as this, of the largest.
ALIKE = 1e-6
# Of fewer test samples of a class, half on each side tells nothing.
FEWEST_SPLIT = 4
# A class that samples drawn anew each time leave out by chance in one of so many trainings was
# hardly left out by chance.
BY_ACCIDENT = 1e-3
KIND = "never-taken"


def variables(own: Collection[str]) -> Iterator[Any]:
    """What the program's names stand for where it is now: those of functions, objects, its module.

    own: the files that are watched.
    """
    modules = [vars(sys.modules["__main__"])]
    for frame in frames(sys._getframe()):
        if frame.f_code.co_filename in own:
            modules.append(frame.f_globals)
            for one in [*frame.f_locals.values()]:
                yield one
                if type(one).__module__ == "__main__":
                    yield from [*getattr(one, "__dict__", {}).values()]
    for names in modules:
        yield from [*names.values()]


@dataclass(frozen=True, kw_only=True)
class Went:
    """What was seen of where the samples of an epoch lay.

    rows: of each, in an array that they went through, by its length. labels: the arrays along which
    their targets lie.
    """

    rows: Mapping[int, Array]
    labels: tuple[Array, ...] = ()


def never_taken(
    samples: Samples, columns: bool, found: Iterable[Any], went: Went
) -> dict[str, Array]:
    """Rows and labels beside the samples of an epoch; nothing where there are none.

    columns: whether samples may lie in columns. found: the values of the program's variables.
    """
    if samples.apart is not None or samples.overlapping is not None or samples.order == "repeated":
        return {}
    every = [one for one in found if isinstance(one, np.ndarray | list | tuple)]
    for table in _tables_taken([*_tables(every, samples.rows, columns)], samples.rows, went.rows):
        rows, taken, places = table
        left = np.setdiff1d(places, taken)
        labels = _seen_labels(went, len(rows), taken, samples)
        if labels is None:
            labels = _labels(every, len(rows), taken, samples) if len(left) else None
        if labels is None:
            return {}
        chosen = not _are_evenly_spaced(np.searchsorted(places, np.unique(taken)))
        if chosen:  # of a larger one: what tells are the classes of which there is none
            left = left[_are_missing(labels[left], samples.labels, samples.coding.classes)]
        if not len(left):
            return {}
        return {
            ROWS: rows[left], LABELS: labels[left], CHOSEN: np.array(chosen), PLACES: left,
        }  # fmt: skip
    return {}


def _tables_taken(
    tables: Sequence[Array], like: Array, went: Mapping[int, Array]
) -> Iterator[tuple[Array, Array, Array]]:
    """The tables out of which samples were taken, each as these are prepared, and their places.

    With all places at which others lie: of several that are alike, the first one, where it was not
    seen which of them was taken.
    """
    tables = sorted(tables, key=len)
    for rows in tables:
        own = went.get(len(rows))
        if own is not None and np.array_equal(rows[own], like):
            yield rows, own, np.arange(len(rows))
            continue
        numbers = {row.tobytes(): at for at, row in reversed([*enumerate(rows)])}
        taken = [numbers.get(row.tobytes()) for row in like]
        if None not in taken:
            yield rows, np.array(taken, int), np.array(sorted({*numbers.values()}))
    for rows in tables:
        own = went.get(len(rows))
        if own is not None and (made := scaled_alike(rows, own, like)) is not None:
            yield made, own, np.arange(len(rows))


def scaled_alike(rows: Array, taken: Array, like: Array) -> Array | None:
    """A table as samples are that were scaled and shifted since they lay there; None of any other.

    All by the same numbers, or each column by its own: one in which those that were taken have but
    one number says nothing of the others then, and must hold that number alone.
    """
    if len(taken) != len(like) or len(taken) < FEWEST:
        return None
    given, low, high = rows[taken], rows[taken].argmin(axis=0), rows[taken].argmax(axis=0)
    columns = np.arange(rows.shape[1])
    width = given[high, columns] - given[low, columns]
    wide = width > 0
    if not wide.any():
        return None
    scale, shift = np.ones(rows.shape[1]), np.zeros(rows.shape[1])
    made = like[high, columns] - like[low, columns]
    scale[wide] = made[wide] / width[wide]
    widest = np.argmax(np.abs(width))
    scale[~wide] = scale[widest]
    shift = like[low, columns] - given[low, columns] * scale
    room = ALIKE * max(float(np.abs(like).max()), 1e-300)
    if not (
        np.allclose(scale, scale[widest], rtol=ALIKE)
        and np.allclose(shift, shift[widest], rtol=0, atol=room)
    ):
        alone = np.ptp(rows, axis=0) == 0
        if (~wide & ~alone).any():
            return None
    found = rows * scale + shift
    return found if np.allclose(found[taken], like, rtol=0, atol=room) else None


def _are_missing(labels: Array, shown: Array, classes: int) -> Array:
    """Whether each of some labels is a class that is never shown."""
    return ~np.isin(labels, shown) if classes else np.zeros(len(labels), bool)


def _are_evenly_spaced(places: Array) -> bool:
    """Whether places lie as a loop runs through them: one by one, or each so many further on.

    Others are those of samples that somebody has chosen, as a dozen of each class.
    """
    return len(np.unique(np.diff(np.sort(places)))) < 2


def _tables(every: Iterable[Any], like: Array, columns: bool) -> Iterator[Array]:
    """Each array, or list, of rows with as many features, of the same kind of numbers."""
    features = like.shape[1]
    for one in every:
        if not isinstance(one, np.ndarray) and not FEWEST <= len(one) <= MOST:
            continue
        table = one if isinstance(one, np.ndarray) else _table(one)
        if table is None or table.ndim == 0:
            continue
        if columns and table.ndim == 2 and len(table) == features:
            table = table.T
        numbers = table.dtype.kind in "iufb" and table.size == len(table) * features
        if numbers and FEWEST <= len(table) <= MOST:
            table = np.ascontiguousarray(table.reshape(len(table), features).astype(like.dtype))
            if len(table) > len(np.unique(like, axis=0)):
                yield table


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
    if len(found) != 1 or len(taken) < FEWEST:
        return None
    labels = next(iter(found.values()))
    told = len(np.unique(samples.labels, axis=0)) > 1 or surest > 1
    # none that is left aside is of the one class that was seen: so the samples were chosen by it
    left = np.setdiff1d(np.arange(count), taken)
    return labels if told or not np.isin(labels[left], samples.labels).any() else None


def _seen_labels(went: Went, count: int, taken: Array, samples: Samples) -> Array | None:
    """The labels of all samples, where it was seen out of which array they were taken."""
    several = [one for one in went.labels if count in np.shape(one)[:2]]
    every = [_as_labels(one, count, samples.coding) for one in several]
    found = [
        one
        for one in every
        if one is not None
        and one.shape[1:] == samples.labels.shape[1:]
        and np.array_equal(one[taken], samples.labels)
    ]
    return found[0] if len({one.tobytes() for one in found}) == 1 else None


def _as_labels(table: Array, count: int, coding: Coding) -> Array | None:
    """Targets, or numbers of classes, of so many samples as labels; None for anything else."""
    if table.ndim > 1 and len(table) != count:
        table = np.moveaxis(table, 1, 0)
    table = table.reshape(count, -1)
    if not coding.classes:
        return (table[:, 0] if table.shape[1] == 1 else table).astype(np.float64)
    if coding.single or table.shape[1] == coding.classes:
        kinds = {coding.low, coding.high}
        if {*np.unique(table).tolist()} <= kinds:
            return coding.labels(table)
    if table.shape[1] != 1:
        return None
    numbers = table[:, 0].astype(np.int64)
    whole = np.array_equal(numbers, table[:, 0]) and numbers.min() >= 0
    return numbers if whole and numbers.max() < coding.classes else None


def with_never_taken(read: Handover, found: Found) -> tuple[Handover, tuple[Told, ...]]:
    """What was read, with the samples that no step takes among those of the training, and told.

    As it was, where some of those are among the samples that the program tests on; without a test
    set they count where a class is never shown, if its samples were not left out by their class,
    and if the program is not content with the samples that it trains on.
    """
    test = found.test
    rows, labels = read.arrays.get(ROWS), read.arrays.get(LABELS)
    if rows is None or labels is None or MIXED in read.arrays:
        return read, ()
    own, classes = read.arrays["labels"], int(read.said["coding"]["classes"])
    missing = _are_missing(labels, own, classes)
    if test is None:
        kept = missing & ~(read.arrays[CHOSEN] | found.on_trained)
    else:
        keys = {row.tobytes() for row in np.asarray(test.rows, rows.dtype)}
        tested = float(np.mean([row.tobytes() in keys for row in rows]))
        alone = keys <= {row.tobytes() for row in rows}
        if alone or tested > alike_by_chance(read.arrays["rows"], len(rows)):
            return read, ()
        # a class that is not tested on, either, is left out on purpose
        kept = ~_are_missing(labels, np.concatenate([own, test.labels]), classes)
    if not kept.any():
        return read, ()
    raw = read.arrays.get(RAW_LEFT)
    made = with_left(read, rows[kept], labels[kept], None if raw is None else raw[kept])
    if test is None:
        row = read.roles["test samples"]
        text = f"{row['text']}; and {kept.sum():,} of classes that no step shows"
        made = replace(made, roles={**made.roles, "test samples": {**row, "text": text}})
    if missing[kept].all():
        return made, ()  # which the probe of classes tells
    many = len(np.unique(read.arrays["rows"], axis=0))
    file, line = read.said["places"]["order"]
    observed = (
        f"the steps of each epoch take the same {many:,} samples, and none of the {kept.sum():,} "
        "others of the same array, on which nothing is tested, either"
    )
    numbers = {"taken": many, "left": int(kept.sum())}
    told = Told(kind=KIND, file=file, line=line, observed=observed, numbers=numbers)
    return made, (told,)


def with_only_tested(read: Handover) -> Handover:
    """What was read, with half of the test samples of classes that nothing else shows put aside.

    They are among the samples of the training then, as others that no step takes, and the other
    half is tested on: so it can be tried what showing these classes would change. As it was where
    a class may have been missed by chance, or has too few samples to be split.
    """
    labels, rows = read.arrays.get("test_labels"), read.arrays.get("test_rows")
    own, classes = read.arrays["labels"], int(read.said["coding"]["classes"])
    if labels is None or rows is None or not classes or read.said["apart"] or MIXED in read.arrays:
        return read
    aside = np.zeros(len(labels), bool)
    for one in np.setdiff1d(labels, own):
        places = np.flatnonzero(labels == one)
        drawn = read.said["order"] == "drawn"
        rare = drawn and (1 - len(places) / len(labels)) ** len(own) > BY_ACCIDENT
        if one < classes and len(places) >= FEWEST_SPLIT and not rare:
            aside[places[::2]] = True
    if not aside.any():
        return read
    raw = read.arrays.get(RAW_TEST)
    made = with_left(read, rows[aside], labels[aside], None if raw is None else raw[aside])
    if raw is not None:
        made.arrays[RAW_TEST] = raw[~aside]
    row = read.roles["test samples"]
    text = f"{row['text']}; {aside.sum():,} of them, of classes that nothing else shows, put aside"
    return replace(
        made,
        arrays={**made.arrays, "test_rows": rows[~aside], "test_labels": labels[~aside]},
        roles={
            **made.roles, "test samples": {**row, "text": text, "put_aside": int(aside.sum())}
        },
    )  # fmt: skip


def with_left(read: Handover, rows: Array, labels: Array, raw: Array | None = None) -> Handover:
    """What was read, with samples behind those of the training that no epoch of it takes.

    raw: these before they were made whole numbers, if that is known.
    """
    own = read.arrays["rows"], read.arrays["labels"]
    arrays = {
        **read.arrays,
        "rows": np.concatenate([own[0], rows.astype(own[0].dtype)]),
        "labels": np.concatenate([own[1], labels.astype(own[1].dtype)]),
    }
    if raw is not None and RAW in arrays:
        arrays[RAW] = np.concatenate([arrays[RAW], raw.astype(arrays[RAW].dtype)])
    of = read.said.get("of") or len(own[0])
    return replace(read, arrays=arrays, said={**read.said, "of": of})
