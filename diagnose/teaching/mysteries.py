"""A network with an unknown defect to diagnose, another one for each seed, and its checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diagnose.causes import repaired
from diagnose.network import Network
from diagnose.probes import DEFECTS
from diagnose.probes.defect import Defect
from diagnose.report import PRESENT
from diagnose.study import NAMES
from diagnose.teaching.checks import NotYetError, findings, message, try_out
from diagnose.teaching.saying import beats, say


def mystery(network: Network, seed: int, *, defects: int = 1) -> Network:
    """Plant unknown defects in a sound network; as many seeds in a row as there are differ.

    Only those that can be planted in it are: no network of ReLUs has saturated sigmoids.
    """
    able = [one for one in DEFECTS if _can_be_planted(one, network)]
    turn, at = divmod(seed, len(able))
    order = np.random.default_rng([defects, turn]).permutation(len(able))
    chosen = sorted(int(order[(at + step) % len(able)]) for step in range(defects))
    planted = repaired(network, [able[one].inject for one in chosen])
    return replace(planted, name=f"mystery {seed}")


def _can_be_planted(defect: Defect, network: Network) -> bool:
    try:
        defect.inject(network)
    except ValueError:
        return False
    return True


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
