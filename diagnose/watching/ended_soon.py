"""A training that ended before its epochs were told apart, and is watched once more for that.

As one of two epochs of sixty batches does. It is read from half of its turns at most, and held
against the others. Of the fewest three are read, as of any, and two are not; then all that it did
is held against it.
"""

from __future__ import annotations

from diagnose.reading.collecting import Collector
from diagnose.reading.collecting_samples import SampleCollector
from diagnose.watching.handover import FEWEST_HELD
from diagnose.watching.understanding import FEWEST as FEWEST_STEPS

# Of so many turns it is; where there are more, an epoch is longer than it is waited for.
FEWEST, MOST = 5, 150


def ended_soon(seen: Collector | None, turns: int) -> bool:
    """Whether a training of so many turns has too few steps beside those that it is read from."""
    if isinstance(seen, SampleCollector) and len(seen.kept) >= FEWEST_HELD:
        return False  # its samples come one by one, and what it has seen of them is enough
    return FEWEST <= turns <= MOST and (seen is None or seen.ends_at is None)


def half_of(turns: list[int], most: int) -> list[int]:
    """The turns from which it is read."""
    return turns[: min(max(len(turns) // 2, FEWEST_STEPS), most)]


def told(site: int, turns: int) -> str:
    """What the process is told that watches it once more."""
    return f"{site},{turns}"


def site_and_turns(said: str) -> tuple[int, int] | None:
    """The loop that trains, and how many turns it takes; None where that was not said."""
    site, _, turns = said.partition(",")
    return (int(site), int(turns)) if turns else None
