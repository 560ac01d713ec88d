"""Where the gradients of a network go wrong that a file hands over, by its step run again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diagnose.report import PRESENT, Finding
from diagnose.telling.record import Told

GRADIENT = "wrong-gradient"
# Seconds for the process and its steps; a file whose functions take longer keeps the probes' words.
SECONDS = 20.0


def told_where_gradients_fail(
    probed: Sequence[Finding], file: Path, name: str, seconds: float = SECONDS
) -> tuple[Told, ...]:
    """What the step tells where a probe has found its gradients at fault; else nothing.

    name: what the network is called in the file, or nothing. seconds: how many are left for it.
    """
    if not any(one.defect == GRADIENT and one.status == PRESENT for one in probed):
        return ()
    # What examines steps is large, and loaded where something is to be examined.
    from diagnose.watching.handed_step import told_of_handed_step

    return told_of_handed_step(file, name, min(seconds, SECONDS))
