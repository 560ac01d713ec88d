"""Taps on ``left + right``, called by that operation itself while nobody looks.

Of each of many steps samples, targets, rate and what was stepped pass a tap each, and most of these
are at such operations. What is asked on the way to a tap (whether it is followed, of what kind it
is, who else looks) has the same answer in each of these steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from diagnose.reading.taps import Taps
from diagnose.recording.tape import Tape, tracked

# What is called with both operands and what came of them.
Quick = Callable[[Any, Any, Any], None]
BINARY = "binary"


class Collecting(Protocol):
    """What keeps what passes its taps: how often each place did so in a turn, and what passed."""

    tape: Tape
    taps: Taps
    count: dict[tuple[int, str], int]
    now: dict[Any, Any]


def quick_taps(seen: Collecting) -> dict[int, Quick]:
    """The taps at sites where no other operation passes one, and whose rows nobody follows."""
    places = {*seen.taps.places, *seen.taps.results}
    others = {site for site, kind, _ in places if kind != BINARY} | seen.tape.threaded
    sites = {site for site, _, _ in places} & seen.tape.followed - others
    return {site: _quick(seen, site) for site in sites}


def _quick(seen: Collecting, site: int) -> Quick:
    several = [one for one in (*seen.taps.places, *seen.taps.results) if one[0] == site]
    first = (site, BINARY, 0)
    taken = seen.taps.places.get(first, [])
    operand = taken[0][1] if len(taken) == 1 else ()
    if several == [first]:
        if not taken:
            return _makes(seen, site, seen.taps.results[first])
        if taken[0][0] == "rate" and operand in ((0, 0), (0, 1)):
            return _takes_rate(seen, site, operand[1])
    tap = seen.tape.taps[site]
    return lambda left, right, value: tap(BINARY, (left, right), {}, value)


def _makes(seen: Collecting, site: int, key: Any) -> Quick:
    """What a step makes there."""
    place = (site, BINARY)

    def tap(left: Any, right: Any, value: Any) -> None:
        if tracked(value):
            at = seen.count[place] = seen.count.get(place, -1) + 1
            if not at:
                seen.now[key] = value

    return tap


def _takes_rate(seen: Collecting, site: int, side: int) -> Quick:
    """The rate that it takes there."""
    place = (site, BINARY)

    def tap(left: Any, right: Any, value: Any) -> None:
        if tracked(value):
            at = seen.count[place] = seen.count.get(place, -1) + 1
            if not at:
                rate = right if side else left
                seen.now["rate"] = np.array(rate) if isinstance(rate, np.ndarray) else rate

    return tap
