"""What a run tells by itself while its training is looked for and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from diagnose.reading.not_read import NotReadError
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at
from diagnose.watching.understanding import ONE_BY_ONE


@dataclass
class ToldOnTheWay:
    """By what things are told.

    of_gradients: by the step, run again and differentiated. of_steps: by the steps of the loop that
    trains; refused: by what keeps it from being read.
    """

    of_gradients: list[Told] = field(default_factory=list)
    of_steps: list[Told] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)

    def of_refusal(self, error: NotReadError, shuffled: Sequence[Site]) -> None:
        """What keeps a loop from being read is told by itself where that is a fault.

        shuffled: where arrays were shuffled again.
        """
        if error.kind == "unrelated-labels" and error.site is None and len(shuffled) == 1:
            error.site = shuffled[0]
        if error.kind and error.site:
            said = error.reason.removeprefix(f"{ONE_BY_ONE[0]}, and ")
            self.refused.append(at(error.site, error.kind, said))

    def once(self, others: Iterable[Told]) -> list[Told]:
        """All of it and some others, each kind once of a line."""
        found: dict[tuple[str, int, str], Told] = {}
        for one in [*self.of_gradients, *self.of_steps, *self.refused, *others]:
            found.setdefault((one.file, one.line, one.kind), one)
        return [found[key] for key in sorted(found)]


def untroubled(tell: Callable[..., Any], *of: Any) -> Any:
    """What is told; nothing where what nobody thought of keeps it from being told."""
    try:
        return tell(*of)
    except Exception:
        return []
