"""How long a report may take, where nobody says it, and its pictures."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from diagnose.command.console import is_terminal

# Seconds that somebody who waits in front of a terminal has, if they say nothing else.
PATIENCE = 120.0
# The same for a script where nobody waits. Its own functions may take an hour to train once, and it
# is watched by the clock as it is; what is handed over gets the same report on every machine.
UNATTENDED = 300.0
# Seconds that a page with pictures takes.
DRAWING = 4.0


def time_for(within: float | None, is_script: bool = False) -> float | None:
    """Seconds in which to report; None without a limit.

    Where no one waits in a terminal, what was handed over has none.
    """
    if within is None:
        unattended = UNATTENDED if is_script else math.inf
        within = PATIENCE if is_terminal(sys.stdout) else unattended
    return None if math.isinf(within) else within


def drawing(outputs: tuple[Path, ...]) -> float:
    """Seconds for the pictures of pages that are to be written."""
    return DRAWING * sum(one.suffix.lower() == ".html" for one in outputs)
