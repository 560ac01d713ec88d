"""Which units are left out of which step of a whole training, drawn ahead of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.dropout import stay
from diagnose.network.record import Network
from diagnose.training.digests import digest


@dataclass(frozen=True, kw_only=True, eq=False)
class Masks:
    """Which hidden units stay in each step, and what each hidden layer's are multiplied by.

    kept: ``(epochs, steps, B, units)``, the units of all hidden layers; of no size where all stay.
    scales: ``(hidden layers,)``.
    """

    kept: Array
    scales: Array

    @classmethod
    def of(
        cls, network: Network, sizes: Array, indices: Array, random: np.random.Generator
    ) -> Masks:
        """Those that a training draws, step by step, as ``dropout.with_masks`` does.

        sizes: units of each layer, the inputs first; indices: ``(epochs, steps, B)`` samples, -1
        where a batch is not full.
        """
        scales = np.ones(len(sizes) - 2)
        if not network.dropout:
            return cls(kept=np.zeros((0, 0, 0, 0), np.uint8), scales=scales)
        for one in network.dropout:
            scales[one.layer] *= one.scale
        ends = np.cumsum(sizes[1:-1])
        kept = np.ones((*indices.shape, ends[-1]), np.uint8)
        shown = (indices >= 0).sum(axis=2)
        for at in np.ndindex(shown.shape):
            if not shown[at]:
                continue
            for one in network.dropout:
                units = slice(ends[one.layer] - sizes[one.layer + 1], ends[one.layer])
                stays = stay(one, random, shown[at], int(sizes[one.layer + 1]))
                kept[at][: shown[at], units] &= stays
        return cls(kept=kept, scales=scales)

    def of_steps(self, steps: slice | Array) -> Masks:
        """Those of some steps of the first epoch."""
        if not self.kept.size:
            return self
        return replace(self, kept=np.ascontiguousarray(self.kept[:1, steps]))

    @cached_property
    def digest(self) -> bytes:
        """A hash of the content."""
        return digest(self.kept, self.scales)
