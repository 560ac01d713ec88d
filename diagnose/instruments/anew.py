"""What a repair computes in the place of the author's code, of which nothing is seen there.

A repair that does so says it by ``anew``, the names of the arrays or parameters.
"""

from __future__ import annotations

from typing import Literal

from diagnose.network.record import Network


def computed_anew(network: Network, role: Literal["forward", "backward"]) -> list[str]:
    """Names of what a pass of a network, with its repairs around it, computes by itself."""
    function, seen = getattr(network, role), set()
    found: list[str] = []
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        found += getattr(function, "anew", ())
        holder = function if hasattr(function, role) else getattr(function, "network", None)
        function = getattr(holder, role, None)
    return list(dict.fromkeys(found))
