"""A network with an unknown defect to diagnose, another one for each seed, and its checks."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from diagnose.causes.lattice import repaired
from diagnose.examining.asked_for import NAMES
from diagnose.network.record import Network
from diagnose.probes import DEFECTS
from diagnose.report import PRESENT
from diagnose.teaching.checks import NotYetError, findings, forbid, try_out
from diagnose.teaching.printing import say
from diagnose.testing import beats

# The defects that the notebooks have told of: each shows in a number that a learner can print.
PLANTED = (
    "missing-classes",
    "class-order",
    "unnormalized-input",
    "initialization-offset",
    "initialization-scale",
    "inplace-mutation",
    "softmax-overflow",
    "wrong-gradient",
    "learning-rate",
)


def mystery(network: Network, seed: int, *, defects: int = 1) -> Network:
    """Plant unknown defects in a sound network: another one, or others, for each seed.

    All seeds in a row, as many as there are choices of so many defects, give different ones; after
    that they come again. Raises ValueError for a number of defects that there are not.
    """
    if not 1 <= defects <= len(PLANTED):
        raise ValueError(f"defects is {defects}; give 1 to {len(PLANTED)}")
    choices = list(combinations(PLANTED, defects))
    order = np.random.default_rng(defects).permutation(len(choices))
    chosen = choices[order[seed % len(choices)]]
    planted = repaired(network, [one.inject for one in DEFECTS if one.name in chosen])
    return replace(planted, name=f"mystery {seed}")


def verify_diagnosis(network: Network, *names: Any) -> None:
    """Say green where exactly the named defects are in the network; NotYetError if not.

    It says what speaks against a wrong name, and does not give the right one away.
    """
    for name in names:
        if name not in NAMES:
            known = "the name of a defect, such as " + ", ".join(PLANTED)
            raise NotYetError(beats("RED: no diagnosis yet", repr(name), known, "", ""))
    found = findings(network)
    there = {name for name, one in found.items() if one.status == PRESENT}
    for name in names:
        if name not in there:
            said = found[name]
            advice = "measure again, and name what is off"
            raise NotYetError(
                beats(f"RED: {name} is {said.status}", said.observed, said.expected, "", advice)
            )
    if left := len(there - set(names)):
        raise NotYetError(f"RED: that is there, but {left} more" + (" is" if left == 1 else " are"))
    print("GREEN: that is it.")
    for name in names:
        say(f"  {name}: {found[name].observed}", 4)


def against(network: Network, name: str) -> str:
    """Say what a probe measures of a suspicion: whether it is there, and the numbers."""
    said = findings(network)[name]
    return f"{name} is {said.status}: {said.observed.rstrip('.')}."


def verify_network(network: Any) -> None:
    """Say green where a network runs and no probe finds a defect in it; NotYetError if not."""
    if not isinstance(network, Network):
        advice = "put your own code where `...` stands"
        raise NotYetError(
            beats("RED: there is no network yet", repr(network), "a Network", "", advice)
        )
    try_out(network)
    forbid(findings(network), network, "RED: there is")
    print("GREEN: it runs, and no probe finds a defect.")
