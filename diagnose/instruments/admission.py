"""See that a network can be diagnosed: it does what the contract says, or a probe can mend it."""

from __future__ import annotations

from diagnose.errors import BadInputError
from diagnose.instruments import broadcasting
from diagnose.network.authors_code import ends_no_process
from diagnose.network.check import check
from diagnose.network.record import Network
from diagnose.network.samples import Data


@ends_no_process()
def admit(network: Network, data: Data) -> None:
    """Run each of the network's functions; BadInputError for the first thing that does not fit.

    What does not fit only because a bias, a target or a gradient was stretched to a matrix is let
    through where its probe can mend it.
    """
    try:
        check(network, data)
    except BadInputError:
        if not _is_mended(network, data):
            raise


def _is_mended(network: Network, data: Data) -> bool:
    """Whether the network fits once its shapes are mended, and there is something to mend."""
    try:
        mending = broadcasting.find(network, data.labels)
        if not mending:
            return False
        check(broadcasting.mended(network, mending), data)
    except Exception:  # whatever else its functions raise, the first refusal tells it better
        return False
    return True
