"""How many items a loop runs over, where that is known before it begins."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any


class Lengths:
    """Of the iterator that was made last it is remembered, as ``enumerate(zip(X, Y))`` asks it."""

    def __init__(self) -> None:
        self.last: tuple[Any, int | None] = (None, None)

    def of(self, given: Any) -> int | None:
        """How many items there are; None where that is not known."""
        if isinstance(given, Sized):
            try:
                return len(given)
            except Exception:  # the program's own, and nobody has asked it for that
                return None
        return self.last[1] if given is self.last[0] else None

    def made(self, function: Any, args: tuple[Any, ...], iterator: Any) -> Any:
        """An iterator was made of others; return it."""
        if function in (zip, map):
            several = [self.of(one) for one in args[function is map :]]
            known = [one for one in several if one is not None]
            self.last = iterator, min(known) if known and len(known) == len(several) else None
        elif function in (enumerate, reversed) and args:
            self.last = iterator, self.of(args[0])
        return iterator
