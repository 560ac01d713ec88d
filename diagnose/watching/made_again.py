"""Steps that a program makes again once a training is over, with what that has left or with others.

As with ``for rate in (0.1, 0.01): for epoch in ...``: that is one training whose rate changes, and
its first loop alone is a part of it. Where parameters are drawn anew it is another training.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnose.reading.collecting import Collector
from diagnose.watching.handing_over import late_arrays
from diagnose.watching.handover import LATE, write_again
from diagnose.watching.told_on_the_way import untroubled
from diagnose.watching.understanding import Understood


class MadeAgain:
    """Keeps the first of them; said: what was said of the training, of which they are none."""

    def __init__(self, seen: Collector, understood: Understood, said: Mapping[str, Any]) -> None:
        self.seen, self.understood = seen, understood
        self.late = len(said.get(LATE, ()))
        self.first = len(said.get("steps", ())) + self.late

    def turn(self, site: int) -> bool:
        """A loop begins another turn; whether enough was seen."""
        self.seen.go_on(site)
        return not self.seen.late.left

    def hand_over(self, folder: Path) -> None:
        """Write them, if there are any."""
        again = self.seen.late_kept[self.late :]
        if again and (arrays := untroubled(late_arrays, self.understood, again, self.first)):
            write_again(folder, [one.rate for one in again], arrays)
