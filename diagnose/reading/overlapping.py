"""Batches that overlap: each begins a row or some after the one before, and holds more than these.

That is what ``X[i : i + size]`` cuts out, where ``i`` is the number of the batch and not that of
its first row, be these numbers mixed or not. All batches together then reach not far into the
samples, and what lies behind is never shown. The samples are all of those that the batches are cut
out of, since they are what their author means to train on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.steps import Place
from diagnose.reading.targets import as_rows, rows_of
from diagnose.recording.nodes import Ref


@dataclass(frozen=True, kw_only=True)
class Overlapping:
    """All samples ``(n, features)`` and their targets.

    stride: how many rows after the one before a batch begins, as they lie. mixed: whether they come
    in another order than that. site: where they are cut out.
    """

    rows: Array
    targets: Array
    stride: int
    mixed: bool
    site: int


def read_overlapping(seen: Collector, first: range, second: range) -> Overlapping | None:
    """How the batches of an epoch overlap; None where they do not, or the second takes others."""
    if not _starts(seen, first[:2]):
        return None
    begins = _starts(seen, first) or []
    stride = int(min(np.diff(sorted(begins)), default=0))
    if not 0 < stride < seen.size_of(first[0]):
        return None
    starts = [*range(0, stride * len(first), stride)]
    again = _starts(seen, second)
    if sorted(begins) != starts or again is None or not {*again} <= {*starts}:
        return None
    mixed = begins != starts
    if len({*again}) < len(again) or not (mixed or again == starts[: len(again)]):
        return None
    samples, targets = _table(seen, seen.roles.x), _table(seen, seen.roles.target)
    if samples is None or targets is None:
        return None
    rows = rows_of(samples[0], seen.roles)
    wanted = as_rows(targets[0], len(rows), seen.roles, seen.targets.index)
    if len(wanted) != len(rows) or not _are_cut_out(seen, first, begins, rows, wanted):
        return None
    return Overlapping(
        rows=np.array(rows), targets=np.array(wanted), stride=stride, mixed=mixed,
        site=samples[1],
    )  # fmt: skip


def _starts(seen: Collector, steps: Sequence[int]) -> list[int] | None:
    """The first row of each batch, where all are cut out of the same array, each in one piece."""
    found, tables = [], set()
    for at in steps:
        size, thread = seen.size_of(at), seen.samples_of(at)
        if thread is None or thread.rows is None:
            return None
        begin = int(thread.rows[0])
        if not np.array_equal(thread.rows, np.arange(begin, begin + size)):
            return None
        tables.add(thread.parent)
        found.append(begin)
    return found if len(tables) < 2 else None


def _table(seen: Collector, place: Place) -> tuple[Array, int] | None:
    """The array that a step cuts its samples or targets out of, and where it does."""
    step = seen.roles.step
    taken = step.places().get(place)
    node = step.nodes[taken.node] if isinstance(taken, Ref) else None
    if node is None or node.kind != "get" or not isinstance(node.args[0], Ref):
        return None
    return np.asarray(step.value(node.args[0])), node.site


def _are_cut_out(
    seen: Collector, steps: range, begins: Sequence[int], rows: Array, targets: Array
) -> bool:
    """Whether the batches are what lies there."""
    for at, begin in zip(steps, begins, strict=True):
        mine, wanted = seen.arrays[seen.steps[at]]
        there = slice(begin, begin + len(mine))
        if not (np.array_equal(rows[there], mine) and np.array_equal(targets[there], wanted)):
            return False
    return True
