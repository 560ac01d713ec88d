"""Of a training whose rate may change after the epochs that were seen, these are looked at alone.

A part of a training that is far shorter makes right networks look wrong: four that were cut to a
tenth or less fell from .87-1.0 to .10-.75, and their start or their pace would have been blamed; at
half of their length no part was. So half of it is to be seen, or as much as is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.watching.handover import KNOWN, Handover
from diagnose.watching.running_on import HALF

if TYPE_CHECKING:
    from diagnose.watching.script import Watched


def as_far_as_known(read: Handover) -> Handover:
    """What was read, with a word on how many epochs the rate is known for if not for all."""
    known, every = read.said.get(KNOWN), read.said.get("epochs") or 0
    if known is None or known["epochs"] >= every:
        return replace(read, said={**read.said, KNOWN: None})
    text = f"{known['epochs']:,} of {every:,} were seen; {known['what']} may change here"
    roles = {**read.roles, "epochs": {"line": known["line"], "text": text}}
    return replace(read, roles=roles)


def as_far_as_seen(seen: Watched, epochs: int | None) -> tuple[Watched, int | None]:
    """What was read, and for how many epochs it is to be trained; None for its own.

    Without its network where it would be trained for as few as nobody asked for. epochs: those that
    are asked for, if any.
    """
    network, known = seen.network, seen.read.said.get(KNOWN)
    if network is None or known is None:
        return seen, epochs
    count, every = known["epochs"], network.epochs
    if count >= min(epochs or every, HALF * every):
        return seen, min(epochs or every, count)
    reason = (
        f"{known['what']} may change here after the {count:,} of {every:,} epochs that were "
        f"seen; a longer --watch-seconds sees more, and --epochs {count} looks at these alone"
    )
    return seen.refused(reason, known["line"]), epochs
