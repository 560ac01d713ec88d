"""Of a training whose rate may change after the epochs that were seen, these are looked at alone.

A part of a training that is far shorter makes right networks look wrong: four that were cut to a
tenth or less fell from .87-1.0 to .10-.75, and their start or their pace would have been blamed; at
half of their length no part was. So half of it is to be seen, or as much as is asked for.
"""

from __future__ import annotations

from dataclasses import replace

from diagnose.watching.handover import KNOWN, Handover


def as_far_as_known(read: Handover) -> Handover:
    """What was read, with a word on how many epochs the rate is known for if not for all."""
    known, every = read.said.get(KNOWN), read.said.get("epochs") or 0
    if known is None:
        return read
    if known["epochs"] >= every:
        return replace(read, said={**read.said, KNOWN: None})
    text = f"{known['epochs']:,} of {every:,} were seen; {known['what']} may change here"
    roles = {**read.roles, "epochs": {"line": known["line"], "text": text}}
    return replace(read, roles=roles)
