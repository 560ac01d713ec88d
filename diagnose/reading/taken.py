"""Which rows of the arrays behind its samples a training takes, and how many it never does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.targets import row_of, thread_of
from diagnose.recording.threads import Thread

# Samples that are drawn, and come so rarely by chance alone, are none that may still come.
BY_CHANCE = 1e-6


def left_over(seen: Collector) -> int:
    """How many samples lie in the same array as those of an epoch, and are in none of its steps.

    0 where that is not known. Some may be left for a test on purpose.
    """
    segments = seen.segments()
    every, roots = list[set[int]](), set[Thread]()
    whole: dict[Thread, tuple[Thread, list[int]]] = {}
    half = len(seen.origins) // 2
    halves = [range(half), range(half, len(seen.origins))]  # where samples are drawn without epochs
    for segment in segments[:2] or halves:
        every.append(set())
        for at in segment[: len(seen.origins) - segment.start]:
            if (row := row_of(seen.origins[at][0], seen.size_of(at))) is not None:
                if row[0] not in whole:
                    root, rows, _ = row[0].since(0)
                    whole[row[0]] = root, rows.tolist()
                    roots.add(root)
                every[-1].add(whole[row[0]][1][row[1]])
                continue
            thread = seen.samples_of(at)
            if thread is None:
                return 0
            root, rows, _ = thread.since(0)
            roots.add(root)
            if len(roots) > 1:  # as where each sample is a file
                return 0
            every[-1] |= {*rows.tolist()}
    if len(every) < 2 or len(roots) != 1 or not every[1] or every[1] - every[0]:
        return 0  # in another order each time, so that all may come
    length = roots.pop().length
    if not segments and (len(every[0]) / length) ** half > BY_CHANCE:
        return 0
    return length - len(every[0])


def behind_targets(seen: Collector) -> Thread | None:
    """The whole array that all targets were taken out of; None where that is not known."""
    roots = set[Thread | None]()
    for at in range(len(seen.origins)):
        several, size = seen.each_of(at)
        for _, target in several:
            thread = thread_of(target, size, seen.roles, samples=False)
            roots.add(thread.root() if thread is not None else None)
        if len(roots) > 1:
            return None
    return roots.pop() if len(roots) == 1 else None


def places_behind(seen: Collector) -> tuple[int, Array] | None:
    """The places that the samples of the first epoch had in the longest array they were in.

    In the order of its steps; and how long that is. None where there are several, or none is known.
    """
    roots, found = set[Thread](), list[Array]()
    for at in (seen.segments() or [range(0)])[0]:
        several, size = seen.each_of(at)
        for x, _ in several:
            thread = thread_of(x, size, seen.roles, samples=True)
            if thread is None:
                return None
            root, rows = thread.longest()
            roots.add(root)
            found.append(rows)
    return (roots.pop().length, np.concatenate(found)) if len(roots) == 1 else None


def rows_taken(seen: Collector) -> dict[int, Array]:
    """The rows that the first epoch takes, of each array that they went through, by its length.

    In the order of its steps. Nothing of one that not all steps went through, nor where there are
    several arrays of one length.
    """
    first = (seen.segments() or [range(0)])[0]
    found: dict[Thread, list[Array]] = defaultdict(list)
    for at in first:
        several, size = seen.each_of(at)
        if size * len(several) != seen.size_of(at):
            return {}
        for x, _ in several:
            thread = thread_of(x, size, seen.roles, samples=True)
            if thread is None:
                return {}
            for one, rows in _behind(thread):
                found[one].append(rows)
    count = sum(map(seen.size_of, first))
    whole = {one: np.concatenate(rows) for one, rows in found.items()}
    lengths = [one.length for one, rows in whole.items() if len(rows) == count]
    return {
        one.length: rows
        for one, rows in whole.items()
        if len(rows) == count and lengths.count(one.length) == 1
    }


def _behind(thread: Thread) -> Iterator[tuple[Thread, Array]]:
    """Each thread that one was taken out of, the next first, and which of its places that took."""
    rows = np.arange(thread.length)
    while thread.parent is not None:
        assert thread.rows is not None
        rows, thread = thread.rows[rows], thread.parent
        yield thread, rows
