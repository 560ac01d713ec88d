"""Samples that are multiplied by a mask where they are kept: what it erases is gone for good.

``x = X[i:j]`` is a view of ``X``, and ``x *= mask`` writes into ``X``. With another mask in each
epoch, soon nothing is left of the samples. An array that is filled anew before each mask is none.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.recording.operations import memory
from diagnose.recording.rewriting import Site
from diagnose.telling.record import Told, at, quoted

# Views that are remembered, each with its mask, up to so many numbers: the batches of an epoch come
# back in the same order, and a few that come back tell.
MOST, MOST_NUMBERS = 64, 250_000
# How seldom all numbers are 0 by chance that one mask took and the next one would have left, by how
# many of those are 0 that both left: of pictures most are, and a run may look at thousands of them.
BY_CHANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Masked:
    """An array as it was multiplied by a mask: which numbers the mask took, and what was left.

    memory: whose memory it is, as long as that is there.
    """

    memory: Callable[[], Any]
    taken: Any
    left: int


class Erased:
    """Looks for arrays that are masked again, where what the mask before took is 0 still."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int, tuple[int, ...]], Masked] = {}
        self.found: dict[int, float] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return kind == "in_place" and name == "Mult"

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at an array that was multiplied by a mask, as it is now."""
        mask = args[1]
        if not (isinstance(value, np.ndarray) and isinstance(mask, np.ndarray)):
            return
        if site in self.found or mask.shape != value.shape or value.size > MOST_NUMBERS:
            return
        taken = mask == 0
        key = site, value.__array_interface__["data"][0], value.shape
        before, whole = self.known.get(key), memory(value)
        if before is not None and before.memory() is whole:
            again = before.taken & ~taken
            left = value[~before.taken & ~taken]
            zeros = np.mean(left == 0) if left.size else 1.0
            if not value[again].any() and zeros ** np.count_nonzero(again) < BY_CHANCE:
                now = np.count_nonzero(value)
                self.found[site] = 1 - now / before.left if before.left else 0.0
        elif taken.any() and not taken.all():
            if len(self.known) >= MOST:
                self.known = {at: one for at, one in self.known.items() if one.memory() is not None}
            if len(self.known) < MOST:
                there = weakref.ref(whole)
                self.known[key] = Masked(
                    memory=there, taken=taken, left=int(np.count_nonzero(value))
                )

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each line that erases what it is to leave out once."""
        return [
            at(
                sites[site], "overwritten-samples",
                f"{quoted(sites[site])} writes into the array that it takes its numbers from, "
                "where the next epoch finds them: what one mask left out is 0 for good, and after "
                f"the next mask {share:.0%} of what the first one left is gone, too",
            )
            for site, share in self.found.items()
        ]  # fmt: skip
