"""Units of a ReLU that are off for every sample: nothing passes, and no gradient comes back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import ADDS
from diagnose.recording.rewriting import Site
from diagnose.telling.record import Told, at, quoted

# A unit that is on for every tenth sample is off for so many in four cases of a hundred.
FEWEST = 30
# Some units are off in sound networks; where that is most of a layer, little passes it.
MOST = 0.5


def always_off(steps: Sequence[Step], sites: Sequence[Site], units_first: bool) -> list[Told]:
    """The layers most of whose units are 0 for all samples of all steps that were looked at.

    units_first: whether samples are columns.
    """
    alike = [one for one in steps if one.shape == steps[0].shape]
    found: dict[int, Told] = {}
    for place, node in enumerate(steps[0].graph):
        if not _is_relu(steps[0], node) or _is_part(steps[0], node):
            continue
        values = [one.graph[place].value for one in alike]
        if any(not isinstance(one, np.ndarray) or one.ndim not in (1, 2) for one in values):
            continue
        rows = [_rows(one, units_first) for one in values]
        samples = sum(len(one) for one in rows)
        if len({one.shape[1] for one in rows}) > 1 or samples < FEWEST:
            continue
        units = rows[0].shape[1]
        off = units - int(np.any([(one != 0).any(axis=0) for one in rows], axis=0).sum())
        if units > 1 and off > MOST * units:
            site = sites[node.site]
            said = (
                f"of the {units} units that {quoted(site)} makes, {off} are 0 for every one of "
                f"{samples:,} samples, in {len(alike)} steps: nothing passes them, and no gradient "
                "comes back through them"
            )
            severity = "" if off == units else "risk"
            found.setdefault(node.site, at(site, "dead-units", said, severity=severity))
    return list(found.values())


def _is_relu(step: Step, node: Node) -> bool:
    """Whether an operation gives the larger of a number and 0, or the number where it is on."""
    if name_of(node) == "maximum" and len(node.args) == 2:
        number = any(isinstance(one, Ref) and step.is_active(one) for one in node.args)
        return number and any(isinstance(one, Const) and not one.value for one in node.args)
    if name_of(node) == "where" and len(node.args) == 3:
        _, on, other = node.args
        is_zero = isinstance(other, Const) and other.value == 0
        return is_zero and isinstance(on, Ref) and step.is_active(on)
    return False


def _is_part(step: Step, node: Node) -> bool:
    """Whether another part of the same number is added to it, as in a softplus or a leaky ReLU."""
    given = {ref.node for ref in takes(node) if step.is_active(ref)}
    sums = (one for one in step.graph if name_of(one) in ADDS)
    others = [
        ref.node
        for one in sums
        if any(ref.node == node.number for ref in takes(one))
        for ref in takes(one)
        if ref.node != node.number and ref.node > min(given)
    ]
    return bool(given & {*step.loop.behind(others, first=min(given))})


def _rows(value: Array, units_first: bool) -> Array:
    """A row for each sample."""
    if value.ndim == 1:
        return value[None]
    return value.T if units_first else value
