"""Batches without samples: a slice that ends where it should be so long gives nothing further on.

``x[i:size]`` holds samples in the first turn only: where it begins goes on, and where it ends is
the same in each. A step by none of them moves nothing, or takes the mean of nothing, which is nan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted

# A slice that is empty less often is that of a rest, at the end of an epoch.
MOSTLY = 0.5
# Fewer places at which it begins are no series of batches.
FEWEST = 3


@dataclass
class _Slices:
    """What one place takes of arrays: where it began and ended, and how often that was nothing."""

    starts: set[int] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)
    taken: int = 0
    empty: int = 0


class Empty:
    """Looks at slices of arrays."""

    def __init__(self) -> None:
        self.slices: dict[int, _Slices] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return kind == "get"

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Count a slice that begins and ends at places of its own, within the array."""
        owner, index = args
        for axis, part in enumerate(index if isinstance(index, tuple) else (index,)):
            if not isinstance(value, np.ndarray) or not isinstance(part, slice) or part.step:
                continue
            if part.start is None or part.stop is None or not 0 < part.stop < owner.shape[axis]:
                continue
            its = self.slices.setdefault(site, _Slices())
            its.taken += 1
            its.empty += not value.size
            if len(its.starts) < FEWEST:
                its.starts.add(int(part.start))
            its.ends.add(int(part.stop))

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each place that goes on, ends where it did before, and mostly takes nothing."""
        return [
            at(
                sites[site], "empty-batches",
                f"{quoted(sites[site])} takes nothing in {its.empty:,} of {its.taken:,} times that "
                f"were seen: it always ends at {min(its.ends)}, wherever it begins",
            )
            for site, its in self.slices.items()
            if len(its.starts) >= FEWEST and len(its.ends) == 1 and its.empty > MOSTLY * its.taken
        ]  # fmt: skip
