"""Samples that are multiplied and shifted, by one number or one for each feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Rescaled:
    """``scale * rows + shift`` of rows ``(n, features)``; each one number, or one for each."""

    scale: tuple[float, ...]
    shift: tuple[float, ...]

    @classmethod
    def of(cls, scale: Array, shift: Array) -> Rescaled:
        """The same of arrays."""
        return cls(
            scale=tuple(np.ravel(scale).astype(float).tolist()),
            shift=tuple(np.ravel(shift).astype(float).tolist()),
        )

    @property
    def undone(self) -> Rescaled:
        """What undoes it."""
        scale, shift = 1 / np.array(self.scale), np.array(self.shift)
        return Rescaled.of(scale, -shift * scale)

    def __call__(self, rows: Array) -> Array:
        """The rows, of the same floating-point type; whole numbers become float64."""
        made = np.asarray(rows) * np.array(self.scale) + np.array(self.shift)
        return made.astype(rows.dtype) if rows.dtype.kind == "f" else made
