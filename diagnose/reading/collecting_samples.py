"""The same for a step that takes its samples one after the other, in a loop within it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.began import Clock
from diagnose.reading.collecting import Collector
from diagnose.reading.kept_samples import Origins, together
from diagnose.reading.roles import Roles
from diagnose.reading.targets import Targets, as_rows, rows_of
from diagnose.recording.tape import Tape


def collector(tape: Tape, roles: Roles, targets: Targets, clock: Clock | None) -> Collector:
    """What keeps the samples of further steps."""
    looks = SampleCollector if roles.step.within else Collector
    return looks(tape, roles, targets, clock)


@dataclass
class SampleCollector(Collector):
    """Keeps what passes in each turn of the inner loop, and puts it together at the step's end.

    before: how many operations a place has done in a step before the first of these turns; each
    turn is counted from there.
    """

    before: dict[tuple[int, str], int] = field(default_factory=dict)
    several: list[tuple[Array, Array]] = field(default_factory=list)
    held: list[Origins] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        step = self.roles.step
        within = step.within
        assert within is not None
        self.within = within
        keys = step.loop.ordinals(step.turn)
        places = (*step.parts(self.roles.x), *step.parts(self.roles.target))
        summed = {step.made(key) for key in step.keys} & set(within.sums)
        for number in summed | {step.need[at] for at, _ in places}:
            assert number is not None
            site, kind, _ = keys[number][1:]
            self.before[site, kind] = sum(
                key[1:3] == (site, kind) and at < within.begins for at, key in keys.items()
            )
        for key in step.keys if self.is_accumulating else ():
            number = step.made(key)
            if key[0] == "written" and number is not None:
                place = keys[number][1:]
                self.taps.results[place] = ("stepped", key)
                self.tape.taps[place[0]] = self._tap(place[0])

    def turn(self, site: int) -> bool:
        """A loop begins another turn; True once enough was seen."""
        self._end_of_sample(site)
        return not self._goes_on(site) and super().turn(site)

    def _goes_on(self, site: int) -> bool:
        """Whether the step has not been made yet to which the samples belong that just passed."""
        return (
            self.is_accumulating and site == self.within.site and not self._made <= self.now.keys()
        )

    def watch_on(self, site: int) -> None:
        """Enough was seen; of further epochs the rate is kept, and some steps."""
        self._later(site, super().watch_on)

    def go_on(self, site: int) -> None:
        """The training was over: of its steps that are made again the first are kept."""
        self._later(site, super().go_on)

    def _later(self, site: int, note: Callable[[int], None]) -> None:
        self._end_of_sample(site)
        if self._goes_on(site):
            return
        note(site)
        if site == self.roles.step.loop.site:
            self.several, self.held = [], []

    def passing(self) -> int:
        """How many samples the step has that just passed."""
        return len(self.several)

    def _end_of_sample(self, site: int) -> None:
        if site not in (self.within.site, self.roles.step.loop.site):
            return
        now = self._joined(self.now) if self._has_sample() else {}
        if now:
            x = now["x"]  # beyond what is enough it has no number
            rows = rows_of(x[0] if isinstance(x, tuple) else np.asarray(x), self.roles)
            wanted = as_rows(now["target"], 1, self.roles, self.targets.index)
            self.several.append((np.array(rows), np.array(wanted)))
            of = [self.now.pop(("origin", name), None) for name in ("x", "target")]
            self.held.append((of[0], of[1]))
            self.now.update(dict.fromkeys(self._of_sample()))
        if site == self.within.site:
            self.count.update({place: done - 1 for place, done in self.before.items()})

    def _of_sample(self) -> set[Any]:
        return self._met - {"rate", "clock"}

    def _has_sample(self) -> bool:
        return all(self.now.get(name) is not None for name in self._of_sample())

    def _of_each(self) -> Sequence[Origins]:
        found, self.held = self.held, []
        return found

    def _sides(self, now: dict[Any, Any]) -> tuple[Array, Array, Any]:
        several, self.several = self.several, []
        return together([one for one, _ in several], [one for _, one in several])
