"""Trainings that are longer than the author's, for the probes of the pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.instruments.bench import Bench
from diagnose.instruments.rates import SEEDS, is_outdone, trained
from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.report import Numbers

# A loss falls ever more slowly, so that less than a few times as many epochs show little; and whom
# sixteen times as many do not help needs something else.
LONGER = (4, 16)
# A longer training is tried where so many samples at most are shown in it, a fifth of a second on
# the compiled loop; by the network's own functions so many steps, about one second.
MOST_SHOWN, MOST_STEPS = 200_000, 10_000
# Where longer trainings leave more of what is missing than they bring, something else is missing.
MOSTLY = 0.5


@dataclass(frozen=True)
class Longer:
    """An order that goes through several epochs in each, so that a schedule is stretched."""

    order: Callable[[Array, int, int], Array]
    times: int

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the samples of as many epochs, one after the other."""
        every = range(self.times * epoch, self.times * (epoch + 1))
        return np.concatenate([self.order(labels, one, seed) for one in every])


def lengthened(network: Network, times: int) -> Network:
    """The network trained so many times as long, at its own rates."""
    return replace(network, order=Longer(network.order, times)) if times > 1 else network


def cut(bench: Bench) -> int:
    """How many times as long as the bench's the author's own training is, rounded up."""
    return -(-bench.sane.epochs // bench.trainer.epochs)


def is_affordable(bench: Bench, times: int) -> bool:
    """Whether a training so many times as long takes not too long."""
    shown = times * bench.trainer.epochs * len(bench.data.labels)
    if bench.trainer.is_compiled(bench.sane, bench.seed):
        return shown <= MOST_SHOWN
    return shown <= MOST_STEPS * bench.sane.batch_size


def longer(bench: Bench) -> list[Numbers]:
    """Train several times as long, as far as that does not take too long."""
    times = [one for one in LONGER if is_affordable(bench, one)]
    seen = trained(bench, [lengthened(bench.sane, one) for one in times], SEEDS)
    return [{"times": one, **found} for one, found in zip(times, seen, strict=True)]


def ends_early(own: Any, after: Any, chance: float) -> bool:
    """Whether a longer training does much better, and most of what was missing."""
    gained, missing = after["trained"] - own["trained"], 1 - own["trained"]
    return is_outdone(own, after, chance) and gained >= MOSTLY * missing
