"""Whether a sound twin is a yardstick, beside what trainings with repairs have reached.

A twin shows what a network of that shape can do. Where the author's own does better, or does so
with some repairs, the twin was not sound enough, and nothing is to be concluded from it: neither
that a network is as good as it gets, nor that its shape is at fault.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.network.tasks import CLASSIFICATION, NOTICEABLE, TASKS
from diagnose.report import Cause, Parts, Twin

# The repair that makes another shape.
WIDENS = "too-few-units"


def is_yardstick(compared: tuple[Twin, Parts], causes: Mapping[str, Cause]) -> bool:
    """Whether no network of the author's shape did better than what is said of that shape."""
    twin, parts = compared
    most = best_repaired(causes)
    if most is None:
        return True
    # of another shape it is told what the author's cannot do, and else what it can
    blamed = bool(twin.lacks) and any("size" in one for one in parts.minimal)
    return most <= (twin.same_shape if blamed else twin.score) + NOTICEABLE


def best_repaired(causes: Mapping[str, Cause]) -> float | None:
    """The best outcome of any set of repairs that leaves the shape; None where none was tried."""
    for task in TASKS.values():
        if (cause := causes.get(task.goodness.name)) is not None:
            values = [one.value for one in cause.lattice if WIDENS not in one.repairs]
            return max(values) if task is CLASSIFICATION else 1 - min(values)
    return None
