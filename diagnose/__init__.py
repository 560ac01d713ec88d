"""Find out why a hand-written neural network answers one class whatever you show it.

>>> from buggy_reference import NETWORK
>>> from diagnose import diagnose
>>> report = diagnose(NETWORK)

Or what is wrong in a script, as it is: ``diagnose.run("xor.py")``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from diagnose.style.shown import SHOWN_AS

if TYPE_CHECKING:
    from diagnose.errors import BadInputError
    from diagnose.network.record import Layer, Network
    from diagnose.report import Interrupted, Report, from_json
    from diagnose.study import diagnose

__all__ = [
    "BadInputError", "Diagnosis", "Interrupted", "Layer", "Network", "Report", "diagnose",
    "from_json", "run",
]  # fmt: skip
__version__ = "0.1.0"

_HOMES = {
    "BadInputError": "diagnose.errors",
    "Diagnosis": "diagnose.command.diagnosis",
    "Interrupted": "diagnose.report",
    "Layer": "diagnose.network.record",
    "Network": "diagnose.network.record",
    "Report": "diagnose.report",
    "diagnose": "diagnose.study",
    "from_json": "diagnose.report",
    "load_ipython_extension": "diagnose.command.magic",
    "run": "diagnose.command.diagnosis",
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


def _as_text(report: Report) -> str:
    from diagnose.render import terminal

    return terminal.render(report)


def _as_html(report: Report) -> str:
    from diagnose.render import notebook

    return notebook.render(report)


SHOWN_AS.update(text=_as_text, html=_as_html)
