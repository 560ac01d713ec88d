"""Trainings by a network's own functions in time: by a few steps, and by those that ended."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from diagnose.network.arrays import Array, Arrays, copied, keep_what_is_freed
from diagnose.network.record import Network
from diagnose.training.budget import Budget, OutOfTime
from diagnose.training.loop import Run, batches, step, train

# Steps by which the own functions are measured; the first of them also loads what they need. Where
# steps are slow, one must do: after so many seconds no more are made.
MEASURED_STEPS, MEASURED_SECONDS = 4, 0.2
# Trainings that took even less of what was expected have stopped early, which others may not.
LEAST_SLOWER = 0.5


def of_step(network: Network, drawn: Arrays, rows: Array, labels: Array, seed: int) -> float:
    """Seconds for one step of a training from these parameters: the quickest of a few.

    0 where it stops, for its trainings stop there, too.
    """
    parameters, labels, taken = copied(drawn), np.array(labels), []
    rate, began = network.learning_rate(0), time.monotonic()
    for index in islice(batches(network, labels, 0, seed), MEASURED_STEPS):
        before = time.monotonic()
        try:
            parameters, _ = step(network, parameters, rows[index], labels[index], rate)
        except Exception:  # the author's code may raise anything
            return 0.0
        taken.append(time.monotonic() - before)
        if time.monotonic() - began > MEASURED_SECONDS:
            break
    return min(taken, default=0.0)


def in_time(
    network: Network, rows: Array, labels: Array, seed: int, epochs: int, budget: Budget
) -> Run | None:
    """Train in a process of its own; None if that does not end in time."""
    keep_what_is_freed()
    try:
        return train(network, rows, labels, seed, epochs, budget=budget)
    except OutOfTime:
        return None


def each(ended: Sequence[float]) -> float:
    """Seconds from the end of one training to that of the next, as far as more than one ended.

    ended: when, from the start of the first, in which the workers start, too.
    """
    return (ended[-1] - ended[0]) / (len(ended) - 1) if len(ended) > 1 else ended[0]


@contextmanager
def left_quietly(runs: Generator[Any, None, None]) -> Iterator[None]:
    """Cancel without a word what is not done at the end of the block."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            runs.close()
