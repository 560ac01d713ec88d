"""The trainings that ``peers.py`` times, the same for each peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.data import carried
from diagnose.network.arrays import Array, Arrays
from fixed import NETWORK

SEEDS = 4
# At none of these rates a run dies: a dead run would cost the compiled loop next to nothing.
RATES = (0.002, 0.02)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """R trainings, R / S for each of S seeds.

    parameters: ``(S, R / S, ...)`` each, weights as ``(units, inputs)``, biases as ``(units,)``.
    rates: ``(S, R / S)``. order: ``(steps, S)`` indices. rows: ``(n, 784)``. targets: ``(n, 10)``.
    """

    parameters: Arrays
    rates: Array
    order: Array
    rows: Array
    labels: Array
    targets: Array

    @classmethod
    def of(cls, runs: int, steps: int) -> Problem:
        """Draw the trainings."""
        if runs % SEEDS:
            raise ValueError(f"{runs} runs cannot be shared out evenly among {SEEDS} seeds")
        data = carried()
        draws = [NETWORK.init(SEEDS + run) for run in range(runs)]
        stacked = {name: np.stack([draw[name] for draw in draws]) for name in draws[0]}
        split = (SEEDS, runs // SEEDS)
        epochs = -(-steps // len(data.labels))
        orders = [
            np.concatenate([NETWORK.order(data.labels, epoch, seed) for epoch in range(epochs)])
            for seed in range(SEEDS)
        ]
        return cls(
            parameters={
                name: array.reshape(*split, *(n for n in array.shape[1:] if n > 1))
                for name, array in stacked.items()
            },
            rates=np.geomspace(*RATES, runs).reshape(split[::-1]).T.copy(),
            order=np.stack(orders, axis=1)[:steps].astype(np.int32),
            rows=NETWORK.prepare(data.images),
            labels=data.labels,
            targets=NETWORK.targets(data.labels),
        )

    def first(self, steps: int) -> Problem:
        """Only the first steps of it."""
        return replace(self, order=self.order[:steps])


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Trainings ready to go: how they are done, and the result as ``Problem.parameters``."""

    how: str
    compile_seconds: float | None
    go: Callable[[], Any]
    read: Callable[[Any], Arrays]
