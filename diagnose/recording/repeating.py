"""Loops without ``for``: a function that another one calls for each item."""

from __future__ import annotations

import functools
import itertools
from typing import Any

# Which argument of theirs has an item for each call of the function that they are handed.
FOR_EACH = {functools.reduce: 1, map: 1, itertools.starmap: 1, itertools.accumulate: 0}


def called_for_each(function: Any) -> int | None:
    """Which argument a function is run over, which calls another for each item; None of others."""
    return next((at for one, at in FOR_EACH.items() if one is function), None)
