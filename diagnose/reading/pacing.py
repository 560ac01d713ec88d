"""The learning rate of every step that was seen, epoch by epoch, and where it is changed."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.reading.collecting import Collector
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import Ref
from diagnose.recording.sites import Site


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The learning rate of each epoch, as it was seen; after the last one it stays."""

    rates: tuple[float, ...]

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch, from 0."""
        return self.rates[min(epoch, len(self.rates) - 1)]

    def beginning(self, rate: float) -> Rates:
        """The same course of the rate, from another one on."""
        return Rates(rates=tuple(rate * (one / self.rates[0]) for one in self.rates))


@dataclass(frozen=True, kw_only=True)
class StepRates:
    """The learning rate of each step of each epoch, as it was seen; after the last it stays."""

    steps: tuple[tuple[float, ...], ...]

    def __call__(self, epoch: int) -> float:
        """The rate that an epoch begins with."""
        return self.at(epoch, 0)

    def at(self, epoch: int, step: int) -> float:
        """The rate of a step."""
        if epoch >= len(self.steps):
            return self.steps[-1][-1]
        its = self.steps[epoch]
        return its[min(step, len(its) - 1)]

    def beginning(self, rate: float) -> StepRates:
        """The same course of the rate, from another one on."""
        first = self.steps[0][0]
        return StepRates(
            steps=tuple(tuple(rate * (one / first) for one in epoch) for epoch in self.steps)
        )


def paced(epochs: Sequence[Sequence[float]]) -> Rates | StepRates:
    """The rates of all steps, as one for each epoch if it stays the same within each."""
    if all(len(set(one)) == 1 for one in epochs):
        return Rates(rates=tuple(one[0] for one in epochs))
    return StepRates(steps=tuple(tuple(one) for one in epochs))


def read_rates(roles: Roles, seen: Collector) -> list[list[float]]:
    """The rate of every step, in a list for each epoch; one is enough where it stays the same.

    Epochs that are known ahead come last.
    """
    segments = seen.segments()
    early = [] if seen.shown else _early(roles)
    if not segments or seen.epoch_site is None:
        every = [*(rate for _, rate in early), *seen.rates]
        size = len(segments[0]) if segments else max(seen.first_epoch(len(every)), 1)
        ends = range(size, len(every) + 1, size)
        known = _short([every[end - size : end] for end in ends])
        return [*known, *([one] for one in seen.ahead)]
    ticks = [position for position, site in seen.tape.turns if site == seen.epoch_site]
    starts = roles.step.loop.starts
    found: dict[int, list[float]] = {}
    for turn, rate in early:
        epoch = bisect(ticks, starts[turn]) - 1
        found.setdefault(epoch, []).append(rate)
    # the rest of the epoch in which only the taps were left
    found.setdefault(len(ticks) - 1, []).extend(seen.rates[: segments[0].start])
    before = [found[epoch] for epoch in sorted(found) if found[epoch]]
    known = _short([*before, *([seen.rates[at] for at in one] for one in segments)])
    return [*known, *([one] for one in seen.ahead)]


def _short(epochs: list[list[float]]) -> list[list[float]]:
    alike = all(len(set(one)) == 1 for one in epochs)
    return [one[:1] for one in epochs] if alike else epochs


def _early(roles: Roles) -> list[tuple[int, float]]:
    """The rates of the turns in which the whole step was watched, each with its turn."""
    if roles.rate_place is None:
        return []
    loop, step = roles.step.loop, roles.step
    number, path = step.seen_at(roles.rate_place)
    found = []
    for turn in range(len(loop.starts) - 1):
        if roles.over_samples and loop.turns_within(turn) is None:
            continue
        taken = step.taken_in(turn, number, path)
        if taken is not None and (rate := step.value(taken)) is not None:
            rate = roles.rate_sign * rate
            shared = float(f"{rate * loop.samples(turn):.14g}") if roles.over_samples else rate
            found.append((turn, float(shared)))
    return found


def changed_at(roles: Roles, sites: list[Site]) -> Site | None:
    """Where the program makes the rate anew: by what the step took, or else by its name."""
    if roles.rate_place is None:
        return None
    taken = roles.step.places()[roles.rate_place]
    if isinstance(taken, Ref) and (made := roles.step.nodes[taken.node]).kind != "leaf":
        return sites[made.site]
    name = roles.step.text(roles.rate_place, sites).lstrip("-").split(".")[-1]
    named = [one for one in sites if one.target and one.target.split(".")[-1] == name]
    return named[0] if len(named) == 1 else None
