"""Find out why a hand-written neural network answers one class whatever you show it.

>>> from buggy_reference import NETWORK
>>> from diagnose import diagnose
>>> report = diagnose(NETWORK)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnose.errors import BadInputError, Interrupted
    from diagnose.network import Layer, Network
    from diagnose.report import Report, from_json
    from diagnose.study import diagnose

__all__ = ["BadInputError", "Interrupted", "Layer", "Network", "Report", "diagnose", "from_json"]
__version__ = "0.1.0"

_HOMES = {
    "BadInputError": "diagnose.errors",
    "Interrupted": "diagnose.errors",
    "Layer": "diagnose.network",
    "Network": "diagnose.network",
    "Report": "diagnose.report",
    "diagnose": "diagnose.study",
    "from_json": "diagnose.report",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line's help needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
