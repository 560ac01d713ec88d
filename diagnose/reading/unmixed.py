"""Samples as they were before a reshape mixed them, for a step that takes them mixed.

``a.reshape(features, m)`` of samples ``(m, ...)`` takes the numbers in the order in which they lie,
so that each column holds numbers of several samples. What its author wants there is sample after
sample, which is ``a.reshape(m, features).T``, prepared by the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.loops import Loop, name_of
from diagnose.reading.preparing import preparation
from diagnose.recording.nodes import Node, Ref


def whole_samples(seen: Collector, rows: Array) -> Array | None:
    """What ``rows`` ``(n, features)`` would be if nothing had mixed them; None where nothing did.

    None, too, where it is not known which sample each row should be, or where features were scaled
    one by one after they were mixed.
    """
    step = seen.roles.step
    taken = step.places()[step.parts(seen.roles.x)[0]]
    features = rows.shape[1]
    made = preparation(step.loop, taken, features)
    node = next((one for one in made.views if is_mixing(step.loop, one)), None) if made else None
    if made is None or node is None or not isinstance(node.args[0], Ref):
        return None
    before = preparation(step.loop, node.args[0], features)
    raw = step.value(node.args[0])
    if before is None or raw is None or made.scale.ndim or made.shift.ndim:
        return None
    with np.errstate(all="ignore"):
        scale = made.scale / before.scale
        shift = made.shift - scale * before.shift
    numbers = _numbers(seen, len(raw))
    found = [numbers.get(one.tobytes()) for one in rows]
    if None in found:
        return None
    mixed = scale * raw.reshape(features, len(raw)).T[found] + shift
    if not np.allclose(mixed, rows):
        return None
    whole: Array = (scale * raw.reshape(len(raw), features)[found] + shift).astype(rows.dtype)
    return whole


def is_mixing(loop: Loop, node: Node) -> bool:
    """Whether an operation makes columns of samples by a reshape."""
    if name_of(node) != "reshape" or not isinstance(node.args[0], Ref):
        return False
    return mixes(loop.tape.nodes[node.args[0].node].value, np.shape(node.value))


def mixes(given: Any, after: tuple[int, ...]) -> bool:
    """Whether a reshape to a shape makes columns ``(..., m)`` of samples ``(m, ...)``."""
    if not isinstance(given, np.ndarray) or given.ndim < 2 or len(given) < 2 or not given.size:
        return False
    features = given.size // len(given)
    return after == (features, len(given)) and features > 1 and after != given.shape


def _numbers(seen: Collector, count: int) -> dict[bytes, int]:
    """Which of so many samples each row of the steps is, by its bytes."""
    found: dict[bytes, int] = {}
    for at in range(len(seen.origins)):
        rows, thread = seen.arrays[seen.steps[at]][0], seen.samples_of(at)
        if thread is None:
            continue
        whole, places, _ = thread.since(-1)
        if whole.length == count:
            found |= {row.tobytes(): int(one) for row, one in zip(rows, places, strict=True)}
    return found
