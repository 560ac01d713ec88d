"""The same for a step that takes its samples one by one, but computes all of them at once."""

from __future__ import annotations

from typing import Any

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.kept_samples import together
from diagnose.reading.targets import as_rows, rows_of


class AtOnceCollector(Collector):
    """Keeps what passes at the places of each sample of a step, and puts it together at its end."""

    def __post_init__(self) -> None:
        super().__post_init__()
        step = self.roles.step
        within = step.loop.turns_within(step.turn)
        assert within is not None
        self.samples = within.count
        keys = step.loop.ordinals(step.turn)
        names = {"x": step.parts(self.roles.x), "target": step.parts(self.roles.target)}
        rest = {
            place: [one for one in several if one[0] in ("rate", "clock")]
            for place, several in self.taps.places.items()
        }
        self.taps.places = {place: several for place, several in rest.items() if several}
        for name, several in names.items():
            for part, place in enumerate(several):
                number, path = step.seen_at(place)
                every = [number, *within.twins[number]]
                for at, one in enumerate(every):
                    taps = self.taps.places.setdefault(keys[one][1:], [])
                    taps.append(((name, at, part), path))

    def passing(self) -> int:
        """How many samples the step has that just passed."""
        return self.samples

    def _sides(self, now: dict[Any, Any]) -> tuple[Array, Array, Any]:
        step = self.roles.step
        found: dict[str, list[Any]] = {}
        for name, place in (("x", self.roles.x), ("target", self.roles.target)):
            parts = range(len(step.parts(place)))
            found[name] = [
                step.joined(place, [now[name, at, part] for part in parts])
                for at in range(self.samples)
            ]
        index = self.targets.index
        return together(
            [rows_of(one, self.roles) for one in found["x"]],
            [as_rows(one, 1, self.roles, index) for one in found["target"]],
        )
