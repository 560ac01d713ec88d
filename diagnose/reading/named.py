"""What stands in the way of reading a network, called by its name where it has one."""

from __future__ import annotations

from diagnose.reading.normalized import normalized
from diagnose.reading.not_read import NotReadError
from diagnose.reading.residual import SAID, added
from diagnose.reading.steps import Place, Step
from diagnose.recording.rewriting import Site


def by_name(step: Step, x: Place, joint: int, why: NotReadError, sites: list[Site]) -> NotReadError:
    """Why a step could not be read; what its forward pass has beside dense layers, if it is known.

    Batch and layer normalization, and residual connections. What has a kind of its own is told so.
    """
    if not why.kind and (found := normalized(step, x, joint)) is not None:
        return NotReadError(found.said, sites[found.node.site])
    node = added(step, x, joint)
    return why if node is None else NotReadError(SAID, sites[node.site])
