"""What was found out about a network is not found out again: a learner asks the same one often."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


def remembered(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Call a function once for equal arguments, as a ``Trainer`` trains equal networks once.

    A network with a function that cannot be hashed is asked about each time.
    """
    once: Any = lru_cache(maxsize=None)(function)

    @wraps(function)
    def asked(*given: Given.args, **named: Given.kwargs) -> Found:
        try:
            hash((given, tuple(named.items())))
        except TypeError:
            return function(*given, **named)
        found: Found = once(*given, **named)
        return found

    return asked
