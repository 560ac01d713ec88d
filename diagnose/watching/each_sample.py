"""Functions that take one sample, run for each of a batch: what a network read so is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.network.arrays import Array


@dataclass(frozen=True)
class EachSample:
    """How one sample is cut out of what the contract hands over.

    columns: whether samples are columns. flat: whether one sample is a vector, not a matrix with a
    single row or column.
    """

    columns: bool
    flat: bool

    def one(self, array: Array, at: int) -> Array:
        """One sample's part of an array: a view, so that it can be written into."""
        if array.ndim < 2:  # labels
            return np.asarray(array[at] if self.flat else array[at : at + 1])
        if self.columns:
            return array[:, at] if self.flat else array[:, at : at + 1]
        return array[at] if self.flat else array[at : at + 1]

    def beside(self, parts: Sequence[Any]) -> Array:
        """What was made for each sample, side by side as the contract wants it."""
        if self.flat:
            return np.stack([np.atleast_1d(one) for one in parts], axis=int(self.columns))
        return np.concatenate([np.atleast_2d(one) for one in parts], axis=int(self.columns))

    def forward(self, run: Callable[..., Any], x: Array, *parameters: Any) -> tuple[Array, ...]:
        """Run each sample forward."""
        made = [run(self.one(x, at), *parameters) for at in range(self.count(x))]
        return tuple(self.beside(parts) for parts in zip(*made, strict=True))

    def sums(
        self, run: Callable[..., Any], is_own: Sequence[bool], lasts: int, x: Array, *given: Any
    ) -> list[Any]:
        """Run each sample backward, and sum; is_own: which of the rest belong to samples.

        lasts: how many results at the end are not summed, but are those of the last sample.
        """
        every = []
        for at in range(self.count(x)):
            own = [
                self.one(one, at) if its else one for one, its in zip(given, is_own, strict=True)
            ]
            every.append(run(self.one(x, at), *own))
        summed = len(every[0]) - lasts
        sums = [sum(parts[1:], start=parts[0]) for parts in zip(*every, strict=True)]
        return [*sums[:summed], *every[-1][summed:]]

    def count(self, x: Array) -> int:
        """How many samples there are."""
        return int(x.shape[1 if self.columns else 0])
