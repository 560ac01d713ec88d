"""The samples that a program trained on, in which order it took them, and what its labels are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Literal

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.likely import likely_among
from diagnose.reading.not_read import NotReadError
from diagnose.reading.overlapping import Overlapping, read_overlapping
from diagnose.reading.pairing import FEWEST_KNOWN, Apart, read_apart
from diagnose.reading.targets import thread_of

Order = Literal[
    "as given", "shuffled", "within classes", "class by class", "drawn", "repeated", "overlapping"
]


@dataclass(frozen=True, kw_only=True)
class Coding:
    """What targets say: classes (0: numbers), and the numbers that stand for them.

    low, high: what stands for a class that a sample is not of, and that it is of; of a single
    output, for class 0 and class 1. single: one output for two classes.
    """

    classes: int
    low: float = 0.0
    high: float = 1.0
    single: bool = False

    def labels(self, targets: Array) -> Array:
        """Labels ``(n,)`` of targets ``(n, outputs)`` or ``(n,)``; numbers stay what they are."""
        if not self.classes:
            return targets.astype(np.float64)
        if targets.ndim == 1:
            return targets.astype(np.int64)
        if self.single:
            return (targets[:, 0] == self.high).astype(np.int64)
        return (
            np.asarray(targets.argmax(axis=1)) if self.high > self.low else targets.argmin(axis=1)
        )


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Rows ``(n, features)`` and labels in the order of an epoch, of which ``shown`` are taken.

    batch_size: the largest; some are smaller by one if uneven. taken: how many an epoch takes in
    turn, which may be fewer than all if the next goes on behind them, or all several times. apart:
    where the program puts samples beside the labels of others; labels are their own then.
    overlapping: how batches do.
    """

    rows: Array
    labels: Array
    coding: Coding
    order: Order
    batch_size: int
    shown: int
    epochs_seen: int
    apart: Apart | None = None
    overlapping: Overlapping | None = None
    uneven: bool = False
    taken: int = 0


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Samples and targets of each step; the samples' own targets where the program mixes them up.

    Samples whose own target was not seen are left out then.
    """

    seen: Collector
    apart: Apart | None

    def __call__(self, at: int) -> tuple[Array, Array]:
        """Rows ``(B, features)`` and targets of a step, by its number."""
        rows, targets = self.seen.arrays[self.seen.steps[at]]
        if self.apart is None:
            return rows, targets
        known = self.apart.known[at]
        return rows[known], self.apart.targets[at][known]

    def keys(self, steps: range) -> list[bytes]:
        """By what each of these samples is known: its numbers, or its place where they have noise.

        In the order of ``together``.
        """
        return self._places(steps) or [row.tobytes() for at in steps for row in self(at)[0]]

    def _places(self, steps: range) -> list[bytes]:
        numbers = [self.seen.steps[at] for at in steps]
        if not (self.seen.noisy and all(one in self.seen.places for one in numbers)):
            return []
        return [str(place).encode() for one in numbers for place in self.seen.places[one]]

    def places(self, steps: range, rows: Array, others: range) -> dict[bytes, list[int]]:
        """Where each sample of some steps stands among their ``rows``, by its key.

        Only those that come in the other steps too: the keys of all would be a copy of them.
        """
        keys = self._places(steps)
        likely: Sequence[int] = range(len(keys))
        if not keys:
            likely = likely_among(rows, np.concatenate([self(at)[0] for at in others]))
        found: dict[bytes, list[int]] = {}
        for at in likely:
            found.setdefault(keys[at] if keys else rows[at].tobytes(), []).append(at)
        return found

    def are_changed(self, first: range, second: range) -> bool:
        """Whether samples are others than before, though they stand beside the same targets.

        As those that are shifted, or turned, at random. Told by where the targets lie.
        """
        before = {place: row for at in first for place, row in self._by_target(at)}
        again = [one for at in second for one in self._by_target(at) if one[0] in before]
        others = sum(not np.array_equal(before[place], row) for place, row in again)
        return others > MANY_OTHERS * max(len(before), 1)

    def _by_target(self, at: int) -> Iterator[tuple[Any, Array]]:
        rows, _ = self(at)
        thread = thread_of(self.seen.origins[at][1], len(rows), self.seen.roles, samples=False)
        if thread is not None:
            for place, row in zip(thread.places(), rows, strict=True):
                yield (thread.root(), int(place)), row

    def together(self, steps: range) -> tuple[Array, Array]:
        """Those of several steps, one after the other."""
        if self.apart is None:
            return self.seen.together(steps)
        every = [self(at) for at in steps]
        return np.concatenate([one for one, _ in every]), np.concatenate([one for _, one in every])


# Of the samples of an epoch that are no rows of the one before, as many as are changed at random:
# where the last ones that fill no batch are left out, they are fewer, a batch at most.
MANY_OTHERS = 0.25
CHANGED = (
    "many samples are others than in the epoch before, beside the same targets, as where they are "
    "changed at random; read are samples that stay what they are, or get noise in each step"
)
# So many targets in the same order, of which so many are alike at most, are not so by chance: that
# would happen less than once in a thousand times.
FEWEST_IN_ORDER, MOSTLY = 20, 0.7
# What stands for the two classes of a single output, where only one of them is among the targets.
USUAL = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def read_coding(targets: Array, outputs: int, activation: str = "") -> Coding:
    """What targets ``(n, outputs)`` or ``(n,)`` classes mean; activation: of the last layer."""
    if targets.ndim == 1:
        return Coding(classes=max(int(targets.max()) + 1, outputs, 2))
    values = np.unique(targets)
    if targets.shape[1] == 1:
        if len(values) == 2 and len(targets) > 2:
            return Coding(classes=2, low=float(values[0]), high=float(values[1]), single=True)
        low, high = USUAL.get(activation, (np.nan, np.nan))
        if len(values) == 1 and len(targets) > 2 and values[0] in (low, high):
            return Coding(classes=2, low=low, high=high, single=True)
        return Coding(classes=0)
    if len(values) == 2:
        for low, high in (values, values[::-1]):
            if ((targets == high).sum(axis=1) == 1).all():
                return Coding(classes=targets.shape[1], low=float(low), high=float(high))
    return Coding(classes=0)


def read_samples(seen: Collector, outputs: int) -> Samples:
    """Put the steps of an epoch together; NotReadError where epochs do not fit each other."""
    segments = seen.segments()
    first = segments[0] if segments else range(seen.first_epoch(len(seen.steps)))
    second = segments[1] if len(segments) > 1 else range(0)
    # after that only the rate was looked at
    second = range(second.start, min(second.stop, max(seen.ends_at or 0, second.start + 1)))
    if not len(first):
        raise NotReadError(
            "the training ended after so few steps that none was left to hold the reading against"
        )
    apart = None if seen.noisy else read_apart(seen, [*first, *second], first)
    shown = Shown(seen=seen, apart=apart)
    rows, targets = shown.together(first)
    sizes = [seen.size_of(at) for at in first]
    if apart is not None and len(rows) < FEWEST_KNOWN * sum(sizes):
        raise NotReadError(
            "samples and labels are not shuffled together, and the labels that belong to most of "
            "the samples are not among those that it trains with"
        )
    layers = seen.roles.layers
    coding = read_coding(targets, outputs, layers[-1].activation if layers else "")
    batch = max(sizes)
    if not (_is_split(sizes) or all(size == batch for size in sizes[:-1])):
        raise NotReadError("batches have different sizes within an epoch")
    overlapping = read_overlapping(seen, first, second) if segments and apart is None else None
    order: Order
    if overlapping is not None:
        order, rows, targets = "overlapping", overlapping.rows, overlapping.targets
    elif segments:
        order, rows, targets = _order(shown, first, rows, targets, second, coding)
        if apart is not None and coding.classes and order == "shuffled":
            met = [coding.labels(seen.together(one)[1]) for one in (first, second)]
            order = "class by class" if _are_class_by_class(*met) else order
    else:
        order, rows, targets = _drawn(rows, targets)
        if order == "as given" and (left := seen.left()) is not None:
            more = f"{left:,} more" if left else "more of them"
            raise NotReadError(
                f"in the time for it {len(first):,} steps of the first pass through the samples "
                f"were seen, and {more} were to come with other samples; --watch-seconds gives it "
                "more time"
            )
    taken = sum(sizes) if order == "as given" and segments else 0
    if taken and len({seen.steps[at] for at in (*first, *second)}) == 1:
        (rows, targets), sizes = shown(first[0]), sizes[:1]  # all of them in each step
    # of a training without epochs all of it is one, in which samples come many times
    shown_each = min(sum(sizes), len(rows)) if apart and segments else sum(sizes)
    if order == "as given":
        shown_each = max(shown_each, len(rows))
    return Samples(
        rows=rows, labels=coding.labels(targets), coding=coding, order=order,
        batch_size=min(batch, len(rows)), shown=shown_each,
        epochs_seen=max(len(segments), 1), apart=apart, overlapping=overlapping,
        uneven=len({*sizes[:-1]}) > 1,
        taken=taken,
    )  # fmt: skip


def _is_split(sizes: list[int]) -> bool:
    """Whether batches are as alike as can be, as ``np.array_split`` makes them."""
    batch = max(sizes)
    return batch - min(sizes) <= 1 and len(sizes) == -(-sum(sizes) // batch)


def _drawn(rows: Array, targets: Array) -> tuple[Order, Array, Array]:
    """The samples of a training without epochs.

    One after the other, each so many times before the next, or drawn anew each time.
    """
    pairs = _pairs(rows, targets)
    once = _once(rows, targets)
    if len(once) > 0.9 * len(pairs):
        return "as given", rows, targets
    if len(once) > 1 and _in_a_row(pairs) == len(once):
        return "repeated", rows[once], targets[once]
    return "drawn", rows[once], targets[once]


def _pairs(rows: Array, targets: Array) -> list[bytes]:
    return [row.tobytes() + target.tobytes() for row, target in zip(rows, targets, strict=True)]


def _once(rows: Array, targets: Array) -> list[int]:
    """Where each sample stands first, with its target."""
    return sorted({pair: at for at, pair in reversed([*enumerate(_pairs(rows, targets))])}.values())


def _in_a_row(pairs: list[bytes]) -> int:
    """How many samples are taken equally often in a row; 0 if that is not how they are taken.

    Of the first and the last one less may have been seen.
    """
    lengths = [len([*several]) for _, several in groupby(pairs)]
    times = max(lengths)
    return len(lengths) if times > 1 and {*lengths[1:-1]} <= {times} else 0


def _are_class_by_class(met: Array, again: Array) -> bool:
    """Whether two epochs meet all labels of one class before those of the next, ``(n,)`` each.

    Of the second as far as it was seen.
    """
    runs = 1 + int(np.count_nonzero(np.diff(met)))
    return 1 < runs == len(np.unique(met)) and np.array_equal(met[: len(again)], again)


def _stays(rows: Array, targets: Array, rows_again: Array, targets_again: Array) -> str:
    """Which of samples and targets a second epoch takes in another order, and which in the same.

    Nothing where both have another one, or where the targets of an epoch are mostly alike, so that
    another order would show nothing.
    """
    count = min(len(rows), len(rows_again))
    alike = [
        np.array([np.array_equal(*pair) for pair in zip(one[:count], other[:count], strict=True)])
        for one, other in ((rows, rows_again), (targets, targets_again))
    ]
    _, shares = np.unique(targets[:count], axis=0, return_counts=True)
    if count < FEWEST_IN_ORDER or shares.max() > MOSTLY * count:
        return ""
    if any(
        sorted(row.tobytes() for row in one[:count])
        != sorted(row.tobytes() for row in again[:count])
        for one, again in ((rows, rows_again), (targets, targets_again))
    ):
        return ""  # they are others, as where noise is drawn anew, and not in another order
    if alike[1].all() and alike[0].mean() < 1 - MOSTLY:
        return (
            "in each epoch the targets come in the same order, and the samples in another, so that "
            "samples are shuffled without their targets"
        )
    if alike[0].all():
        return (
            "in each epoch the samples come in the same order, and the targets in another, so that "
            "targets are shuffled without their samples"
        )
    return ""


def _taken_again(
    shown: Shown, first: range, rows: Array, targets: Array, second: range
) -> tuple[list[int], list[tuple[Any, Any]], int]:
    """Where the samples of a second epoch lie in the first; those that only it has; how many again.

    Those that only it has lie behind all others. Again: more often than in the first. NotReadError
    where too many stand beside another target than there.
    """
    places = shown.places(first, rows, second)
    taken: list[int] = []
    extra: list[tuple[Any, Any]] = []
    wrong = met = unheard = again = 0
    known = {target.tobytes() for target in targets}
    free = {key: list(reversed(found)) for key, found in places.items()}
    for step in second:
        keys = shown.keys(range(step, step + 1))
        for key, row, target in zip(keys, *shown(step), strict=True):
            if key not in places:
                extra.append((row, target))
                taken.append(len(rows) + len(extra) - 1)
                continue
            met += 1
            wrong += not any(np.array_equal(targets[at], target) for at in places[key])
            unheard += target.tobytes() not in known
            again += not free[key]
            taken.append(free[key].pop() if free[key] else places[key][0])
    if wrong > 0.02 * met:
        said = (
            f"{wrong} of {met} samples have another target in the second epoch than in the first: "
        )
        if 2 * unheard > wrong:  # mixed up, they would be those of other samples
            raise NotReadError(
                f"{said}values that no sample had, so that epochs change the targets"
            )
        if still := _stays(rows, targets, *shown.together(second)):
            raise NotReadError(f"{said}{still}", kind="unrelated-labels")
        raise NotReadError(f"{said}samples and labels are not shuffled together")
    return taken, extra, again


def _order(
    shown: Shown, first: range, rows: Array, targets: Array, second: range, coding: Coding
) -> tuple[Order, Array, Array]:
    """How a second epoch takes the samples of the first, with samples that only it has added."""
    if not len(second):
        return "as given", rows, targets
    taken, extra, again = _taken_again(shown, first, rows, targets, second)
    length = len(taken)
    if len(extra) > MANY_OTHERS * length and shown.are_changed(first, second):
        raise NotReadError(CHANGED)
    if extra:
        rows = np.concatenate([rows, np.array([one for one, _ in extra])])
        targets = np.concatenate([targets, np.array([one for _, one in extra])])
    # in turn, also where a step takes the last samples of an epoch and the first of the next
    if length > 2 and all((b - a) % len(rows) == 1 for a, b in pairwise(taken)):
        return "as given", rows, targets
    if taken == list(range(length)):
        return "as given", rows, targets
    if again > 0.1 * length:
        once = _once(rows, targets)
        return "drawn", rows[once], targets[once]
    labels = coding.labels(targets)
    if coding.classes and length > 20 and np.array_equal(labels[taken], labels[:length]):
        return "within classes", rows, targets
    return "shuffled", rows, targets
