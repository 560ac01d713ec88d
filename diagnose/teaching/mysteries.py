"""A network with an unknown defect to diagnose, another one for each seed, and its checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.causes import repaired
from diagnose.network import Network
from diagnose.probes import DEFECTS
from diagnose.report import PRESENT
from diagnose.study import NAMES
from diagnose.teaching.checks import NotYetError, findings, message, try_out
from diagnose.teaching.saying import beats, say


def mystery(network: Network, seed: int, *, defects: int = 1) -> Network:
    """Plant unknown defects in a sound network; nine seeds in a row give nine different ones."""
    turn, at = divmod(seed, len(DEFECTS))
    order = np.random.default_rng([defects, turn]).permutation(len(DEFECTS))
    chosen = sorted(int(order[(at + step) % len(DEFECTS)]) for step in range(defects))
    planted = repaired(network, [DEFECTS[one].inject for one in chosen])
    return replace(planted, name=f"mystery {seed}")


def verify_diagnosis(network: Network, *names: Any) -> None:
    """Say green where exactly the named defects are in the network; NotYetError if not.

    It says what speaks against a wrong name, and does not give the right one away.
    """
    for name in names:
        if name not in NAMES:
            known = "one of " + ", ".join(NAMES)
            raise NotYetError(beats("RED: no diagnosis yet", repr(name), known, "", ""))
    found = findings(network)
    there = {name for name, one in found.items() if one.status == PRESENT}
    for name in names:
        if name not in there:
            headline = f"RED: {name} is {found[name].status}"
            said = found[name]
            advice = "measure again, and name what is off"
            raise NotYetError(beats(headline, said.observed, said.expected, "", advice))
    if left := len(there - set(names)):
        raise NotYetError(f"RED: that is there, but {left} more" + (" is" if left == 1 else " are"))
    print("GREEN: that is it.")
    for name in names:
        say(f"  {name}: {found[name].observed}", 4)


def verify_network(network: Any) -> None:
    """Say green where a network runs and no probe finds a defect in it; NotYetError if not."""
    if not isinstance(network, Network):
        advice = "put your own code where `...` stands"
        raise NotYetError(
            beats("RED: there is no network yet", repr(network), "a Network", "", advice)
        )
    try_out(network)
    for name, one in findings(network).items():
        if one.status == PRESENT:
            raise NotYetError(message(f"RED: there is {name}", one, network))
    print(f"GREEN: it runs, and none of {len(NAMES)} probes finds a defect.")
