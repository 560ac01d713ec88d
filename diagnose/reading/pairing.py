"""Whether the labels that stand beside the samples of a training are their own.

Samples and labels are followed back to the arrays that they were taken out of, to the last moment
at which these lay side by side, row by row. What was done to their rows since must be the same for
both. Where it is not, and a random draw moved the rows of one and not those of the other, they have
lost each other: an order drawn after both were there can put nothing into its right place. Rows
that were moved without a draw, as windows of a series are, may be meant to be; and where it cannot
be told what was done to one of them, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.targets import row_of, thread_of
from diagnose.recording.threads import Thread

# Of the samples of an epoch, for so many the own label must have been seen.
FEWEST_KNOWN = 0.5


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One step: the numbers of its samples, and of the samples that its targets belong to.

    Numbers of rows, both ``(B,)``. draws: those that moved the rows of only one of them; site:
    where that happened.
    """

    samples: Array
    owners: Array
    draws: frozenset[int]
    site: int


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Samples beside the labels of others.

    targets: of each step by its number, the own target of each sample; known: whether it was seen.
    again: whether they part anew from epoch to epoch. wrong: how many samples of the first epoch
    stand beside another target than their own, of so many of which that is known; left: how many
    others there are. site: where.
    """

    targets: dict[int, Array]
    known: dict[int, Array]
    again: bool
    wrong: int
    of: int
    left: int
    site: int


def moved(samples: Thread, targets: Thread) -> tuple[Thread, Thread, Moved] | None:
    """What became of two threads since they lay side by side, and of which arrays these were."""
    began = max(samples.root().time, targets.root().time)
    for time in _later(began, samples, targets):
        (first, rows, done), (second, owners, did) = samples.since(time), targets.since(time)
        if first.length == second.length:
            break
    else:
        return None
    both = [frozenset[int]().union(*(one.draws for one in several)) for several in (done, did)]
    only = both[0] ^ both[1]
    if only and min(only) <= time:
        return None
    by = min((one for one in [*done, *did] if one.draws & only), key=_time, default=first)
    return first, second, Moved(samples=rows, owners=owners, draws=only, site=by.site)


def _later(began: int, samples: Thread, targets: Thread) -> Iterator[int]:
    """When both may have lain side by side: as soon as they were there, or later.

    One may be cut out of its array before the other one is there.
    """
    yield began
    yield from sorted({one for one in (*_times(samples), *_times(targets)) if one > began})


def _time(thread: Thread) -> int:
    return thread.time


def _times(thread: Thread | None) -> Iterator[int]:
    """When a thread was made, and those that it was taken out of."""
    while thread is not None:
        yield thread.time
        thread = thread.parent


def _together(parts: Sequence[Moved]) -> Moved:
    """What is known of the samples of a step, of which each has its own."""
    return Moved(
        samples=np.concatenate([np.atleast_1d(one.samples) for one in parts]),
        owners=np.concatenate([np.atleast_1d(one.owners) for one in parts]),
        draws=frozenset[int]().union(*(one.draws for one in parts)), site=parts[0].site,
    )  # fmt: skip


def read_apart(seen: Collector, steps: Sequence[int], first: Sequence[int]) -> Apart | None:
    """Whether samples and labels have lost each other; None if not, or if it cannot be told.

    steps: those that are looked at; first: those of the first epoch.
    """
    if _are_side_by_side(seen, steps):
        return None
    every: dict[int, Moved] = {}
    places: set[tuple[Thread, Thread]] = set()
    for at in steps:
        several, size = seen.each_of(at)
        if len(several) not in (1, seen.size_of(at)):
            return None
        parts = []
        for x, target in several:
            samples = thread_of(x, size, seen.roles, samples=True)
            targets = thread_of(target, size, seen.roles, samples=False)
            if samples is None or targets is None:
                return None
            found = moved(samples, targets)
            if found is None:
                return None
            places.add(found[:2])
            parts.append(found[2])
            if len(places) > 1:  # as where each sample is a file
                return None
        every[at] = _together(parts)
    if not places:
        return None
    differ = [one for one in every.values() if not np.array_equal(one.samples, one.owners)]
    if not differ or not all(one.draws for one in differ):
        return None
    return _apart(seen, every, first, differ[0].site)


def _are_side_by_side(seen: Collector, steps: Sequence[int]) -> bool:
    """Whether each step took one sample, and its target out of the same row of another array.

    The plain case, of which nothing more is to be asked, and of which there are the most steps.
    """
    arrays: set[tuple[Thread, Thread]] = set()
    for at in steps:
        x, target = seen.origins[at]
        if x is None or target is None or seen.of_each[at]:
            return False
        if seen.size_of(at) != 1:
            return False
        row, own = row_of(x, 1), row_of(target, 1)
        if row is not None and own is not None and row[1] == own[1]:
            arrays.add((row[0], own[0]))
            continue
        samples = thread_of(x, 1, seen.roles, samples=True)
        owners = thread_of(target, 1, seen.roles, samples=False)
        if samples is None or owners is None or samples.rows is None or owners.rows is None:
            return False
        if len(samples.rows) != 1 or len(owners.rows) != 1 or samples.rows[0] != owners.rows[0]:
            return False
        if samples.parent is None or owners.parent is None:
            return False
        arrays.add((samples.parent, owners.parent))
    lengths = {(one.length, one.parent, other.length, other.parent) for one, other in arrays}
    return len(arrays) == 1 and all(
        length == wanted and whole is None and own is None for length, whole, wanted, own in lengths
    )


def _apart(
    seen: Collector, every: dict[int, Moved], first: Sequence[int], site: int
) -> Apart | None:
    """Put to each sample its own target; None where a sample has two, or all are beside theirs."""
    own: dict[int, Array] = {}
    beside: dict[int, int] = {}
    again = False
    for at, one in every.items():
        for sample, owner, target in zip(
            one.samples, one.owners, seen.arrays[seen.steps[at]][1], strict=True
        ):
            if not np.array_equal(own.setdefault(int(owner), target), target):
                return None
            again = again or beside.setdefault(int(sample), int(owner)) != owner
    targets, known = {}, {}
    wrong = of = left = 0
    for at, one in every.items():
        stood = seen.arrays[seen.steps[at]][1]
        known[at] = np.array([int(sample) in own for sample in one.samples])
        mine = [own.get(int(n), row) for n, row in zip(one.samples, stood, strict=True)]
        targets[at] = np.array(mine)
        if at in first:
            other = np.array([not np.array_equal(*pair) for pair in zip(mine, stood, strict=True)])
            wrong += int((other & known[at]).sum())
            of += int(known[at].sum())
            left += int((~known[at]).sum())
    if not wrong:
        return None
    return Apart(
        targets=targets, known=known, again=again, wrong=wrong, of=of, left=left, site=site
    )
