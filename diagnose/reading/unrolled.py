"""Where a step takes the samples of a batch by their numbers, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from diagnose.reading.batches import Batch, batch_of, batch_of_rows, has_samples_along
from diagnose.reading.loops import Key, name_of, rows_in, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken
from diagnose.recording.operations import MATRIX_PRODUCTS


def unrolled(step: Step) -> Node | None:
    """The first of the operations of a loop over the samples that is not read as one."""
    batch = batch_of(step) or batch_of_rows(step)
    return None if batch is None else _several(step, batch, has_samples_along)


def is_looped(step: Step) -> bool:
    """Whether a step on a batch has loops over samples, or over what there are as many of."""
    batch = batch_of(step)
    if batch is None:
        return False
    return in_rows(step) is not None or _several(step, batch, _is_as_long) is not None


def _several(
    step: Step, batch: Batch, along: Callable[[Step, Ref, int, Batch], bool]
) -> Node | None:
    """The first operation of a place that takes several rows, each by its number."""
    start = step.loop.starts[step.turn]
    taken = {ref.node for one in step.graph for ref in takes(one) if ref.node >= start}
    rows: dict[int, set[int]] = {}
    first: dict[int, Node] = {}
    for number in sorted(taken | set(step.need)):
        node = step.nodes[number]
        if node.kind not in ("get", "store"):
            continue
        place, owner = place_of(node.args[1]), node.args[0]
        if place is None or not isinstance(owner, Ref) or isinstance(step.origin(owner), tuple):
            continue
        if along(step, owner, place[0], batch):
            rows.setdefault(node.site, set()).add(place[1])
            first.setdefault(node.site, node)
    return next((first[site] for site, several in rows.items() if len(several) > 1), None)


def _is_as_long(step: Step, owner: Ref, axis: int, batch: Batch) -> bool:
    return np.shape(step.nodes[owner.node].value)[axis : axis + 1] == (batch.count,)


def stepped_again(step: Step, parameters: Collection[Key], first: Key) -> Node | None:
    """The operation that changes a parameter once more after samples met what it changed before.

    parameters: of which that may be one. first: the weight that samples meet. What several layers
    share is changed more than once, too, but the samples meet no layer in between.
    """
    done: dict[tuple[int, Key], int] = {}  # by site and parameter, how often samples had met it
    met = 0
    for node in step.graph:
        keys = [step.state(one) for one in takes(node)]
        met += name_of(node) in MATRIX_PRODUCTS and first in keys
        key = keys[0] if node.kind in ("in_place", "write_call") and keys else None
        if key is not None and key in parameters and done.setdefault((node.site, key), met) < met:
            return node
    return None


def in_rows(step: Step) -> Node | None:
    """The last of the operations that take what a loop over the samples makes."""
    found = [one for one in step.graph if rows_in([*one.args, *one.kw.values()])]
    return found[-1] if found else None


def place_of(index: Taken) -> tuple[int, int] | None:
    """Axis and number of a row, where an index names one."""
    if isinstance(index, Const):
        whole = isinstance(index.value, int | np.integer) and not isinstance(index.value, bool)
        return (0, int(index.value)) if whole else None
    if isinstance(index, Group) and index.of is tuple and index.items:
        first = place_of(index.items[0]) if isinstance(index.items[0], Const) else None
        if first is None and is_all(index.items[0]) and len(index.items) > 1:
            second = place_of(index.items[1]) if isinstance(index.items[1], Const) else None
            return second and (1, second[1])
        return first
    return None


def is_all(index: Taken) -> bool:
    """Whether an index is ``:``."""
    return (
        isinstance(index, Group)
        and index.of is slice
        and all(isinstance(one, Const) and one.value is None for one in index.items)
    )
